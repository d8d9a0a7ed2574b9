"""The people of a city that is watched for months: households, offices, consignees.

All addresses are from ranges that nobody on the internet has: homes and strangers from the
benchmark range (RFC 2544) and the documentation range of IPv6, mobile networks from the carriers'
shared range (RFC 6598), offices and others from the documentation ranges (RFC 5737). Nobody here
exists.
"""

from random import Random
from typing import Literal

from msgspec import Struct
from msgspec.structs import replace

from producers import people
from producers.people import BROWSERS, CITY, DISTRICTS, GATEWAY, OFFICE, Person
from producers.scene import SECOND
from producers.wire import Actor, Client

HOUSEHOLD = (1, 1, 2, 2, 3, 4, 5)
VILLA = 12
"""So many members share one address in every fiftieth house, where an old villa has one router."""
ROLES = {
    "reservation_officer": 0.46,
    "billing_officer": 0.2,
    "district_officer": 0.2,
    "statistician": 0.07,
    "privacy_officer": 0.07,
}
SHIFTS = ((8, 17), (9, 18), (9, 18), (9, 18), (10, 19))
HELPED = 0.03  # elderly members whose relative does it for them
REFUSED = 0.02  # members without cookies
PHONES = BROWSERS[1:3]
GATEWAYS = ("toss-payments", "kg-inicis", "nice")
NUMBERS = range(100_000, 900_000)  # of members at the start; later ones count on from the end


class Member(Struct):
    """A member: the device and home, and how things stand."""

    person: Person  # at the computer at home
    phone: Client  # at home; elsewhere it has an address of its carrier
    carrier: str  # the mobile network's first three numbers
    helper: Client | None = None  # the relative's device, in the same home
    sensitive: bool = False  # works here, or is protected: no office here handles the cases
    refused: bool = False
    away: Literal["", "left", "stopped"] = ""


class Worker(Struct):
    """Whoever works in an office: where, when, and when not."""

    person: Person
    role: str
    team: str
    shift: tuple[int, int]  # microseconds of the day
    own: str | None = None  # the worker's own record as a member
    first: int = -10_000  # the first day of work
    until: int = 10_000  # the first day without
    leave: tuple[tuple[int, int], ...] = ()  # first day, and the first day back

    def works(self, day: int) -> bool:
        """Whether this worker is there on that working day."""
        away = any(first <= day < until for first, until in self.leave)
        return self.first <= day < self.until and not away


class Town(Struct):
    """Everybody at the start."""

    members: list[Member]
    workers: list[Worker]
    gateways: dict[str, tuple[Person, ...]]
    systems: tuple[Actor, ...]
    districts: tuple[str, ...]
    protected: tuple[str, ...]


def settle(random: Random, members: int, staff: int) -> Town:
    """Settle so many members, in households, and so many who work in offices (at least 20)."""
    districts = DISTRICTS[: max(2, min(len(DISTRICTS), staff // 20))]
    living = _households(random, random.sample(NUMBERS, members))
    workers = _offices(random, staff, districts)
    known = random.sample(living, min(len(workers), len(living) // 3))
    for worker, member in zip(workers, known, strict=False):
        worker.own, member.sensitive = member.person.actor.id, True
    named = random.sample(living, max(2, members // 500))
    for member in named:
        member.sensitive = True
    return Town(
        living,
        workers,
        {name: _gateway(random, name, max(4, members // 1_000)) for name in GATEWAYS},
        tuple(Actor(f"system:login-{n}", "system", "login_service", CITY) for n in range(1, 9)),
        districts,
        tuple(member.person.actor.id for member in named),
    )


def newcomer(random: Random, number: int) -> Member:
    """Somebody who lives alone, with this number."""
    return _member(random, number, _home(random, number), 0)


def _households(random: Random, numbers: list[int]) -> list[Member]:
    living: list[Member] = []
    house = 0
    while numbers:
        size = VILLA if house % 50 == 49 else random.choice(HOUSEHOLD)
        home = _home(random, house)
        family = [_member(random, numbers.pop(), home, n) for n in range(min(size, len(numbers)))]
        if 1 < len(family) < VILLA and random.random() < HELPED * 4:
            relative = family[1].person.client
            family[0].helper = None if relative.cookie_refused else relative
        living += family
        house += 1
    return living


def _home(random: Random, house: int) -> str:
    if random.random() < 0.25:
        return f"2001:db8:{house % 0xFFFF + 1:x}::"
    spread = house * 40_503 % 65_536  # odd: neighbours are in different networks, none twice
    return f"198.18.{spread >> 8}.{spread & 0xFF}"


def _member(random: Random, number: int, home: str, place: int) -> Member:
    person = people.member(random, number)
    ip = f"{home}{place + 1:x}" if home.endswith("::") else home
    refused = random.random() < REFUSED
    client = Client(
        *(ip, None if refused else person.client.cookie, person.client.mac),
        person.client.user_agent,
        refused,
    )
    phone = replace(
        client,
        cookie=None if refused else people.token(random, 128),
        mac=mac(random),
        user_agent=random.choice(PHONES),
    )
    return Member(
        Person(person.actor, client, person.session),
        phone,
        f"100.{64 + random.randrange(3)}.{random.randrange(256)}",
        refused=refused,
    )


def _offices(random: Random, staff: int, districts: tuple[str, ...]) -> list[Worker]:
    workers = []
    serial = 0
    for role, share in ROLES.items():
        wanted = max(4 if role == "reservation_officer" else 2, round(staff * share))
        for n in range(max(wanted, 2 * len(districts)) if role == "district_officer" else wanted):
            serial += 1
            team = n % 2
            organization = CITY
            if role == "district_officer":
                organization = f"district:{districts[n % len(districts)]}"
            workers.append(_worker(random, f"staff:{serial:04}", role, organization, team))
    workers.append(_worker(random, f"staff:{serial + 1:04}", "investigator", CITY, 0))
    workers += [_worker(random, f"consignee:ntsys-{n}", "ntsys", "ntsys", 0) for n in range(1, 4)]
    return workers


def _worker(random: Random, account: str, role: str, organization: str, team: int) -> Worker:
    """An office has one address for all its computers."""
    kind, own = "staff", role
    if organization.startswith("district:"):
        kind = "third_party"
    elif role == "ntsys":
        kind, own = "consignee", "consignee_operator"
    shift = random.choice(SHIFTS)
    return Worker(
        Person(
            Actor(account, kind, own, organization),
            device(random, f"192.0.2.{office(role, organization, team)}"),
            "",
        ),
        role,
        f"team:{organization}/{role}/{team}",
        (shift[0] * 3600 * SECOND, shift[1] * 3600 * SECOND),
    )


def device(random: Random, ip: str, agent: str = OFFICE) -> Client:
    """A computer of its own at this address."""
    return Client(
        ip,
        people.token(random, 128),
        mac(random),
        agent,
    )


def mac(random: Random) -> str:
    """A locally administered address of a network card."""
    return "02:" + random.getrandbits(40).to_bytes(5, "big").hex(":")


def office(role: str, organization: str, team: int) -> int:
    """The last number of the address behind which a team's computers are."""
    if organization.startswith("district:"):
        return 100 + DISTRICTS.index(organization.removeprefix("district:"))
    names = (*ROLES, "investigator", "ntsys")
    return 10 + 2 * names.index(role) + team


def _gateway(random: Random, name: str, instances: int) -> tuple[Person, ...]:
    return tuple(
        Person(
            Actor(f"consignee:{name}-{n}", "consignee", "consignee_operator", name),
            device(random, f"192.0.2.{240 + GATEWAYS.index(name)}", GATEWAY),
            f"s-{name}-{n}",
        )
        for n in range(1, instances + 1)
    )
