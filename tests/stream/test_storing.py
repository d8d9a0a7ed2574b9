"""A lane stores what is handed to it once, on the real engine, whatever is handed to it again."""

import asyncio
import json

import pytest

import policies
from storage import ledger
from storage.ledger import Entry
from storage.trail import Trail, TrailUnavailableError
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


def work_of(records, acknowledge, is_ours=lambda: True):
    """What the worker makes of these records."""
    chunk = audit(PLACE, records, POLICY)
    offsets = range(records[0].offset, records[-1].offset + 1)
    return Work(offsets, chunk, is_ours, acknowledge, records)


class Told:
    """What a lane published and acknowledged, in order."""

    def __init__(self):
        self.steps = []

    async def publish(self, chunk):
        self.steps.append(("published", chunk.judged["offset"][0].as_py()))

    def acknowledge(self, first):
        return lambda _: self.steps.append(("acknowledged", first))


async def hand_over(lane, told, *chunks, is_ours=lambda: True):
    for offsets in chunks:
        work = work_of(records_of(offsets), told.acknowledge(offsets.start), is_ours)
        await lane.store(work)
    await lane.storing


def test_a_chunk_is_published_before_it_is_stored_and_acknowledged_after(trail):
    """The order is the guarantee."""
    told = Told()

    async def run():
        await hand_over(Lane(Inserts(trail), told.publish), told, range(3), range(3, 5))

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
    assert told.steps == [("published", 0)]
    assert ledger.read(trail) == []


def test_a_partition_that_goes_away_while_the_trail_is_asked_is_not_written(trail):
    """Asking what is held may take long; whose the partition is, is looked at again."""
    told, answers = Told(), [True, False]

    async def run():
        await hand_over(
            Lane(Inserts(trail), told.publish), told, range(4), is_ours=lambda: answers.pop(0)
        )

    asyncio.run(run())
    assert told.steps == [("published", 0)]
    assert ledger.read(trail) == []
