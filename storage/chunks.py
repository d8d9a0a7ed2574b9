"""What the worker stores at a time: chunks of partitions, alone or several together."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

import pyarrow as pa

from storage import rows
from storage.rows import Found, Place, Refused


@dataclass(frozen=True, slots=True)
class Chunk:
    """What the worker made of a run of records of one partition, in the order of their offsets.

    `judged` has the columns `storage.rows.ACCESS_EVENTS`.
    """

    place: Place
    judged: pa.Table
    refused: Sequence[Refused]
    found: Sequence[Found]

    def without(self, offsets: Iterable[int]) -> "Chunk":
        """The same chunk less the offsets that are already stored."""
        held = frozenset(offsets)
        return self._where(lambda offset: offset not in held) if held else self

    def within(self, offsets: range) -> "Chunk":
        """The part of the chunk that has these offsets."""
        return self._where(offsets.__contains__)

    def refusing(self, row: Refused) -> "Chunk":
        """The same chunk with a rejected record in the place of a judged event."""
        others = self.without({row.offset})
        return Chunk(self.place, others.judged, [*others.refused, row], others.found)

    def _where(self, belongs: Callable[[int], bool]) -> "Chunk":
        offsets = self.judged["offset"].to_pylist()
        return Chunk(
            self.place,
            self.judged.filter(pa.array(map(belongs, offsets), pa.bool_())),
            [row for row in self.refused if belongs(row.offset)],
            [row for row in self.found if belongs(row.judged.offset)],
        )


def one_after_another(chunks: Sequence[Chunk]) -> Chunk:
    """Chunks of one partition, in the order of their offsets, as one."""
    return Chunk(
        chunks[0].place,
        pa.concat_tables([chunk.judged for chunk in chunks]),
        [row for chunk in chunks for row in chunk.refused],
        [row for chunk in chunks for row in chunk.found],
    )


@dataclass(frozen=True, slots=True)
class Claimed:
    """A chunk to be stored, the name under which its partition was claimed, and if it is ours."""

    chunk: Chunk
    writer: str
    is_ours: Callable[[], bool]


# In the order in which they are stored: once a chunk's offsets are there, so are its findings.
TABLES: Mapping[str, Callable[[Chunk], pa.Table]] = {
    "findings": lambda chunk: rows.findings(chunk.place, chunk.found),
    "rejected_events": lambda chunk: rows.rejected_events(chunk.place, chunk.refused),
    "access_events": lambda chunk: chunk.judged,
}


def together(pieces: Sequence[Claimed]) -> dict[str, pa.Table]:
    """The rows of several chunks, by the table that they belong to; none that gets no rows."""
    laid_out = {
        table: [lay_out(piece.chunk) for piece in pieces] for table, lay_out in TABLES.items()
    }
    names = pa.array([piece.writer for piece in pieces], pa.string())
    return {
        table: _joined(table, columns).append_column("writer", _writers(names, columns))
        for table, columns in laid_out.items()
        if any(each.num_rows for each in columns)
    }


def _joined(table: str, columns: Sequence[pa.Table]) -> pa.Table:
    joined = pa.concat_tables(columns)
    return rows.packed(joined) if table == "access_events" else joined


def _writers(names: pa.Array, columns: Sequence[pa.Table]) -> pa.Array:
    whose = [pa.repeat(pa.scalar(n, pa.int32()), each.num_rows) for n, each in enumerate(columns)]
    return pa.DictionaryArray.from_arrays(pa.concat_arrays(whose), names)
