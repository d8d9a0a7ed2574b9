"""Data that leaves the house: without reason, without order, or more of it than was asked for."""

from msgspec.structs import replace

from producers import reservation
from producers.months.habits import SURVEY
from producers.plots.plot import HOUR, Plot
from producers.scene import DAY, SECOND
from producers.steps import CONTACT, REGISTRATION

MEANINGLESS = ("asdf", "업무", "업무용", "test", "...", "필요", "ㅁㄴㅇㄹ", "work")
COPIED = "monthly report for the team"


def export_unjustified(plot: Plot) -> None:
    """Downloads for a reason that is none, or the same for whatever is downloaded.

    Alike and legitimate: surveys are alike, and yet each names its number and facility.
    """
    worker = plot.worker("statistician")
    exports, reason = plot.choose(
        (4, plot.random.choice(MEANINGLESS)), (1, plot.random.choice(MEANINGLESS)), (5, COPIED)
    )
    for n in range(exports):
        day = plot.next_day(n) if plot.choose(0, 0, 1) else plot.day
        if not worker.works(day):
            continue
        at = plot.during(worker, 2 * HOUR, day)
        plot.read(at, worker, plot.strangers(1)[0], SURVEY, justification=reason)


def over_disclosure(plot: Plot) -> None:
    """A recipient gets more than was asked for: items, or people.

    Alike and legitimate: just what the district asked for, minutes after it did.
    """
    worker = plot.worker()
    at = plot.during(worker, HOUR)
    case = plot.errand(plot.strangers(1)[0], at)
    plot.happens(at - 300 * SECOND, reservation.MADE, case)
    items, asked, given = plot.choose(
        (REGISTRATION, 1, 300), ((*CONTACT, "address"), 1, 1), (CONTACT, 10, 12)
    )
    plot.happens(at - 200 * SECOND, replace(reservation.TRANSFER, records=asked), case)
    plot.about(recipient=f"district:{case.district}")
    plot.read(at, worker, case, reservation.HAND_OVER, items=items, records=given)


def consignee_without_ticket(plot: Plot) -> None:
    """Maintenance that nobody has ordered, or after what was ordered is done.

    Alike and legitimate: maintenance within its ticket; payment services need none.
    """
    day = plot.next_day(2)
    worker = plot.worker("ntsys", day)
    reads, closed, hours = plot.choose((12, 0, 5), (3, 0, 5), (1, 30, 1))
    at = plot.during(worker, hours * HOUR, day)
    case = plot.errand(plot.strangers(1)[0], at)
    if closed:
        plot.happens(at - 2 * DAY, reservation.TICKET_OPENED, case)
        plot.happens(at - closed * HOUR * SECOND, reservation.TICKET_CLOSED, case)
    times = plot.spread(reads, at, hours * HOUR)
    for later, person in zip(times, plot.strangers(reads), strict=True):
        plot.read(later, worker, case if closed else person, reservation.MAINTAIN)
