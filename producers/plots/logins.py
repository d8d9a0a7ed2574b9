"""Attempts to get in: many accounts, many passwords, or both slowly."""

from producers import login, people
from producers.months.habits import SOCIAL_FAILS
from producers.people import BROWSERS, Person
from producers.plots.plot import HOUR, Plot
from producers.scene import SECOND
from producers.wire import Client


def credential_stuffing(plot: Plot) -> None:
    """A list of stolen names and passwords is tried, each once, from few addresses.

    Alike and legitimate: a centre whose computers share one address, where many log in and few
    forget their passwords.
    """
    accounts, addresses, seconds = plot.choose((120, 1, 600), (40, 1, HOUR), (30, 10, 6 * HOUR))
    ips = _addresses(plot, addresses)
    at = plot.day_at(2)
    for n, later in enumerate(plot.spread(accounts, at, seconds)):
        _try(plot, later, ips[n % addresses], gets_in=n % 40 == 39)


def brute_force(plot: Plot) -> None:
    """Many passwords are tried on one account.

    Alike and legitimate: a member who has forgotten the password, three times in a row.
    """
    tries, addresses, seconds = plot.choose((60, 1, 300), (20, 1, HOUR), (16, 8, 2 * 24 * HOUR))
    ips = _addresses(plot, addresses)
    (person,) = plot.strangers(1)
    plot.about(subject=person.actor.id)
    for n, later in enumerate(plot.spread(tries, plot.day_at(3), seconds)):
        _try(plot, later, ips[n % addresses], person)


def password_spraying(plot: Plot) -> None:
    """A few usual passwords are tried on many accounts, round by round.

    Alike and legitimate: a morning on which many mistype; each of them gets in.
    """
    accounts, rounds, addresses, pause = plot.choose(
        (50, 3, 1, HOUR), (30, 2, 3, 3 * HOUR), (20, 2, 20, 12 * HOUR)
    )
    ips = _addresses(plot, addresses)
    targets = plot.strangers(accounts)
    at = plot.day_at(1)
    for round_ in range(rounds):
        begins = at + round_ * pause * SECOND
        for n, later in enumerate(plot.spread(accounts, begins, 900)):
            _try(plot, later, ips[n % addresses], targets[n])


def _addresses(plot: Plot, wanted: int) -> list[str]:
    """A few addresses are near one another, as from one provider; many are of other people's."""
    first = plot.random.randrange(30, 240)
    ips = [
        f"203.0.113.{first + n}"
        if wanted < 5
        else f"198.19.{first - n}.{plot.random.randrange(256)}"
        for n in range(wanted)
    ]
    plot.about(ip=ips[0])
    return ips


def _try(
    plot: Plot, at: int, ip: str, whom: Person | None = None, *, gets_in: bool = False
) -> None:
    target = whom or plot.strangers(1)[0]
    client = Client(ip, None, None, BROWSERS[plot.random.randrange(2)])
    person = Person(target.actor, client, f"s-{people.token(plot.random, 48)}")
    plot.access(at, person, target, login.SOCIAL if gets_in else SOCIAL_FAILS)
