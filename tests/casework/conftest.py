"""A register of cases on SQLite and on PostgreSQL, and the people who take steps in it."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import insert

from investigate.accounts import tables
from investigate.accounts.users import Role
from investigate.cases.case import Kept, Person
from investigate.cases.register import Found, New, Register, Said
from tests.accounts.conftest import Clock, _accounts, _postgresql, _url  # noqa: F401  fixtures

NOON = int(datetime(2026, 11, 29, 3, tzinfo=UTC).timestamp())  # in Seoul
DAY = 86_400
HANDLER = "staff:0417"
INSPECTOR = Person("inspector", Role.INVESTIGATOR)
OFFICER = Person("desk.privacy", Role.PRIVACY_OFFICER)
CLERK = Person("clerk", Role.HANDLER, HANDLER)
OTHER = Person("other.clerk", Role.HANDLER, "staff:0555")
AUDITOR = Person("desk.audit", Role.AUDITOR)
FINDING = Kept("f-1", "purpose_not_allowed", "high", HANDLER)
FOUND = Found("member:1", [FINDING])
NEW = New("Reads without a reservation", "audit.inspection", FOUND)


@pytest.fixture(name="clock")
def _clock():
    return Clock(NOON)


@pytest.fixture(name="people")
def _people(accounts):
    """Rows for everybody who takes steps; nobody of them signs in."""
    rows = [
        {
            "name": one.name,
            "role": str(one.role),
            "actor": one.actor or None,
            "password_hash": "",
            "created_at": NOON,
            "failures": 0,
            "locked_until": 0,
        }
        for one in (INSPECTOR, OFFICER, CLERK, OTHER, AUDITOR)
    ]
    with accounts.begin() as connection:
        connection.execute(insert(tables.users), rows)
    return accounts


@pytest.fixture(name="register")
def _register(people, clock):
    return Register(people, clock, ZoneInfo("Asia/Seoul"))


class Recorder:
    """Takes down what is recorded, in place of the trail."""

    def __init__(self):
        self.steps = []

    def __call__(self, number, subject, taken):
        self.steps.append((number, str(taken.what)))
        self.subject = subject
        return f"event-{len(self.steps)}"


@pytest.fixture(name="record")
def _record():
    return Recorder()


@pytest.fixture(name="case")
def _case(register, record):
    """A case that was just opened."""
    return register.open(INSPECTOR, NEW, record).number


def asks(deadline=NOON + DAY, handler=HANDLER, text="Why did you read this?"):
    return Said(text, handler, deadline)
