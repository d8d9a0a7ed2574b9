"""Records that are opened although nothing, or nothing any more, asks for it."""

from producers import billing, reservation
from producers.months.habits import STOPPED, WITHDRAWN
from producers.plots.plot import HOUR, Plot
from producers.scene import DAY, SECOND
from producers.steps import Fact

SEPARATED = Fact("separated", None)


def no_business_event(plot: Plot) -> None:
    """People are looked at about whom there was nothing to do.

    Alike and legitimate: a case is looked at days after it was made, or after a question of the
    member's.
    """
    worker = plot.worker()
    reads = plot.choose(10, 3, 1)
    times = plot.spread(reads, plot.during(worker, 3 * HOUR), 3 * HOUR)
    for at, person in zip(times, plot.strangers(reads), strict=True):
        plot.read(at, worker, person)


def unsupported_purpose(plot: Plot) -> None:
    """A payment is checked where none was made, and a cancellation where nothing was cancelled.

    Alike and legitimate: a payment that was made days before the desk came to it.
    """
    reads, role, step = plot.choose(
        (8, "billing_officer", billing.CHECK_PAYMENT),
        (2, "billing_officer", billing.CHECK_REFUND),
        (1, "reservation_officer", reservation.GUIDE_CANCELLATION),
    )
    worker = plot.worker(role)
    times = plot.spread(reads, plot.during(worker, 2 * HOUR), 2 * HOUR)
    for at, person in zip(times, plot.strangers(reads), strict=True):
        case = plot.errand(person, at)
        made = at - plot.random.randrange(HOUR, 30 * HOUR) * SECOND
        plot.happens(max(made, plot.day * DAY), reservation.MADE, case)
        plot.read(at, worker, case, step)


def after_withdrawal(plot: Plot) -> None:
    """Somebody has left, withdrawn, or asked to be let alone, and is looked at all the same.

    Alike and legitimate: the privacy officer who answers the request itself, and disposes of what
    is left of it.
    """
    day = plot.next_day(3)
    worker = plot.worker(day=day)
    (person,) = plot.strangers(1)
    plot.about(subject=person.actor.id)
    fact, reads, seconds = plot.choose(
        (reservation.LEFT, 5, 30 * HOUR), (WITHDRAWN, 2, 3 * HOUR), (STOPPED, 1, 600)
    )
    at = plot.during(worker, 2 * HOUR, day)
    case = plot.errand(person, at)
    plot.happens(at - (seconds + 3 * HOUR) * SECOND, reservation.MADE, case)
    plot.happens(at - seconds * SECOND, fact, person)
    for later in plot.spread(reads, at, HOUR):
        plot.read(later, worker, case)


def disposed_record(plot: Plot) -> None:
    """What was disposed of, or set apart, is opened.

    Alike and legitimate: the disposal itself, and the next person with a number near it.
    """
    (person,) = plot.strangers(1)
    plot.about(subject=person.actor.id)
    fact, reads, days = plot.choose(
        (reservation.DISPOSED, 4, 2), (SEPARATED, 2, 5), (SEPARATED, 1, 20)
    )
    day = plot.next_day(days)
    worker = plot.worker(day=day)
    plot.happens(plot.day_at(9), fact, person)
    at = plot.during(worker, HOUR, day)
    for later in plot.spread(reads, at, HOUR):
        plot.read(later, worker, person)
