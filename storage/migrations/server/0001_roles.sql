-- For a ClickHouse server; the embedded engine refuses access management (error 497).
-- Applied by an administrator after the tables are there. Nobody can sign in as these users until
-- the administrator gives them a way to: ALTER USER ... IDENTIFIED WITH ... HOST ...
CREATE ROLE IF NOT EXISTS gamsa_owner, gamsa_writer, gamsa_reader;

GRANT SELECT, INSERT, CREATE TABLE, CREATE VIEW, ALTER, DROP ON default.* TO gamsa_owner;
GRANT SELECT ON system.parts TO gamsa_owner;
GRANT SELECT ON system.merges TO gamsa_owner;

-- A worker adds to the trail and asks what is there; it can neither change nor remove a row.
GRANT SELECT, INSERT ON default.access_events TO gamsa_writer;
GRANT SELECT, INSERT ON default.rejected_events TO gamsa_writer;
GRANT SELECT, INSERT ON default.findings TO gamsa_writer;
GRANT SELECT, INSERT ON default.writers TO gamsa_writer;
GRANT SELECT, INSERT ON default.producer_heartbeats TO gamsa_writer;
GRANT SELECT, INSERT ON default.judged_numbers TO gamsa_writer;
GRANT SELECT, INSERT ON default.business_events TO gamsa_writer;
GRANT SELECT, INSERT ON default.roster TO gamsa_writer;
GRANT SELECT, INSERT ON default.detections TO gamsa_writer;
GRANT SELECT, INSERT ON default.detection_events TO gamsa_writer;
GRANT SELECT, INSERT ON default.detector_cursors TO gamsa_writer;
GRANT SELECT, INSERT ON default.account_days TO gamsa_writer;
GRANT SELECT, INSERT ON default.service_hours TO gamsa_writer;
GRANT INSERT ON default.policy_purposes TO gamsa_writer;
GRANT INSERT ON default.institution TO gamsa_writer;
GRANT SELECT ON default.v_access_events TO gamsa_writer;
GRANT SELECT ON default.v_business_events TO gamsa_writer;
GRANT SELECT ON default.v_roster_history TO gamsa_writer;
GRANT SELECT ON default.schema_migrations TO gamsa_writer;
GRANT SELECT ON default.v_ledger TO gamsa_writer;
GRANT SELECT ON default.v_offset_blocks TO gamsa_writer;
GRANT SELECT ON default.v_numbered TO gamsa_writer;
GRANT SELECT ON default.v_producer_epochs TO gamsa_writer;
GRANT SELECT ON default.v_producer_hours TO gamsa_writer;
GRANT SELECT ON system.processes TO gamsa_writer;

-- Dashboards and investigators read the views, and nothing else.
GRANT SELECT ON default.v_access_events TO gamsa_reader;
GRANT SELECT ON default.v_rejected_events TO gamsa_reader;
GRANT SELECT ON default.v_findings TO gamsa_reader;
GRANT SELECT ON default.v_ledger TO gamsa_reader;
GRANT SELECT ON default.v_offset_blocks TO gamsa_reader;
GRANT SELECT ON default.v_numbered TO gamsa_reader;
GRANT SELECT ON default.v_producer_epochs TO gamsa_reader;
GRANT SELECT ON default.v_producer_hours TO gamsa_reader;
GRANT SELECT ON default.v_business_events TO gamsa_reader;
GRANT SELECT ON default.v_roster TO gamsa_reader;
GRANT SELECT ON default.v_roster_history TO gamsa_reader;
GRANT SELECT ON default.v_detections TO gamsa_reader;
GRANT SELECT ON default.v_shadow_findings TO gamsa_reader;
GRANT SELECT ON default.v_account_days TO gamsa_reader;
GRANT SELECT ON default.v_access_hours TO gamsa_reader;
GRANT SELECT ON default.v_table_parts TO gamsa_reader;
GRANT SELECT ON default.v_policy_purposes TO gamsa_reader;
GRANT SELECT ON default.v_institution TO gamsa_reader;

CREATE SETTINGS PROFILE IF NOT EXISTS gamsa_reading SETTINGS
    readonly = 2, max_execution_time = 60, max_memory_usage = 4000000000 TO gamsa_reader;

CREATE USER IF NOT EXISTS gamsa_admin HOST NONE DEFAULT ROLE gamsa_owner;
CREATE USER IF NOT EXISTS gamsa_worker HOST NONE DEFAULT ROLE gamsa_writer;
CREATE USER IF NOT EXISTS gamsa_grafana HOST NONE DEFAULT ROLE gamsa_reader;

-- A view shows its rows to whoever may read the view, without a right to the table beneath.
ALTER TABLE default.v_access_events MODIFY SQL SECURITY DEFINER DEFINER = gamsa_admin;
ALTER TABLE default.v_rejected_events MODIFY SQL SECURITY DEFINER DEFINER = gamsa_admin;
ALTER TABLE default.v_findings MODIFY SQL SECURITY DEFINER DEFINER = gamsa_admin;
ALTER TABLE default.v_business_events MODIFY SQL SECURITY DEFINER DEFINER = gamsa_admin;
ALTER TABLE default.v_roster MODIFY SQL SECURITY DEFINER DEFINER = gamsa_admin;
ALTER TABLE default.v_roster_history MODIFY SQL SECURITY DEFINER DEFINER = gamsa_admin;
ALTER TABLE default.v_detections MODIFY SQL SECURITY DEFINER DEFINER = gamsa_admin;
ALTER TABLE default.v_shadow_findings MODIFY SQL SECURITY DEFINER DEFINER = gamsa_admin;
ALTER TABLE default.v_check_findings MODIFY SQL SECURITY DEFINER DEFINER = gamsa_admin;
ALTER TABLE default.v_account_days MODIFY SQL SECURITY DEFINER DEFINER = gamsa_admin;
ALTER TABLE default.v_access_hours MODIFY SQL SECURITY DEFINER DEFINER = gamsa_admin;
ALTER TABLE default.v_table_parts MODIFY SQL SECURITY DEFINER DEFINER = gamsa_admin;
ALTER TABLE default.v_offset_blocks MODIFY SQL SECURITY DEFINER DEFINER = gamsa_admin;
ALTER TABLE default.v_ledger MODIFY SQL SECURITY DEFINER DEFINER = gamsa_admin;
ALTER TABLE default.v_numbered MODIFY SQL SECURITY DEFINER DEFINER = gamsa_admin;
ALTER TABLE default.v_producer_epochs MODIFY SQL SECURITY DEFINER DEFINER = gamsa_admin;
ALTER TABLE default.v_producer_hours MODIFY SQL SECURITY DEFINER DEFINER = gamsa_admin;
ALTER TABLE default.v_policy_purposes MODIFY SQL SECURITY DEFINER DEFINER = gamsa_admin;
ALTER TABLE default.v_institution MODIFY SQL SECURITY DEFINER DEFINER = gamsa_admin;
