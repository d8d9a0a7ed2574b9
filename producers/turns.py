"""What turns an ordinary access wrong: each changes one event in as few places as it takes."""

from collections.abc import Callable
from typing import Any

from msgspec.structs import replace

from producers.scene import DAY, Scene
from producers.wire import AccessEvent, Actor

Turn = Callable[[Scene, AccessEvent, int], AccessEvent]

# A clock that runs decades ahead is in the future whenever the simulated day is emitted.
DECADES = 40 * 365 * DAY
BEFORE_THE_POLICY = "2020-11-30T10:00:00+09:00"


def both(first: Turn, second: Turn) -> Turn:
    """One turn after the other."""

    def turn(scene: Scene, event: AccessEvent, at: int) -> AccessEvent:
        return second(scene, first(scene, event, at), at)

    return turn


def access(**changes: Any) -> Turn:
    """Other values in the access itself; texts are filled in from the case."""

    def turn(scene: Scene, event: AccessEvent, _: int) -> AccessEvent:
        filled = {
            name: scene.fill(value) if isinstance(value, str) else value
            for name, value in changes.items()
        }
        return replace(event, data=replace(event.data, **filled))

    return turn


def part(name: str, **changes: Any) -> Turn:
    """Other values in one part of the access: actor, client, usage or request."""

    def turn(_: Scene, event: AccessEvent, __: int) -> AccessEvent:
        changed = replace(getattr(event.data, name), **changes)
        return replace(event, data=replace(event.data, **{name: changed}))

    return turn


def collected(days: int) -> Turn:
    """Collected so many days ago."""

    def turn(scene: Scene, event: AccessEvent, at: int) -> AccessEvent:
        text = scene.day.text(at - days * DAY)
        return replace(event, data=replace(event.data, collected_at=text))

    return turn


def ended(days: int) -> Turn:
    """Membership ended so many days ago, and the data is still touched."""

    def turn(scene: Scene, event: AccessEvent, at: int) -> AccessEvent:
        text = scene.day.text(at - days * DAY)
        before = scene.day.text(at - (days + 20) * DAY)
        return replace(event, data=replace(event.data, ended_at=text, collected_at=before))

    return turn


def someone_else(scene: Scene, event: AccessEvent, _: int) -> AccessEvent:
    """Another member's data than the actor's own."""
    others = scene.city.members
    place = scene.random.randrange(len(others))
    other = others[place].actor.id
    if other == event.data.actor.id:
        other = others[place - 1].actor.id
    return replace(event, subject=other)


def nobody(_: Scene, event: AccessEvent, __: int) -> AccessEvent:
    """It is not recorded whose data it was."""
    return replace(event, subject=None)


def ahead(scene: Scene, event: AccessEvent, at: int) -> AccessEvent:
    """A server's clock is decades ahead."""
    data = replace(event.data, collected_at=scene.day.text(at + DECADES - 30 * DAY))
    return replace(event, time=scene.day.text(at + DECADES), data=data)


def too_early(_: Scene, event: AccessEvent, __: int) -> AccessEvent:
    """It happened before there was a policy."""
    data = replace(event.data, collected_at=BEFORE_THE_POLICY)
    return replace(event, time="2020-12-31T23:59:59.999999+09:00", data=data)


def long_ago(_: Scene, event: AccessEvent, __: int) -> AccessEvent:
    """A server whose clock began again at 1970."""
    return replace(
        event, time="1970-01-01T09:03:12+09:00", data=replace(event.data, collected_at=None)
    )


def with_number(place: str) -> Turn:
    """A resident registration number that nobody bears, in one place of the event."""

    def turn(scene: Scene, event: AccessEvent, _: int) -> AccessEvent:
        number = resident_number(scene)
        data, usage = event.data, event.data.usage
        if place == "path":
            usage = replace(usage, path=f"{usage.path}?rrn={number}")
        elif place == "referrer":
            plain = number.replace("-", "")
            usage = replace(usage, referrer=f"https://yeyak.example/verify?no={plain}")
        elif place == "justification":
            data = replace(data, justification=f"called back, identified by {number}")
        else:
            return replace(event, subject=f"rrn:{number}")
        return replace(event, data=replace(data, usage=usage))

    return turn


def resident_number(scene: Scene) -> str:
    """Thirteen digits with the right check digit; the birth date is of the 1970s to 1990s."""
    random = scene.random
    born = f"{random.randrange(70, 100)}{random.randrange(1, 13):02}{random.randrange(1, 29):02}"
    first = f"{born}{random.choice('12')}{random.randrange(100_000):05}"
    weights = (2, 3, 4, 5, 6, 7, 8, 9, 2, 3, 4, 5)
    total = sum(weight * int(digit) for weight, digit in zip(weights, first, strict=True))
    return f"{born}-{first[6:]}{(11 - total % 11) % 10}"


def stranger(scene: Scene, event: AccessEvent, _: int) -> AccessEvent:
    """A person of no known kind, on an ordinary computer of the city."""
    actor = event.data.actor
    unknown = Actor(f"visitor:{scene.case}", "robot", actor.role, actor.organization)
    return replace(event, data=replace(event.data, actor=unknown))
