"""The city lives on: what is next happens, and brings about what comes after it.

What waits is kept in a heap; beside the people, nothing is kept for longer than it is of use.
"""

from collections import deque
from collections.abc import Iterator
from datetime import date
from heapq import heappop, heappush
from itertools import count
from random import Random
from typing import NamedTuple

from msgspec.structs import replace

from audit.roster import ROSTER_TYPE
from producers.months.calendar import Clocks
from producers.months.days import Days
from producers.months.duty import Duty
from producers.months.errand import OFFICES, Errand, Thread
from producers.months.offices import notices
from producers.months.town import Member, settle
from producers.plots.kinds import Plan, plans
from producers.plots.plot import Act, NobodyError, Planting, Plot, Silence
from producers.plots.truth import Case
from producers.scene import DAY, SECOND, SOURCES, Day, happen, occur
from producers.steps import Fact
from producers.wire import AccessEvent, Account, BusinessEvent, RosterEntry, uuid7

RETRIED = 0.002
KEPT = 3  # reservations for each member that are remembered

What = AccessEvent | BusinessEvent | RosterEntry | Case
Next = Thread | Act | RosterEntry | AccessEvent | Plan | Silence


class Lived(NamedTuple):
    """Something that happened: when it reached the broker (microseconds since 1970), and what.

    A case is told once all of it has happened.
    """

    at: int
    what: What


class Life:
    """The state of the city at a moment."""

    def __init__(self, seed: int, first_day: date, days: int, members: int, staff: int) -> None:
        self.random = Random(f"{seed} {first_day.isoformat()} {days}")  # noqa: S311  repeatable
        self.day = Day(first_day)
        self.days = days
        self.town = settle(self.random, members, staff)
        self._waiting: list[tuple[int, int, Next]] = []
        self._number = count()
        for at, subject, said in notices(self.random, self.town, self.day, days):
            self.push(at, self.entry(at, subject, said))
        self.duty = Duty(self.random, self.town, first_day, days)
        self.clocks = Clocks(self.random, tuple(SOURCES.values()))
        self.recent: deque[tuple[int, Member, Errand]] = deque(maxlen=KEPT * members)
        self.payers: set[str] = set()
        self.last: dict[str, str] = {}
        self.silent: dict[str, tuple[int, Planting]] = {}
        self._cases: list[Planting] = []
        self.days_of = Days(self)

    def push(self, at: int, what: Next) -> None:
        """Have this happen at a time, in microseconds since the first day's midnight."""
        heappush(self._waiting, (at, next(self._number), what))

    def live(self, plots: int) -> Iterator[Lived]:
        """Live all days, with so many plots of each kind and variant."""
        for at, plan in plans(self.random, self.days, self.duty.worked, plots):
            self.push(at, plan)
        for day in range(self.days):
            self.clocks.walk()
            self.days_of.dawn(day)
            while self._waiting and self._waiting[0][0] < (day + 1) * DAY:
                at, _, what = heappop(self._waiting)
                for event in self._happens(at, what):
                    yield Lived(self.day.milliseconds(at) * 1000 + at % 1000, event)
                    if isinstance(what, Thread) and self.random.random() < RETRIED:
                        self._retry(at, event)
        for planting in self._cases:
            if not planting.told and planting.case.events:
                planting.told = True
                yield Lived(self.day.milliseconds(self.days * DAY) * 1000, planting.case)

    def entry(self, at: int, subject: str, said: Account) -> RosterEntry:
        """An entry of the roster."""
        return RosterEntry(
            "1.0",
            uuid7(self.day.milliseconds(at), self.random.getrandbits(74)),
            "/services/personnel",
            ROSTER_TYPE,
            self.day.text(at),
            subject,
            said,
            "application/json",
        )

    def start(self, thread: Thread, at: int) -> None:
        """Have a thread's next step happen, when there is somebody who takes it."""
        step = thread.steps[thread.position]
        if not isinstance(step, Fact) and step.who in OFFICES:
            errand = thread.errand
            district = f"district:{errand.district}" if step.who == "district_officer" else ""
            taken = self.duty.take(step.who, district, at, errand.workers.get(step.who))
            if taken is None:
                return
            at = taken.at
            errand.workers[step.who] = taken.worker
            errand.cast[step.who] = self.duty.at_work(taken.worker, at)
        self.push(at, thread)

    def _happens(self, at: int, what: Next) -> Iterator[What]:
        if isinstance(what, Thread):
            yield from self._advance(at, what)
        elif isinstance(what, Act):
            yield from self._act(at, what)
        elif isinstance(what, Plan):
            self._plan(at, what)
        elif isinstance(what, Silence):
            self._fall_silent(at, what)
        elif not isinstance(what, AccessEvent) or self._is_heard(at, what):
            yield what

    def _advance(self, at: int, thread: Thread) -> Iterator[What]:
        errand, member = thread.errand, thread.member
        if member is not None and member.away not in {"", thread.outlasts}:
            return
        step = thread.steps[thread.position]
        if thread.position == thread.roams and member is not None:
            client = replace(errand.member.client, ip=f"{member.carrier}.{errand.case % 254 + 1}")
            errand.member = replace(errand.member, client=client)
        if isinstance(step, Fact):
            yield occur(errand, step, at)
            if member is not None:
                self.days_of.follow(step.kind, at, member, errand)
        else:
            event = happen(errand, step, at + self.clocks.of(SOURCES[step.service]))
            if self._is_heard(at, event):
                yield event
        if thread.position + 1 < len(thread.steps):
            thread.position += 1
            low, high = thread.steps[thread.position].after
            later = int((low + (high - low) * self.random.random()) * SECOND)
            self.start(thread, at + later + 1)

    def _act(self, at: int, act: Act) -> Iterator[What]:
        """Something planted happens."""
        if isinstance(act.step, Fact):
            yield occur(act.errand, act.step, at)
            return
        drift = self.clocks.of(SOURCES[act.step.service])
        event = act.turn(happen(act.errand, act.step, at + drift))
        self.last[event.source] = event.id
        if event.source in self.silent:  # the silence is before it, and after it again
            self.silent[event.source][1].case.events.append(event.id)
        yield event
        planting = act.planting
        planting.note(event)
        if planting.left == 0:
            planting.told = True
            yield planting.case

    def _plan(self, at: int, plan: Plan) -> None:
        """Have a case happen from this midnight on, or, if somebody is not there, a day later."""
        planting = Planting(plan.case)
        plot = Plot(self, planting, at // DAY)
        try:
            plan.kind(plot)
        except NobodyError:
            self.push(plot.next_day() * DAY, plan)
            return
        self._cases.append(planting)
        for when, what in plot.planned:
            self.push(when, what)

    def _fall_silent(self, at: int, silence: Silence) -> None:
        """From now on a service records nothing; if it has not begun to, a week later."""
        if silence.source in self.silent or silence.source not in self.last:
            self.push(at + 7 * DAY, replace(silence, until=silence.until + 7 * DAY))
            return
        case = silence.planting.case
        case.events.append(self.last[silence.source])
        case.first = self.day.text(at)
        self.silent[silence.source] = silence.until, silence.planting

    def _is_heard(self, at: int, event: AccessEvent) -> bool:
        """Whether the service still records; the last and the next that it does are noted."""
        silence = self.silent.get(event.source)
        if silence is not None:
            until, planting = silence
            if at < until:
                return False
            del self.silent[event.source]
            planting.note(event)
        self.last[event.source] = event.id
        return True

    def _retry(self, at: int, event: What) -> None:
        """Software that believes it has failed records the same once more, seconds later."""
        if not isinstance(event, AccessEvent):
            return
        later = self.random.randrange(SECOND, 5 * SECOND)
        repeated = replace(
            event,
            id=uuid7(self.day.milliseconds(at + later), self.random.getrandbits(74)),
            time=self.day.text(at + later + self.clocks.of(event.source)),
        )
        self.push(at + later, repeated)
