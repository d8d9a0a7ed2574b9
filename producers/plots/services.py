"""A service that does, or says, other than it does."""

from producers import login
from producers.people import Person
from producers.plots.plot import HOUR, Plot
from producers.scene import DAY, SECOND, SOURCES
from producers.wire import Client


def volume_shift(plot: Plot) -> None:
    """A system suddenly reads far more than it ever does at that hour.

    Alike and legitimate: the rush when a popular programme opens, which is told beforehand as a
    business event.
    """
    reads, hour = plot.choose((600, 3), (250, 3), (120, 13))
    plot.about(service=SOURCES["login"])
    actor = plot.life.town.systems[0]
    client = Client(f"203.0.113.{plot.random.randrange(240, 250)}", None, None, "batch/1.0")
    at = plot.day_at(hour)
    for later, person in zip(plot.spread(reads, at, HOUR - 1), plot.strangers(reads), strict=True):
        plot.access(later, Person(actor, client, "s-batch"), person, login.SOCIAL_LOOKUP)


def service_silent(plot: Plot) -> None:
    """A service goes on working, and records nothing for hours but what is planted in them.

    Alike and legitimate: nights and Sundays, on which few pay.
    """
    source, hour, hours = plot.choose(
        (SOURCES["reservation"], 9, 12.0),
        (SOURCES["reservation"], 10, 4.0),
        (SOURCES["billing"], 14, 1.5),
    )
    at = plot.day * DAY + hour * HOUR * SECOND
    plot.silence(source, at, at + int(hours * HOUR) * SECOND)
