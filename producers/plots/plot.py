"""What a plot is made of: acts of somebody at some time, which will look like any other access."""

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, TypeVar

from msgspec import Struct
from msgspec.structs import replace

from producers import login, people, reservation
from producers.months.errand import Errand, Thread
from producers.months.offices import account
from producers.months.town import Member, Worker, device
from producers.people import Person, token
from producers.plots.truth import Case
from producers.scene import DAY, SECOND
from producers.steps import Fact, Step
from producers.stories import SOCIAL
from producers.wire import AccessEvent, RosterEntry

if TYPE_CHECKING:
    from producers.months.life import Life

HOUR = 3600
OF_LATE = 8 * DAY
STRANGERS = 5_000_000  # numbers of members who never do anything themselves
PARTS = ("client", "usage", "actor")

Value = TypeVar("Value")


class Planting(Struct):
    """A case while it happens; `left` accesses of it are still to come."""

    case: Case
    left: int = 0
    told: bool = False

    def note(self, event: AccessEvent) -> None:
        """One of its accesses has happened."""
        case = self.case
        case.events.append(event.id)
        case.first = case.first or event.time
        case.last = event.time
        self.left -= 1


class Act(Struct, frozen=True):
    """One access, or fact, that is planted. `changes` are other values, by part of the access."""

    errand: Errand
    step: Step | Fact
    planting: Planting
    changes: Mapping[str, Any]

    def turn(self, event: AccessEvent) -> AccessEvent:
        """The access as the plot wants it."""
        access = {name: value for name, value in self.changes.items() if name != "subject"}
        for part in PARTS:
            if part in access:
                access[part] = replace(getattr(event.data, part), **access[part])
        subject = self.changes.get("subject", event.subject)
        return replace(event, subject=subject, data=replace(event.data, **access))


class Silence(Struct, frozen=True):
    """From now on a service records nothing until then; its case is `planting`."""

    source: str
    until: int
    planting: Planting


class NobodyError(Exception):
    """On this day there is nobody whom the plot needs; it may be tried on another."""


class Plot:
    """One planted case being planned, from the midnight of `day` on; `planned` is what is to be.

    Raises NobodyError where somebody is asked for who is not there.
    """

    def __init__(self, life: "Life", planting: Planting, day: int) -> None:
        self.life = life
        self.random = life.random
        self.day = day
        self.planned: list[tuple[int, Thread | Act | RosterEntry | Silence]] = []
        self._planting = planting

    def choose(self, easy: Value, hard: Value, adversarial: Value) -> Value:
        """The value for this case's variant."""
        variant = self._planting.case.variant
        return {"easy": easy, "hard": hard, "adversarial": adversarial}[variant]

    def about(self, **keys: str) -> None:
        """Say of which actor, subject, cookie, ip or service this case is."""
        self._planting.case.keys |= keys

    def pick(self, some: Sequence[Value]) -> Value:
        """One of these."""
        if not some:
            raise NobodyError
        return self.random.choice(some)

    def worker(
        self,
        role: str = "reservation_officer",
        day: int | None = None,
        *,
        suits: Callable[[Worker], object] = lambda _: True,
    ) -> Worker:
        """Somebody of this role who works on that day, and suits, if anybody does."""
        there = self.life.duty.there(self.day if day is None else day, role)
        worker = self.pick([one for one in there if suits(one)] or there)
        self.about(actor=worker.person.actor.id)
        return worker

    def member(self) -> Member:
        """A member who goes about their own affairs."""
        ordinary = [
            one
            for one in self.life.town.members
            if not (one.away or one.refused or one.sensitive or one.helper)
        ]
        member = self.pick(ordinary)
        self.about(subject=member.person.actor.id)
        return member

    def visitor(self, member: Member) -> Person:
        """That member at home, in a session of its own."""
        person = member.person
        return Person(person.actor, person.client, f"s-{token(self.random, 48)}")

    def customers(self, wanted: int) -> list[Errand]:
        """Cases of late, each of another member; fewer, but one, when there are not so many."""
        found = {
            subject: errand
            for subject, (member, errand) in self.of_late(OF_LATE).items()
            if not (member.away or member.sensitive)
        }
        if not found:
            raise NobodyError
        return self.random.sample(list(found.values()), min(wanted, len(found)))

    def of_late(self, within: int = 20 * DAY) -> dict[str, tuple[Member, Errand]]:
        """Who has reserved within this time, and the last case of each."""
        since = self.day * DAY - within
        return {
            member.person.actor.id: (member, errand)
            for at, member, errand in self.life.recent
            if at > since
        }

    def strangers(self, wanted: int) -> list[Person]:
        """Members who joined long ago and have had no affairs since."""
        numbers = self.random.sample(range(STRANGERS, 2 * STRANGERS), wanted)
        return [people.member(self.random, number) for number in numbers]

    def neighbours(self, wanted: int) -> list[Person]:
        """Members who have had no affairs for long, and live at one address."""
        home = f"198.18.{self.random.randrange(200, 256)}.{self.random.randrange(256)}"
        self.about(ip=home)
        return [
            Person(one.actor, replace(one.client, ip=home), one.session)
            for one in self.strangers(wanted)
        ]

    def everybody(self, role: str) -> list[Worker]:
        """Whoever of this role works on the plot's day."""
        return list(self.life.duty.there(self.day, role))

    def hire(self, day: int) -> Worker:
        """An account for somebody who never takes a case; the roster has it."""
        model = self.pick(self.everybody("reservation_officer"))
        account = f"{model.person.actor.id}-{token(self.random, 16)}"
        actor = replace(model.person.actor, id=account)
        worker = replace(
            model,
            person=Person(actor, device(self.random, model.person.client.ip or ""), ""),
            own=None,
            first=day,
            until=10_000,
            leave=(),
        )
        self.about(actor=account)
        self.enrol(day * DAY + 7 * HOUR * SECOND, worker)
        return worker

    def day_at(self, hour: int) -> int:
        """A moment after this hour of the plot's day."""
        return self.day * DAY + hour * HOUR * SECOND + self.random.randrange(1200 * SECOND)

    def next_free_day(self) -> int:
        """The next day on which nobody works."""
        day = self.day
        while self.life.duty.worked[day]:
            day += 1
        return day

    def next_day(self, after: int = 1) -> int:
        """The first day that is worked, so many days on or later."""
        return self.life.duty.open_day(self.day + after)

    def during(self, worker: Worker, seconds: int, day: int | None = None) -> int:
        """A moment of the worker's shift after which so many seconds of it are left."""
        begins, ends = worker.shift
        latest = max(begins + 1, ends - seconds * SECOND)
        day = self.day if day is None else day
        return day * DAY + self.random.randrange(begins, latest)

    def spread(self, count: int, at: int, seconds: float) -> list[int]:
        """So many moments within so many seconds, in order."""
        return sorted(at + int(self.random.random() * seconds * SECOND) for _ in range(count))

    def errand(self, subject: Person, at: int) -> Errand:
        """A case of this person; without a fact it stands in no book."""
        return self.life.days_of.errand(subject, at)

    def read(
        self,
        at: int,
        by: Worker,
        whose: Person | Errand,
        step: Step = reservation.CONFIRM,
        **changes: Any,
    ) -> None:
        """Have a worker, at the own desk, access somebody's data at this time."""
        self.access(at, self.life.duty.at_work(by, at), whose, step, **changes)

    def access(
        self, at: int, by: Person, whose: Person | Errand, step: Step, **changes: Any
    ) -> None:
        """Have a person access somebody's data at this time: it belongs to the case."""
        subject = whose.member if isinstance(whose, Errand) else whose
        errand = self.errand(subject, at)
        if isinstance(whose, Errand):
            errand.case, errand.district = whose.case, whose.district
        if step.who == "member":
            errand.member = by
        else:
            errand.cast[step.who] = by
        self._planting.left += 1
        self._push(at, Act(errand, step, self._planting, changes))

    def background(self, at: int, by: Worker, whose: Person | Errand) -> None:
        """Have a worker access data as usual: it is not what is wrong."""
        errand = whose if isinstance(whose, Errand) else self.errand(whose, at)
        errand.cast["reservation_officer"] = self.life.duty.at_work(by, at)
        self._push(at, Thread(errand, (reservation.CONFIRM,)))

    def visit(self, at: int, person: Person) -> None:
        """Have a member log in and look around: all of it belongs to the case."""
        for n, step in enumerate((*SOCIAL[0], reservation.REVIEW)):
            self.access(at + n * 40 * SECOND, person, person, step)

    def background_visit(self, at: int, person: Person) -> None:
        """Have a member log in, look around, and log out within a quarter of an hour."""
        for n, step in enumerate((login.SOCIAL, reservation.REVIEW, login.SOCIAL_LOGOUT)):
            self._push(at + n * 440 * SECOND, Thread(self.errand(person, at), (step,)))

    def enrol(self, at: int, worker: Worker) -> None:
        """Have the roster say this of an account."""
        said = account(worker, self.life.day)
        self._push(at, self.life.entry(at, worker.person.actor.id, said))

    def happens(self, at: int, fact: Fact, whose: Person | Errand) -> None:
        """Have a business event happen."""
        errand = whose if isinstance(whose, Errand) else self.errand(whose, at)
        self._push(at, Act(errand, fact, self._planting, {}))

    def silence(self, source: str, at: int, until: int) -> None:
        """Have a service record nothing for a while: the case is the gap."""
        self._planting.left = 1
        self.about(service=source)
        self._push(at, Silence(source, until, self._planting))

    def _push(self, at: int, what: Thread | Act | RosterEntry | Silence) -> None:
        self.planned.append((at, what))
