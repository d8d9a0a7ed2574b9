"""One case on the simulated day: who is in it, and how a step of its story becomes an event."""

from abc import ABC, abstractmethod
from collections.abc import Sequence
from datetime import date, datetime, timedelta, timezone
from random import Random

import msgspec

from producers import people
from producers.people import DISTRICTS, City, Person
from producers.steps import Fact, Service, Step, Whose
from producers.wire import Access, AccessEvent, Actor, Business, BusinessEvent, Usage, uuid7

KST = timezone(timedelta(hours=9))
SECOND = 1_000_000
DAY = 86_400 * SECOND
RESERVATIONS = 10_000
OTHERS: dict[Whose, int] = {"newcomer": 1_000_000, "former": 2_000_000}
FACILITIES = 800

SOURCES: dict[Service, str] = {
    "reservation": "/services/reservation",
    "billing": "/services/billing",
    "login": "/services/login",
}


class Day:
    """A date in Seoul; times of the day are microseconds since its midnight."""

    def __init__(self, day: date) -> None:
        self.midnight = datetime(day.year, day.month, day.day, tzinfo=KST)
        self._dates: dict[int, str] = {}
        self._epoch_ms = round(self.midnight.timestamp() * 1000)

    def text(self, at: int) -> str:
        """Write a time as RFC 3339; `at` may lie before or after this day."""
        days, within = divmod(at, DAY)
        date = self._dates.get(days)
        if date is None:
            date = (self.midnight + timedelta(days=days)).date().isoformat()
            self._dates[days] = date
        seconds, micros = divmod(within, SECOND)
        minutes, seconds = divmod(seconds, 60)
        hours, minutes = divmod(minutes, 60)
        return f"{date}T{hours:02}:{minutes:02}:{seconds:02}.{micros:06}+09:00"

    def milliseconds(self, at: int) -> int:
        """Tell a time of this day in milliseconds since 1970-01-01T00:00:00Z."""
        return self._epoch_ms + at // 1000


class Affair(ABC):
    """A member, a case of theirs, and the people who work on it."""

    __slots__ = ("case", "collected", "day", "district", "ended", "facility", "member", "random")

    def __init__(  # noqa: PLR0913  what every case has
        self,
        random: Random,
        day: Day,
        member: Person,
        *,
        case: int,
        district: str,
        collected: int,
    ) -> None:
        self.random = random
        self.day = day
        self.member = member
        self.case = case
        self.district = district
        self.facility = random.randrange(1, FACILITIES)
        self.collected = collected
        self.ended: int | None = None

    @abstractmethod
    def person(self, who: str) -> Person:
        """Who in this case acts as `who`; a system acts from where its user is."""

    def fill(self, text: str) -> str:
        """Put this case's numbers into a path or a justification."""
        if "{" not in text:
            return text
        return text.format(
            case=self.case,
            facility=self.facility,
            district=self.district,
            member=self.member.actor.id,
        )


class Scene(Affair):
    """An affair of the simulated day, in which the same people act all the way."""

    __slots__ = ("city",)

    def __init__(
        self, random: Random, city: City, day: Day, number: int, whose: Whose = "member"
    ) -> None:
        member = (
            random.choice(city.members)
            if whose == "member"
            else people.member(random, OTHERS[whose] + number)
        )
        # Within the half year of the shortest retention period, and before today.
        collected = -random.randrange(2, 150) * DAY + random.randrange(DAY)
        district = random.choice(DISTRICTS)
        # Each visit has a session of its own: it ends with the visit's logout.
        visitor = Person(member.actor, member.client, f"s-{people.token(random, 48)}")
        super().__init__(
            *(random, day, visitor),
            case=RESERVATIONS + number,
            district=district,
            collected=collected,
        )
        self.city = city

    def person(self, who: str) -> Person:
        """Who in this case acts as `who`; a system acts from where its user is."""
        if who == "member":
            return self.member
        if who == "district_officer":
            workers = self.city.districts[self.district]
        elif who == "login_service":
            return served(self.city.systems, self)
        else:
            workers = self.city.workers[who]
        return workers[self.case % len(workers)]


def served(systems: Sequence[Actor], affair: Affair) -> Person:
    """The system that serves the member of this case, from where the member is."""
    actor = systems[affair.case % len(systems)]
    return Person(actor, affair.member.client, affair.member.session)


def happen(scene: Affair, step: Step, at: int) -> AccessEvent:
    """The step happens in this scene, `at` microseconds after the day's midnight."""
    day, random = scene.day, scene.random
    person = scene.person(step.who)
    usage = Usage(
        f"r-{random.getrandbits(40):010x}", step.method, scene.fill(step.path), person.session
    )
    ended = None
    collected = at if step.new else scene.collected
    if step.ended_days is not None:
        ended = scene.ended or -random.randint(*step.ended_days) * DAY
        collected = ended - random.randrange(1, 20) * DAY
    access = Access(
        person.actor,
        step.action,
        step.file,
        step.items,
        step.purpose,
        person.client,
        usage,
        records=1 if step.records == (1, 1) else random.randint(*step.records),
        legal_basis=step.legal_basis,
        recipient=None if step.recipient is None else scene.fill(step.recipient),
        outcome=step.outcome,
        justification=None if step.justification is None else scene.fill(step.justification),
        collected_at=day.text(collected),
        ended_at=None if ended is None else day.text(ended),
        approval=None if step.approval is None else scene.fill(step.approval),
        request=None
        if step.request is None
        else msgspec.structs.replace(
            step.request,
            representative=step.request.representative and scene.fill(step.request.representative),
        ),
    )
    return AccessEvent(
        "1.0",
        uuid7(day.milliseconds(at), random.getrandbits(74)),
        SOURCES[step.service],
        "gamsa.access.v1",
        day.text(at),
        access,
        None if step.whole_file else scene.member.actor.id,
        "application/json",
    )


def occur(scene: Affair, fact: Fact, at: int) -> BusinessEvent:
    """The fact occurs in this scene, `at` microseconds after the day's midnight or long ago."""
    if fact.days is not None:
        at -= scene.random.randrange(fact.days[0] * DAY, fact.days[1] * DAY)
    if fact.kind == "left":
        scene.ended = at
    what = Business(
        fact.kind,
        None if fact.reference is None else scene.fill(fact.reference),
        fact.file,
        fact.items,
        fact.records,
        None if fact.party is None else scene.fill(fact.party),
        fact.right,
    )
    return BusinessEvent(
        "1.0",
        uuid7(scene.day.milliseconds(at), scene.random.getrandbits(74)),
        SOURCES[fact.service],
        "gamsa.business.v1",
        scene.day.text(at),
        what,
        None if fact.nobody else scene.member.actor.id,
        "application/json",
    )
