"""For what a case is opened: for everybody who will take a step in it."""

import pytest

from investigate.accounts.users import Role
from tests.console.conftest import signed_in


@pytest.mark.parametrize("purpose", ["statistics.service", "no.such", "no.such\x00purpose", " "])
def test_a_purpose_that_no_handler_may_have_is_refused(site, purpose):
    """Else each answer in the case would be misuse by whoever gives it."""
    person = signed_in(site, Role.INVESTIGATOR)
    given = {"title": "Reads", "findings": ["f-1"], "purpose": purpose}
    refused = person.client.post("/v1/cases", json=given, headers=person.headers)
    assert refused.status_code == 400
    assert "audit.inspection" in refused.json()["detail"]


def test_an_allowed_purpose_goes_on_to_the_trail(site):
    """Which is away here, and so nothing is opened."""
    person = signed_in(site, Role.INVESTIGATOR)
    given = {"title": "Reads", "findings": ["f-1"], "purpose": "audit.inspection"}
    asked = person.client.post("/v1/cases", json=given, headers=person.headers)
    assert asked.status_code == 503
