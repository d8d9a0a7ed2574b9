"""The console's connections: whoever opens one sends a request soon, and does not open all.

uvicorn counts a connection from its first moment against the most that it serves, and waits for a
request for ever (0.54): without this a few hundred silent connections would keep everybody out.
"""

import asyncio
import ipaddress
from collections import Counter
from typing import Any, ClassVar

import h11
from uvicorn.protocols.http.h11_impl import H11Protocol

SECONDS = 15.0
"""In which a request has to come whole, head and body."""
MOST = 50
"""Connections of another machine at the same time. Whoever comes from this one is a proxy."""


class Connection(H11Protocol):
    """One connection, which is cut off when its request does not come."""

    _open: ClassVar[Counter[str]] = Counter()
    _patience: asyncio.TimerHandle | None = None
    _from: str | None = None

    def connection_made(self, transport: Any) -> None:
        """Begin to wait for a request, or cut off whoever has enough connections."""
        super().connection_made(transport)
        self._from = _counted(self.client)
        if self._from is not None:
            self._open[self._from] += 1
            if self._open[self._from] > MOST:
                transport.abort()
                return
        self._wait()

    def connection_lost(self, exc: Exception | None) -> None:
        """Forget it."""
        self._wait_no_more()
        if self._from is not None:
            self._open[self._from] -= 1
            if not self._open[self._from]:
                del self._open[self._from]
            self._from = None
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Wait for the rest of a request from its first byte on, until it is whole."""
        self._wait()
        super().data_received(data)
        if self.conn.their_state not in (h11.IDLE, h11.SEND_BODY):
            self._wait_no_more()

    def on_response_complete(self) -> None:
        """Wait for the next request where it has begun; uvicorn waits for its first byte."""
        super().on_response_complete()
        if self.conn.their_state is h11.SEND_BODY:
            self._wait()

    def _wait(self) -> None:
        if self._patience is None:
            self._patience = self.loop.call_later(SECONDS, self._cut_off)

    def _wait_no_more(self) -> None:
        if self._patience is not None:
            self._patience.cancel()
            self._patience = None

    def _cut_off(self) -> None:
        # At once: by TLS a close would wait for an answer.
        self.transport.abort()


def _counted(client: tuple[str, int] | None) -> str | None:
    """What its connections count for: an address, of IPv6 the network; None is not counted."""
    if client is None:
        return None
    address = ipaddress.ip_address(client[0].partition("%")[0])
    if address.is_loopback:
        return None
    length = 32 if address.version == 4 else 64
    return str(ipaddress.ip_network(f"{address}/{length}", strict=False))
