-- The console's user reads the views that its questions name, and says of a finding what became of
-- it in a case; nothing else. A dashboard's reader may read more. Applied after 0001_roles.sql, which lets views show what their reader has no right to.
CREATE ROLE IF NOT EXISTS gamsa_investigation;

GRANT INSERT ON default.finding_statuses TO gamsa_investigation;
GRANT SELECT ON default.v_access_events TO gamsa_investigation;
GRANT SELECT ON default.v_account_days TO gamsa_investigation;
GRANT SELECT ON default.v_business_events TO gamsa_investigation;
GRANT SELECT ON default.v_event_places TO gamsa_investigation;
GRANT SELECT ON default.v_findings TO gamsa_investigation;
GRANT SELECT ON default.v_institution TO gamsa_investigation;

-- Without `readonly`, which would refuse the one insert; the grants alone say what may be done.
CREATE SETTINGS PROFILE IF NOT EXISTS gamsa_asking SETTINGS
    max_execution_time = 60, max_memory_usage = 4000000000 TO gamsa_investigation;

CREATE USER IF NOT EXISTS gamsa_console HOST NONE DEFAULT ROLE gamsa_investigation;
