"""Who is at work when, and who takes a case."""

from datetime import date
from random import Random

from msgspec import Struct
from msgspec.structs import replace

from producers.months.calendar import worked_days
from producers.months.town import Town, Worker
from producers.people import OFFICE, Person
from producers.scene import DAY

MARGIN = 30  # days of the calendar beyond the last one that is lived
VERSION = "131"  # of the offices' browsers on the first day; each month brings another


class Duty:
    """The offices' calendar. A worker's session lasts a day."""

    def __init__(self, random: Random, town: Town, first: date, days: int) -> None:
        self._random = random
        self._workers = town.workers
        self.worked = worked_days(first, days + MARGIN)
        self._there: dict[tuple[int, str, str], list[Worker]] = {}
        self._today: dict[tuple[str, str, int], Person] = {}

    def add(self, worker: Worker) -> None:
        """Somebody who is hired; the calendar of days to come is looked up anew."""
        self._workers.append(worker)
        self._there.clear()

    def there(self, day: int, role: str, district: str = "") -> list[Worker]:
        """Who of this role, of this district if it is the district's, works on this day."""
        asked = (day, role, district)
        found = self._there.get(asked)
        if found is None:
            self._there = {key: who for key, who in self._there.items() if key[0] >= day - 2}
            found = self._there[asked] = [
                worker
                for worker in self._workers
                if worker.role == role
                and day < len(self.worked)
                and self.worked[day]
                and worker.works(day)
                and district in {"", worker.person.actor.organization}
            ]
        return found

    def take(self, role: str, district: str, at: int, usual: Worker | None) -> "Taken | None":
        """Who takes a case that is there at this moment, and when; `usual` if that can be.

        What comes when nobody is there is spread over the next day that is worked.
        """
        day, moment = divmod(at, DAY)
        for later in range(MARGIN):
            there = self.there(day + later, role, district)
            able = there if later else [one for one in there if moment < one.shift[1]]
            if not able:
                continue
            worker = usual if usual in able else able[self._random.randrange(len(able))]
            begins, ends = worker.shift
            if later or moment < begins:
                moment = begins + int(self._random.random() * (ends - begins))
            return Taken(worker, (day + later) * DAY + moment)
        return None

    def open_day(self, day: int) -> int:
        """The first day that is worked, from this one on."""
        while not self.worked[day]:
            day += 1
        return day

    def at_work(self, worker: Worker, at: int) -> Person:
        """Seat this worker at the own computer, in the session of the day."""
        day = at // DAY
        asked = worker.person.actor.id, worker.role, day
        found = self._today.get(asked)
        if found is None:
            self._today = {key: one for key, one in self._today.items() if key[2] >= day - 2}
            person = worker.person
            agent = OFFICE.replace(VERSION, str(int(VERSION) + max(0, day) // 30))
            client = replace(person.client, user_agent=agent)
            found = Person(person.actor, client, f"s-{person.actor.id}-{day}")
            self._today[asked] = found
        return found


class Taken(Struct, frozen=True):
    """A case is taken by this worker, at this time."""

    worker: Worker
    at: int
