"""What is committed to Kafka: never past a chunk that is not stored."""

import asyncio
from typing import NamedTuple

from hypothesis import given
from hypothesis import strategies as st

from stream.transport import ChunkedConsumer, Progress


def test_nothing_is_committable_before_a_chunk_is_stored():
    """A chunk in work moves nothing."""
    progress = Progress()
    progress.hand_over(0, 10)
    assert progress.committable() is None


def test_a_stored_chunk_can_be_committed():
    """The position committed is the one after the chunk's last record."""
    progress = Progress()
    progress.acknowledge(progress.hand_over(5, 10), 10)
    assert progress.committable() == 10


def test_a_later_chunk_waits_for_an_earlier_one():
    """Chunks may be stored out of order; the commit may not jump over a hole."""
    progress = Progress()
    first = progress.hand_over(0, 10)
    second = progress.hand_over(10, 20)
    progress.acknowledge(second, 20)
    assert progress.committable() is None
    progress.acknowledge(first, 10)
    assert progress.committable() == 20


def test_offsets_that_kafka_skips_are_no_hole():
    """Where compaction or a transaction marker took an offset, chunks still follow each other."""
    progress = Progress()
    progress.acknowledge(progress.hand_over(0, 10), 10)
    progress.acknowledge(progress.hand_over(12, 20), 20)
    assert progress.committable() == 20


@given(st.lists(st.integers(1, 5), min_size=1, max_size=12), st.randoms(), st.integers(0, 12))
def test_the_commit_is_the_longest_run_of_stored_chunks(sizes, random, stored):
    """For any order of storing, every record before the committable position is stored."""
    progress, begin, chunks = Progress(), 0, []
    for size in sizes:
        chunks.append((progress.hand_over(begin, begin + size), begin + size))
        begin += size
    done = random.sample(chunks, min(stored, len(chunks)))
    for first, after in done:
        progress.acknowledge(first, after)
    expected = 0
    for first, after in chunks:
        if (first, after) not in done:
            break
        expected = after
    assert progress.acknowledged == expected


class Chunk(NamedTuple):
    """What the book-keeping looks at in a message."""

    tp: str
    progress: object = None

    __hash__ = object.__hash__


class Bare(ChunkedConsumer):
    """The consumer's book-keeping, without Kafka."""

    def __init__(self):
        self._progress, self._in_work, self.commits = {}, set(), 0

    async def commit_and_end_transactions(self):
        self.commits += 1


def test_a_stop_waits_for_what_is_ours_and_not_for_what_a_seek_took_away():
    """Nobody would acknowledge that any more, and a rebalance would stand still for it."""
    consumer, message = Bare(), Chunk("a partition", Progress())
    consumer._progress[message.tp] = message.progress

    async def run():
        consumer.take(message)
        waiting = asyncio.create_task(consumer.wait_empty())
        await asyncio.sleep(0.2)
        assert not waiting.done()
        consumer._progress.clear()
        await asyncio.wait_for(waiting, 5)

    asyncio.run(run())
    assert (consumer.commits, consumer._in_work) == (1, set())
