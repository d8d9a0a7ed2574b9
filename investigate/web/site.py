"""What the console is made of, put together by whoever serves it."""

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from investigate.accounts.arrivals import Arrivals
from investigate.accounts.searches import Searches
from investigate.accounts.sessions import Sessions
from investigate.accounts.users import Users
from investigate.cases.register import Register
from investigate.cases.statuses import Statuses
from investigate.oidc.provider import Provider
from investigate.web.allowance import Allowance, AtOnce
from investigate.web.archive import Archive
from investigate.web.takeaways import Takeaways

_LOOPBACK = "127.0.0.1", "localhost", "[::1]"
_PORTS = {"http": 80, "https": 443}
_HASHES_AT_ONCE = 2
"""Each takes 64 MiB and a core for a moment."""
_QUESTIONS_AT_ONCE = 8, 32
"""Of a person, and of all. Each holds one of the 40 threads that all requests share."""


@dataclass(frozen=True, slots=True)
class Address:
    """The URL under which browsers know the console, without a path: `https://audit.example`.

    Raises ValueError for what is no such URL.
    """

    url: str

    def __post_init__(self) -> None:
        if not _is_ours(self.url):
            raise ValueError(f"{self.url!r} is no URL such as https://audit.example:8443")

    @property
    def secure(self) -> bool:
        """Whether browsers come by TLS."""
        return self.url.startswith("https://")

    @property
    def is_loopback(self) -> bool:
        """Whether it names this machine."""
        return self._name in _LOOPBACK

    @property
    def hosts(self) -> frozenset[str]:
        """What a request's Host may be: of loopback every name, and a usual port or none."""
        parts = urlsplit(self.url)
        usual = _PORTS[parts.scheme]
        port = parts.port or usual
        ports = ["", f":{port}"] if port == usual else [f":{port}"]
        names = _LOOPBACK if self.is_loopback else (self._name,)
        return frozenset(f"{name}{one}" for name in names for one in ports)

    @property
    def _name(self) -> str:
        """The host as an address has it: IPv6 in brackets."""
        name = urlsplit(self.url).hostname or ""
        return f"[{name}]" if ":" in name else name

    @property
    def origins(self) -> frozenset[str]:
        """What a request's Origin may be."""
        scheme = urlsplit(self.url).scheme
        return frozenset(f"{scheme}://{host}" for host in self.hosts)

    @property
    def cookie(self) -> str:
        """The name of the session's cookie; by TLS one that no other host can set."""
        return "__Host-gamsa" if self.secure else "gamsa"


def _is_ours(url: str) -> bool:
    """Whether it is a scheme, a host and perhaps a port, and nothing else."""
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:  # of a port that is no number, and brackets around no IPv6 address
        return False
    bare = f"{parts.scheme}://{parts.netloc}" == url and "@" not in url
    return parts.scheme in _PORTS and bool(parts.hostname) and port != 0 and bare


@dataclass(frozen=True, slots=True)
class Site:
    """The people, sessions, cases, address, trail and allowances of one console."""

    users: Users
    sessions: Sessions
    address: Address
    archive: Archive
    clock: Callable[[], float] = time.monotonic
    provider: Provider | None = None
    """The OpenID provider through which people come in, if any."""
    passwords: bool = True
    """Whether a password of ours lets in."""
    statuses: Statuses = field(init=False)
    requests: Allowance = field(init=False)
    sign_ins: Allowance = field(init=False)
    questions: Allowance = field(init=False)
    hashing: threading.BoundedSemaphore = field(init=False)
    at_once: AtOnce = field(default_factory=lambda: AtOnce(*_QUESTIONS_AT_ONCE))
    takeaways: Takeaways = field(default_factory=Takeaways)

    @property
    def searches(self) -> Searches:
        """What people keep, where they are."""
        return Searches(self.users.database, self.users.clock)

    def __post_init__(self) -> None:
        where = self.archive.clickhouse if self.archive else ""
        object.__setattr__(self, "statuses", Statuses(where))
        object.__setattr__(self, "requests", Allowance(300, 60, self.clock))
        object.__setattr__(self, "sign_ins", Allowance(10, 60, self.clock))
        object.__setattr__(self, "questions", Allowance(60, 60, self.clock))
        object.__setattr__(self, "hashing", threading.BoundedSemaphore(_HASHES_AT_ONCE))

    @property
    def arrivals(self) -> Arrivals:
        """Who is on the way here from the provider."""
        return Arrivals(self.users.database, self.users.clock)

    @property
    def cases(self) -> Register:
        """The cases, numbered by the year of the institution's zone."""
        zone = self.archive.policy.newest.zone
        return Register(self.users.database, self.users.clock, zone)
