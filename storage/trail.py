"""The audit trail in ClickHouse: written once per offset, whatever is repeated.

Two rules make it exact on top of a log that delivers at least once. The access events and
rejected records of a chunk are written only for offsets that are not there yet (`held`), and the
log is told only after they are. Findings collapse by their key, so they are written first: once
the offsets of a chunk are there, so are its findings.
"""

import time
from collections.abc import Callable, Generator, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit, urlunsplit
from uuid import uuid4

import clickhouse_connect
import pyarrow as pa
from clickhouse_connect.driver.client import Client
from clickhouse_connect.driver.exceptions import ClickHouseError
from urllib3.exceptions import HTTPError

from faults import crash
from storage import rows
from storage.rows import Found, Judged, Place, Refused

# The server's default would answer before the rows are a part of the table, in blocks of its own.
_INSERT_SETTINGS = {
    "async_insert": 0,
    "insert_deduplicate": 0,
    "max_insert_threads": 1,
    "max_insert_block_size": 1_048_576,
}
_UNAVAILABLE = (ClickHouseError, HTTPError, OSError)


class TrailUnavailableError(Exception):
    """ClickHouse did not take what was written; whether it holds it must be asked again."""


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


def shown(url: str) -> str:
    """The URL without user and password, to be written into messages and logs."""
    parts = urlsplit(url)
    return urlunsplit(parts._replace(netloc=parts.netloc.rpartition("@")[2]))


@dataclass(frozen=True, slots=True)
class Chunk:
    """What the worker made of a run of records of one partition, in the order of their offsets."""

    place: Place
    judged: Sequence[Judged]
    refused: Sequence[Refused]
    found: Sequence[Found]

    def without(self, offsets: Iterable[int]) -> "Chunk":
        """The same chunk less the offsets that are already stored."""
        held = frozenset(offsets)
        if not held:
            return self
        return Chunk(
            self.place,
            [row for row in self.judged if row.offset not in held],
            [row for row in self.refused if row.offset not in held],
            [row for row in self.found if row.judged.offset not in held],
        )


@dataclass(frozen=True, slots=True)
class Trail:
    """The tables that the worker writes."""

    client: Client

    def append(self, chunk: Chunk, is_ours: Callable[[], bool] = lambda: True) -> None:
        """Store a chunk of which no offset is held; when this returns, ClickHouse has it.

        `is_ours` is asked at the last moment before each insert. Raises `NotOursError`, or
        `TrailUnavailableError`; then any part of the chunk may be there or not.
        """
        place = chunk.place
        if chunk.found:
            self._insert("findings", place, rows.findings(place, chunk.found), is_ours)
        if chunk.refused:
            self._insert(
                "rejected_events", place, rows.rejected_events(place, chunk.refused), is_ours
            )
        if chunk.judged:
            if chunk.found or chunk.refused:
                crash.point("worker between inserts")
            self._insert("access_events", place, rows.access_events(place, chunk.judged), is_ours)

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
        try:
            return self.client.query(query, parameters=dict(parameters or {})).result_rows
        except _UNAVAILABLE as error:
            raise TrailUnavailableError(str(error)) from error

    def _await_inserts(self, place: Place) -> None:
        # A writer that was killed leaves its last insert running in the server.
        while self.rows(_RUNNING, {"prefix": _prefix(place)}):
            time.sleep(0.05)

    def _insert(
        self, table: str, place: Place, columns: pa.Table, is_ours: Callable[[], bool]
    ) -> None:
        sink = pa.BufferOutputStream()
        with pa.ipc.new_stream(sink, columns.schema) as writer:
            writer.write_table(columns)
        crash.point("worker before insert")
        if not is_ours():
            raise NotOursError(f"partition {place.partition} of {place.topic_id} went to another")
        try:
            self.client.raw_insert(
                table,
                column_names=columns.column_names,
                # The client replays a body of bytes when the connection is cut, even after the
                # server has stored it. What is read once cannot be replayed.
                insert_block=_once(sink.getvalue().to_pybytes()),
                settings={**_INSERT_SETTINGS, "query_id": f"{_prefix(place)}{uuid4()}"},
                fmt="ArrowStream",
            )
        except _UNAVAILABLE as error:
            raise TrailUnavailableError(str(error)) from error


def _once(body: bytes) -> Generator[bytes, None, None]:
    yield body
    crash.point("worker mid insert")


def _prefix(place: Place) -> str:
    return f"gamsa-{place.topic_id}-{place.partition}-"


# The embedded endpoint's engine gives a query an id of its own and keeps ours as the log comment.
_RUNNING = """
SELECT 1 FROM system.processes
WHERE startsWith(query, 'INSERT')
    AND (startsWith(query_id, {prefix:String})
        OR startsWith(Settings['log_comment'], {prefix:String}))
LIMIT 1
"""

_HELD = """
SELECT offset FROM access_events
WHERE topic_id = {topic_id:String} AND partition = {partition:UInt32} AND offset >= {first:UInt64}
UNION ALL
SELECT offset FROM rejected_events
WHERE topic_id = {topic_id:String} AND partition = {partition:UInt32} AND offset >= {first:UInt64}
"""
