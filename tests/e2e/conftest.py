"""One local stack for all end-to-end tests: real broker, real engine, one worker.

Prometheus watches it where it is installed.
"""

import json
from contextlib import suppress
from datetime import datetime, timedelta
from itertools import count

import pytest
from kafka import KafkaProducer

from gamsa.accounts import now
from gamsa.local_stack import ask_for_workers, local_stack
from gamsa.ports import free_port
from investigate.accounts import database
from investigate.accounts.sessions import Sessions
from investigate.accounts.users import Role, Users
from investigate.questions import handler
from investigate.web.app import application
from investigate.web.archive import Archive
from investigate.web.connections import Connection
from investigate.web.site import Address, Site
from policies import load_policy
from producers.access_log import AccessLog
from producers.errors import UndeliveredError
from storage.trail import Trail, connect
from tests.accounts.conftest import GOOD, opened
from tests.local_stack.conftest import run_gamsa
from tests.serving import serving
from tests.waiting import eventually, is_served

OFFICER, INSPECTOR, CLERK = "desk.privacy", "desk.inspector", "desk.clerk"
"""The privacy officer may ask everything; the clerk is the handler HANDLER."""
HANDLER = "staff:0417"


@pytest.fixture(name="stack", scope="package")
def _stack(tmp_path_factory):
    with local_stack(tmp_path_factory.mktemp("stack"), monitored=True) as stack:
        yield stack


@pytest.fixture(name="trail", scope="package")
def _trail(stack):
    client = connect(stack.clickhouse)
    yield Trail(client)
    client.close()


@pytest.fixture(name="producer", scope="package")
def _producer(stack):
    """A producer that sends whatever it is given."""
    producer = KafkaProducer(bootstrap_servers=stack.kafka, max_request_size=17 << 20)
    yield producer
    producer.close()


@pytest.fixture(name="site", scope="package")
def _site(stack, tmp_path_factory):
    """A console whose allowances are full again whenever they are looked at.

    A privacy officer, an investigator and a handler may sign in.
    """
    folder = tmp_path_factory.mktemp("console")
    accounts = database.engine(database.sqlite_url(folder / "accounts.sqlite"))
    database.migrate(accounts)
    users = Users(accounts, now)
    users.add(OFFICER, Role.PRIVACY_OFFICER, GOOD)
    users.add(INSPECTOR, Role.INVESTIGATOR, GOOD)
    users.add(CLERK, Role.HANDLER, GOOD, HANDLER)
    log = AccessLog("investigate", bootstrap=stack.kafka, home=folder)
    archive = Archive(stack.clickhouse, log, load_policy())
    address = Address(f"http://127.0.0.1:{free_port()}")
    people = users, Sessions(accounts, now)
    yield Site(*people, address, archive, clock=count(step=60).__next__)
    archive.close()
    with suppress(UndeliveredError):
        log.close()
    accounts.dispose()


@pytest.fixture(name="served", scope="package")
def _served(site):
    """The same, served as `gamsa console serve` does."""
    port = int(site.address.url.rpartition(":")[2])
    told = {"http": Connection, "log_level": "warning", "server_header": False}
    with serving(application(site), port, **told):
        yield site


@pytest.fixture(name="tomorrow")
def _tomorrow(monkeypatch):
    """Once it is called, a handler's month is reckoned on the next day."""

    class Tomorrow(datetime):
        @classmethod
        def now(cls, tz=None):
            return datetime.now(tz) + timedelta(days=1)

    return lambda: monkeypatch.setattr(handler, "datetime", Tomorrow)


def console_with(stack, folder, people):
    """The address of the stack's console once these may sign in: `user add`'s options by name."""
    secret = folder / "password"
    secret.write_text(f"{GOOD}\n")
    for name, options in people.items():
        added = ["user", "add", name, *options, "--password-file", str(secret)]
        said = run_gamsa(stack.home, *added)
        assert said.returncode == 0, said.stderr
    ask_for_workers(stack.home, 1)

    def console():
        return json.loads(run_gamsa(stack.home, "status", "--json").stdout)["console"]

    address = eventually(console)
    eventually(lambda: is_served(address))
    return address


def signed_in(site, name=OFFICER):
    """The headers of a session of its own, which a request may end."""
    token = opened(site.sessions, name)
    secret = site.sessions.find(token).form_secret
    return {"Cookie": f"{site.address.cookie}={token}", "X-CSRF-Token": secret}
