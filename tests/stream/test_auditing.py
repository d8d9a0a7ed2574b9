"""What the worker makes of a chunk, without Kafka or ClickHouse."""

import json
from types import SimpleNamespace

import pytest

import policies
from audit.judgement import Check
from storage import rows
from storage.rows import Place
from stream.auditing import audit
from tests.audit.test_codec import RUBBISH, an_event

PLACE = Place("3e9778f9-b749-4f52-b7ae-2ce4f5456f55", 2)
RECEIVED = 1_795_399_200_000  # 2026-11-23T02:00:00Z in milliseconds


@pytest.fixture(name="policy", scope="module")
def _policy():
    return policies.load_policy()


def a_record(offset, value, *, key=b"staff:0417", headers=()):
    """A Kafka record as the worker gets it."""
    return SimpleNamespace(
        offset=offset, timestamp=RECEIVED, key=key, value=value, headers=headers
    )


def records(*documents):
    """Records of these documents, from offset 0."""
    values = [json.dumps(document).encode() for document in documents]
    return [a_record(offset, value) for offset, value in enumerate(values)]


def test_every_record_of_a_chunk_is_accounted_for(policy):
    """Judged or refused, each offset once, in order."""
    chunk = [a_record(7, b"rubbish"), *records(an_event())]
    made = audit(PLACE, chunk, policy)
    assert made.judged["offset"].to_pylist() == [0]
    assert [row.offset for row in made.refused] == [7]


@pytest.mark.parametrize("raw", [raw for raw, _ in RUBBISH.values()], ids=RUBBISH.keys())
def test_rubbish_keeps_its_exact_bytes(policy, raw):
    """What cannot be read is refused with the bytes and the key that came."""
    (refused,) = audit(PLACE, [a_record(0, raw, key=None)], policy).refused
    assert refused.raw == (raw or b"")
    assert refused.key == b""


def test_misuse_becomes_a_finding_with_the_catalogues_severity(policy):
    """Check, clause, severity and runbook come from the policy that judged."""
    made = audit(PLACE, records(an_event(data_purpose="marketing")), policy)
    found = {row.finding.reason.check: row for row in made.found}
    assert Check.UNKNOWN_PURPOSE in found
    entry = policy.check(Check.UNKNOWN_PURPOSE)
    assert found[Check.UNKNOWN_PURPOSE].severity == entry.severity
    assert found[Check.UNKNOWN_PURPOSE].runbook == entry.runbook


def test_the_same_misuse_within_an_hour_is_one_finding(policy):
    """A repeat has the same id; another hour, actor or clause has another."""
    early = an_event(data_purpose="marketing", time="2026-11-23T10:00:00+09:00")
    later = an_event(data_purpose="marketing", time="2026-11-23T10:59:59+09:00")
    next_hour = an_event(data_purpose="marketing", time="2026-11-23T11:00:00+09:00")
    made = audit(PLACE, records(early, later, next_hour), policy)
    ids = [
        row.finding.finding_id
        for row in made.found
        if row.finding.reason.check == Check.UNKNOWN_PURPOSE
    ]
    assert ids[0] == ids[1] != ids[2]


def test_headers_without_a_value_are_read_as_empty(policy):
    """Kafka allows a header to have no value."""
    (record,) = records(an_event())
    record.headers = [("trace", None)]
    judged = audit(PLACE, [record], policy).judged
    assert judged["headers"].to_pylist() == [[{"name": b"trace", "value": b""}]]


def test_a_chunk_less_what_is_held_keeps_the_rest(policy):
    """Offsets that are stored already are left out of rows, rejects and findings."""
    chunk = [*records(an_event(data_purpose="x"), an_event(data_purpose="x")), a_record(2, b"?")]
    made = audit(PLACE, chunk, policy).without({0, 2})
    assert made.judged["offset"].to_pylist() == [1]
    assert made.refused == []
    assert {row.judged.offset for row in made.found} == {1}


@pytest.mark.parametrize("year", [1901, 1950, 1969, 2150, 2298])
def test_misuse_of_any_year_that_is_read_can_be_stored(policy, year):
    """A finding's hour is as wide as an event's time: no date may stop a partition."""
    document = an_event(time=f"{year}-12-31T23:30:00Z", data_collected_at=None)
    made = audit(PLACE, records(document), policy)
    assert made.found
    (start,) = set(rows.findings(PLACE, made.found)["window_start"].to_pylist())
    assert (start.year, start.hour, start.minute) == (year, 23, 0)


def test_events_that_differ_only_in_what_is_judged_keep_their_own_columns(policy):
    """What is laid out once for events alike is never another event's."""
    changes = [
        {},
        {"data_purpose": "marketing"},
        {"data_items": ["name"]},
        {"data_records": 7},
        {"data_recipient": "district:jongno"},
        {"data_actor": {"id": "a", "kind": "staff", "role": "billing_officer"}},
        {"time": "2015-05-17T10:05:03Z", "data_collected_at": None},
    ]
    documents = [an_event(**change) for change in changes * 2]
    rows_ = audit(PLACE, records(*documents), policy).judged.to_pylist()
    for document, row in zip(documents, rows_, strict=True):
        data = document["data"]
        assert row["purpose"] == data["purpose"]
        assert row["items"] == data["items"]
        assert row["recipient"] == (data["recipient"] or "")
        assert (row["role"], row["actor_kind"]) == (data["actor"]["role"], data["actor"]["kind"])
        alone = audit(PLACE, records(document), policy).judged.to_pylist()[0]
        assert {**row, "offset": 0} == alone
