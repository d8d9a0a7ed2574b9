"""Heartbeats and business events on their way to ClickHouse: a value that it refuses costs one."""

import asyncio
from pathlib import Path

import pytest
from msgspec.structs import replace

from audit import heartbeat
from storage.trail import TrailUnavailableError, ValueRefusedError
from stream import heartbeats, logs
from tests.stream.test_auditing import PLACE, a_record

CASES = Path(__file__).parents[1] / "cases/heartbeats/v1"
HEARTBEAT = heartbeat.decode(next(CASES.glob("*.json")).read_bytes())


def kept(store, records):
    """What is refused of the records that are kept."""
    refused = []
    assert asyncio.run(logs.insist(store, records, lambda *one: refused.append(one), lambda: True))
    return refused


def test_what_is_refused_is_found_and_the_rest_is_stored():
    """Each other record is stored once, in order; those refused are named with the reason."""
    stored = []

    def store(records):
        if bad := {3, 7} & set(records):
            raise ValueRefusedError(f"not {bad}")
        stored.extend(records)

    assert kept(store, list(range(10))) == [(3, "not {3}"), (7, "not {7}")]
    assert stored == [0, 1, 2, 4, 5, 6, 8, 9]


def test_an_absent_server_is_waited_for_and_refuses_nothing(monkeypatch):
    """What fails for another reason is tried again whole."""
    monkeypatch.setattr(logs, "PAUSE", 0.0)
    tried = []

    def store(records):
        tried.append(records)
        if len(tried) == 1:
            raise TrailUnavailableError("away")

    assert kept(store, [1, 2]) == []
    assert tried == [[1, 2], [1, 2]]


@pytest.mark.slow
def test_a_heartbeat_that_the_client_cannot_write_stalls_no_other(trail, monkeypatch):
    """Its hour, were it let through, has no room in its column; the one beside it is stored."""
    monkeypatch.setattr(heartbeat, "_END_OF_HOURS", 2**63)
    documents = []
    for producer, hour in (("late", "2200-01-01T00:00:00Z"), ("good", "2026-11-23T00:00:00Z")):
        hours = tuple(replace(one, hour=hour) for one in HEARTBEAT.data.hours[:1])
        said = replace(HEARTBEAT, producer=producer, data=replace(HEARTBEAT.data, hours=hours))
        documents.append(heartbeat.encode(said))
    records = [a_record(number, value) for number, value in enumerate(documents)]
    assert asyncio.run(heartbeats.keep(trail, PLACE, records, lambda: True))
    assert trail.rows("SELECT producer FROM producer_heartbeats") == [("good",)]
