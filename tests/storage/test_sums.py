"""What is summed up beside the rows says what they say, through repeats, kills and merges."""

import contextlib
import json
import os
import subprocess
import sys

import pytest

import policies
from gamsa.ports import free_port
from storage import migrate
from storage.gaps import BLOCK
from storage.rows import Place
from storage.trail import Trail, TrailUnavailableError, connect
from stream.auditing import audit
from tests import tampering
from tests.audit.test_codec import an_event
from tests.stream.test_auditing import PLACE, a_record
from tests.waiting import eventually

pytestmark = pytest.mark.slow

POLICY = policies.load_policy()
STATED = """
SELECT hour, received_hour, source, file, purpose, actor, role, recipient, verdict, reasons,
    sum(records), count()
FROM v_access_hours GROUP BY ALL ORDER BY ALL
"""
COUNTED = """
SELECT toStartOfHour(occurred_at), toStartOfHour(received_at), source, file, purpose,
    if(actor_kind = 'member', '', v_access_events.actor), role, recipient, verdict, reasons,
    sum(records), count()
FROM v_access_events GROUP BY ALL ORDER BY ALL
"""


def a_chunk(offsets, place=PLACE):
    """Records of several hours, purposes and actors, every fifth of them misuse."""
    values = [
        json.dumps(
            an_event(
                time=f"2026-11-23T{offset % 9:02}:15:00+09:00",
                data_purpose="x" if offset % 5 == 0 else "reservation.processing",
                data_actor={
                    "id": f"staff:{offset % 3}",
                    "kind": "staff",
                    "role": "reservation_officer",
                },
            )
        ).encode()
        for offset in offsets
    ]
    records = [a_record(offset, value) for offset, value in zip(offsets, values, strict=True)]
    return audit(place, records, POLICY)


def stated(trail):
    """The sums, read from the projection alone: the engine fails where it would need rows."""
    return trail.client.query(STATED, settings={"force_optimize_projection": 1}).result_rows


def counted(trail):
    """The same, counted row by row."""
    return trail.client.query(COUNTED, settings={"optimize_use_projections": 0}).result_rows


BLOCKS = """
SELECT topic_id, partition, block, rows, distinct, first, last
FROM v_offset_blocks ORDER BY topic_id, partition, block
"""
OFFSETS = f"""
SELECT topic_id, partition, intDiv(offset, {BLOCK}) AS block, count(), uniqExact(offset),
    min(offset), max(offset)
FROM (
    SELECT topic_id, partition, offset FROM access_events
    UNION ALL SELECT topic_id, partition, offset FROM rejected_events
)
GROUP BY ALL ORDER BY ALL
"""


def blocks(trail):
    """The ledger's blocks, as the projection has them."""
    settings = {"force_optimize_projection_name": "by_block"}
    return trail.client.query(BLOCKS, settings=settings).result_rows


def by_offset(trail):
    """The same, counted offset by offset."""
    return trail.client.query(OFFSETS, settings={"optimize_use_projections": 0}).result_rows


def deliver(trail, chunk):
    """Store what is not held, as a worker does with a chunk that comes again."""
    writer = trail.claim(chunk.place)
    held = trail.held(chunk.place, 0)
    trail.append(chunk.without(held), writer=writer)


def test_a_chunk_that_comes_again_is_counted_once(trail):
    """Whole, half and overlapping chunks of two partitions, before and after a merge."""
    other = Place(PLACE.topic_id, 7)
    for place, offsets in (
        (PLACE, range(40)),
        (PLACE, range(40)),
        (other, range(20)),
        (PLACE, range(20, 90)),
        (other, range(30)),
    ):
        deliver(trail, a_chunk(offsets, place))
    assert sum(row[-1] for row in stated(trail)) == 90 + 30
    assert stated(trail) == counted(trail)
    assert blocks(trail) == by_offset(trail)
    trail.client.command("OPTIMIZE TABLE access_events FINAL")
    assert stated(trail) == counted(trail)
    assert blocks(trail) == by_offset(trail)


def test_the_ledger_sees_what_was_taken_away_and_what_was_doubled(trail):
    """A row removed, one doubled, and a hole across two blocks, from the projection alone."""
    deliver(trail, a_chunk([*range(BLOCK - 20, BLOCK - 5), *range(BLOCK + 5, BLOCK + 20)]))
    tampering.remove(trail, f"offset = {BLOCK + 7}")
    trail.append(a_chunk([BLOCK + 9]), writer=trail.claim(PLACE))
    assert blocks(trail) == by_offset(trail)
    ((*_, missing, duplicates),) = trail.client.query("SELECT * FROM v_ledger").result_rows
    assert (missing, duplicates) == (10 + 1, 1)


def test_a_chunk_that_a_former_writer_sends_is_not_counted(trail):
    """What ClickHouse refuses leaves nothing in the sums."""
    former = trail.claim(PLACE)
    deliver(trail, a_chunk(range(10)))
    with pytest.raises(TrailUnavailableError, match="latest_writer"):
        trail.append(a_chunk(range(10)), writer=former)
    assert stated(trail) == counted(trail)
    assert sum(row[-1] for row in stated(trail)) == 10


def test_an_hour_beyond_the_calendar_is_the_nearest(trail):
    """Clocks that say 1901 and 2298 do not wrap around into hours of others."""
    times = ["1901-01-01T00:00:00Z", "2298-01-01T00:00:00Z", "1970-01-01T01:30:00Z"]
    records = [
        a_record(offset, json.dumps(an_event(time=time)).encode())
        for offset, time in enumerate(times)
    ]
    trail.append(audit(PLACE, records, POLICY))
    assert [f"{row[0]:%Y-%m-%d %H}" for row in stated(trail)] == [
        "1970-01-01 00",
        "1970-01-01 01",
        "2105-12-31 23",
    ]


@pytest.mark.parametrize(
    "point", ["endpoint insert begun", "endpoint insert received", "endpoint insert stored"]
)
def test_an_engine_that_dies_in_an_insert_leaves_sums_and_rows_alike(tmp_path, point):
    """Killed at three moments of an insert, asked again, and given the chunk again."""
    with endpoint(tmp_path) as trail:
        migrate.apply(trail.client)
        deliver(trail, a_chunk(range(30)))
    unavailable = contextlib.suppress(TrailUnavailableError)
    with endpoint(tmp_path, GAMSA_CRASH=point) as trail, unavailable:
        deliver(trail, a_chunk(range(60)))
    with endpoint(tmp_path) as trail:
        assert stated(trail) == counted(trail)
        deliver(trail, a_chunk(range(60)))
        assert stated(trail) == counted(trail)
        assert blocks(trail) == by_offset(trail)
        assert sum(row[-1] for row in stated(trail)) == 60


@contextlib.contextmanager
def endpoint(folder, **environment):
    """A trail of an endpoint over this folder, for as long as the block lasts."""
    port = free_port()
    command = [sys.executable, "-m", "storage.embedded", "--path", str(folder / "data")]
    with (folder / "log").open("ab") as log:
        process = subprocess.Popen(
            [*command, "--port", str(port)],
            env={**os.environ, **environment},
            stdout=log,
            stderr=log,
        )
        try:
            trail = eventually(lambda: _answering(f"http://127.0.0.1:{port}"))
            yield trail
            trail.client.close()
        finally:
            process.terminate()
            process.wait(30)


def _answering(url):
    try:
        return Trail(connect(url))
    except TrailUnavailableError:
        return None
