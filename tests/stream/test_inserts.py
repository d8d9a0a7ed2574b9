"""Chunks of several partitions go together in one insert, and are as safe as each alone."""

import asyncio
import json

import pytest

import policies
import stream.inserts
from storage import ledger
from storage.chunks import Claimed
from storage.rows import Place
from storage.trail import Trail, TrailUnavailableError
from stream.auditing import audit
from stream.inserts import Inserts
from stream.storing import Lane, Work
from tests.audit.test_codec import an_event
from tests.stream.test_auditing import a_record

pytestmark = pytest.mark.slow

POLICY = policies.load_policy()
PARTITIONS = range(12)
ROWS = 10
MISUSE = json.dumps(an_event(data_purpose="marketing")).encode()


class Watched(Trail):
    """A trail that notes how many chunks came in each insert, and fails where it is told to."""

    def append_all(self, pieces):
        inserts.append(len(pieces))
        super().append_all(pieces)
        if len(pieces) in fails:
            raise TrailUnavailableError("the answer got lost")


inserts: list[int] = []
fails: set[int] = set()


@pytest.fixture(name="watched")
def _watched(trail):
    inserts.clear()
    fails.clear()
    return Watched(trail.client)


def work_of(partition, acknowledge, raw=MISUSE, is_ours=lambda: True):
    """A chunk of a partition, in which one record says `raw`."""
    good = json.dumps(an_event()).encode()
    records = [a_record(offset, raw if offset == 3 else good) for offset in range(ROWS)]
    chunk = audit(Place("a topic", partition), records, POLICY)
    return Work(range(ROWS), chunk, is_ours, lambda _: None, acknowledge, records)


def store(trail, works):
    """Hand each partition's chunk to a lane of its own, all at the same time."""

    async def publish(_):
        pass

    async def run():
        joined = Inserts(trail)
        lanes = [Lane(joined, publish) for _ in works]
        for lane, work in zip(lanes, works, strict=True):
            await lane.store(work)
        for lane in lanes:
            await lane.empty()

    asyncio.run(run())


def entries(trail):
    return {one.partition: (one.rows, one.missing, one.duplicates) for one in ledger.read(trail)}


def test_what_is_ready_at_the_same_time_is_stored_in_few_inserts(watched):
    """Rows and findings of each partition are there, once, and each chunk is acknowledged."""
    acknowledged = []
    store(watched, [work_of(n, lambda n=n: acknowledged.append(n)) for n in PARTITIONS])
    assert sum(inserts) == len(PARTITIONS)
    assert len(inserts) < len(PARTITIONS)
    assert sorted(acknowledged) == list(PARTITIONS)
    assert entries(watched) == dict.fromkeys(PARTITIONS, (ROWS, 0, 0))
    found = "SELECT partition, count() FROM findings GROUP BY partition"
    assert dict(watched.rows(found)) == dict.fromkeys(PARTITIONS, 1)
    writers = "SELECT uniqExact(writer), uniqExact(partition, writer) FROM access_events"
    assert list(watched.rows(writers)) == [(len(PARTITIONS), len(PARTITIONS))]


def test_an_answer_that_got_lost_doubles_nothing(watched):
    """Nobody knows what became of each chunk, so each asks what is held."""
    fails.update(range(2, len(PARTITIONS) + 1))
    store(watched, [work_of(n, lambda: None) for n in PARTITIONS])
    assert max(inserts) > 1
    assert entries(watched) == dict.fromkeys(PARTITIONS, (ROWS, 0, 0))


def test_an_event_that_is_refused_is_rejected_in_its_own_chunk_only(watched):
    """The others are stored as they are."""
    add = "ALTER TABLE access_events ADD CONSTRAINT no_poison CHECK subject != 'member:poison'"
    watched.client.command(add)
    poison = json.dumps(an_event(subject="member:poison")).encode()
    works = [work_of(n, lambda: None, poison if n == 2 else MISUSE) for n in PARTITIONS]
    store(watched, works)
    assert entries(watched) == dict.fromkeys(PARTITIONS, (ROWS, 0, 0))
    rejected = "SELECT partition, offset FROM v_rejected_events"
    assert list(watched.rows(rejected)) == [(2, 3)]


def test_a_partition_that_went_to_another_keeps_nobody_else_from_being_stored(watched):
    """Its chunk is not written; it is acknowledged by nobody here."""
    acknowledged, asked = [], []

    def is_ours():
        asked.append(1)
        return len(asked) < 2

    works = [work_of(n, lambda n=n: acknowledged.append(n)) for n in PARTITIONS if n]
    works.append(work_of(0, lambda: acknowledged.append(0), is_ours=is_ours))
    store(watched, works)
    assert sorted(acknowledged) == [n for n in PARTITIONS if n]
    assert entries(watched) == {n: (ROWS, 0, 0) for n in PARTITIONS if n}


class Stolen(Watched):
    """A trail in which somebody else claims partition 2 just after us, once."""

    def claim(self, place):
        name = super().claim(place)
        if place.partition == STOLEN and not stolen:
            stolen.append(super().claim(place))
        return name


STOLEN = 2
stolen: list[str] = []


def test_a_claim_that_is_no_longer_the_latest_refuses_nobody_else(watched):
    """The lane whose claim is old claims anew, as ever; each offset is stored once."""
    stolen.clear()
    store(Stolen(watched.client), [work_of(n, lambda: None) for n in PARTITIONS])
    assert stolen
    assert entries(watched) == dict.fromkeys(PARTITIONS, (ROWS, 0, 0))


def take_turns(trail, seconds, *, is_last=False):
    """Store a chunk, and another so many seconds later."""

    async def run():
        joined = Inserts(trail)

        async def one(partition):
            place = Place("a topic", partition)
            writer = await asyncio.to_thread(trail.claim, place)
            await asyncio.sleep(seconds * partition)
            chunk = work_of(partition, lambda: None).chunk
            await joined.together(Claimed(chunk, writer, lambda: True), is_last=is_last)

        await asyncio.gather(one(0), one(1))

    asyncio.run(run())


def test_few_rows_wait_for_those_that_were_fetched_with_them(watched, monkeypatch):
    """An insert costs much and a row little."""
    monkeypatch.setattr(stream.inserts, "LONGEST_WAIT", 10.0)
    take_turns(watched, 0.5)
    assert inserts == [2]


@pytest.mark.parametrize(("enough", "is_last"), [(ROWS, False), (1_000, True)])
def test_enough_rows_wait_for_nobody_nor_does_the_last(watched, monkeypatch, enough, is_last):
    """There is nothing to be gained by it."""
    monkeypatch.setattr(stream.inserts, "LONGEST_WAIT", 3_600.0)
    monkeypatch.setattr(stream.inserts, "ENOUGH", enough)
    take_turns(watched, 3.0, is_last=is_last)
    assert inserts == [1, 1]
