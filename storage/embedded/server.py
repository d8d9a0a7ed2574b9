"""The HTTP side: one request in, one answer out, as ClickHouse's server gives it."""

import asyncio
import json
import logging
import os
import uuid
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field, replace
from typing import Any

from aiohttp import web

from storage.embedded.answer import Answer
from storage.embedded.disk import Disk
from storage.embedded.engine import Connection, Engine
from storage.embedded.errors import ClickHouseError, error
from storage.embedded.request import (
    Statement,
    body,
    bound,
    form,
    settings,
    statement,
    whole_number,
)
from storage.embedded.sessions import LONGEST, Sessions
from storage.embedded.sql import first_word, into_file, names_outfile, quoted
from storage.embedded.threads import Threads
from storage.embedded.users import User, authenticate

_LOG = logging.getLogger(__name__)
_APPEND = 1 << 20
# While a query of a constraint runs inside a streaming insert, the engine (chDB 4.4) asks each
# tenth of a second whether the client has interrupted it, and takes every one for interrupted.
_NEVER = "86400000000"  # microseconds between two such questions: a day
_GET_IS_READONLY = (
    "Cannot execute query in readonly mode. For queries over HTTP, method GET implies readonly. "
    "You should use method POST for modifying queries"
)


@dataclass(frozen=True, slots=True)
class Limits:
    """How much runs at once; what is beyond `waiting` is answered with 202."""

    running: int = 16
    waiting: int = 64


@dataclass(frozen=True, slots=True)
class Asked:
    """Who asks, and how."""

    user: User
    url: Mapping[str, str]
    query_id: str
    method: str
    settings: dict[str, str]
    bound: dict[str, str] = field(default_factory=dict)


class Endpoint:
    """Answers requests with one engine; `handle` is its aiohttp handler."""

    def __init__(
        self, engine: Engine, users: Mapping[str, User], limits: Limits, disk: Disk
    ) -> None:
        self._engine, self._users, self._limits, self._disk = engine, users, limits, disk
        self._threads = Threads(engine, limits.running)
        self._slots = asyncio.Semaphore(limits.running)
        self._waiting = 0
        self._ids: set[str] = set()
        self._sessions = Sessions()

    async def handle(self, request: web.Request) -> web.StreamResponse:
        """Answer one request."""
        url = request.query
        answer = Answer(request, url.get("query_id") or str(uuid.uuid4()), self._engine.timezone)
        try:
            if request.path != "/":
                return _other_path(request)
            if request.method in ("GET", "HEAD") and not url.get("query"):
                return web.Response(text="Ok.\n", headers=answer.headers)
            if request.method not in ("GET", "HEAD", "POST"):
                return web.Response(status=501, text="Only GET, HEAD and POST are understood.\n")
            asked = self._asked(request, answer.query_id)
            async with self._slot(asked.query_id):
                return await self._answer(request, asked, answer)
        except ClickHouseError as failed:
            return answer.fail(failed)
        except ConnectionError:
            raise  # the client has gone
        except Exception as unforeseen:  # noqa: BLE001  # one request, not the endpoint
            _LOG.exception("Query %s failed in the endpoint itself", answer.query_id)
            return answer.fail(error(49, "LOGICAL_ERROR", f"{type(unforeseen).__name__}"))

    def _asked(self, request: web.Request, query_id: str) -> Asked:
        url = request.query
        user = authenticate(self._users, request.headers, url)
        # Whoever looks for a query by the id it was sent with finds it by its comment.
        own = {"log_comment": query_id, "interactive_delay": _NEVER, **settings(url)}
        if user.readonly:
            if own.get("readonly", "2") not in ("1", "2"):
                raise error(164, "READONLY", "Cannot modify 'readonly' setting in readonly mode.")
            own.pop("readonly", None)  # its connections are so from the beginning
        return Asked(user, url, query_id, request.method, own, bound(url))

    @asynccontextmanager
    async def _slot(self, query_id: str) -> AsyncIterator[None]:
        if query_id in self._ids:
            raise error(
                216,
                "QUERY_WITH_SAME_ID_IS_ALREADY_RUNNING",
                f"Query with id = {query_id} is already running.",
            )
        if self._slots.locked() and self._waiting >= self._limits.waiting:
            raise error(
                202,
                "TOO_MANY_SIMULTANEOUS_QUERIES",
                f"Too many simultaneous queries. Maximum: {self._limits.running}",
            )
        self._ids.add(query_id)
        self._waiting += 1
        try:
            try:
                await self._slots.acquire()
            finally:
                self._waiting -= 1
            try:
                yield
            finally:
                self._slots.release()
        finally:
            self._ids.discard(query_id)

    async def _answer(
        self, request: web.Request, asked: Asked, answer: Answer
    ) -> web.StreamResponse:
        if request.headers.get("Expect", "").lower() == "100-continue" and request.transport:
            request.transport.write(b"HTTP/1.1 100 Continue\r\n\r\n")
        if told := await form(request):  # of it, nothing but the query and what it binds
            url = {**asked.url, "query": asked.url.get("query", "") + told.get("query", "")}
            asked = replace(asked, url=url, bound=asked.bound | bound(told))
        pieces = body(request, asked.url)
        said = await statement(asked.url, pieces)
        if not said.sql.strip():
            raise error(62, "SYNTAX_ERROR", "Syntax error: Empty query")
        async with self._connection(asked) as connection:
            kind = await self._threads.run(self._permitted, connection, asked, said)
            if said.insert is not None:
                return await self._insert(connection, asked, said, pieces, answer)
            # An EXPLAIN would hand the pipe to the query that it explains.
            if kind == "READ_ONLY" and first_word(said.sql) != "EXPLAIN":
                return await self._select(connection, asked, said.sql, answer)
            shape = asked.url.get("default_format") or "TabSeparated"
            result = await self._threads.killable(connection.query, said.sql, shape, asked.bound)
            if kind == "MUTATING":
                await self._threads.run(self._engine.sync_names)
            answer.format = shape
            return await answer.whole(bytes(result.bytes()), result)

    def _permitted(self, connection: Connection, asked: Asked, said: Statement) -> str:
        """Return what kind of statement it is, or raise what forbids it."""
        kind, count = ("MUTATING", 1) if said.insert else connection.kinds(said.sql)
        if said.insert is None and names_outfile(said.sql):
            raise error(205, "INTO_OUTFILE_NOT_ALLOWED", "INTO OUTFILE is not allowed over HTTP")
        if count > 1:
            raise error(62, "SYNTAX_ERROR", "Syntax error: Multi-statements are not allowed")
        if asked.method != "POST" and kind.startswith("MUTATING"):
            raise error(164, "READONLY", _GET_IS_READONLY)
        if not asked.user.readonly:
            return kind
        harmless = first_word(said.sql) in ("SET", "USE")
        if kind.startswith("MUTATING") or (kind == "CONTROL" and not harmless):
            raise error(
                164, "READONLY", f"{asked.user.name}: Cannot execute query in readonly mode."
            )
        if kind in ("READ_ONLY", "UNKNOWN"):
            outside = self._engine.outside(connection, said.sql, asked.bound)
            if outside:
                names = ", ".join(sorted(outside))
                raise error(
                    497,
                    "ACCESS_DENIED",
                    f"{asked.user.name}: Not enough privileges. To use {names}, "
                    "it's necessary to have the grant READ on its source",
                )
        return kind

    def _connect(self, user: User) -> Connection:
        connection = self._engine.connect()
        if user.readonly:
            connection.set({"readonly": "2"})
        return connection

    @asynccontextmanager
    async def _connection(self, asked: Asked) -> AsyncIterator[Connection]:
        name = asked.url.get("session_id")
        if not name:
            connection = await self._threads.run(self._connect, asked.user)
            try:
                await self._threads.run(_prepare, connection, asked)
                yield connection
            finally:
                await self._threads.run(connection.close)
            return
        timeout = min(LONGEST, float(whole_number(asked.url, "session_timeout", 60)))
        check = asked.url.get("session_check", "0") == "1"
        session = self._sessions.enter(
            (asked.user.name, name), lambda: self._connect(asked.user), check=check
        )
        # readonly can't be taken back, so the session ends with the request that set it.
        ends = "readonly" in asked.settings or asked.url.get("close_session") == "1"
        try:
            before = await self._threads.run(_before, session.connection, asked)
            await self._threads.run(_prepare, session.connection, asked)
            try:
                yield session.connection
            finally:
                if not ends:
                    await self._threads.run(session.connection.query, before, "TSV", {})
        finally:
            if ends:
                self._sessions.drop(session)
            else:
                self._sessions.leave(session, timeout)

    async def _insert(
        self,
        connection: Connection,
        asked: Asked,
        said: Statement,
        pieces: AsyncIterator[bytes],
        answer: Answer,
    ) -> web.StreamResponse:
        assert said.insert is not None
        await self._threads.run(connection.set, {f"param_{k}": v for k, v in asked.bound.items()})
        insert = await self._threads.run(
            self._engine.begin_insert,
            connection,
            said.insert.head,
            said.insert.format,
            asked.settings["log_comment"],
        )
        held = bytearray(said.data)
        try:
            async for piece in pieces:
                held += piece
                if len(held) >= _APPEND:
                    await self._threads.run(connection.append, insert.inner, bytes(held))
                    held.clear()
            await self._threads.run(connection.append, insert.inner, bytes(held))
        except BaseException:
            await self._threads.run(connection.cancel_insert, insert.inner)
            raise
        finish = self._engine.finish_insert
        try:
            stored = await self._threads.run(finish, connection, insert)
        except ClickHouseError:
            self._disk.look()  # it may have room again before anybody else looks
            raise
        return await answer.whole(b"", stored)

    async def _select(
        self, connection: Connection, asked: Asked, sql: str, answer: Answer
    ) -> web.StreamResponse:
        """Let the engine write into a pipe what we send: any format, never the whole of it."""
        read_end, write_end = os.pipe()
        default = asked.url.get("default_format") or "TabSeparated"
        text, answer.format = into_file(sql, f"/proc/self/fd/{write_end}", default)

        def query() -> Any:
            try:
                return connection.query(text, "TSV", asked.bound)
            finally:
                os.close(write_end)

        running = asyncio.ensure_future(self._threads.killable(query))
        try:
            return await answer.stream(read_end, running)
        finally:
            running.cancel()
            with suppress(asyncio.CancelledError, ClickHouseError):
                await running

    def close(self) -> None:
        """Close the sessions and end the threads."""
        self._sessions.close()
        self._threads.close()


def _prepare(connection: Connection, asked: Asked) -> None:
    database = asked.url.get("database")
    if database:
        connection.use(database)
    connection.set(asked.settings)


def _before(connection: Connection, asked: Asked) -> str:
    """Return the SET that brings a session's settings back to what they are now."""
    names = ", ".join(f"'{name}'" for name in asked.settings)
    found = connection.query(
        f"SELECT name, value, changed FROM system.settings WHERE name IN ({names})",  # noqa: S608
        "JSONCompactEachRow",
        {},
    )
    rows = [json.loads(line) for line in bytes(found.bytes()).splitlines()]
    back = [f"{name} = {quoted(value) if changed else 'DEFAULT'}" for name, value, changed in rows]
    return f"SET {', '.join(back)}"


def _other_path(request: web.Request) -> web.Response:
    if request.path in ("/ping", "/replicas_status"):
        return web.Response(text="Ok.\n")
    return web.Response(
        status=404,
        text=f"There is no handle {request.path}\n\n"
        "Use / or /ping for health checks.\nSend queries to /?query=... or with POST.\n",
    )
