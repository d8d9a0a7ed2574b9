"""Exports that are recorded and on their way: whose each is, and how far it is.

A page shows how far, while the browser fetches the file by a ticket that serves once.
"""

import secrets
import threading
from collections import OrderedDict
from dataclasses import dataclass, field
from typing import Literal

from investigate.export import Export
from investigate.reading import Reader

Format = Literal["csv", "ndjson", "parquet"]

MOST = 1_000
"""Tickets that wait at a time; the oldest give way."""


@dataclass(slots=True)
class Takeaway:
    """One export of somebody; `written` of its rows are on their way."""

    name: str
    reader: Reader
    export: Export
    format: Format
    begun: bool = False
    ended: bool = False
    written: int = 0

    def wrote(self, rows: int) -> None:
        """So many rows are on their way."""
        self.written = rows

    @property
    def whole(self) -> bool:
        """Whether all of it was given away."""
        return self.ended and self.written == self.export.rows


@dataclass(frozen=True, slots=True)
class Takeaways:
    """What waits to be fetched, by ticket."""

    _waiting: OrderedDict[str, Takeaway] = field(default_factory=OrderedDict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def expect(self, one: Takeaway) -> str:
        """Return the ticket by which its owner may fetch it, once."""
        ticket = secrets.token_urlsafe(24)
        with self._lock:
            self._waiting[ticket] = one
            while len(self._waiting) > MOST:
                self._waiting.popitem(last=False)
        return ticket

    def fetch(self, ticket: str, name: str) -> Takeaway | None:
        """What the ticket is for; None where there is no such ticket, or it is somebody else's."""
        with self._lock:
            known = self._waiting.get(ticket)
            if known is None or known.name != name:
                return None
            return self._waiting.pop(ticket)
