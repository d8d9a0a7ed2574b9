"""The ClickHouse engine in this process: its directory, its connections, one run of a query."""

import fcntl
import os
from collections.abc import Mapping
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from threading import Lock
from typing import Any, Literal

import crash
from storage.embedded.errors import ClickHouseError, error, from_engine
from storage.embedded.sql import identifier, quoted

Durability = Literal["page-cache", "fsync"]

# On a full disk the engine takes a merge for done whose files it could not write (chDB 4.4), and
# by its default removes what was merged. Kept for a while, as a server keeps it, that stands in
# again when the engine starts and finds the merged part broken.
_MERGE_TREE = {"old_parts_lifetime": 3600}  # seconds
_FSYNC = {
    "fsync_after_insert": 1,
    "fsync_part_directory": 1,
    "min_rows_to_fsync_after_merge": 1,
}
# Under data/: the folders of databases and tables; what is deeper is the parts of tables.
_NAMES = ("", "metadata", "metadata/*", "data", "data/*", "store", "store/*", "store/*/*")
# Table functions that stay inside the database; the others are for full users.
_INSIDE = frozenset(
    {"numbers", "numbers_mt", "zeros", "zeros_mt", "values", "null", "view", "format", "primes"}
    | {"generaterandom", "generateseries", "generate_series", "viewifpermitted"}
)

_FAILED_INSERTS = "SELECT value FROM system.events WHERE event = 'FailedInsertQuery'"
_BEGUN_INSERT = """
SELECT sum(value) AS failed, (
    SELECT arrayStringConcat(groupArray(2)(query_id), ' ') FROM system.processes
    WHERE startsWith(query, 'INSERT') AND Settings['log_comment'] = {comment}
) FROM system.events WHERE event = 'FailedInsertQuery'
"""
_ERROR_OF = """
SELECT code, name, last_error_message FROM system.errors WHERE query_id = {query_id}
ORDER BY last_error_time DESC LIMIT 1
"""
_LAST_ERROR = """
SELECT concat(last_error_message, ' (', name, ')') FROM system.errors
ORDER BY last_error_time DESC LIMIT 1
"""


class DirectoryInUse(Exception):  # noqa: N818
    """Another process owns the directory."""


class Connection:
    """One chDB connection: its settings, current database and temporary tables are its own.

    Every method blocks and lets other threads run; call them from worker threads, one at a time.
    Each raises ClickHouseError.
    """

    def __init__(self, inner: Any) -> None:
        self._inner = inner

    def query(self, sql: str, format_: str, params: Mapping[str, str]) -> Any:
        """Run one statement; the result has bytes, rows and bytes read."""
        return _engine_call(self._inner.query, sql, format_, params=dict(params))

    def text(self, sql: str) -> str:
        """Run a query of ours and return its TSV."""
        return str(self.query(sql, "TSVRaw", {}).bytes(), "utf-8", "replace")

    def set(self, settings: Mapping[str, str]) -> None:
        """Apply settings to every later statement of this connection."""
        if settings:
            pairs = ", ".join(f"{name} = {quoted(value)}" for name, value in settings.items())
            self.query(f"SET {pairs}", "TSV", {})

    def use(self, database: str) -> None:
        """Make a database the current one."""
        self.query(f"USE {identifier(database)}", "TSV", {})

    def kinds(self, sql: str) -> tuple[str, int]:
        """Return what a statement does to lasting state, and how many statements there are."""
        found = _engine_call(self._inner.classify_query, sql)
        return str(found["query_class"].name), int(found["statement_count"])

    def begin_insert(self, head: str, format_: str) -> Any:
        """Open a streaming insert; the engine checks the table and the format at once."""
        insert = _engine_call(self._inner.send_insert, head, format_)
        crash.point("endpoint insert begun")
        return insert

    def append(self, insert: Any, data: bytes) -> None:
        """Give the insert more bytes of its format."""
        _engine_call(self._inner.insert_append, insert, data)

    def finish_insert(self, insert: Any) -> Any:
        """Store what was given; only now is it there."""
        return _engine_call(self._inner.insert_done, insert)

    def cancel_insert(self, insert: Any) -> None:
        """Forget what was given."""
        _engine_call(self._inner.insert_cancel, insert)

    def close(self) -> None:
        """Close; temporary tables go."""
        self._inner.close()


@dataclass(frozen=True, slots=True)
class RunningInsert:
    """A streaming insert: the engine's id of it, if it is known, and what had failed before."""

    inner: Any
    query_id: str
    failed_before: int


class Engine:
    """The engine over one directory, which this process owns until it ends."""

    def __init__(self, path: Path, durability: Durability) -> None:
        """Take the directory, or raise DirectoryInUse."""
        path.mkdir(parents=True, exist_ok=True)
        self._lock = _lock(path / "endpoint.lock")
        crash.point("endpoint directory taken")
        # 500 MB of engine, loaded once the directory is ours.
        self._connect = import_module("chdb._chdb").connect
        self._data, self._syncs = path / "data", durability == "fsync"
        config = path / "engine.xml"
        config.write_text(_config({**_MERGE_TREE, **(_FSYNC if self._syncs else {})}))
        self._at = f"{self._data}?config-file={config}"
        # The engine takes an unknown table for a file of that name: let there be none here.
        nothing = path / "nothing"
        nothing.mkdir(exist_ok=True)
        os.chdir(nothing)
        # The engine lives as long as one connection does.
        self._root = self.connect()
        self.sync_names()
        self._asking, self._turn = self.connect(), Lock()  # for what each insert asks
        self.version = self._root.text("SELECT version()").strip()
        self.timezone = self._root.text("SELECT timezone()").strip()
        sources = self._root.text("SELECT lower(name) FROM system.table_functions").split()
        self._sources = frozenset(sources) - _INSIDE | {"file"}

    def connect(self) -> Connection:
        """Open a connection of its own settings and temporary tables (0.3 ms)."""
        return Connection(_engine_call(self._connect, self._at))

    def begin_insert(
        self, connection: Connection, head: str, format_: str, comment: str
    ) -> RunningInsert:
        """Open a streaming insert; `comment`: the connection's log_comment."""
        inner = connection.begin_insert(head, format_)
        try:
            failed, *ids = self._ask(_BEGUN_INSERT.format(comment=quoted(comment))).split()
        except ClickHouseError:
            connection.cancel_insert(inner)
            raise
        return RunningInsert(inner, ids[0] if len(ids) == 1 else "", int(failed))

    def finish_insert(self, connection: Connection, insert: RunningInsert) -> Any:
        """Store what was given, or raise.

        The engine says nothing of an insert that fails as it is written (a full disk, a violated
        constraint), so it is known by the count of failures. Where the engine does not remember
        for which insert that was, ours may be stored and yet is doubted.
        """
        crash.point("endpoint insert received")
        result = connection.finish_insert(insert.inner)
        crash.point("endpoint insert stored")
        if self._failed_inserts() == insert.failed_before:
            return result
        said = self._ask(_ERROR_OF.format(query_id=quoted(insert.query_id or "none")))
        if said:
            code, name, message = said.rstrip("\n").split("\t", 2)
            raise error(int(code), name, message)
        reason = self._ask(_LAST_ERROR).strip() or "no reason is known"
        raise error(
            319,
            "UNKNOWN_STATUS_OF_INSERT",
            f"An insert failed while this one was written, maybe this one: {reason}",
        )

    def _failed_inserts(self) -> int:
        return int(self._ask(_FAILED_INSERTS) or 0)

    def _ask(self, sql: str) -> str:
        with self._turn:
            return self._asking.text(sql)

    def sync_names(self) -> None:
        """Make lasting, in class `fsync`, which databases and tables there are.

        The engine syncs what is in their files, but not the folders in which they stand.
        """
        if not self._syncs:
            return
        home = self._data.parent
        folders = {folder for name in _NAMES for folder in _folders(self._data, name)}
        for folder in (home.parent, home, *sorted(folders)):
            descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
            try:
                os.fsync(descriptor)
            finally:
                os.close(descriptor)

    def runs(self, thread: int) -> str:
        """Return the engine's id of the query that this thread called, empty when it has none.

        A thread is the one mark that no client can give: its log_comment may be another's, too.
        """
        ours = f"SELECT query_id FROM system.processes WHERE has(thread_ids, {thread:d})"  # noqa: S608
        return self._root.text(ours).strip()

    def kill(self, query_id: str) -> None:
        """Stop the running query that the engine knows by this id."""
        self._root.query(f"KILL QUERY WHERE query_id = {quoted(query_id)} ASYNC", "TSV", {})

    def outside(self, connection: Connection, sql: str, params: Mapping[str, str]) -> set[str]:
        """Return what in a query reaches out of the database: files, other servers.

        The engine reads a table whose name is a path as that file, so names with a slash count,
        and so do names that a parameter brings.
        """
        tree = connection.query(f"EXPLAIN AST {sql}", "TSVRaw", params)
        found = set()
        for line in str(tree.bytes(), "utf-8", "replace").splitlines():
            kind, _, name = line.strip().partition(" ")
            if kind == "Function" and name.split(" ")[0].lower() in self._sources:
                found.add(name.split(" ")[0])
            elif (kind.endswith("Identifier") and "/" in name) or ":Identifier" in line:
                found.add(name.split(" (")[0])
        return found

    def close(self) -> None:
        """Stop merges, flush, and give the directory back."""
        self._asking.close()
        self._root.close()
        os.close(self._lock)


def _config(merge_tree: Mapping[str, int]) -> str:
    settings = "".join(f"<{name}>{value}</{name}>" for name, value in merge_tree.items())
    return f"<clickhouse><merge_tree>{settings}</merge_tree></clickhouse>\n"


def _folders(data: Path, pattern: str) -> list[Path]:
    found = data.glob(pattern) if pattern else [data]
    return [folder for folder in found if folder.is_dir() and not folder.is_symlink()]


def _lock(path: Path) -> int:
    lock = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as held:
        os.close(lock)
        raise DirectoryInUse(path) from held
    return lock


def _engine_call(call: Any, *args: Any, **kwargs: Any) -> Any:
    try:
        return call(*args, **kwargs)
    except RuntimeError as raised:
        text = str(raised)
        if "Code:" not in text and "INSERT ... SELECT" in text:
            raise error(48, "NOT_IMPLEMENTED", text) from raised
        raise from_engine(raised) from raised
