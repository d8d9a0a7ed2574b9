"""The audit trail in ClickHouse: written once per offset, whatever is repeated.

Three rules make it exact on top of a log that delivers at least once. Who writes a partition has
claimed it, and ClickHouse refuses whoever claimed it before. The access events and rejected
records of a chunk are written only for offsets that are not there yet (`held`, asked after the
claim), and the log is told only after they are. Findings collapse by their key, so they are
written first: once the offsets of a chunk are there, so are its findings.
"""

import re
import time
from collections.abc import Callable, Generator, Mapping, Sequence
from dataclasses import dataclass
from io import BytesIO
from typing import Any
from uuid import uuid4

import clickhouse_connect
import pyarrow as pa
from clickhouse_connect.driver.client import Client
from clickhouse_connect.driver.exceptions import ClickHouseError, DataError
from clickhouse_connect.driver.query import QueryResult
from urllib3.exceptions import HTTPError

import crash
from storage.address import shown
from storage.chunks import Chunk, Claimed, together
from storage.rows import Place

# The server's default would answer before the rows are a part of the table, in blocks of its own.
_INSERT_SETTINGS = {
    "async_insert": 0,
    "insert_deduplicate": 0,
    "max_insert_threads": 1,
    "max_insert_block_size": 1_048_576,
}
_UNAVAILABLE = (ClickHouseError, HTTPError, OSError)

# ClickHouse's errors that are about a value, so that the same row is refused for ever. Any other,
# and any that is not known here, may pass: memory, parts, disks, rights, a table being changed.
_ABOUT_A_VALUE = frozenset(
    {6, 38, 41, 72, 376, 441, 675, 676}  # CANNOT_PARSE_...
    | {69, 128, 131, 321, 407}  # out of bounds, too large, out of range, overflow
    | {349, 469, 691}  # CANNOT_INSERT_NULL, VIOLATED_CONSTRAINT, UNKNOWN_ELEMENT_OF_ENUM
)
# The one constraint that is about the writer: see migration 0005.
_FENCED = re.compile(r"Code: 469\. DB::Exception: Constraint `latest_writer")
_WORDS = re.compile(r"DB::Exception: (.*?)(?: \(for url .*)?\Z", re.DOTALL)


class TrailUnavailableError(Exception):
    """ClickHouse did not take what was written; whether it holds it must be asked again."""


class ValueRefusedError(TrailUnavailableError):
    """A value of some row is refused, now and always, by ClickHouse or its client, as it says.

    Who does not look for that row goes on as when ClickHouse is away: with all else, and later
    with this again.
    """


class NotOursError(Exception):
    """The partition belongs to another worker, so nothing may be written for it."""


def connect(url: str) -> Client:
    """A client that several threads may use at once.

    Raises `TrailUnavailableError` where nothing answers at `url`.
    """
    try:
        return clickhouse_connect.get_client(
            dsn=url, autogenerate_session_id=False, send_receive_timeout=120, query_limit=0
        )
    except _UNAVAILABLE as error:
        reason = str(error).splitlines()[0].replace(url, shown(url))
        raise TrailUnavailableError(
            f"ClickHouse at {shown(url)} does not answer: {reason}"
        ) from None


@dataclass(frozen=True, slots=True)
class Trail:
    """The tables that the worker writes."""

    client: Client

    def claim(self, place: Place) -> str:
        """Become the writer of a partition, until somebody claims it after; returns our name.

        Whoever claimed it before is refused from then on; what is held must be asked after.
        Raises `TrailUnavailableError`.
        """
        where = {"topic_id": place.topic_id, "partition": place.partition}
        ((latest,),) = self.rows(_LATEST, where)
        number = int(latest.partition("-")[0] or 0) + 1
        # The number is said and not counted by the server: a request that comes late, or twice,
        # must not take the partition back from whoever claimed it meanwhile.
        writer = f"{number:020}-{uuid4()}"
        row = {**where, "writer": writer}
        self.insert("writers", [*row], [[*row.values()]])
        crash.point("worker partition claimed")
        return writer

    def append(
        self,
        chunk: Chunk,
        is_ours: Callable[[], bool] = lambda: True,
        writer: str | None = None,
    ) -> None:
        """Store one chunk, of which no offset is held; without a `writer` it is claimed first.

        As `append_all`, but that a refused value is this chunk's own.
        """
        self.append_all([Claimed(chunk, writer or self.claim(chunk.place), is_ours)])

    def append_all(self, pieces: Sequence[Claimed]) -> None:
        """Store chunks in one insert a table; when this returns, ClickHouse has them.

        No offset of them is held. `is_ours` is asked at the last moment before each insert. Raises
        `NotOursError`, or `ValueRefusedError`, or `TrailUnavailableError`, also where another has
        claimed a partition since; then any part of any chunk may be there or not.
        """
        for number, (table, columns) in enumerate(together(pieces).items()):
            crash.point("worker between inserts" if number else "worker before insert")
            for piece in pieces:
                if not piece.is_ours():
                    raise NotOursError(f"{piece.chunk.place} belongs to another")
            self._insert(table, columns, [piece.chunk.place for piece in pieces])

    def held(self, place: Place, first: int) -> frozenset[int]:
        """Which offsets at and above `first` are stored, once no earlier insert still runs."""
        parameters = {"topic_id": place.topic_id, "partition": place.partition, "first": first}
        self._await_inserts(place)
        held = frozenset(offset for (offset,) in self.rows(_HELD, parameters))
        crash.point("worker held asked")
        return held

    def rows(
        self, query: str, parameters: Mapping[str, object] | None = None
    ) -> Sequence[Sequence[Any]]:
        """The rows that a query answers, its parameters bound by the server.

        Raises `TrailUnavailableError`.
        """
        return self._query(query, parameters).result_rows

    def named_rows(self, query: str) -> list[dict[str, Any]]:
        """The rows that a query answers, each by the names of its columns.

        Raises `TrailUnavailableError`.
        """
        return list(self._query(query, None).named_results())

    def _query(self, query: str, parameters: Mapping[str, object] | None) -> QueryResult:
        try:
            return self.client.query(query, parameters=dict(parameters or {}))
        except _UNAVAILABLE as error:
            raise TrailUnavailableError(str(error)) from error

    def insert(self, table: str, columns: Sequence[str], rows: Sequence[Sequence[object]]) -> None:
        """Store rows of a table in which repeats collapse: these may be sent twice.

        Raises `TrailUnavailableError`, also as `ValueRefusedError`.
        """
        try:
            self.client.insert(table, rows, column_names=columns, settings={"async_insert": 0})
        except DataError as error:  # the client itself finds no room for a value in its column
            raise ValueRefusedError(str(error)) from error
        except _UNAVAILABLE as error:
            raise TrailUnavailableError(str(error)) from error

    def _await_inserts(self, place: Place) -> None:
        # A writer that was killed leaves its last insert running in the server.
        while self.rows(_RUNNING, {"named": _named(place)}):
            time.sleep(0.05)

    def _insert(self, table: str, columns: pa.Table, places: Sequence[Place]) -> None:
        try:
            self.client.raw_insert(
                table,
                column_names=columns.column_names,
                insert_block=_stream(columns),
                settings={**_INSERT_SETTINGS, "query_id": _query_id(places)},
                fmt="ArrowStream",
            )
        except _UNAVAILABLE as error:
            raise _meant(error) from error


def _meant(error: Exception) -> Exception:
    """What a failed insert says of the chunk: a value is refused, or nothing is known."""
    said = str(error)
    if getattr(error, "code", None) not in _ABOUT_A_VALUE or _FENCED.search(said):
        return TrailUnavailableError(said)
    words = _WORDS.search(said)
    return ValueRefusedError(words[1] if words else said)


def _stream(columns: pa.Table) -> Generator[bytes, None, None]:
    """The table as an Arrow stream, a batch at a time.

    The client replays a body of bytes when the connection is cut, even after the server has
    stored it. What is read once cannot be replayed.
    """
    piece = BytesIO()
    with pa.ipc.new_stream(pa.PythonFile(piece, "w"), columns.schema) as stream:
        for batch in columns.to_batches():
            stream.write_batch(batch)
            yield piece.getvalue()
            crash.point("worker mid insert")
            piece.seek(0)
            piece.truncate()
    yield piece.getvalue()


def _query_id(places: Sequence[Place]) -> str:
    """An insert's name, by which whoever takes over one of these partitions knows it."""
    (topic_id,) = {place.topic_id for place in places}
    return f"gamsa-{topic_id}-{'.'.join(str(place.partition) for place in places)}-{uuid4()}"


def _named(place: Place) -> str:
    """A regular expression of the names of all inserts into a partition."""
    return rf"^gamsa-{re.escape(place.topic_id)}-([0-9]+\.)*{place.partition}(\.[0-9]+)*-"


_LATEST = """
SELECT max(writer) FROM writers
WHERE topic_id = {topic_id:String} AND partition = {partition:UInt32}
"""

# The embedded endpoint's engine gives a query an id of its own and keeps ours as the log comment.
_RUNNING = """
SELECT 1 FROM system.processes
WHERE startsWith(query, 'INSERT')
    AND (match(query_id, {named:String}) OR match(Settings['log_comment'], {named:String}))
LIMIT 1
"""

_HELD = """
SELECT offset FROM access_events
WHERE topic_id = {topic_id:String} AND partition = {partition:UInt32} AND offset >= {first:UInt64}
UNION ALL
SELECT offset FROM rejected_events
WHERE topic_id = {topic_id:String} AND partition = {partition:UInt32} AND offset >= {first:UInt64}
"""
