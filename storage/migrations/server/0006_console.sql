-- The console's user reads the views that its questions name, and nothing else; a dashboard's reader
-- may more. Applied after 0001_roles.sql, which lets views show what their reader has no right to.
CREATE ROLE IF NOT EXISTS gamsa_investigation;

GRANT SELECT ON default.v_access_events TO gamsa_investigation;
GRANT SELECT ON default.v_account_days TO gamsa_investigation;
GRANT SELECT ON default.v_business_events TO gamsa_investigation;
GRANT SELECT ON default.v_event_places TO gamsa_investigation;
GRANT SELECT ON default.v_findings TO gamsa_investigation;
GRANT SELECT ON default.v_institution TO gamsa_investigation;

ALTER SETTINGS PROFILE IF EXISTS gamsa_reading TO gamsa_reader, gamsa_investigation;

CREATE USER IF NOT EXISTS gamsa_console HOST NONE DEFAULT ROLE gamsa_investigation;
