"""A member's cookie, session or network in places where it cannot be."""

from msgspec.structs import replace

from producers import login, reservation
from producers.months.habits import COOKIES_REFUSED
from producers.months.town import device
from producers.people import BROWSERS, Person
from producers.plots.plot import HOUR, Plot
from producers.scene import SECOND
from producers.stories import LOOK


def shared_cookie(plot: Plot) -> None:
    """One cookie, two members who have nothing to do with each other.

    Alike and legitimate: a relative logs in for an elderly member, with the relative's browser
    and from the same home; a centre's computers, which forget their cookies.
    """
    mine, theirs = plot.visitor(plot.member()), plot.visitor(plot.member())
    ip = plot.choose(theirs.client.ip, theirs.client.ip, mine.client.ip)
    stolen = replace(theirs.client, cookie=mine.client.cookie, ip=ip)
    plot.about(cookie=mine.client.cookie or "")
    visits, pause = plot.choose((4, 300), (2, 2 * HOUR), (1, 6 * HOUR))
    at = plot.day_at(9)
    plot.visit(at, mine)
    for n in range(visits):
        session = f"{theirs.session}{'abcd'[n]}"
        plot.visit(at + (n + 1) * pause * SECOND, Person(theirs.actor, stolen, session))


def split_cookie(plot: Plot) -> None:
    """One session goes on in two places at once.

    Alike and legitimate: a phone that leaves home in the middle of a session, once and for good.
    """
    person = plot.visitor(plot.member())
    plot.about(cookie=person.client.cookie or "")
    other = next(agent for agent in BROWSERS if agent != person.client.user_agent)
    thief = f"203.0.113.{plot.random.randrange(30, 190)}"
    client = plot.choose(
        replace(person.client, ip=thief, user_agent=other),
        replace(person.client, ip=thief),
        replace(person.client, user_agent=other),
    )
    turns, pause = plot.choose((10, 20), (5, 60), (3, 400))
    at = plot.day_at(13)
    plot.access(at, person, person, login.SOCIAL)
    for n in range(1, 2 * turns):
        who = Person(person.actor, client, person.session) if n % 2 else person
        plot.access(at + n * pause * SECOND, who, person, reservation.REVIEW)


def session_after_logout(plot: Plot) -> None:
    """A session is used on after its logout.

    Alike and legitimate: what was under way at the logout arrives once more seconds after it.
    """
    person = plot.visitor(plot.member())
    uses, wait, pause = plot.choose((6, HOUR, 60), (2, 900, 60), (1, 120, 1))
    at = plot.day_at(10)
    plot.background_visit(at, person)
    out = at + 900 * SECOND
    for n in range(uses):
        plot.access(out + (wait + n * pause) * SECOND, person, person, reservation.REVIEW)


def refused_cookie(plot: Plot) -> None:
    """Cookies are recorded for a member who refused them.

    Alike and legitimate: a member who refused them and has accepted them since.
    """
    (person,) = plot.strangers(1)
    plot.about(subject=person.actor.id)
    plot.happens(plot.day_at(8), COOKIES_REFUSED, person)
    days, visits = plot.choose((1, 4), (10, 1), (30, 1))
    at = plot.day_at(12) + days * 24 * HOUR * SECOND
    client = replace(person.client, cookie_refused=False)
    for n in range(visits):
        who = Person(person.actor, client, f"{person.session}{n}")
        for m, step in enumerate((login.SOCIAL, *LOOK)):
            plot.access(at + (n * HOUR + m * 30) * SECOND, who, person, step)


def network_change(plot: Plot) -> None:
    """An account is at home, and moments later on the other side of the world.

    Alike and legitimate: from home to the phone's network between two visits, or once within one.
    """
    person = plot.visitor(plot.member())
    seconds, hops = plot.choose((20, 6), (60, 3), (240, 1))
    far = f"203.0.113.{plot.random.randrange(30, 190)}"
    away = device(plot.random, far, person.client.user_agent or "")
    at = plot.day_at(20)
    plot.access(at, person, person, login.SOCIAL)
    for n in range(1, hops + 1):
        there = Person(person.actor, away, f"{person.session}x")
        who = there if n % 2 else person
        step = login.SOCIAL if n == 1 else reservation.REVIEW
        plot.access(at + n * seconds * SECOND, who, person, step)
