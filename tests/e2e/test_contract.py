"""The API keeps what its description says, whatever is sent to it."""

import json
import re
from datetime import UTC, datetime
from uuid import uuid4

import pytest
import schemathesis
from schemathesis.specs.openapi.checks import positive_data_acceptance

from audit.topics import ACCESS_EVENTS
from investigate.web.app import routed
from investigate.web.rights import RIGHTS
from investigate.web.site import Address, Site
from tests.audit.test_codec import an_event
from tests.e2e.conftest import signed_in
from tests.waiting import eventually

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("events")]

COOKIE = "c0ffee-0815-contract"
SUBJECT = f"member:{uuid4().int}"
EVENT = str(uuid4())
GROUNDS = {"purpose": "audit.inspection", "case": "contract", "justification": "a test"}
ASKED = {
    "/v1/who-saw": {"subject": SUBJECT},
    "/v1/life": {"subject": SUBJECT},
    "/v1/actor": {"actor": "staff:0417"},
    "/v1/where": {"cookie": COOKIE},
    "/v1/session-of": {"session": "s-contract"},
    "/v1/request-of": {"request_id": "r-contract"},
    "/v1/touched": {"file": "user_personal_information"},
    "/v1/recipient": {"recipient": "district:contract"},
    "/v1/count": {"by": ["verdict", "day"], "subject": SUBJECT},
    "/v1/findings": {"status": "all"},
    "/v1/why": {"event": EVENT},
    "/v1/inquiries": {},
}
"""A question with an answer, of each kind."""
RULES = {
    "seed": 1,
    "generation": {
        "max-examples": 5,
        "deterministic": True,
        "no-shrink": True,
        "with-security-parameters": False,  # everybody here is signed in, but for one check
    },
}
APP = routed(Site(None, None, Address("http://127.0.0.1"), None))  # describing asks nobody
API = schemathesis.openapi.from_dict(
    APP.state.description, config=schemathesis.Config.from_dict(RULES)
)


@pytest.fixture(name="events", scope="module")
def _events(trail, producer):
    """Two accesses with everything in them, one of them misuse."""
    time = datetime.now(UTC).isoformat()
    documents = [an_event(id=one, time=time, subject=SUBJECT) for one in (EVENT, str(uuid4()))]
    for document in documents:
        document["data"]["client"] |= {"cookie": COOKIE}
        document["data"]["usage"] |= {"session": "s-contract", "request_id": "r-contract"}
        document["data"] |= {"recipient": "district:contract"}
    documents[0]["data"] |= {"purpose": "marketing"}
    for document in documents:
        producer.send(ACCESS_EVENTS, json.dumps(document).encode(), key=b"staff:0417")
    producer.flush()
    query = "SELECT count() FROM v_access_events WHERE subject = {subject:String}"
    eventually(lambda: trail.rows(query, {"subject": SUBJECT})[0][0] == len(documents))


def holds(route):
    """The test of one route, under a name of its own: files are shared out by names."""
    method, path = route.split()

    @API.include(method=method, path=path).parametrize()
    def test(case, served):
        """What fits the description and what does not is answered as it says, and never fails.

        What fits may be refused nevertheless: a cursor is of one question, a time has an end.
        """
        case.call_and_validate(
            served.address.url,
            headers=signed_in(served),
            excluded_checks=[positive_data_acceptance],
            timeout=60,
        )

    return test


globals().update(
    {
        f"test_the_description_holds_of_{re.sub(r'[^a-z0-9]+', '_', route.lower())}": holds(route)
        for route in APP.state.parameters
    }
)


@pytest.mark.parametrize("path", ASKED)
def test_an_answer_has_the_form_that_is_described(served, path):
    """Rows that are there have the fields that the description names, and no other."""
    case = API[path]["GET"].Case(query={**ASKED[path], **GROUNDS})
    answer = case.call_and_validate(served.address.url, headers=signed_in(served), timeout=60)
    assert answer.status_code == 200
    told = answer.json()
    assert told.get("rows") or told["event"]


def test_every_route_of_the_api_is_described():
    """What the table of rights names under /v1 is described, but for the description itself."""
    of_api = {one for one in RIGHTS if " /v1/" in one} - {"GET /v1/openapi.json"}
    assert of_api == set(APP.state.parameters)
