"""One request, read: its URL's parameters, its body as it comes, its statement."""

import asyncio
import re
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass

from aiohttp import web
from aiohttp.http_exceptions import HttpProcessingError

from storage.embedded.compression import Decoder, NativeDecoder, decoder
from storage.embedded.errors import error
from storage.embedded.sql import Insert, insert_with_data

_OWN = frozenset(
    {"query", "database", "default_format", "session_id", "session_timeout", "session_check"}
    | {"query_id", "user", "password", "quota_key", "stacktrace", "role", "compress"}
    | {"decompress", "wait_end_of_query", "buffer_size", "client_protocol_version"}
    | {"close_session"}
)
RECEIVE_TIMEOUT = 30  # seconds
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_.]*\Z")
_LONGEST_QUERY = 64 << 20
_LONGEST_HEAD = 256 << 10  # of an insert, before its data


@dataclass(frozen=True, slots=True)
class Statement:
    """The SQL; for an insert with data, its outline and the data's first bytes."""

    sql: str
    insert: Insert | None
    data: bytes


def settings(url: Mapping[str, str]) -> dict[str, str]:
    """Return the parameters that are the engine's settings; 115 for what cannot be one."""
    found = {
        name: value
        for name, value in url.items()
        if name not in _OWN and not name.startswith("param_")
    }
    for name in found:
        if not _NAME.match(name):
            raise error(115, "UNKNOWN_SETTING", f"Unknown setting '{name[:80]}'.")
    return found


def bound(url: Mapping[str, str]) -> dict[str, str]:
    """Return the bound parameters, `param_x` as x."""
    found = {name[6:]: value for name, value in url.items() if name.startswith("param_")}
    for name in found:
        if not _NAME.match(name):
            raise error(36, "BAD_ARGUMENTS", f"Bad name of a query parameter: '{name[:80]}'")
    return found


def whole_number(url: Mapping[str, str], name: str, default: int) -> int:
    """Return a parameter that must be a whole number; 27 if it is not."""
    text = url.get(name, "")
    if not text:
        return default
    if not (text.isascii() and text.isdigit()):
        raise error(27, "CANNOT_PARSE_INPUT_ASSERTION_FAILED", f"Bad value of {name}")
    return int(text)


async def form(request: web.Request) -> dict[str, str]:
    """Return the texts of a form, in which clients send parameters too long for a URL.

    Empty where the body is none. Raises 27 for one that is malformed or longer than a megabyte,
    209 for one that does not come.
    """
    if request.content_type != "multipart/form-data":
        return {}
    try:
        async with asyncio.timeout(RECEIVE_TIMEOUT):
            fields = await request.post()
    except TimeoutError:
        raise error(209, "SOCKET_TIMEOUT", f"No form in {RECEIVE_TIMEOUT} seconds") from None
    except (ValueError, web.HTTPException, web.RequestPayloadError, HttpProcessingError) as bad:
        raise error(27, "CANNOT_READ_ALL_DATA", "The request's form is malformed") from bad
    return {name: value for name, value in fields.items() if isinstance(value, str)}


async def body(request: web.Request, url: Mapping[str, str]) -> AsyncIterator[bytes]:
    """Yield the body decompressed, in pieces of bounded size, as it arrives.

    Raises 209 when nothing arrives for `http_receive_timeout` seconds, 30 by default, as the
    server does: a client that stands still must hold neither a turn nor a partition.
    """
    encoding = decoder(request.headers.get("Content-Encoding", ""))
    native = NativeDecoder() if url.get("decompress", "0") not in ("", "0") else None
    layers: list[Decoder] = [layer for layer in (encoding, native) if layer is not None]
    patience = whole_number(url, "http_receive_timeout", RECEIVE_TIMEOUT)
    try:
        while True:
            async with asyncio.timeout(patience):
                chunk = await request.content.readany()
            if not chunk:
                break
            for piece in _through(layers, chunk):
                yield piece
    except TimeoutError:
        raise error(209, "SOCKET_TIMEOUT", f"Nothing came for {patience} seconds") from None
    except (web.RequestPayloadError, HttpProcessingError) as bad:
        raise error(27, "CANNOT_READ_ALL_DATA", "The request's body is malformed") from bad
    for layer in layers:
        layer.finish()


def _through(layers: list[Decoder], data: bytes) -> list[bytes]:
    pieces = [data]
    for layer in layers:
        pieces = [out for piece in pieces for out in layer.decompress(piece)]
    return pieces


async def statement(url: Mapping[str, str], pieces: AsyncIterator[bytes]) -> Statement:
    """Read the SQL from the URL, then the body; an insert's data is left in `pieces`.

    As in ClickHouse, URL and body are one text; 62 if it is longer than max_query_size.
    """
    longest = whole_number(url, "max_query_size", 262_144) or _LONGEST_QUERY
    text = bytearray(url.get("query", "").encode("utf-8", "surrogateescape"))
    if text:
        text += b"\n"
    found = _insert(text, longest)
    searched = len(text)
    while found is None:
        piece = await anext(pieces, None)
        if piece is None:
            break
        text += piece
        # A body in many small pieces is not searched again for each of them.
        if len(text) >= min(2 * searched, longest, _LONGEST_QUERY):
            found, searched = _insert(text, longest), len(text)
        if found is None and len(text) > min(longest, _LONGEST_QUERY) + 1:
            raise error(
                62,
                "SYNTAX_ERROR",
                "Max query size exceeded (can be increased with the `max_query_size` setting)",
            )
    found = found or insert_with_data(text[: min(longest, _LONGEST_HEAD)].decode("latin-1"))
    try:
        if found is None:
            return Statement(text.decode(), None, b"")
        head = found.head.encode("latin-1").decode()
    except UnicodeDecodeError as bad:
        raise error(62, "SYNTAX_ERROR", "Syntax error: the query is not UTF-8") from bad
    outline = Insert(head, found.format, found.data_at)
    return Statement(head, outline, bytes(text[found.data_at :]))


def _insert(text: bytearray, longest: int) -> Insert | None:
    """Find the insert once its data has begun; before that its last word may be cut."""
    found = insert_with_data(text[: min(longest, _LONGEST_HEAD)].decode("latin-1"))
    return found if found is not None and _data_began(text, found) else None


def _data_began(text: bytearray, found: Insert) -> bool:
    return len(text) > found.data_at or text.endswith((b"\n", b" "))
