"""What each day brings: visits, rushes, newcomers; and what follows from what members decide."""

from bisect import bisect_right
from itertools import accumulate
from typing import TYPE_CHECKING

from msgspec.structs import replace

from producers import login, reservation
from producers.city import HOURS
from producers.months import habits
from producers.months.errand import Errand, Thread
from producers.months.town import NUMBERS, Member, newcomer
from producers.people import BROWSERS, Person, token
from producers.scene import DAY, RESERVATIONS, SECOND
from producers.steps import Fact, Step
from producers.stories import Story
from producers.wire import Client

if TYPE_CHECKING:
    from producers.months.life import Life

STORIES = 0.12  # for each member and day
RUSH_EVERY = 14
RUSH = 0.5  # of a day's stories come on top, within an hour and a half
OPENS = 10 * 3600 * SECOND
MOBILE, PHONE, CENTRE, ROAMS, HELPS, FORGETS = 0.2, 0.2, 0.03, 0.1, 0.6, 0.06
CENTRES = ("192.0.2.250", "192.0.2.251")
"""Behind each, a centre's computers for everybody; they forget their cookies."""
COOKIES = (login.VISIT, reservation.LOOK_UP)
OUTLASTS = {"left": "left", "processing_stopped": "stopped", "consent_withdrawn": "stopped"}
BACK = {"processing_resumed", "consent_given"}

_BUSY = list(accumulate(HOURS))
_WEIGHTS = list(accumulate(story.weight for story in habits.HABITS))
_RUSH_WEIGHTS = list(accumulate(story.weight for story in habits.RUSH))
_HARMLESS = habits.HABITS[0]
_AWAY = {
    story.name: next(
        (
            OUTLASTS[step.kind]
            for step in story.steps
            if isinstance(step, Fact) and step.kind in OUTLASTS
        ),
        "",
    )
    for story in habits.HABITS
}


class Days:
    """Begins the stories of each day in a life."""

    def __init__(self, life: "Life") -> None:
        self._life = life
        self._random = life.random
        self._case = RESERVATIONS
        self._newest = NUMBERS.stop
        for member in life.town.members:
            if member.refused:
                self._refuse(member)

    def errand(self, person: Person, at: int) -> Errand:
        """A new case of somebody."""
        self._case += 1
        life = self._life
        return Errand(self._random, life.day, life.town, person, case=self._case, at=at)

    def dawn(self, day: int) -> None:
        """Begin what members do on this day."""
        usual = int(len(self._life.town.members) * STORIES * (0.9 + 0.2 * self._random.random()))
        for _ in range(usual):
            story = self._random.choices(habits.HABITS, cum_weights=_WEIGHTS)[0]
            self._tell(story, day * DAY + self._moment())
        if day % RUSH_EVERY == RUSH_EVERY // 2 and self._life.duty.worked[day]:
            self._rush(day, int(usual * RUSH))

    def follow(self, kind: str, at: int, member: Member, errand: Errand) -> None:
        """Let what happened have its consequences."""
        life = self._life
        if kind == "reservation_made":
            life.recent.append((at, member, errand))
        elif kind == "paid":
            life.payers.add(member.person.actor.id)
        elif kind == "joined":
            life.town.members.append(member)
        elif kind == "left":
            member.away = "left"
        elif kind in OUTLASTS:
            member.away = "stopped"
        elif kind in BACK and member.away == "stopped":
            member.away = ""
        elif kind == "cookies_accepted" and member.refused:
            member.refused = False
            accepted = {"cookie": token(self._random, 128), "cookie_refused": False}
            client = replace(member.person.client, **accepted)
            member.person = replace(member.person, client=client)
            accepted["cookie"] = token(self._random, 128)
            member.phone = replace(member.phone, **accepted)

    def _rush(self, day: int, stories: int) -> None:
        """A popular programme opens at ten, and many come for it at once."""
        nobody = self.errand(self._life.town.members[0].person, day * DAY)
        self._life.push(day * DAY + OPENS, Thread(nobody, (habits.OPENED,)))
        for _ in range(stories):
            story = self._random.choices(habits.RUSH, cum_weights=_RUSH_WEIGHTS)[0]
            at = day * DAY + OPENS + int(self._random.random() ** 2 * 5400 * SECOND)
            self._tell(story, at, nobody.facility)

    def _tell(self, story: Story, at: int, facility: int | None = None) -> None:
        member = self._whose(story)
        if member is None:
            return
        if member.sensitive and (story.office or _AWAY[story.name]):
            story = _HARMLESS
        steps = story.steps
        if member.refused:
            steps = tuple(step for step in steps if step not in COOKIES)
        if self._random.random() < FORGETS * (3 if member.helper else 1):
            steps = self._forgetting(steps)
        errand = self.errand(self._visitor(member), at)
        if facility is not None:
            errand.facility = facility
        thread = Thread(errand, steps, member, outlasts=_AWAY[story.name])
        if errand.member.client is member.phone and self._random.random() < ROAMS:
            thread.roams = self._random.randrange(1, 6)
        if story.office and isinstance(steps[0], Fact):  # an order, which offices give
            at = self._life.duty.open_day(at // DAY) * DAY + OPENS
            at += int(self._random.random() * 5 * 3600 * SECOND)
        self._life.start(thread, at)

    def _forgetting(self, steps: tuple[Step | Fact, ...]) -> tuple[Step | Fact, ...]:
        """Log in with a wrong password a few times first."""
        told: list[Step | Fact] = []
        for step in steps:
            fails = habits.FAILS.get(step) if isinstance(step, Step) else None
            if fails is not None:
                told += [fails] * self._random.randrange(1, 4)
            told.append(step)
        return tuple(told)

    def _whose(self, story: Story) -> Member | None:
        if story.whose == "newcomer":
            self._newest += 1
            return newcomer(self._random, self._newest)
        members = self._life.town.members
        for _ in range(5):
            member = members[int(self._random.random() * len(members))]
            if not member.away:
                return member
        return None

    def _visitor(self, member: Member) -> Person:
        """From where a member, or a relative for them, comes this time."""
        random, client = self._random, member.person.client
        chance = random.random()
        if member.helper is not None and not member.refused and chance < HELPS:
            client = member.helper
        elif chance > 1 - CENTRE and not member.refused:
            client = Client(CENTRES[random.randrange(2)], token(random, 128), None, BROWSERS[0])
        elif chance > 1 - CENTRE - MOBILE:
            client = replace(member.phone, ip=f"{member.carrier}.{random.randrange(1, 255)}")
        elif chance > 1 - CENTRE - MOBILE - PHONE:
            client = member.phone
        return Person(member.person.actor, client, f"s-{token(random, 48)}")

    def _refuse(self, member: Member) -> None:
        """Cookies were refused early on; every other one accepts them some time later."""
        steps = (habits.COOKIES_REFUSED, habits.COOKIES_ACCEPTED)
        errand = self.errand(member.person, 0)
        wanted = steps if self._random.random() < 0.5 else steps[:1]
        self._life.start(Thread(errand, wanted, member), self._random.randrange(3600 * SECOND))

    def _moment(self) -> int:
        hour = bisect_right(_BUSY, self._random.random() * _BUSY[-1])
        return hour * 3600 * SECOND + int(self._random.random() * 3600 * SECOND)
