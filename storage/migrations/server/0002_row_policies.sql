-- A district office that reads the trail itself sees the accesses of its own people only. The
-- user is named like the organization in the events: `district:jongno`.
CREATE ROLE IF NOT EXISTS gamsa_district;

GRANT SELECT ON default.access_events TO gamsa_district;

CREATE ROW POLICY IF NOT EXISTS own_organization ON default.access_events
    USING organization = currentUser() TO gamsa_district;

-- With any row policy on a table, whoever has none sees nothing: say that the others see all.
CREATE ROW POLICY IF NOT EXISTS every_organization ON default.access_events
    USING 1 TO ALL EXCEPT gamsa_district;
