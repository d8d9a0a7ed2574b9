"""The API keeps what its description says, whatever is sent to it."""

import json
import re
import threading
from contextlib import suppress
from datetime import UTC, datetime
from itertools import count
from uuid import uuid4

import pytest
import schemathesis
import uvicorn
from schemathesis.specs.openapi.checks import positive_data_acceptance

from audit.topics import ACCESS_EVENTS
from gamsa.accounts import now
from gamsa.ports import free_port
from investigate.accounts import database
from investigate.accounts.sessions import Sessions
from investigate.accounts.users import Role, Users
from investigate.web.app import application, routed
from investigate.web.archive import Archive
from investigate.web.rights import RIGHTS
from investigate.web.site import Address, Site
from policies import load_policy
from producers.access_log import AccessLog
from producers.errors import UndeliveredError
from tests.accounts.conftest import GOOD, opened
from tests.audit.test_codec import an_event
from tests.waiting import eventually

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("events")]

WHO = "desk.privacy"
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


@pytest.fixture(name="site", scope="module")
def _site(stack, tmp_path_factory):
    """A console whose allowances are full again whenever they are looked at.

    The privacy officer, who may ask everything, may sign in.
    """
    folder = tmp_path_factory.mktemp("contract")
    accounts = database.engine(database.sqlite_url(folder / "accounts.sqlite"))
    database.migrate(accounts)
    Users(accounts, now).add(WHO, Role.PRIVACY_OFFICER, GOOD)
    log = AccessLog("investigate", bootstrap=stack.kafka, home=folder)
    archive = Archive(stack.clickhouse, log, load_policy())
    address = Address(f"http://127.0.0.1:{free_port()}")
    people = Users(accounts, now), Sessions(accounts, now)
    yield Site(*people, address, archive, clock=count(step=60).__next__)
    archive.close()
    with suppress(UndeliveredError):
        log.close()
    accounts.dispose()


@pytest.fixture(name="served", scope="module")
def _served(site):
    """The same, served as `gamsa console serve` does."""
    port = int(site.address.url.rpartition(":")[2])
    server = uvicorn.Server(
        uvicorn.Config(application(site), port=port, log_level="warning", server_header=False)
    )
    thread = threading.Thread(target=server.run)
    thread.start()
    eventually(lambda: server.started)
    yield site
    server.should_exit = True
    thread.join(30)


def signed_in(site):
    """The headers of a session of its own, which a request may end."""
    token = opened(site.sessions, WHO)
    secret = site.sessions.find(token).form_secret
    return {"Cookie": f"{site.address.cookie}={token}", "X-CSRF-Token": secret}


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
