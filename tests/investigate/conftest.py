"""A small trail that every question can be asked of."""

import json
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest

import policies
from investigate.reading import Reader
from storage import institution, migrate
from storage.rows import Place
from storage.trail import Trail, connect
from stream.auditing import audit
from tests.audit.test_codec import an_event
from tests.stream.test_auditing import a_record

BEGIN = datetime(2026, 11, 23, 1, tzinfo=UTC)


def access(number, **changes):
    """One access, so many minutes after the begin; `changes` as `an_event` has them."""
    time = (BEGIN + timedelta(minutes=number)).isoformat()
    return an_event(id=str(uuid4()), time=time, **changes)


def store(trail, documents, *, topic=None, first=0):
    """Judge and store documents, as the worker does, in a partition of its own."""
    place = Place(topic or str(uuid4()), 0)
    records = [
        a_record(first + n, json.dumps(document, ensure_ascii=False).encode())
        for n, document in enumerate(documents)
    ]
    trail.append(audit(place, records, policies.load_policy()))
    return place


@pytest.fixture(name="policy", scope="session")
def _policy():
    return policies.load_policy()


@pytest.fixture(name="shared_trail", scope="session")
def _shared_trail(clickhouse):
    """A trail with its tables, for tests that each store subjects and actors of their own."""
    name = f"test_{uuid4().hex}"
    client = connect(clickhouse)
    client.command(f"CREATE DATABASE {name}")
    inside = connect(f"{clickhouse}/{name}")
    migrate.apply(inside)
    trail = Trail(inside)
    institution.tell(trail, policies.load_policy(), "Asia/Seoul", [])
    yield trail
    inside.close()
    client.command(f"DROP DATABASE {name}")
    client.close()


@pytest.fixture(name="reader", scope="session")
def _reader(shared_trail):
    return Reader(shared_trail.client)
