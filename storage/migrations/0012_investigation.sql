-- What is usual for a role is asked by investigators, too; everyone who reads, reads views.
CREATE VIEW v_account_days AS
SELECT day, actor, actor_kind, role, accesses, subjects FROM account_days FINAL;
