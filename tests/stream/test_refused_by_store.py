"""An event that ClickHouse itself refuses is rejected alone; the rest of its chunk is stored."""

import asyncio
import json

import pytest

from storage import ledger
from storage.ledger import Entry
from storage.trail import Trail
from stream import storing
from stream.inserts import Inserts
from stream.storing import Lane
from tests.audit.test_codec import an_event
from tests.stream.test_auditing import PLACE, a_record
from tests.stream.test_storing import work_of
from tests.waiting import eventually

pytestmark = pytest.mark.slow

POISON = {"subject": "member:poison", "data_purpose": "marketing"}
REJECTED = "SELECT offset, reason, detail, key, unhex(hex(raw)) FROM v_rejected_events"


@pytest.fixture(name="trail")
def _trail(trail):
    """A trail whose table takes no event of one subject."""
    add = "ALTER TABLE access_events ADD CONSTRAINT no_poison CHECK subject != 'member:poison'"
    trail.client.command(add)
    return trail


class Counting(Trail):
    """A trail that counts what it is given."""

    def append_all(self, pieces):
        appended.append(sum(len(one.chunk.judged) + len(one.chunk.refused) for one in pieces))
        super().append_all(pieces)


appended: list[int] = []


class Told:
    """What a lane published and acknowledged, and what was rejected in the trail by then."""

    def __init__(self, trail):
        self.trail, self.letters, self.acknowledged = trail, [], False

    async def publish(self, chunk):
        stored = await asyncio.to_thread(self.trail.rows, REJECTED)
        self.letters += [(row.offset, row.rejected.reason, len(stored)) for row in chunk.refused]

    def acknowledge(self):
        self.acknowledged = True


def store(trail, records):
    """Hand the records to a lane, and wait until they are stored."""
    told = Told(trail)

    async def run():
        lane = Lane(Inserts(trail), told.publish)
        await lane.store(work_of(records, told.acknowledge))
        await lane.empty()

    asyncio.run(run())
    return told


def test_parts_of_a_chunk_wait_for_no_others(trail, monkeypatch):
    """The chunk has waited for those that were fetched with it; each halving would once more."""
    waited, together = [], Inserts.together

    async def noted(self, piece, *, is_last=False):
        waited.append(not is_last)
        await together(self, piece, is_last=is_last)

    monkeypatch.setattr(Inserts, "together", noted)

    async def run():
        lane, told = Lane(Inserts(trail), Told(trail).publish), Told(trail)
        work = work_of(records(10, {4}), told.acknowledge)
        work.is_last = False
        await lane.store(work)
        await lane.empty()

    asyncio.run(run())
    assert waited[0]
    assert len(waited) > 1
    assert not any(waited[1:])


def records(rows, poisoned, **poison):
    """As many records, with poison at some offsets."""
    good, bad = json.dumps(an_event()).encode(), json.dumps(an_event(**POISON, **poison)).encode()
    return [a_record(offset, bad if offset in poisoned else good) for offset in range(rows)]


@pytest.mark.parametrize("poisoned", [{0}, {41}, {7, 8, 30}, set(range(42))], ids=len)
def test_what_is_refused_is_rejected_and_the_rest_is_stored(trail, poisoned):
    """Each offset stands in the trail once, the refused ones with ClickHouse's words."""
    told = store(trail, records(42, poisoned))
    assert told.acknowledged
    rows = {offset: row for offset, *row in trail.rows(REJECTED)}
    assert rows.keys() == poisoned
    assert {reason for reason, *_ in rows.values()} == {"refused_by_store"}
    assert all(row[1].startswith("Constraint `no_poison` for table") for row in rows.values())
    assert ledger.read(trail) == [Entry(PLACE.topic_id, 2, 0, 41, 42, 0, 0)]


def test_the_dead_letter_is_published_before_the_record_is_rejected_in_the_trail(trail):
    """Were it the other way round, a crash in between would lose the letter."""
    told = store(trail, records(10, {3, 4}))
    assert told.letters == [(3, "refused_by_store", 0), (4, "refused_by_store", 1)]


def test_a_refused_record_keeps_its_key_and_its_exact_bytes(trail):
    """What came from Kafka is what the rejected record holds."""
    chunk = records(5, {2}, id="e-\u20ac")
    chunk[2].key = b"\xff\x00key"
    store(trail, chunk)
    query = "SELECT hex(key), hex(raw) FROM v_rejected_events"
    expected = (chunk[2].key.hex().upper(), chunk[2].value.hex().upper())
    assert list(trail.rows(query)) == [expected]


def test_one_event_of_20_000_is_found_in_few_inserts(trail):
    """Halving needs two inserts for each of fifteen halves, and one for the rejected record."""
    appended.clear()
    told = store(Counting(trail.client), records(20_000, {12_345}))
    assert told.acknowledged
    assert len(appended) <= 1 + 2 * 15 + 1
    assert ledger.read(trail) == [Entry(PLACE.topic_id, 2, 0, 19_999, 20_000, 0, 0)]


def test_a_lane_goes_on_slowly_when_many_events_are_refused(trail, monkeypatch):
    """After so many it pauses and says so, and then rejects the next ones."""
    monkeypatch.setattr(storing, "MOST_REJECTED", 2)
    before = storing.metrics.RETRIES._value.get()
    assert store(trail, records(7, range(5))).acknowledged
    assert storing.metrics.RETRIES._value.get() == before + 2
    assert ledger.read(trail) == [Entry(PLACE.topic_id, 2, 0, 6, 7, 0, 0)]


@pytest.mark.parametrize(
    ("broken", "mended"),
    [
        ("RENAME TABLE access_events TO elsewhere", "RENAME TABLE elsewhere TO access_events"),
        (
            "ALTER TABLE access_events RENAME COLUMN cookie TO biscuit",
            "ALTER TABLE access_events RENAME COLUMN biscuit TO cookie",
        ),
        (
            "ALTER TABLE access_events MODIFY SETTING parts_to_throw_insert = 1",
            "ALTER TABLE access_events RESET SETTING parts_to_throw_insert",
        ),
    ],
    ids=["no table", "no column", "too many parts"],
)
def test_an_error_that_is_not_about_a_value_rejects_nothing(trail, broken, mended):
    """The lane waits, however long, and stores the chunk whole once the table is mended."""
    store(trail, records(2, ()))
    trail.client.command(broken)
    before = storing.metrics.RETRIES._value.get()

    async def run():
        told = Told(trail)
        lane = Lane(Inserts(trail), told.publish)
        await lane.store(work_of(records(9, ()), told.acknowledge))
        waiting = storing.metrics.RETRIES._value
        await asyncio.to_thread(eventually, lambda: waiting.get() > before + 3)
        assert not told.acknowledged
        await asyncio.to_thread(trail.client.command, mended)
        await lane.empty()
        assert told.acknowledged

    asyncio.run(run())
    assert list(trail.rows(REJECTED)) == []
    assert ledger.read(trail) == [Entry(PLACE.topic_id, 2, 0, 8, 9, 0, 0)]


def test_a_record_that_is_refused_even_among_the_rejected_is_kept_and_tried_again(trail):
    """Nothing is dropped: the lane waits until the table takes it."""
    add = "ALTER TABLE rejected_events ADD CONSTRAINT none CHECK reason != 'refused_by_store'"
    trail.client.command(add)
    before = storing.metrics.RETRIES._value.get()

    async def run():
        told = Told(trail)
        lane = Lane(Inserts(trail), told.publish)
        await lane.store(work_of(records(4, {1}), told.acknowledge))
        waiting = storing.metrics.RETRIES._value
        await asyncio.to_thread(eventually, lambda: waiting.get() > before + 1)
        assert not told.acknowledged
        drop = "ALTER TABLE rejected_events DROP CONSTRAINT none"
        await asyncio.to_thread(trail.client.command, drop)
        await lane.empty()
        assert told.acknowledged

    asyncio.run(run())
    assert ledger.read(trail) == [Entry(PLACE.topic_id, 2, 0, 3, 4, 0, 0)]
