"""One affair that may take days, and its next step."""

from random import Random

from msgspec import Struct

from producers.months.town import Member, Town, Worker
from producers.people import Person
from producers.scene import DAY, Affair, Day, served
from producers.steps import Fact, Step

OFFICES = frozenset(
    {
        *("reservation_officer", "billing_officer", "district_officer", "statistician"),
        *("privacy_officer", "investigator", "ntsys"),
    }
)


class Errand(Affair):
    """An affair, with whoever works on it; `cast` names them by role."""

    __slots__ = ("cast", "town", "workers")

    def __init__(  # noqa: PLR0913  what every case has
        self, random: Random, day: Day, town: Town, member: Person, *, case: int, at: int
    ) -> None:
        # Within the half year of the shortest retention period, however long the city is watched.
        collected = at - random.randrange(2, 150) * DAY
        district = random.choice(town.districts)
        super().__init__(*(random, day, member), case=case, district=district, collected=collected)
        self.town = town
        self.cast: dict[str, Person] = {}
        self.workers: dict[str, Worker] = {}

    def person(self, who: str) -> Person:
        """Who in this affair acts as `who`: the offices' people are those of `cast`."""
        if who == "member":
            return self.member
        found = self.cast.get(who)
        if found is not None:
            return found
        if who == "login_service":
            return served(self.town.systems, self)
        gateways = self.town.gateways[who]
        return gateways[self.case % len(gateways)]


class Thread(Struct):
    """An affair on its way: the steps, and how far it is.

    `member`: whose it is; while they are away it ends, unless it `outlasts` just that. `roams`:
    from this step on, the member's phone has left home.
    """

    errand: Errand
    steps: tuple[Step | Fact, ...]
    member: Member | None = None
    position: int = 0
    outlasts: str = ""
    roams: int = -1
