"""Which accesses a question is about: names from this list alone, and values that are bound."""

import ipaddress
import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from msgspec import Struct, structs

from investigate.errors import WrongQuestionError

LONGEST = 512
"""Characters of a value."""
VERDICTS = "allowed", "misuse"

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class Filters(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """All that are given must hold. `start` is inclusive, `end` exclusive, as it occurred.

    `item` is one of the access's items, `reason` one of its checks that failed, `clause` one of
    those it broke. `ip` is an address, or a network as `203.0.113.0/24`; it and `mac` are found in
    the other usual ways of writing them, too. `among` has for names of `AMONG` the values of which
    an access has one.
    """

    subject: str | None = None
    actor: str | None = None
    actor_kind: str | None = None
    role: str | None = None
    organization: str | None = None
    ip: str | None = None
    cookie: str | None = None
    mac: str | None = None
    session: str | None = None
    request_id: str | None = None
    event_id: str | None = None
    source: str | None = None
    file: str | None = None
    item: str | None = None
    action: str | None = None
    purpose: str | None = None
    legal_basis: str | None = None
    recipient: str | None = None
    outcome: str | None = None
    verdict: str | None = None
    reason: str | None = None
    clause: str | None = None
    start: datetime | None = None
    end: datetime | None = None
    among: Mapping[str, tuple[str, ...]] = {}

    @property
    def given(self) -> Mapping[str, Any]:
        """The filters that are set, by name; each of `among` by its own, as `among_role`."""
        single = {k: v for k, v in structs.asdict(self).items() if v is not None and k != "among"}
        return single | {f"{AMONG_}{name}": values for name, values in self.among.items()}


PLACES = """
SELECT topic_id, partition, offset FROM v_event_places
WHERE (made_at, untimed_id, event_id) IN
(
    WITH toUnixTimestamp64Milli(UUIDv7ToDateTime(toUUIDOrZero(id))) AS made
    SELECT made, if(made = 0, id, ''), id FROM ({ids})
)
"""
"""Where the events with these ids lie, found by the times that ids begin with: migration 0032."""
_THE_EVENT = "SELECT {event_id:String} AS id"

AMONG_ = "among_"
"""What the names of these begin with, beside those of single values."""
AMONG: Mapping[str, tuple[str, ...]] = {
    "service": ("source",),
    "file": ("file",),
    "purpose": ("purpose",),
    "role": ("role",),
    "actor": ("actor",),
    "district": ("organization", "recipient"),
}
"""The filters of the dashboards, and in which of these columns each looks for its values."""

is_mac = re.compile(r"(?:[0-9a-f]{2}[:-]){5}[0-9a-f]{2}", re.IGNORECASE).fullmatch
"""Whether a text is a MAC address, with colons or hyphens."""
_IN_A_LIST = {"item": "items", "reason": "reasons", "clause": "clauses"}


def located(ids: str) -> str:
    """SQL of a condition: it is one of the events whose ids this SQL selects, as `id`."""
    return f"(topic_id, partition, offset) IN ({PLACES.format(ids=ids)})"


def _one_of(name: str, columns: tuple[str, ...]) -> str:
    return f"({' OR '.join(f'{one} IN {{{AMONG_}{name}:Array(String)}}' for one in columns)})"


_OTHERS = {
    **{name: f"has({column}, {{{name}:String}})" for name, column in _IN_A_LIST.items()},
    "event_id": located(_THE_EVENT),
    "start": "occurred_at >= fromUnixTimestamp64Micro({start:Int64}, 'UTC')",
    "end": "occurred_at < fromUnixTimestamp64Micro({end:Int64}, 'UTC')",
    **{f"{AMONG_}{name}": _one_of(name, columns) for name, columns in AMONG.items()},
}
_NETWORK = "splitByChar('/', {ip:String})"
_RANGE = f"IPv6CIDRToRange(toIPv6({_NETWORK}[1]), toUInt8({_NETWORK}[2]))"
_IN_NETWORK = f"toIPv6OrNull(ip) BETWEEN {_RANGE}.1 AND {_RANGE}.2"
"""What is no address is in no network."""


def conditions(filters: Filters) -> tuple[list[str], dict[str, object]]:
    """The filters as SQL, and what it binds.

    Raises `WrongQuestionError` for a value that no event can have, and for a time that ends
    before it begins.
    """
    given = filters.given
    if filters.start and filters.end and filters.start >= filters.end:
        raise WrongQuestionError(f"the time ends at {filters.end}, before it begins")
    return [_sql(name, one) for name, one in given.items()], {
        name: _value(name, one) for name, one in given.items()
    }


def _sql(name: str, value: object) -> str:
    if _is_network(name, value):
        return _IN_NETWORK
    if name in _WRITTEN:
        return f"{name} IN {{{name}:Array(String)}}"
    return _OTHERS.get(name, f"{name} = {{{name}:String}}")


def microseconds(moment: datetime) -> int:
    """Microseconds since 1970; raises `WrongQuestionError` for a time without zone."""
    if moment.tzinfo is None:
        raise WrongQuestionError(f"the time {moment} has no zone")
    return (moment - _EPOCH) // timedelta(microseconds=1)


def _value(name: str, value: Any) -> object:
    if isinstance(value, datetime):
        return microseconds(value)
    if isinstance(value, tuple):
        return [_value(name, one) for one in value]
    if not value or len(value) > LONGEST:
        raise WrongQuestionError(f"{name} must have 1 to {LONGEST} characters")
    if name == "verdict" and value not in VERDICTS:
        raise WrongQuestionError(f"verdict is one of {', '.join(VERDICTS)}")
    if _is_network(name, value):
        return _network(value)
    try:
        value.encode()
    except UnicodeEncodeError:
        raise WrongQuestionError(f"{name} is not UTF-8") from None
    return sorted({value, *_WRITTEN[name](value)}) if name in _WRITTEN else value


def _addresses(text: str) -> list[str]:
    """How an IP address may be written: RFC 5952, whole, in capitals, and IPv4 also as IPv6."""
    try:
        address = ipaddress.ip_address(text)
    except ValueError:
        return []
    if ipv4 := address if address.version == 4 else address.ipv4_mapped:
        address = ipaddress.IPv6Address(f"::ffff:{ipv4}")
    ways = [str(address), address.exploded]
    if ipv4:
        ways += str(ipv4), f"::ffff:{ipv4}"
    return [*ways, *map(str.upper, ways)]


def _macs(text: str) -> list[str]:
    """How a MAC address may be written: with colons or hyphens, in small letters or capitals."""
    pairs = text.replace("-", ":").split(":")
    ways = [":".join(pairs), "-".join(pairs)] if is_mac(text) else []
    return [*map(str.lower, ways), *map(str.upper, ways)]


# An access has them as its service wrote them.
_WRITTEN = {"ip": _addresses, "mac": _macs}


def _is_network(name: str, value: object) -> bool:
    return name == "ip" and "/" in str(value)


def _network(text: str) -> str:
    """The network in the terms of IPv6, in which IPv4 is `::ffff:0:0/96`."""
    try:
        network = ipaddress.ip_network(text, strict=False)
    except ValueError:
        raise WrongQuestionError(f"{text!r} is no network, as 203.0.113.0/24 is") from None
    first = ipaddress.ip_address(network.network_address.packed)  # less an interface, as in %eth0
    if network.version == 6:
        return f"{first}/{network.prefixlen}"
    return f"::ffff:{first}/{96 + network.prefixlen}"
