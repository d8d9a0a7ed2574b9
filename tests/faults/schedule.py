"""Which fault comes when: drawn from a seed, so that a run can be repeated."""

from dataclasses import dataclass
from random import Random

VICTIMS = {"worker": 5, "producer": 3, "endpoint": 2, "broker": 1}
"""How often each kind of process is killed or paused, against the others."""
KINDS = {"kill": 12, "pause": 3, "cut": 3, "slow": 1, "still": 1, "rebalance": 1, "disk": 1}
LONGEST_PAUSE = 12.0  # seconds, twice a worker's session
LONGEST_LEAP = 7200.0  # seconds


@dataclass(frozen=True, slots=True, order=True)
class Fault:
    """One fault: `at` seconds from the start, what, to whom, and for how many seconds.

    A leap of the clock lasts; its `seconds` are how far it goes, forth or back.
    """

    at: float
    kind: str
    whom: str
    seconds: float = 0.0

    @property
    def lasts(self):
        """Seconds until it is over; nothing ends a death or a leap."""
        return 0.0 if self.kind in ("kill", "leap") else self.seconds

    def __str__(self):
        return f"{self.at:7.1f} s  {self.kind:9} {self.whom:16} {self.seconds:6.1f} s"


def plan(seed, seconds, names, ways, *, without=(), every=2.6):
    """The faults of a run, in their order; one comes every so many seconds, in the mean.

    `names`: the processes by kind; `ways`: the connections; `without`: kinds that cannot be.
    """
    random = Random(seed)
    kinds = {kind: weight for kind, weight in KINDS.items() if kind not in without}
    if "leap" not in without:
        kinds["leap"] = 1
    faults, at = [], 3.0
    while at < seconds:
        (kind,) = random.choices(list(kinds), list(kinds.values()))
        faults.append(_fault(random, at, kind, names, ways))
        at += random.uniform(0.2, 2 * every - 0.2)
    return faults


def _fault(random, at, kind, names, ways):
    at = round(at, 1)
    if kind in ("kill", "pause"):
        (sort,) = random.choices(list(VICTIMS), list(VICTIMS.values()))
        # Short ones for the most part; some are longer than a session.
        pause = round(LONGEST_PAUSE * random.random() ** 2, 1)
        return Fault(at, kind, random.choice(names[sort]), pause if kind == "pause" else 0.0)
    if kind in ("cut", "slow", "still"):
        return Fault(at, kind, random.choice(ways), round(8.0 * random.random() ** 2, 1))
    if kind == "leap":
        whom = random.choice([*names["worker"], *names["producer"], *names["broker"]])
        return Fault(at, kind, whom, round(random.uniform(-LONGEST_LEAP, LONGEST_LEAP), 1))
    if kind == "rebalance":
        return Fault(at, kind, names["worker"][-1], round(random.uniform(5.0, 20.0), 1))
    return Fault(at, kind, "endpoint", round(random.uniform(2.0, 6.0), 1))
