"""Evidence taken away: the accesses of a question with their exact bytes, in the log's order.

The rows are counted first, and that so many are taken is recorded; only then does the first of
them leave the trail. Should the trail then have others, the export stops. A file has its name
only when it is whole.
"""

import csv
import io
import os
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, Protocol

import pyarrow as pa
import pyarrow.parquet as pq

from investigate.errors import InquiryError, NotThereError
from investigate.filters import Filters, conditions
from investigate.inquiry import Asked, Inquiry
from investigate.printing import cell, document
from investigate.questions.accesses import COLUMNS, SNAPSHOT
from investigate.reading import Reader


class Writer(Protocol):
    """A format: takes batches of rows, and is closed."""

    def write(self, batch: pa.RecordBatch) -> None:
        """Write these rows."""

    def close(self) -> None:
        """Write what the format has at its end."""


@dataclass(frozen=True, slots=True)
class Export:
    """What is to be taken away, from one state of the trail."""

    filters: Filters
    snapshot: int
    rows: int


def prepare(reader: Reader, filters: Filters) -> Export:
    """How many accesses are all this? Raises as every question does."""
    snapshot = reader.moment()
    sql, bound = conditions(filters)
    query = _COUNT.format(those=" AND ".join([*sql, SNAPSHOT]))
    ((rows,),) = reader.rows(query, {**bound, "snapshot": snapshot})
    return Export(filters, snapshot, int(rows))


def take(
    inquiry: Inquiry,
    export: Export,
    path: Path,
    progress: Callable[[int], None] = lambda _: None,
) -> int:
    """Record the export, then write it to `path` by the ending of its name; return the rows.

    `progress` is told the rows written so far. Raises `NoGroundsError` and `NotRecordedError`
    before anything is written, `NotThereError` where there is nothing, OSError where the file
    cannot be, and as every question does.
    """
    make = FORMATS[path.suffix]
    filters = export.filters
    inquiry.record(Asked("export", filters.subject, "export", filters.given), export.rows)
    if not export.rows:
        raise NotThereError(f"no access is all this; {path.name} is not written")
    written = 0
    with _whole(path) as sink:
        writer = make(sink)
        for batch in _batches(inquiry.reader, export):
            written += batch.num_rows
            if written > export.rows:
                break
            writer.write(batch)
            progress(written)
        if written != export.rows:
            raise InquiryError(
                f"the trail has other rows than the {export.rows:,} whose export is recorded; "
                f"{path.name} is not written: export it again, with an end (--to) that is over"
            )
        writer.close()
    return written


def of_findings(reader: Reader, findings: Sequence[str], rows: int) -> Sequence[Mapping[str, Any]]:
    """The accesses that these findings rest on, with their exact bytes, in the log's order.

    `rows` at most. Raises as every question does.
    """
    query = _OF_FINDINGS.format(columns=_SELECTED)
    batches = reader.batches(query, {"findings": list(findings), "rows": rows})
    return [row for batch in batches for row in batch.to_pylist()]


def _batches(reader: Reader, export: Export) -> Iterator[pa.RecordBatch]:
    sql, bound = conditions(export.filters)
    query = _ROWS.format(columns=_SELECTED, those=" AND ".join([*sql, SNAPSHOT]))
    return reader.batches(query, {**bound, "snapshot": export.snapshot})


@contextmanager
def _whole(path: Path) -> Iterator[IO[bytes]]:
    """A file for its owner alone, that gets its name once it is whole and on disk."""
    number, name = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
    unfinished = Path(name)
    try:
        with os.fdopen(number, "wb") as sink:
            yield sink
            sink.flush()
            os.fsync(sink.fileno())
        unfinished.replace(path)
    finally:
        unfinished.unlink(missing_ok=True)


class _Parquet:
    """Parquet, as typed as the trail is."""

    def __init__(self, sink: IO[bytes]) -> None:
        self._sink = sink
        self._writer: pq.ParquetWriter | None = None

    def write(self, batch: pa.RecordBatch) -> None:
        if self._writer is None:
            self._writer = pq.ParquetWriter(self._sink, batch.schema, compression="zstd")
        self._writer.write_batch(batch)

    def close(self) -> None:
        if self._writer is not None:
            self._writer.close()


class _Lines:
    """JSON, one access a line."""

    def __init__(self, sink: IO[bytes]) -> None:
        self._sink = sink

    def write(self, batch: pa.RecordBatch) -> None:
        for row in batch.to_pylist():
            self._sink.write(document(row).encode() + b"\n")

    def close(self) -> None:
        """Nothing stands at the end of lines."""


class _Csv:
    """Comma-separated values with a head, harmless to a spreadsheet: see `printing.cell`."""

    def __init__(self, sink: IO[bytes]) -> None:
        self._text = io.TextIOWrapper(sink, encoding="utf-8", newline="", write_through=True)
        self._rows = csv.writer(self._text)
        self._rows.writerow(_NAMES)

    def write(self, batch: pa.RecordBatch) -> None:
        for row in batch.to_pylist():
            self._rows.writerow([cell(value) for value in row.values()])

    def close(self) -> None:
        """Let go of the file, which is closed by whoever opened it."""
        self._text.detach()


FORMATS: Mapping[str, Callable[[IO[bytes]], Writer]] = {
    ".ndjson": _Lines,
    ".csv": _Csv,
    ".parquet": _Parquet,
}

# The exact bytes are text, or else base64 of what is not UTF-8.
_WRITTEN = {
    **{name: name for name in COLUMNS},
    "verdict": "toString(verdict)",
    "document": "if(isValidUTF8(raw), raw, '')",
    "document_base64": "if(isValidUTF8(raw), '', base64Encode(raw))",
}
_NAMES = tuple(_WRITTEN)
_SELECTED = ", ".join(f"{sql} AS {name}" for name, sql in _WRITTEN.items())
_COUNT = "SELECT count() FROM v_access_events WHERE {those}"
_ROWS = """
SELECT {columns} FROM v_access_events WHERE {those}
ORDER BY topic_id, partition, offset
"""
_OF_FINDINGS = """
SELECT {columns} FROM v_access_events
WHERE event_id IN
(
    SELECT arrayJoin(event_ids) FROM v_findings WHERE finding_id IN {{findings:Array(String)}}
)
ORDER BY topic_id, partition, offset
LIMIT {{rows:UInt32}}
"""
