"""A console over an empty database, and somebody signed in to it in each role."""

from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from shutil import copy

import pytest
from starlette.testclient import TestClient

from investigate.accounts import database
from investigate.accounts.sessions import Sessions
from investigate.accounts.users import Role, Users
from investigate.web.app import routed
from investigate.web.archive import Archive
from investigate.web.gate import Gate
from investigate.web.site import Address, Site
from policies import load_policy
from producers.access_log import AccessLog
from producers.errors import UndeliveredError
from tests.accounts.conftest import GOOD, Clock, opened

AWAY = "127.0.0.1:1"
URL = "http://127.0.0.1:8443"
ROLES = [*Role, None]
NAMES = {
    Role.INVESTIGATOR: "inspector",
    Role.SECURITY_STAFF: "desk.security",
    Role.PRIVACY_OFFICER: "desk.privacy",
    Role.AUDITOR: "desk.audit",
    Role.HANDLER: "clerk",
}
HANDLER = "staff:0417"
"""Who the clerk is in the trail."""


@pytest.fixture(name="clock")
def _clock():
    return Clock()


@pytest.fixture(name="town", scope="session")
def _town(tmp_path_factory):
    """A file of accounts in which somebody has each role; it is copied, as hashing takes time."""
    file = tmp_path_factory.mktemp("accounts") / "accounts.sqlite"
    known = database.engine(database.sqlite_url(file))
    database.migrate(known)
    for role, name in NAMES.items():
        actor = HANDLER if role is Role.HANDLER else None
        Users(known, Clock()).add(name, role, GOOD, actor)
    known.dispose()
    return file


@pytest.fixture(name="accounts")
def _accounts(tmp_path, town):
    known = database.engine(database.sqlite_url(copy(town, tmp_path)))
    yield known
    known.dispose()


@pytest.fixture(name="nowhere", scope="session")
def _nowhere(tmp_path_factory):
    """A trail and a log whose servers are away."""
    log = AccessLog("investigate", bootstrap=AWAY, home=tmp_path_factory.mktemp("log"))
    yield Archive(f"http://{AWAY}", log, load_policy(), patience=0.1)
    with suppress(UndeliveredError):
        log.close(timeout=0)


@pytest.fixture(name="site")
def _site(accounts, clock, nowhere):
    """A console by plain HTTP on loopback, whose time the test moves, and whose trail is away."""
    people = Users(accounts, clock), Sessions(accounts, clock)
    return Site(*people, Address(URL), nowhere, clock)


@pytest.fixture(name="client")
def _client(site):
    """A browser that is not signed in, and follows nothing by itself."""
    return browser(site)


@pytest.fixture(name="inspector")
def _inspector():
    """The name of somebody who may sign in, as investigator."""
    return NAMES[Role.INVESTIGATOR]


@cache
def _app():
    return routed(Site(None, None, Address(URL), None))


@dataclass
class _Console:
    """The one application of all tests, as a site's: to make one for each takes long."""

    site: Site

    async def __call__(self, *request):
        _app().state.site = self.site
        await Gate(_app(), self.site)(*request)


def browser(site):
    return TestClient(
        _Console(site),
        base_url=site.address.url,
        follow_redirects=False,
        raise_server_exceptions=False,
    )


@dataclass
class SignedIn:
    """A browser of somebody who is signed in, and what its forms carry."""

    client: TestClient
    form_secret: str

    @property
    def headers(self):
        return {"X-CSRF-Token": self.form_secret}


def signed_in(site, role):
    """Somebody of this role, signed in without a password being hashed."""
    client = browser(site)
    token = opened(site.sessions, NAMES[role])
    client.cookies.set(site.address.cookie, token)
    return SignedIn(client, site.sessions.find(token).form_secret)
