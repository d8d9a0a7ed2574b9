"""A lane stores what is handed to it once, on the real engine, whatever is handed to it again."""

import asyncio
import json
import threading

import pytest

import policies
from storage import ledger
from storage.ledger import Entry
from storage.trail import Trail, TrailUnavailableError
from stream import storing
from stream.auditing import audit
from stream.inserts import Inserts
from stream.storing import Lane, Work
from tests.audit.test_codec import an_event
from tests.stream.test_auditing import PLACE, a_record

pytestmark = pytest.mark.slow

POLICY = policies.load_policy()


def records_of(offsets):
    """A record with an event at each offset."""
    return [a_record(n, json.dumps(an_event()).encode()) for n in offsets]


def work_of(records, acknowledge, is_ours=lambda: True, count=lambda _: None):
    """What the worker makes of these records."""
    chunk = audit(PLACE, records, POLICY)
    offsets = range(records[0].offset, records[-1].offset + 1)
    return Work(offsets, chunk, is_ours, count, acknowledge, records)


class Told:
    """What a lane published and acknowledged, in order."""

    def __init__(self):
        self.steps = []

    async def publish(self, chunk):
        self.steps.append(("published", chunk.judged["offset"][0].as_py()))

    def acknowledge(self, first):
        return lambda: self.steps.append(("acknowledged", first))


async def hand_over(lane, told, *chunks, is_ours=lambda: True):
    for offsets in chunks:
        work = work_of(records_of(offsets), told.acknowledge(offsets.start), is_ours)
        await lane.store(work)
    await lane.empty()


def test_a_chunk_is_published_before_it_is_stored_and_acknowledged_after(trail):
    """The order is the guarantee."""
    told = Told()

    async def run():
        lane = Lane(Inserts(trail), told.publish)
        await hand_over(lane, told, range(3))
        await hand_over(lane, told, range(3, 5))

    asyncio.run(run())
    assert told.steps == [
        ("published", 0),
        ("acknowledged", 0),
        ("published", 3),
        ("acknowledged", 3),
    ]
    assert ledger.read(trail) == [Entry(PLACE.topic_id, 2, 0, 4, 5, 0, 0)]


@pytest.mark.parametrize("again", [range(6), range(2, 8), range(9)])
def test_a_new_owner_of_a_partition_adds_only_what_is_missing(trail, again):
    """However the log is cut into chunks after a restart."""
    told = Told()

    async def run():
        await hand_over(Lane(Inserts(trail), told.publish), told, range(4), range(4, 6))
        await hand_over(Lane(Inserts(trail), told.publish), told, again)

    asyncio.run(run())
    (entry,) = ledger.read(trail)
    assert (entry.rows, entry.missing, entry.duplicates) == (max(6, again.stop), 0, 0)


def test_a_seek_back_within_a_lane_adds_nothing_twice(trail):
    """When Faust reads again from the committed offset, the lane asks what is there."""
    told = Told()

    async def run():
        lane = Lane(Inserts(trail), told.publish)
        await hand_over(lane, told, range(4), range(4, 6), range(2, 9))

    asyncio.run(run())
    (entry,) = ledger.read(trail)
    assert (entry.rows, entry.missing, entry.duplicates) == (9, 0, 0)


class FailsOnce(Trail):
    """A trail whose server stores an insert and then cannot be heard."""

    def append_all(self, pieces):
        super().append_all(pieces)
        if any(piece.chunk.judged.num_rows for piece in pieces) and not failed:
            failed.append(pieces)
            raise TrailUnavailableError("the answer got lost")


failed: list[object] = []


def test_an_insert_whose_answer_got_lost_is_not_repeated(trail):
    """After a failure the lane asks first, then adds what is missing."""
    told = Told()
    failed.clear()

    async def run():
        lane = Lane(Inserts(FailsOnce(trail.client)), told.publish)
        await hand_over(lane, told, range(4))

    asyncio.run(run())
    assert failed
    assert told.steps[-1] == ("acknowledged", 0)
    (entry,) = ledger.read(trail)
    assert (entry.rows, entry.duplicates) == (4, 0)


def test_a_partition_that_went_away_is_not_written(trail):
    """A chunk of an earlier generation is neither stored nor acknowledged."""
    told = Told()

    async def run():
        await hand_over(Lane(Inserts(trail), told.publish), told, range(4), is_ours=lambda: False)

    asyncio.run(run())
    assert told.steps == []
    assert ledger.read(trail) == []


def test_a_partition_that_goes_away_while_the_trail_is_asked_is_not_written(trail):
    """Asking what is held may take long; whose the partition is, is looked at again."""
    told, answers = Told(), [True, True, False]

    async def run():
        await hand_over(
            Lane(Inserts(trail), told.publish), told, range(4), is_ours=lambda: answers.pop(0)
        )

    asyncio.run(run())
    assert told.steps == [("published", 0)]
    assert ledger.read(trail) == []


class Slow(Trail):
    """A trail whose inserts take until it is told to go on."""

    def append_all(self, pieces):
        inserts.append([piece.chunk.judged.num_rows for piece in pieces])
        begun.set()
        assert go_on.wait(60)
        super().append_all(pieces)


inserts: list[list[int]] = []
begun, go_on = threading.Event(), threading.Event()


@pytest.fixture(name="slow")
def _slow(trail):
    inserts.clear()
    begun.clear()
    go_on.clear()
    return Slow(trail.client)


async def hand_over_slowly(lane, *works):
    """Hand over the first, and the others while it is being stored."""
    await lane.store(works[0])
    assert await asyncio.to_thread(begun.wait, 60)
    for work in works[1:]:
        await lane.store(work)
    go_on.set()
    await lane.empty()


def test_what_is_judged_while_another_is_stored_goes_in_one_insert(slow):
    """It is counted at once, and each of them is acknowledged."""
    told, counted = Told(), []

    async def run():
        await hand_over_slowly(
            Lane(Inserts(slow), told.publish),
            *(
                work_of(records_of(offsets), told.acknowledge(offsets.start), count=counted.append)
                for offsets in (range(3), range(3, 5), range(5, 6), range(6, 9))
            ),
        )

    asyncio.run(run())
    assert inserts == [[3], [6]]
    stored = [chunk.judged["offset"].to_pylist() for chunk in counted]
    assert stored == [[0, 1, 2], [3, 4, 5, 6, 7, 8]]
    assert [said for step, said in told.steps if step == "acknowledged"] == [0, 3, 5, 6]
    (entry,) = ledger.read(slow)
    assert (entry.rows, entry.missing, entry.duplicates) == (9, 0, 0)


def test_what_a_seek_took_away_holds_back_nothing_that_came_after_it(slow):
    """The log is read again from before it; what was handed over then is not ours any more."""
    told, ours = Told(), [True]

    async def run():
        lane = Lane(Inserts(slow), told.publish)
        before = work_of(records_of(range(3, 5)), told.acknowledge(3), lambda: ours[0])
        first = work_of(records_of(range(3)), told.acknowledge(0))
        again = work_of(records_of(range(3, 6)), told.acknowledge("again"))
        await lane.store(first)
        await lane.store(before)
        ours[0] = False
        await hand_over_slowly(lane, again)

    asyncio.run(run())
    assert [said for step, said in told.steps if step == "acknowledged"] == [0, "again"]
    (entry,) = ledger.read(slow)
    assert (entry.rows, entry.missing, entry.duplicates) == (6, 0, 0)


def test_a_log_that_begins_anew_is_not_stored_with_what_was_before(slow):
    """Offsets that do not rise are of another stretch of the log, whoever reads it."""

    async def run():
        await hand_over_slowly(
            Lane(Inserts(slow), Told().publish),
            *(
                work_of(records_of(offsets), lambda: None)
                for offsets in (range(3), range(3, 6), range(2, 8))
            ),
        )

    asyncio.run(run())
    assert inserts == [[3], [3], [2]]
    (entry,) = ledger.read(slow)
    assert (entry.rows, entry.missing, entry.duplicates) == (8, 0, 0)


@pytest.mark.parametrize(
    ("bound", "most"), [("MOST_WAITING", 4), ("MOST_BYTES", len(json.dumps(an_event())) * 4)]
)
def test_many_that_wait_stay_in_kafka(slow, monkeypatch, bound, most):
    """The reader is held back until the insert before is done, by their number or their bytes."""
    monkeypatch.setattr(storing, bound, most)

    async def run():
        lane = Lane(Inserts(slow), Told().publish)
        works = [
            work_of(records_of(offsets), lambda: None)
            for offsets in (range(3), range(3, 6), range(6, 9))
        ]
        await lane.store(works[0])
        await lane.store(works[1])
        held_back = asyncio.create_task(lane.store(works[2]))
        await asyncio.sleep(0.5)
        assert not held_back.done()
        go_on.set()
        await held_back
        await lane.empty()

    asyncio.run(run())
    assert inserts == [[3], [3], [3]]
    assert ledger.read(slow)[0].rows == 9


def test_a_lane_that_is_cancelled_is_empty(slow):
    """The worker stops: what waits is neither stored nor waited for."""

    async def run():
        lane = Lane(Inserts(slow), Told().publish)
        await lane.store(work_of(records_of(range(3)), lambda: None))
        assert await asyncio.to_thread(begun.wait, 60)
        await lane.store(work_of(records_of(range(3, 6)), lambda: None))
        lane.storing.cancel()
        await lane.empty()
        go_on.set()
        await asyncio.sleep(0.5)

    asyncio.run(run())
    assert inserts == [[3]]
