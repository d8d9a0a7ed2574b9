"""What the console is made of, put together by whoever serves it."""

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from investigate.accounts.sessions import Sessions
from investigate.accounts.users import Users
from investigate.web.allowance import Allowance
from investigate.web.archive import Archive

_LOOPBACK = "127.0.0.1", "localhost"
_HASHES_AT_ONCE = 2
"""Each takes 64 MiB and a core for a moment."""


@dataclass(frozen=True, slots=True)
class Address:
    """The URL under which browsers know the console, without a path: `https://audit.example`."""

    url: str

    @property
    def secure(self) -> bool:
        """Whether browsers come by TLS."""
        return self.url.startswith("https://")

    @property
    def hosts(self) -> frozenset[str]:
        """What a request's Host may be: of a loopback address both names."""
        parts = urlsplit(self.url)
        port = f":{parts.port}" if parts.port else ""
        names = _LOOPBACK if parts.hostname in _LOOPBACK else (parts.hostname or "",)
        return frozenset(f"{name}{port}" for name in names)

    @property
    def origins(self) -> frozenset[str]:
        """What a request's Origin may be."""
        scheme = urlsplit(self.url).scheme
        return frozenset(f"{scheme}://{host}" for host in self.hosts)

    @property
    def cookie(self) -> str:
        """The name of the session's cookie; by TLS one that no other host can set."""
        return "__Host-gamsa" if self.secure else "gamsa"


@dataclass(frozen=True, slots=True)
class Site:
    """The people, sessions, address, trail and allowances of one console."""

    users: Users
    sessions: Sessions
    address: Address
    archive: Archive
    clock: Callable[[], float] = time.monotonic
    requests: Allowance = field(init=False)
    sign_ins: Allowance = field(init=False)
    questions: Allowance = field(init=False)
    hashing: threading.BoundedSemaphore = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "requests", Allowance(300, 60, self.clock))
        object.__setattr__(self, "sign_ins", Allowance(10, 60, self.clock))
        object.__setattr__(self, "questions", Allowance(60, 60, self.clock))
        object.__setattr__(self, "hashing", threading.BoundedSemaphore(_HASHES_AT_ONCE))
