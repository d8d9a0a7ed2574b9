"""What is wrong between log and trail is told apart and named, on the real engine."""

import time

import pytest

from storage import faults
from storage.faults import Kind
from storage.ledger import LogRange
from storage.rows import Place

pytestmark = pytest.mark.slow

PLACE = Place("t", 0)
DAY = 24 * 3600 * 1000
FILL = """
INSERT INTO {table} (topic_id, partition, offset, received_at, writer, headers)
SELECT 't', 0, number, now64(3) - INTERVAL {age} SECOND, '{writer}', []
FROM numbers({first}, {rows})
"""


def fill(trail, first, rows, *, age=0, table="access_events"):
    """Rows of these offsets, received `age` seconds ago and stored now."""
    writer = trail.claim(PLACE)
    trail.client.command(FILL.format(table=table, first=first, rows=rows, age=age, writer=writer))


def found(trail, *, first=0, after=100, committed=100, keeps=7 * DAY):
    """What is wrong, as (kind, first offset, last offset, whether Kafka has it)."""
    said = {PLACE: LogRange(first, after, committed, keeps)}
    look = faults.look(trail, lambda: said)
    named = [(one.kind, one.first_offset, one.last_offset, one.in_kafka) for one in look.faults]
    assert look.is_exact == (not named)
    if look.accounts[0].kafka_after >= look.accounts[0].trail_after:
        counted = look.accounts[0].missing + look.accounts[0].duplicates
        assert counted == sum(fault.offsets for fault in look.faults)
    return named


def test_a_whole_trail_has_no_fault(trail):
    """Judged and rejected records together cover the log."""
    fill(trail, 0, 60)
    fill(trail, 60, 40, table="rejected_events")
    assert found(trail) == []


def test_rows_removed_from_the_middle_are_named_run_by_run(trail):
    """Kafka holds the one and has let go of the other; both were taken from the trail."""
    for first, rows in ((0, 10), (11, 20), (34, 66)):
        fill(trail, first, rows)
    assert found(trail, first=20) == [
        (Kind.ROWS_MISSING, 10, 10, False),
        (Kind.ROWS_MISSING, 31, 33, True),
    ]


def test_a_doubled_row_is_named(trail):
    """Each offset that stands there twice, wherever its second row is."""
    fill(trail, 0, 100)
    fill(trail, 7, 1)
    fill(trail, 70, 1, table="rejected_events")
    assert found(trail) == [
        (Kind.ROWS_DOUBLED, 7, 7, True),
        (Kind.ROWS_DOUBLED, 70, 70, True),
    ]


def test_an_older_backup_of_the_trail_is_told(trail):
    """The trail ends before what the workers said was stored; an empty one as well."""
    assert found(trail) == [(Kind.TRAIL_BEHIND, 0, 99, True)]
    fill(trail, 0, 40)
    assert found(trail) == [(Kind.TRAIL_BEHIND, 40, 99, True)]


def test_an_older_state_of_the_broker_is_told(trail):
    """The log ends before the trail does."""
    fill(trail, 0, 100)
    assert found(trail, after=80, committed=80) == [(Kind.LOG_BEHIND, 80, 99, False)]


def test_a_truncated_topic_is_told(trail):
    """Records went before they could expire; still so when the next ones are stored."""
    fill(trail, 0, 40)
    assert found(trail, first=60, committed=40) == [(Kind.RECORDS_DELETED, 40, 59, False)]
    fill(trail, 60, 40)
    assert found(trail, first=60) == [(Kind.RECORDS_DELETED, 40, 59, False)]


def test_records_that_expired_before_they_were_stored_are_told(trail):
    """The last stored record is older than Kafka keeps records, however far the log is now."""
    fill(trail, 0, 40, age=8 * 24 * 3600)
    assert found(trail, first=60, committed=40) == [(Kind.RECORDS_EXPIRED, 40, 59, False)]
    fill(trail, 60, 40, age=7 * 24 * 3600)
    assert found(trail, first=90) == [(Kind.RECORDS_EXPIRED, 40, 59, False)]


def test_what_kafka_let_go_before_there_was_a_trail_is_no_fault(trail):
    """Gamsa begins with what it finds."""
    assert found(trail, first=60, committed=0) == []


def test_no_more_than_the_first_runs_are_named(trail):
    """Every second row is gone: the count is exact and the names are bounded."""
    trail.client.command(
        "INSERT INTO access_events (topic_id, partition, offset, received_at, writer) "
        f"SELECT 't', 0, 2 * number, now(), '{trail.claim(PLACE)}' FROM numbers(50)"
    )
    look = faults.look(trail, lambda: {PLACE: LogRange(0, 100, 100)})
    assert look.accounts[0].missing == 50
    assert [fault.first_offset for fault in look.faults] == list(range(1, 2 * faults.MOST, 2))


def test_what_is_stored_while_the_log_is_asked_is_no_fault(trail):
    """The log is asked again before it is said to have lost its end."""
    fill(trail, 0, 100)
    answers = [LogRange(0, 80, 80), LogRange(0, 100, 80)]
    assert faults.look(trail, lambda: {PLACE: answers.pop(0)}).is_exact


def test_rows_of_an_earlier_topic_are_told(trail):
    """A topic made anew has another id; what the trail holds of the old one is listed."""
    fill(trail, 0, 100)
    look = faults.look(trail, lambda: {Place("u", 0): LogRange(0, 0, 0)})
    assert [(one.topic_id, one.rows, one.missing) for one in look.earlier] == [("t", 100, 0)]
    assert look.is_exact


def test_one_row_of_ten_million_removed_and_one_doubled_are_named_in_time(trail):
    """Both together leave the number of rows as it was; a look takes far less than a minute."""
    fill(trail, 0, 5_000_000)
    fill(trail, 5_000_001, 4_999_999)
    fill(trail, 8_765_432, 1)
    said = {PLACE: LogRange(0, 10_000_000, 10_000_000)}
    began = time.monotonic()
    look = faults.look(trail, lambda: said)
    assert time.monotonic() - began < 20
    assert [(fault.kind, fault.first_offset) for fault in look.faults] == [
        (Kind.ROWS_MISSING, 5_000_000),
        (Kind.ROWS_DOUBLED, 8_765_432),
    ]
