"""Evidence taken away: the accesses of a question with their exact bytes, in the log's order.

The rows are counted first, and that so many are taken is recorded; only then does the first of
them leave the trail. Should the trail then have others, the export stops: a file gets its name
only when it is whole, and a stream ends as a broken one does.

Every page of rows is a query of its own, after the last place in the log, so that neither
ClickHouse nor this process ever holds more than a page, however slow whoever takes them is.
"""

import os
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, cast

import pyarrow as pa

from investigate.errors import InquiryError, NotThereError
from investigate.filters import Filters, conditions
from investigate.formats import FORMATS, Pieces
from investigate.inquiry import Asked, Inquiry
from investigate.questions.accesses import COLUMNS, OF_FINDINGS, SNAPSHOT
from investigate.reading import Reader

_PAGE = 5_000
"""Rows of one query; they are about ten megabytes."""


@dataclass(frozen=True, slots=True)
class Held:
    """How many of the rows a partition of the log has."""

    topic_id: str
    partition: int
    rows: int


@dataclass(frozen=True, slots=True)
class Export:
    """What is to be taken away, from one state of the trail, and where in the log it is."""

    filters: Filters
    snapshot: int
    held: Sequence[Held]

    @property
    def rows(self) -> int:
        """How many accesses it has."""
        return sum(one.rows for one in self.held)


def _untold(_: int) -> None:
    """Tell nobody how far it is."""


def prepare(reader: Reader, filters: Filters) -> Export:
    """How many accesses are all this? Raises as every question does."""
    snapshot = reader.moment()
    found = _asked(reader, _COUNT, filters, snapshot)
    return Export(filters, snapshot, [Held(topic, int(n), int(rows)) for topic, n, rows in found])


def sized(reader: Reader, filters: Filters) -> tuple[int, int]:
    """How many accesses are all this, and about how many bytes have their documents?

    By the first thousand. Raises as every question does.
    """
    export = prepare(reader, filters)
    if not export.rows:
        return 0, 0
    ((mean,),) = _asked(reader, _SIZE, filters, export.snapshot)
    return export.rows, round(float(mean) * export.rows)


def take(
    inquiry: Inquiry,
    export: Export,
    path: Path,
    progress: Callable[[int], None] = _untold,
) -> int:
    """Record the export, then write it to `path` by the ending of its name; return the rows.

    `progress` is told the rows written so far. Raises `NoGroundsError` and `NotRecordedError`
    before anything is written, `NotThereError` where there is nothing, OSError where the file
    cannot be, and as every question does.
    """
    record(inquiry, export)
    written = 0
    with whole(path) as sink:
        writer = FORMATS[path.suffix](sink)
        for page in pages(inquiry.reader, export):
            writer.write(page)
            written += page.num_rows
            progress(written)
        writer.close()
    return written


def stream(
    reader: Reader, export: Export, ending: str, progress: Callable[[int], None] = _untold
) -> Iterator[bytes]:
    """Give an export away that was recorded, as it comes, in the format of this ending.

    `progress` is told the rows so far. Raises as every question does, and `InquiryError` where it
    cannot be whole: whoever passes it on breaks off then. The last piece of Parquet, without which
    it cannot be read, is given once everything was.
    """
    pieces, written = Pieces(), 0
    writer = FORMATS[ending](cast(IO[bytes], pieces))
    for page in pages(reader, export):
        writer.write(page)
        yield pieces.taken()
        written += page.num_rows
        progress(written)
    writer.close()
    yield pieces.taken()


def record(inquiry: Inquiry, export: Export) -> None:
    """Record that so many accesses are taken away; raises as `take` does."""
    filters = export.filters
    inquiry.record(Asked("export", filters.subject, "export", filters.given), export.rows)
    if not export.rows:
        raise NotThereError("no access is all this; nothing is taken away")


def pages(reader: Reader, export: Export) -> Iterator[pa.Table]:
    """The accesses in the log's order; raises `InquiryError` unless they are those counted."""
    for held in export.held:
        found, first = 0, 0
        while True:
            page = _page(reader, export, held, first)
            found += page.num_rows
            if not page.num_rows or found > held.rows:
                break
            yield page
            first = page["offset"][-1].as_py() + 1
            if page.num_rows < _PAGE:
                break
        if found != held.rows:
            raise InquiryError(
                f"the trail has other rows than the {export.rows:,} whose export is recorded: "
                "export it again, with an end (--to) that is over"
            )


def _asked(reader: Reader, query: str, filters: Filters, snapshot: int) -> Sequence[Sequence[Any]]:
    sql, bound = conditions(filters)
    those = " AND ".join([*sql, SNAPSHOT])
    return reader.rows(query.format(those=those), {**bound, "snapshot": snapshot})


def _page(reader: Reader, export: Export, held: Held, first: int) -> pa.Table:
    sql, bound = conditions(export.filters)
    query = _PAGE_OF.format(columns=_COLUMNS, those=" AND ".join([*sql, SNAPSHOT]))
    place = {"of_topic": held.topic_id, "of_partition": held.partition, "first": first}
    return reader.table(query, {**bound, **place, "snapshot": export.snapshot, "rows": _PAGE})


def of_findings(reader: Reader, findings: Sequence[str], rows: int) -> Sequence[Mapping[str, Any]]:
    """The accesses that these findings rest on, with their exact bytes, in the log's order.

    `rows` at most. Raises as every question does.
    """
    query = _OF_FINDINGS.format(columns=_COLUMNS, of_findings=OF_FINDINGS)
    found = reader.table(query, {"findings": list(findings), "rows": rows})
    those: list[dict[str, Any]] = found.to_pylist()
    return those


@contextmanager
def whole(path: Path) -> Iterator[IO[bytes]]:
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


# The exact bytes are text, or else base64 of what is not UTF-8.
_WRITTEN = {
    **{name: name for name in COLUMNS},
    "verdict": "toString(verdict)",
    "document": "if(isValidUTF8(raw), raw, '')",
    "document_base64": "if(isValidUTF8(raw), '', base64Encode(raw))",
}
_COLUMNS = ", ".join(f"{sql} AS {name}" for name, sql in _WRITTEN.items())
_COUNT = """
SELECT toString(topic_id) AS topic, partition, count() FROM v_access_events WHERE {those}
GROUP BY topic, partition ORDER BY topic, partition
"""
_SIZE = """
SELECT avg(length(raw)) FROM (SELECT raw FROM v_access_events WHERE {those} LIMIT 1000)
"""
_PAGE_OF = """
SELECT {columns} FROM v_access_events
WHERE topic_id = {{of_topic:String}} AND partition = {{of_partition:UInt32}}
    AND offset >= {{first:UInt64}} AND {those}
ORDER BY offset
LIMIT {{rows:UInt32}} WITH TIES
"""
"""With ties: an offset that is stored twice, which the ledger names, stays on one page."""
_OF_FINDINGS = """
SELECT {columns} FROM v_access_events
WHERE {of_findings}
ORDER BY topic_id, partition, offset
LIMIT {{rows:UInt32}}
"""
