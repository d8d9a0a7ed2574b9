"""The answer to one request: headers, summary, compression, and errors on the way."""

import asyncio
import json
import os
import secrets
import socket
import time
from collections.abc import AsyncIterator
from typing import Any

from aiohttp import web

from storage.embedded.compression import ENCODERS, Blocks, Encoder, accepted
from storage.embedded.errors import ClickHouseError
from storage.embedded.native import ProtocolBlocks

_READ = 256 << 10
_HELD = 1 << 20
_COUNTS = (
    "read_rows",
    "read_bytes",
    "written_rows",
    "written_bytes",
    "total_rows_to_read",
    "result_rows",
    "result_bytes",
)
_TYPES = {
    "JSON": "application/json; charset=UTF-8",
    "JSONCompact": "application/json; charset=UTF-8",
    "JSONEachRow": "application/x-ndjson; charset=UTF-8",
    "JSONCompactEachRow": "application/x-ndjson; charset=UTF-8",
    "CSV": "text/csv; charset=UTF-8; header=absent",
    "CSVWithNames": "text/csv; charset=UTF-8; header=present",
    "TabSeparated": "text/tab-separated-values; charset=UTF-8",
    "TSV": "text/tab-separated-values; charset=UTF-8",
    "XML": "application/xml; charset=UTF-8",
    "Native": "application/octet-stream",
    "RowBinary": "application/octet-stream",
    "Arrow": "application/octet-stream",
    "ArrowStream": "application/octet-stream",
    "Parquet": "application/octet-stream",
}


class Answer:
    """Builds one response; nothing is sent before a MiB is ready or the query has ended."""

    def __init__(self, request: web.Request, query_id: str, timezone: str) -> None:
        self.query_id, self.format = query_id, "TabSeparated"
        self._request, self._began = request, time.monotonic_ns()
        self._tag = secrets.token_hex(8)
        self._sent: web.StreamResponse | None = None
        self.headers = {
            "X-ClickHouse-Server-Display-Name": socket.gethostname(),
            "X-ClickHouse-Query-Id": query_id.translate({10: " ", 13: " "}),
            "X-ClickHouse-Timezone": timezone,
            "X-ClickHouse-Exception-Tag": self._tag,
        }

    async def whole(self, data: bytes, result: Any) -> web.StreamResponse:
        """Answer with all of a result."""
        encoder, name = self._encoder()
        response = web.Response(headers=self._headers(result, name))
        response.body = encoder.compress(data) + encoder.flush() if encoder and data else data
        return response

    def fail(self, failed: ClickHouseError) -> web.StreamResponse:
        """Answer with an error, in the stream if that has begun."""
        if self._sent is None:
            headers = {
                **self.headers,
                "X-ClickHouse-Exception-Code": str(failed.code),
                "Content-Type": "text/plain; charset=UTF-8",
            }
            return web.Response(
                status=failed.status, headers=headers, body=(failed.text + "\n").encode()
            )
        return self._sent

    async def stream(self, read_end: int, running: "asyncio.Future[Any]") -> web.StreamResponse:
        """Send what comes out of the pipe until the query has ended."""
        pipe, transport = await _pipe_reader(read_end)
        try:
            held = bytearray()
            longest = self._longest_held()
            protocol = self._protocol()
            while piece := await pipe.read(_READ):
                held += protocol.feed(piece) if protocol else piece
                if longest is not None and len(held) > longest:
                    return await self._onward(held, _pieces(pipe, protocol), running)
            return await self.whole(bytes(held), await running)
        finally:
            transport.close()

    async def _onward(
        self, held: bytearray, pieces: AsyncIterator[bytes], running: "asyncio.Future[Any]"
    ) -> web.StreamResponse:
        encoder, name = self._encoder()
        response = self._sent = web.StreamResponse(headers=self._headers(None, name))
        response.enable_chunked_encoding()
        await response.prepare(self._request)
        await _send(response, encoder, bytes(held))
        held.clear()
        async for piece in pieces:
            await _send(response, encoder, piece)
        try:
            await running
        except ClickHouseError as failed:
            await _send(response, encoder, self._in_stream(failed))
            await response.write(encoder.flush() if encoder else b"")
            # As ClickHouse does: no last chunk, so that no client takes this for the end.
            if self._request.transport is not None:
                self._request.transport.close()
            return response
        await response.write(encoder.flush() if encoder else b"")
        await response.write_eof()
        return response

    def _in_stream(self, failed: ClickHouseError) -> bytes:
        message = failed.text.encode() + b"\n"
        tag = self._tag.encode()
        return b"\r\n__exception__\r\n%b\r\n%b%d %b\r\n__exception__\r\n" % (
            tag,
            message,
            len(message),
            tag,
        )

    def _protocol(self) -> ProtocolBlocks | None:
        version = self._request.query.get("client_protocol_version", "0")
        wanted = int(version) if version.isdecimal() else 0
        return ProtocolBlocks(wanted) if wanted and self.format == "Native" else None

    def _longest_held(self) -> int | None:
        url = self._request.query
        if url.get("wait_end_of_query", "0") not in ("", "0"):
            return None
        size = url.get("buffer_size", "")
        return max(_HELD, min(int(size), 64 << 20)) if size.isdecimal() else _HELD

    def _encoder(self) -> tuple[Encoder | None, str | None]:
        url = self._request.query
        if url.get("compress", "0") not in ("", "0"):
            return Blocks(), None
        if url.get("enable_http_compression", "1") == "0":
            return None, None
        name = accepted(self._request.headers.get("Accept-Encoding", ""))
        return (ENCODERS[name](), name) if name else (None, None)

    def _headers(self, result: Any, encoding: str | None) -> dict[str, str]:
        headers = {
            **self.headers,
            "X-ClickHouse-Format": self.format,
            "X-ClickHouse-Summary": self._summary(result),
            "Content-Type": _TYPES.get(self.format, "text/plain; charset=UTF-8"),
        }
        if encoding:
            headers["Content-Encoding"] = encoding
        return headers

    def _summary(self, result: Any) -> str:
        counts = dict.fromkeys(_COUNTS, 0)
        if result is not None:
            counts |= {
                "read_rows": result.storage_rows_read(),
                "read_bytes": result.storage_bytes_read(),
                "written_rows": result.rows_written(),
                "written_bytes": result.bytes_written(),
                "result_rows": result.rows_read() or result.rows_written(),
                "result_bytes": result.bytes_read() or result.bytes_written(),
            }
        counts["elapsed_ns"] = time.monotonic_ns() - self._began
        return json.dumps({name: str(count) for name, count in counts.items()})


async def _send(response: web.StreamResponse, encoder: Encoder | None, data: bytes) -> None:
    if encoder is not None:
        data = encoder.compress(data)
    if data:
        await response.write(data)


async def _pieces(
    pipe: asyncio.StreamReader, protocol: ProtocolBlocks | None
) -> AsyncIterator[bytes]:
    while piece := await pipe.read(_READ):
        yield protocol.feed(piece) if protocol else piece


async def _pipe_reader(
    read_end: int,
) -> tuple[asyncio.StreamReader, asyncio.ReadTransport]:
    loop = asyncio.get_running_loop()
    reader = asyncio.StreamReader(limit=_HELD)
    transport, _ = await loop.connect_read_pipe(
        lambda: asyncio.StreamReaderProtocol(reader), os.fdopen(read_end, "rb", 0)
    )
    return reader, transport
