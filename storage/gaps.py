"""Numbers that should be without holes, counted in blocks: which of them are not there.

What is there is asked of ClickHouse block by block, so that a hundred million numbers are fifteen
hundred rows; only a block with a hole in it is asked for its numbers.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import pairwise
from typing import NamedTuple

BLOCK = 1 << 16
"""Numbers in a block: as many as a bitmap's container holds, so that counting is quickest."""


class Block(NamedTuple):
    """The distinct numbers there are of one block; `first` and `last` are inclusive."""

    number: int
    distinct: int
    first: int
    last: int

    @property
    def is_solid(self) -> bool:
        """Whether no number is missing between the first and the last."""
        return self.last - self.first + 1 == self.distinct


NumbersOf = Callable[[Block], Iterable[int]]
"""Asks for the numbers that there are of a block."""


def missing(blocks: Sequence[Block], wanted: range, numbers_of: NumbersOf) -> int:
    """How many of the `wanted` numbers are not there; `blocks` rise."""
    return wanted.stop - wanted.start - sum(_within(block, wanted, numbers_of) for block in blocks)


def runs(blocks: Iterable[Block], wanted: range, numbers_of: NumbersOf) -> Iterator[range]:
    """The runs of `wanted` numbers that are not there, lowest first; `blocks` rise.

    Ask for as many as you need: each further block with a hole costs one question.
    """
    position = wanted.start
    for there in _present(blocks, wanted, numbers_of):
        if there.start > position:
            yield range(position, min(there.start, wanted.stop))
        position = max(position, there.stop)
        if position >= wanted.stop:
            return
    if position < wanted.stop:
        yield range(position, wanted.stop)


def _present(blocks: Iterable[Block], wanted: range, numbers_of: NumbersOf) -> Iterator[range]:
    for block in blocks:
        if block.last < wanted.start:
            continue
        if block.is_solid:
            yield range(block.first, block.last + 1)
        else:
            yield from _islands(sorted(numbers_of(block)))


def _islands(numbers: list[int]) -> Iterator[range]:
    begins = [0, *(at for at, (one, next_) in enumerate(pairwise(numbers), 1) if next_ > one + 1)]
    for begin, end in pairwise([*begins, len(numbers)]):
        yield range(numbers[begin], numbers[end - 1] + 1)


def _within(block: Block, wanted: range, numbers_of: NumbersOf) -> int:
    """How many of a block's numbers are wanted."""
    if block.first >= wanted.start and block.last < wanted.stop:
        return block.distinct
    if block.is_solid:
        return max(0, min(block.last + 1, wanted.stop) - max(block.first, wanted.start))
    return sum(number in wanted for number in numbers_of(block))
