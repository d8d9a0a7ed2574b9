"""An account of staff that is used when, where or for whom it should not be."""

from msgspec.structs import replace

from producers import billing, reservation
from producers.months.offices import moved_to
from producers.months.town import device
from producers.people import BROWSERS, OFFICE, Person
from producers.plots.plot import HOUR, Plot
from producers.scene import DAY, SECOND


def outside_hours(plot: Plot) -> None:
    """Work in the night, on a Sunday, or late in the evening.

    Alike and legitimate: early and late shifts from eight to seven; payment services and members
    at any hour.
    """
    worker = plot.worker()
    reads = plot.choose(12, 4, 2)
    sunday = plot.next_free_day()
    at = plot.choose(
        plot.day * DAY + plot.random.randrange(25, 28) * HOUR * SECOND,
        sunday * DAY + plot.random.randrange(10, 16) * HOUR * SECOND,
        plot.day * DAY + int(20.5 * HOUR) * SECOND,
    )
    cases = plot.customers(reads)
    for later, case in zip(plot.spread(len(cases), at, 1500), cases, strict=True):
        plot.read(later, worker, case)


def new_origin(plot: Plot) -> None:
    """A network, and a device, from which this account never came.

    Alike and legitimate: browsers get newer versions, and many computers share the office's one
    address; who is new at work comes from a new place.
    """
    worker = plot.worker()
    elsewhere = f"198.19.{plot.random.randrange(256)}.{plot.random.randrange(1, 255)}"
    here = worker.person.client.ip or ""
    ip, agent, reads = plot.choose(
        (elsewhere, BROWSERS[4], 8), (elsewhere, OFFICE, 3), (here, BROWSERS[3], 2)
    )
    new = device(plot.random, ip, agent)
    cases = plot.customers(reads)
    at = plot.during(worker, HOUR)
    for later, case in zip(plot.spread(len(cases), at, HOUR), cases, strict=True):
        person = Person(worker.person.actor, new, f"s-{worker.person.actor.id}-{plot.day}-x")
        plot.access(later, person, case, reservation.CONFIRM)


def dormant_account(plot: Plot) -> None:
    """An account that nobody has used for months wakes.

    Alike and legitimate: somebody comes back from a leave of months, which the roster knows.
    """
    sleeps, reads = plot.choose((70, 25), (65, 5), (45, 2))
    worker = plot.hire(plot.day)
    (case,) = plot.customers(1)
    plot.background(plot.during(worker, HOUR), worker, case)
    day = plot.next_day(sleeps)
    times = plot.spread(reads, plot.during(worker, 2 * HOUR, day), 2 * HOUR)
    for at, person in zip(times, plot.strangers(reads), strict=True):
        plot.read(at, worker, person)


def left_or_on_leave(plot: Plot) -> None:
    """An account is used although its holder has left, or is on leave.

    Alike and legitimate: the last day before a leave is worked, and so is a leave that was called
    off in time.
    """
    worker = plot.hire(plot.day)
    gone = plot.next_day(4)
    until = gone if plot.choose(True, False, True) else 10_000  # noqa: FBT003  of the variants
    leave = () if until == gone else ((gone, gone + 9),)
    left = replace(worker, until=until, leave=leave)
    plot.enrol(plot.day * DAY + 11 * HOUR * SECOND, left)
    (case,) = plot.customers(1)
    plot.background(plot.during(worker, HOUR), worker, case)
    reads, after = plot.choose((20, 3 * DAY), (3, DAY), (1, 10 * HOUR * SECOND))
    at = gone * DAY + after
    for later, person in zip(plot.spread(reads, at, HOUR), plot.strangers(reads), strict=True):
        plot.read(later, worker, person)


def own_circle(plot: Plot) -> None:
    """The own record, that of somebody protected by name without a case, or a colleague's.

    Alike and legitimate: staff who use the website for themselves, as members; their cases are
    seen by nobody of this house.
    """
    needs_own = plot.choose(True, False, False)  # noqa: FBT003  of the variants
    worker = plot.worker(suits=lambda one: one.own or not needs_own)
    colleagues = [
        one.own
        for one in plot.life.town.workers
        if one.own and one.team == worker.team and one.own != worker.own
    ]
    own = worker.own or plot.pick(colleagues)
    idle = [one for one in plot.life.town.protected if one not in plot.of_late()]
    subject = plot.pick(plot.choose([own], idle, colleagues))
    plot.about(subject=subject)
    reads = plot.choose(4, 1, 1)
    for at in plot.spread(reads, plot.during(worker, HOUR), HOUR):
        plot.read(at, worker, plot.strangers(1)[0], subject=subject)


def role_change(plot: Plot) -> None:
    """Another role is given, used at once, and, by the cunning, given back.

    Alike and legitimate: who moves to another desk is entered days before the first case there.
    """
    worker = plot.hire(plot.day)
    (case,) = plot.customers(1)
    plot.background(plot.during(worker, HOUR), worker, case)
    day = plot.next_day(3)
    moved = moved_to(worker, "billing_officer", day)
    wait, reads = plot.choose((300, 20), (HOUR, 6), (5 * HOUR, 2))
    at = plot.day_at(11) + (day - plot.day) * DAY
    plot.enrol(at, moved)
    first = at + wait * SECOND
    for later, person in zip(plot.spread(reads, first, HOUR), plot.strangers(reads), strict=True):
        plot.read(later, moved, person, billing.CHECK_PAYMENT)
    plot.enrol(first + 2 * HOUR * SECOND, worker)
