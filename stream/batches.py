"""Record batches of a fetch: read quickly, and whatever a producer put into them.

aiokafka copies each record into an object of eleven fields, of which a chunk needs five; and it
decodes the *names* of headers as UTF-8 and raises, again and again, at a batch that holds another
byte. Kafka asks no such thing of a producer, and a worker must not stall at it: such a batch is
read once more, with those bytes kept as lone surrogates (PEP 383).
"""

from collections.abc import Iterator
from typing import Any

from aiokafka.consumer import fetcher
from aiokafka.record.default_records import _DefaultRecordBatchPy
from aiokafka.record.memory_records import _MemoryRecordsPy


def read_chunks() -> None:
    """Have every fetch of this process read as here; aiokafka has no setting for it."""
    fetcher.MemoryRecords = Batches
    fetcher.PartitionRecords = PartitionRecords


class PartitionRecords(fetcher.PartitionRecords):  # type: ignore[misc]  # untyped
    """The records of one partition in one fetch, as the batch holds them."""

    def _consumer_record(self, _: object, record: Any) -> Any:
        return record


class Batches(_MemoryRecordsPy):  # type: ignore[misc]  # final to a type checker only
    """The batches of one partition in one fetch."""

    def next_batch(self) -> Any:
        """The next batch, or None after the last."""
        data = self._next_slice
        return None if data is None else Batch(super().next_batch(), data)


class Batch:
    """One batch: aiokafka's own, which is compiled, and the tolerant reader when that gives up."""

    def __init__(self, batch: Any, data: memoryview) -> None:
        self._batch, self._data = batch, data

    def __getattr__(self, name: str) -> Any:
        return getattr(self._batch, name)

    def __iter__(self) -> Iterator[Any]:
        done = 0
        try:
            for record in self._batch:
                yield record
                done += 1
        except UnicodeDecodeError:
            yield from list(TolerantBatch(self._data))[done:]

    def __next__(self) -> Any:
        return next(self._batch)


class TolerantBatch(_DefaultRecordBatchPy):  # type: ignore[misc]  # final to a type checker only
    """A batch read in Python, where the decoding of names can be had otherwise."""

    _buffer: bytearray

    def _maybe_uncompress(self) -> None:
        super()._maybe_uncompress()
        self._buffer = _Bytes(self._buffer)


class _Bytes(bytearray):
    """Bytes whose slices decode every byte: what is not UTF-8 becomes a lone surrogate."""

    def __getitem__(self, place: Any) -> Any:
        part = super().__getitem__(place)
        return _Bytes(part) if isinstance(place, slice) else part

    def decode(self, encoding: str = "utf-8", errors: str = "surrogateescape") -> str:
        return super().decode(encoding, errors)
