"""What is missing among numbers, whatever is there."""

from itertools import groupby, pairwise

from hypothesis import given
from hypothesis import strategies as st

from storage import gaps
from storage.gaps import Block

SIZE = 8
NUMBERS = st.sets(st.integers(0, 60))
BOUNDS = st.tuples(st.integers(0, 70), st.integers(0, 70)).map(sorted)


def blocks_of(numbers):
    """The blocks as ClickHouse would tell them, of eight numbers each."""
    told = ((number, list(each)) for number, each in groupby(sorted(numbers), lambda n: n // SIZE))
    return [Block(number, len(each), each[0], each[-1]) for number, each in told]


@given(NUMBERS, BOUNDS)
def test_every_missing_number_is_counted_and_named(numbers, bounds):
    """Count and runs are those of the set difference, and a run is as long as it can be."""
    wanted = range(*bounds)

    def numbers_of(block):
        return [one for one in numbers if block.first <= one <= block.last]

    runs = list(gaps.runs(blocks_of(numbers), wanted, numbers_of))
    lost = set(wanted) - numbers
    assert gaps.missing(blocks_of(numbers), wanted, numbers_of) == len(lost)
    assert {number for run in runs for number in run} == lost
    assert all(one.stop < other.start for one, other in pairwise(runs))


def test_only_a_block_with_a_hole_is_asked_for_its_numbers():
    """What is solid is known from its ends."""
    asked = []

    def numbers_of(block):
        asked.append(block.number)
        return [16, 18]

    blocks = [Block(0, 8, 0, 7), Block(1, 8, 8, 15), Block(2, 2, 16, 18)]
    assert list(gaps.runs(blocks, range(20), numbers_of)) == [range(17, 18), range(19, 20)]
    assert asked == [2]


def test_numbers_as_large_as_they_may_be_are_counted_like_others():
    """A producer may say any number that an event can hold."""
    last = 2**63 - 1
    blocks = [Block(last // SIZE, 1, last, last)]
    assert gaps.missing(blocks, range(last + 1), lambda _: [last]) == last
    assert list(gaps.runs(blocks, range(last + 1), lambda _: [last])) == [range(last)]
