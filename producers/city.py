"""One coherent day of a seeded city: the same seed, date and size give the same events.

Pure: no clock, no randomness but the seed's. The events come in the order of their times, without
producer, epoch and sequence, which whoever emits them adds.
"""

from bisect import bisect_right
from collections.abc import Iterator
from datetime import date
from heapq import heapify, heappop, heapreplace
from itertools import accumulate
from random import Random

from msgspec import Struct
from msgspec.structs import replace

from audit.roster import ROSTER_TYPE
from producers import people
from producers.misuse import VARIANTS, Variant
from producers.scene import DAY, SECOND, Day, Scene, happen, occur
from producers.steps import Fact
from producers.stories import SHORTEST, STORIES, Story
from producers.truth import Planted
from producers.wire import AccessEvent, BusinessEvent, RosterEntry, uuid7

OPENS, CLOSES, MIDNIGHT = 9 * 3600, 18 * 3600, 24 * 3600
MISUSE_RATE = 0.02
EVERY_KIND_FROM = 500
EVENTS_PER_MEMBER = 8
HIRED = 400 * DAY

# Visitors by hour, midnight first: a day of a reservation website.
HOURS = (3, 2, 1, 1, 1, 2, 4, 8, 12, 16, 17, 16, 14, 14, 15, 15, 14, 13, 13, 15, 17, 15, 10, 6)


class Happening(Struct, frozen=True, gc=False):
    """An access of the day; `planted` says what is wrong with it, None for an ordinary one.

    `facts` are the business events since the access before; those after the last come with it.
    """

    event: AccessEvent
    planted: Planted | None = None
    facts: tuple[BusinessEvent, ...] = ()


def day(
    *,
    seed: int,
    on: date,
    events: int,
    members: int | None = None,
    misuse_rate: float = MISUSE_RATE,
) -> Iterator[Happening]:
    """Live one day: exactly so many events, in the order in which they are noticed.

    `members` is by default an eighth of `events`, at least 20. `misuse_rate` is the share of
    planted misuse; from 500 events on every variant is there at least once unless the rate is 0.
    """
    facts: list[BusinessEvent] = []
    last: Happening | None = None
    for one in _lived(seed, on, events, members, misuse_rate):
        if isinstance(one, BusinessEvent):
            facts.append(one)
            continue
        if last is not None:
            yield last
        last, facts = replace(one, facts=tuple(facts)), []
    if last is not None:
        yield replace(last, facts=(*last.facts, *facts))


def roster(
    *, seed: int, on: date, events: int, members: int | None = None
) -> Iterator[RosterEntry]:
    """Say who holds which account in the city of that day."""
    _, population = _settled(seed, on, events, members)
    today = Day(on)
    for number, (account, said) in enumerate(people.roster(population, today.text(-HIRED))):
        random = Random(f"{seed} {on.isoformat()} roster {number}")  # noqa: S311  repeatable
        yield RosterEntry(
            "1.0",
            uuid7(today.milliseconds(0), random.getrandbits(74)),
            "/services/personnel",
            ROSTER_TYPE,
            today.text(0),
            account,
            said,
            "application/json",
        )


def _settled(seed: int, on: date, events: int, members: int | None) -> tuple[Random, people.City]:
    random = Random(f"{seed} {on.isoformat()}")  # noqa: S311  it must repeat
    settlers = members or min(900_000, max(20, events // EVENTS_PER_MEMBER))
    return random, people.city(random, settlers)


def _lived(
    seed: int, on: date, events: int, members: int | None, misuse_rate: float
) -> Iterator[Happening | BusinessEvent]:
    """Everything in the order in which it is noticed."""
    random, population = _settled(seed, on, events, members)
    today = Day(on)
    planted = _misuses(events, misuse_rate)
    told = _stories(random, events - len(planted))
    # (time of the next step, number, position of the next step, story)
    waiting: list[tuple[int, int, int, Story | Variant]] = [
        *((_start(random, story), number, 0, story) for number, story in enumerate(told)),
        *(
            (random.randrange(OPENS * SECOND, CLOSES * SECOND), len(told) + number, 0, variant)
            for number, variant in enumerate(planted)
        ),
    ]
    heapify(waiting)
    scenes: dict[int, Scene] = {}
    while waiting:
        at, number, position, what = waiting[0]
        scene = scenes.pop(number, None)
        if isinstance(what, Variant):
            heappop(waiting)
            scene = Scene(random, population, today, number)
            event = what.happen(scene, at)
            yield Happening(event, Planted(event.id, what.checks, what.note))
            continue
        if scene is None:
            scene = Scene(random, population, today, number, what.whose)
        step = what.steps[position]
        yield (
            occur(scene, step, at)
            if isinstance(step, Fact)
            else Happening(happen(scene, step, at))
        )
        if position + 1 == len(what.steps):
            heappop(waiting)
            continue
        low, high = what.steps[position + 1].after
        later = at + random.randrange(low * SECOND, high * SECOND) + 1
        scenes[number] = scene
        heapreplace(waiting, (later, number, position + 1, what))


def _misuses(events: int, rate: float) -> list[Variant]:
    """Every variant in turn, as often as the rate wants."""
    wanted = round(events * rate)
    if rate > 0 and events >= EVERY_KIND_FROM:
        wanted = max(wanted, len(VARIANTS))
    return [VARIANTS[n % len(VARIANTS)] for n in range(min(wanted, events))]


def _stories(random: Random, events: int) -> list[Story]:
    """Stories of together exactly so many steps."""
    drawn: list[Story] = []
    weights = list(accumulate(story.weight for story in STORIES))
    left = events
    while left > 0:
        story = random.choices(STORIES, cum_weights=weights)[0]
        if story.accesses > left:
            story = SHORTEST
        drawn.append(story)
        left -= story.accesses
    return drawn


def _start(random: Random, story: Story) -> int:
    """Start in time to end within office hours, or within the day; microseconds."""
    if story.office:
        return random.randrange(OPENS * SECOND, (CLOSES - story.longest - 1) * SECOND)
    hour = bisect_right(_BUSY, random.random() * _BUSY[-1])
    start = hour * 3600 * SECOND + random.randrange(3600 * SECOND)
    latest = (MIDNIGHT - story.longest - 1) * SECOND
    return start if start < latest else random.randrange(latest)


_BUSY = list(accumulate(HOURS))
