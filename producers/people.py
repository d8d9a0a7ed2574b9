"""The people of a simulated city: members, staff, consignees and systems, by id only.

Addresses are from the ranges reserved for documentation (RFC 5737, RFC 3849), MAC addresses are
locally administered. Nobody here exists.
"""

from collections.abc import Iterator
from random import Random

from msgspec import Struct

from producers.wire import Account, Actor, Client

CITY = "seoul-metropolitan-government"
DISTRICTS = (
    *("jongno", "jung", "yongsan", "seongdong", "gwangjin", "dongdaemun", "jungnang"),
    *("seongbuk", "gangbuk", "dobong", "nowon", "eunpyeong", "seodaemun", "mapo"),
    *("yangcheon", "gangseo", "guro", "geumcheon", "yeongdeungpo", "dongjak", "gwanak"),
    *("seocho", "gangnam", "songpa", "gangdong"),
)
CONSIGNEES = ("ntsys", "toss-payments", "kg-inicis", "nice")

# How many hold each role for every thousand members, and how many there are at least.
STAFF = {
    "reservation_officer": (12, 3),
    "billing_officer": (6, 2),
    "statistician": (1, 1),
    "privacy_officer": (1, 1),
    "investigator": (1, 1),
}
OPERATORS = 4
LOGIN_INSTANCES = 8

BROWSERS = (
    (
        "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) "
        "Chrome/131.0.0.0 Safari/537.36"
    ),
    (
        "Mozilla/5.0 (Linux; Android 14; SM-S928N) AppleWebKit/537.36 (KHTML, like Gecko) "
        "Chrome/130.0.0.0 Mobile Safari/537.36"
    ),
    (
        "Mozilla/5.0 (iPhone; CPU iPhone OS 18_1 like Mac OS X) AppleWebKit/605.1.15 "
        "(KHTML, like Gecko) Version/18.1 Mobile/15E148 Safari/604.1"
    ),
    (
        "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 "
        "(KHTML, like Gecko) Version/18.1 Safari/605.1.15"
    ),
    "Mozilla/5.0 (X11; Linux x86_64; rv:132.0) Gecko/20100101 Firefox/132.0",
)
OFFICE = (
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) "
    "Chrome/131.0.0.0 Safari/537.36 Edg/131.0.0.0"
)
GATEWAY = "okhttp/4.12.0"

_LETTERS = str.maketrans("0123456789", "ghjkmnpqrs")


class Person(Struct, frozen=True, gc=False):
    """Somebody who acts: as whom, from where, in which session."""

    actor: Actor
    client: Client
    session: str


class City(Struct, frozen=True):
    """Everybody who may act on the simulated day. Staff and operators by role or consignee."""

    members: tuple[Person, ...]
    workers: dict[str, tuple[Person, ...]]
    districts: dict[str, tuple[Person, ...]]
    systems: tuple[Actor, ...]


def city(random: Random, members: int) -> City:
    """Settle a city of so many members (1 to 900,000) and as much staff as they need."""
    numbers = random.sample(range(100_000, 1_000_000), members)
    serial = iter(range(1, 1_000_000))
    workers = {
        role: tuple(
            _staff(random, next(serial), role, CITY, f"192.0.2.{random.randrange(10, 250)}")
            for _ in range(max(least, members * per_thousand // 1000))
        )
        for role, (per_thousand, least) in STAFF.items()
    }
    workers |= {name: _operators(random, name) for name in CONSIGNEES}
    return City(
        members=tuple(member(random, number) for number in numbers),
        workers=workers,
        districts={
            name: tuple(
                _staff(
                    random,
                    next(serial),
                    "district_officer",
                    f"district:{name}",
                    f"198.51.100.{random.randrange(10, 250)}",
                )
                for _ in range(2)
            )
            for name in DISTRICTS
        },
        systems=tuple(
            Actor(f"system:login-{n}", "system", "login_service", CITY)
            for n in range(1, LOGIN_INSTANCES + 1)
        ),
    )


def token(random: Random, bits: int) -> str:
    """Random letters. No digits: no run of them may look like a number that means something."""
    return f"{random.getrandbits(bits):0{bits // 4}x}".translate(_LETTERS)


def roster(city: City, since: str) -> Iterator[tuple[str, Account]]:
    """Who holds which account since when (RFC 3339): every account that is not a member's."""
    working = [*city.workers.values(), *city.districts.values()]
    for person in (one for group in working for one in group):
        actor = person.actor
        team = f"team:{actor.organization}/{actor.role}"
        yield actor.id, Account("account", actor.role, actor.organization, team, since=since)


def _mac(random: Random) -> str:
    return "02:" + random.getrandbits(40).to_bytes(5, "big").hex(":")


def member(random: Random, number: int) -> Person:
    """Somebody with this number, a browser and an address of their own."""
    if random.random() < 0.25:
        ip = f"2001:db8:{random.getrandbits(16):x}:{random.getrandbits(16):x}::{number % 65_536:x}"
    else:
        ip = f"{random.choice(('198.51.100', '203.0.113'))}.{random.randrange(1, 255)}"
    return Person(
        Actor(f"member:{number}", "member", "member"),
        Client(ip, token(random, 128), _mac(random), random.choice(BROWSERS)),
        f"s-{token(random, 48)}",
    )


def _staff(random: Random, serial: int, role: str, organization: str, ip: str) -> Person:
    kind = "staff" if organization == CITY else "third_party"
    return Person(
        Actor(f"staff:{serial:04}", kind, role, organization),
        Client(ip, token(random, 128), _mac(random), OFFICE),
        f"s-{token(random, 48)}",
    )


def _operators(random: Random, name: str) -> tuple[Person, ...]:
    return tuple(
        Person(
            Actor(f"consignee:{name}-{n}", "consignee", "consignee_operator", name),
            Client(
                f"203.0.113.{random.randrange(1, 255)}",
                token(random, 128),
                _mac(random),
                OFFICE if name == "ntsys" else GATEWAY,
            ),
            f"s-{token(random, 48)}",
        )
        for n in range(1, OPERATORS + 1)
    )
