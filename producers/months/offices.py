"""What becomes of those who work in offices: leave, departure, another role; and the roster of it.

An entry of the roster is made days before it matters. A leave that is called off, a last day that
is still worked, a new role that is taken up days after: all of that is as it should be.
"""

from collections.abc import Iterator
from random import Random

from msgspec.structs import replace

from producers.months.town import Town, Worker
from producers.people import Person
from producers.scene import DAY, SECOND, Day
from producers.wire import Account, Actor, Leave

HIRED = 500
HOUR = 3600 * SECOND
BETWEEN_LEAVES = (30, 90)
LONG_LEAVE = 75
CALLED_OFF = 0.1
RESIGNS = 0.05
MOVES = 0.05
MOVABLE = ("reservation_officer", "billing_officer")
BEFORE = 24  # days without leave before somebody goes

Notice = tuple[int, str, Account]  # when it is made, of whom, and what


def notices(random: Random, town: Town, day: Day, days: int) -> Iterator[Notice]:
    """Decide what becomes of everybody, and tell the roster's entries, in no order."""
    for name in town.protected:
        yield -HOUR, name, Account("protected")
    for number, worker in enumerate(list(town.workers)):
        yield -HOUR, worker.person.actor.id, account(worker, day)
        changes = random.randrange(20, max(21, days))
        fate = random.random() if worker.role in MOVABLE else 1.0
        lasting = days if fate > RESIGNS + MOVES else changes - BEFORE
        yield from _leave(random, worker, day, lasting, long=number % 17 == 5)
        if fate < RESIGNS:
            yield from _resign(town, worker, day, changes)
        elif fate < RESIGNS + MOVES:
            yield from _move(town, worker, day, changes)


def account(worker: Worker, day: Day) -> Account:
    """What the roster says of a worker, with all that is known of leave and departure."""
    actor = worker.person.actor
    return Account(
        *("account", actor.role, actor.organization, worker.team, worker.own),
        since=day.text(max(worker.first, -HIRED) * DAY),
        until=None if worker.until >= 10_000 else day.text(worker.until * DAY),
        leave=tuple(Leave(day.text(a * DAY), day.text(b * DAY)) for a, b in worker.leave),
    )


def _leave(random: Random, worker: Worker, day: Day, days: int, *, long: bool) -> Iterator[Notice]:
    if long and days > 10 + LONG_LEAVE:
        worker.leave = ((10, 10 + LONG_LEAVE),)
        yield 2 * DAY, worker.person.actor.id, account(worker, day)
        return
    first = random.randrange(5, BETWEEN_LEAVES[1])
    while first < days:
        before = worker.leave
        worker.leave = (*before[-3:], (first, first + random.randrange(2, 9)))
        told = (first - random.randrange(3, 5)) * DAY + random.randrange(9, 17) * HOUR
        yield told, worker.person.actor.id, account(worker, day)
        if random.random() < CALLED_OFF:
            worker.leave = before
            yield told + 20 * HOUR, worker.person.actor.id, account(worker, day)
        first += random.randrange(*BETWEEN_LEAVES)


def _resign(town: Town, worker: Worker, day: Day, until: int) -> Iterator[Notice]:
    """The holder leaves, and a successor begins on the day after the last."""
    worker.until = until
    yield (worker.until - 14) * DAY + 10 * HOUR, worker.person.actor.id, account(worker, day)
    actor = worker.person.actor
    hired = replace(
        worker,
        person=Person(
            replace(actor, id=f"{actor.id}a"), replace(worker.person.client, mac=None), ""
        ),
        own=None,
        first=worker.until,
        until=10_000,
        leave=(),
    )
    town.workers.append(hired)
    yield (hired.first - 2) * DAY + 11 * HOUR, hired.person.actor.id, account(hired, day)


def _move(town: Town, worker: Worker, day: Day, told: int) -> Iterator[Notice]:
    """Another role in the house: told today, begun five days later, at the same desk."""
    worker.until = told
    role = "billing_officer" if worker.role == "reservation_officer" else "reservation_officer"
    moved = moved_to(worker, role, told + 5)
    town.workers.append(moved)
    yield told * DAY + 16 * HOUR, moved.person.actor.id, account(moved, day)


def moved_to(worker: Worker, role: str, first: int) -> Worker:
    """The same account, with another role from a day on, at the same desk."""
    actor = worker.person.actor
    changed = Actor(actor.id, actor.kind, role, actor.organization)
    team = f"team:{actor.organization}/{role}/{worker.team[-1]}"
    return replace(
        worker,
        person=Person(changed, worker.person.client, ""),
        role=role,
        team=team,
        first=first,
        until=10_000,
    )
