"""What producers numbered, held against what was judged and stored, on the real engine."""

import json
from datetime import UTC, datetime

import pytest

from audit.heartbeat import Heartbeat, Hour, Numbered
from storage import heartbeats, holes, migrate, reconcile
from storage.ledger import LogRange
from storage.rows import Place
from stream.completeness import ProducerWatch, numbered
from tests.tampering import remove
from tests.waiting import eventually

pytestmark = pytest.mark.slow

PLACE = Place("t", 0)
NOW = datetime.now(UTC).replace(minute=0, second=0, microsecond=0)
KEY = ("p", 3)
STORE = """
INSERT INTO access_events
    (topic_id, partition, offset, received_at, producer, epoch, sequence, writer)
SELECT 't', 0, number, now64(3), 'p', 3, number, '{writer}' FROM numbers({first}, {events})
"""


def store(trail, first, events):
    """Events of these numbers in the trail."""
    writer = trail.claim(PLACE)
    trail.client.command(STORE.format(first=first, events=events, writer=writer))


def say(trail, next_sequence, *, settled=None, acknowledged=None, beat=0, closing=False, ago=0):
    """A heartbeat, received `ago` seconds ago."""
    settled = next_sequence if settled is None else settled
    acknowledged = settled if acknowledged is None else acknowledged
    hour = Hour(NOW.isoformat(), 0, next_sequence, acknowledged)
    said = Numbered(next_sequence, settled, (hour,), closing)
    now = datetime.now(UTC)
    heartbeat = Heartbeat(
        "1.0", "h", "/s", "gamsa.heartbeat.v1", now.isoformat(), *KEY, beat, said
    )
    heartbeats.store(trail, [(heartbeat, int((now.timestamp() - ago) * 1000))])


def epoch(trail):
    (found,) = reconcile.epochs(trail, 24)
    return found


def found(trail):
    """The holes below what is due at once, as ranges of numbers, both ends inclusive."""
    due = epoch(trail)
    return [(hole.first, hole.last) for hole in reconcile.holes(trail, [due], {KEY: due.due})]


def points(trail):
    (hour,) = reconcile.hours(trail, 24)
    return hour.emitted, hour.in_kafka, hour.judged, hour.stored


def test_what_is_all_there_is_the_same_at_four_points(trail):
    """However often a heartbeat comes, and an older one after a newer."""
    store(trail, 0, 100)
    for beat in (1, 2, 2, 0):
        say(trail, 50 * beat, beat=beat)
    assert points(trail) == (100, 100, 100, 100)
    assert found(trail) == []


def test_a_row_that_is_removed_was_judged_and_is_not_stored(trail):
    """The two last points come from different places."""
    store(trail, 0, 100)
    say(trail, 100)
    remove(trail, "sequence = 7")
    assert points(trail) == (100, 100, 100, 99)


def test_what_a_living_producer_still_holds_is_no_hole(trail):
    """What it says is settled and is not there, is."""
    store(trail, 0, 60)
    say(trail, 100, settled=80)
    assert found(trail) == [(60, 79)]
    assert points(trail) == (100, 80, 60, 60)


@pytest.mark.parametrize("end", [{"closing": True}, {"ago": 61}], ids=["closed", "silent"])
def test_what_a_producer_that_is_gone_had_numbered_is_missing(trail, end):
    """Nobody sends it until the producer starts again."""
    store(trail, 0, 60)
    say(trail, 100, settled=60, **end)
    assert found(trail) == [(60, 99)]
    assert epoch(trail).is_silent == ("ago" in end)


def test_a_gap_across_blocks_is_named_as_one_run(trail):
    """Numbers are kept in blocks of 65,536."""
    store(trail, 0, 65_000)
    store(trail, 200_000, 10)
    assert found(trail) == [(65_000, 199_999)]


def test_a_watch_waits_for_its_grace_and_for_the_workers(trail):
    """A number is missing only once all that was in the log is stored."""
    store(trail, 0, 5)
    store(trail, 6, 4)
    watch = ProducerWatch(trail, grace=0.5)
    behind, caught_up = ({PLACE: LogRange(0, 10, committed)} for committed in (9, 10))

    def look(log):
        return watch.look(numbered(trail), log)

    assert look(caught_up) == []
    eventually(lambda: look(behind) == [] and len(watch.waiting) > 20)
    assert look(behind) == []
    (hole,) = eventually(lambda: look(caught_up))
    assert (hole.producer, hole.epoch, hole.first, hole.last) == ("p", 3, 5, 5)


def test_a_hole_found_twice_is_one_finding(trail):
    """Whoever sees it says the same; the view names the number and needs no event."""
    store(trail, 1, 5)
    due = epoch(trail)
    for _ in range(2):
        missing = reconcile.holes(trail, [due], {KEY: due.due})
        holes.store(trail, missing, datetime.now(UTC))
    rows = trail.rows("SELECT count, event_ids, actor, severity FROM v_findings")
    assert [tuple(row) for row in rows] == [(1, ["p/3/0"], "p", "high")]


def test_a_note_that_was_lost_with_the_engine_is_made_again(trail):
    """The trail is asked before a number is called missing."""
    store(trail, 0, 100)
    trail.client.command("TRUNCATE TABLE judged_numbers")
    store(trail, 100, 1)
    due = epoch(trail)
    missing = reconcile.holes(trail, [due], {KEY: due.due})
    assert [(hole.first, hole.last) for hole in missing] == [(0, 99)]
    reconcile.mend(trail, missing)
    assert found(trail) == []


def test_a_trail_from_before_heartbeats_is_counted_by_the_migration(trail):
    """Its statement that counts what is there may be repeated."""
    store(trail, 0, 100)
    before = points(trail)
    (migration,) = [one for one in migrate.migrations() if one.version == 6]
    (statement,) = [one for one in migration.statements() if "INSERT INTO judged" in one]
    trail.client.command("TRUNCATE TABLE judged_numbers")
    for _ in range(2):
        trail.client.command(statement)
    assert points(trail) == before == (100, 100, 100, 100)


def test_a_rejected_binary_event_is_accounted_for_by_its_headers(trail):
    """Attributes in the headers count like those in the document."""
    document = json.dumps({"producer": "p", "epoch": 3, "sequence": 1})
    writer = trail.claim(PLACE)
    trail.client.command(
        "INSERT INTO rejected_events "
        "(topic_id, partition, offset, received_at, writer, raw, headers) VALUES "
        f"('t', 0, 0, now64(3), '{writer}', '[]', [('ce_producer', 'p'), ('ce_epoch', '3'), "
        f"('ce_sequence', '0')]), ('t', 0, 1, now64(3), '{writer}', '{document}', [])"
    )
    assert points(trail) == (2, 2, 2, 2)
