"""The formats of evidence: NDJSON, CSV and Parquet, written page by page."""

import csv
import io
from collections.abc import Callable, Iterator, Mapping
from typing import IO, Any, Protocol

import pyarrow as pa
import pyarrow.parquet as pq

from investigate.printing import cell, document

_AT_ONCE = 1_000
"""Rows of a page that are Python's at one time, which takes many times their bytes."""


class Writer(Protocol):
    """A format: takes pages of rows, and is closed."""

    def write(self, page: pa.Table) -> None:
        """Write these rows."""

    def close(self) -> None:
        """Write what the format has at its end."""


class _Parquet:
    """Parquet, as typed as the trail is; each page is a row group."""

    def __init__(self, sink: IO[bytes]) -> None:
        self._sink = sink
        self._writer: pq.ParquetWriter | None = None

    def write(self, page: pa.Table) -> None:
        if self._writer is None:
            self._writer = pq.ParquetWriter(self._sink, page.schema, compression="zstd")
        self._writer.write_table(page)

    def close(self) -> None:
        if self._writer is not None:
            self._writer.close()


class _Lines:
    """JSON, one access a line."""

    def __init__(self, sink: IO[bytes]) -> None:
        self._sink = sink

    def write(self, page: pa.Table) -> None:
        for row in _rows(page):
            self._sink.write(document(row).encode() + b"\n")

    def close(self) -> None:
        """Nothing stands at the end of lines."""


class _Csv:
    """Comma-separated values with a head, harmless to a spreadsheet: see `printing.cell`."""

    def __init__(self, sink: IO[bytes]) -> None:
        self._sink, self._has_head = sink, False

    def write(self, page: pa.Table) -> None:
        text = io.StringIO(newline="")
        lines = csv.writer(text)
        if not self._has_head:
            lines.writerow(page.column_names)
            self._has_head = True
        for row in _rows(page):
            lines.writerow([cell(value) for value in row.values()])
        self._sink.write(text.getvalue().encode())

    def close(self) -> None:
        """Nothing stands at the end of lines."""


def _rows(page: pa.Table) -> Iterator[dict[str, Any]]:
    for first in range(0, page.num_rows, _AT_ONCE):
        yield from page.slice(first, _AT_ONCE).to_pylist()


FORMATS: Mapping[str, Callable[[IO[bytes]], Writer]] = {
    ".ndjson": _Lines,
    ".csv": _Csv,
    ".parquet": _Parquet,
}
"""By the ending of a file's name."""


class Pieces(io.RawIOBase):
    """A file of which whatever was written is taken away at once."""

    def __init__(self) -> None:
        self._pieces: list[bytes] = []
        self._written = 0

    def writable(self) -> bool:
        """Pieces are for writing alone."""
        return True

    def write(self, piece: Any) -> int:
        """Keep this piece until it is taken."""
        self._pieces.append(bytes(piece))
        self._written += len(self._pieces[-1])
        return len(self._pieces[-1])

    def tell(self) -> int:
        """How many bytes were ever written."""
        return self._written

    def taken(self) -> bytes:
        """What was written since the last time."""
        taken, self._pieces = b"".join(self._pieces), []
        return taken
