"""One account that opens too many records, too fast, or with no use of them."""

from producers import reservation
from producers.plots.plot import HOUR, Plot
from producers.scene import SECOND


def bulk_reading(plot: Plot) -> None:
    """Far more people's records than the work needs, in an hour, a day, or among accomplices.

    Alike and legitimate: the desk after a popular programme has opened, and on the day after a
    long weekend.
    """
    accounts = plot.choose(1, 1, 4)
    people, seconds = plot.choose((150, 1800), (300, 7 * HOUR), (50, 3000))
    for _ in range(accounts):
        worker = plot.worker()
        times = plot.spread(people, plot.during(worker, seconds), seconds)
        for at, person in zip(times, plot.strangers(people), strict=True):
            plot.read(at, worker, person)


def rate_above_usual(plot: Plot) -> None:
    """Many times the account's own pace, on cases that are there.

    Alike and legitimate: the desk after a popular programme has opened; everybody's pace is then
    above their own usual.
    """
    reads, hours = plot.choose((55, 1), (40, 1), (40, 4))
    worker = plot.worker()
    cases = plot.customers(reads)
    for at, case in zip(
        plot.spread(len(cases), plot.during(worker, hours * HOUR), hours * HOUR),
        cases,
        strict=True,
    ):
        plot.read(at, worker, case)


def read_without_use(plot: Plot) -> None:
    """Searches for one person after another, of which nothing comes.

    Alike and legitimate: a caller hangs up once the case was found, or calls again tomorrow.
    """
    worker = plot.worker()
    searches = plot.choose(40, 25, 12)
    times = plot.spread(searches, plot.during(worker, 5 * HOUR), 5 * HOUR)
    for at, person in zip(times, plot.strangers(searches), strict=True):
        plot.read(at, worker, person, reservation.FIND)


def sequential_ids(plot: Plot) -> None:
    """One member number after the other, as a script counts.

    Alike and legitimate: case numbers in paths follow one another when a queue is worked off; the
    members behind them do not.
    """
    worker = plot.worker()
    first = plot.random.randrange(200_000, 800_000)
    count, stride, pause = plot.choose((50, 1, 2), (25, 1, 40), (14, 3, 500))
    at = plot.during(worker, count * pause)
    for n, person in enumerate(plot.strangers(count)):
        later = at + int((n + plot.random.random() * 0.5) * pause * SECOND)
        plot.read(later, worker, person, subject=f"member:{first + n * stride}")


def address_group(plot: Plot) -> None:
    """Everybody who lives at one address, and none of them has a case.

    Alike and legitimate: a family that has reserved together is confirmed together.
    """
    seconds, count = plot.choose((600, 12), (2 * HOUR, 8), (6 * HOUR, 5))
    people = plot.neighbours(count)
    for person in people:
        plot.background_visit(plot.day_at(8), person)
    day = plot.next_day(2)
    worker = plot.worker(day=day)
    at = plot.during(worker, seconds, day)
    path = f"/desk/members?address=house-{plot.random.randrange(1_000, 9_999)}"
    plot.read(at, worker, people[0], reservation.FIND, usage={"path": path})
    for later, person in zip(plot.spread(len(people), at, seconds), people, strict=True):
        where = f"/desk/members/{person.actor.id}"
        plot.read(later + SECOND, worker, person, usage={"path": where, "referrer": path})


def many_handlers(plot: Plot) -> None:
    """One person whom everybody wants to see.

    Alike and legitimate: a case passes from the desk to billing, a district and the privacy
    officer, over days, and the desk's shift changes in between.
    """
    handlers, seconds = plot.choose((9, 1200), (6, 2 * HOUR), (4, 6 * HOUR))
    (person,) = plot.strangers(1)
    plot.about(subject=person.actor.id)
    at = plot.day_at(10)
    there = plot.everybody("reservation_officer")
    wanted = plot.random.sample(there, min(handlers, len(there)))
    for later, worker in zip(plot.spread(len(wanted), at, seconds), wanted, strict=True):
        plot.read(later, worker, person)
