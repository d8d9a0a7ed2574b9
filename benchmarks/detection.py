"""How well detectors find what is planted in months of the simulated city.

`python -m benchmarks.detection [--training] [--cities N] [--show]`: lives N cities, loads each
into a fresh ClickHouse database through the worker's own code, runs all detectors over it, and
holds what they find against the truth. Cities of even seeds are for tuning thresholds, those of
odd seeds are for nothing but this: only they write `benchmarks/results/detection.md`.
"""

import argparse
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from itertools import count, islice
from pathlib import Path
from typing import NamedTuple

from benchmarks.finding import find
from benchmarks.scoring import Score, report
from benchmarks.servers import RESULTS, endpoint, say
from policies import SEOUL_RESERVATION, load_policy
from producers.months.city import Lived, months
from producers.plots.kinds import KINDS
from producers.plots.truth import Case
from producers.wire import AccessEvent, BusinessEvent, RosterEntry, encode
from storage import logs, migrate
from storage.rows import Place
from storage.trail import Trail, connect
from stream.auditing import audit

CHUNK = 20_000
ACCESSES, BUSINESS, ROSTER = (
    Place(f"{name}-topic", 0) for name in ("access", "business", "roster")
)


class Record(NamedTuple):
    """A record of one partition; `timestamp` is the broker's, in milliseconds."""

    offset: int
    timestamp: int
    key: bytes
    value: bytes
    headers: tuple[tuple[str, bytes | None], ...] = ()


@dataclass(frozen=True, slots=True)
class Size:
    """Of each city."""

    days: int
    members: int
    staff: int
    plots: int


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.detection", description=__doc__)
    parser.add_argument("--training", action="store_true", help="cities of even seeds")
    parser.add_argument("--cities", type=int, default=2)
    parser.add_argument("--at-once", type=int, default=2, help="cities, each in its own process")
    parser.add_argument("--days", type=int, default=100)
    parser.add_argument("--members", type=int, default=1_500)
    parser.add_argument("--staff", type=int, default=30)
    parser.add_argument("--plots", type=int, default=4, help="of each kind and variant, a city")
    parser.add_argument("--detector", action="append", default=[], help="only this one; again")
    parser.add_argument("--show", action="store_true", help="tell what is missed and wrong")
    asked = parser.parse_args()
    size = Size(asked.days, asked.members, asked.staff, asked.plots)
    chosen = tuple(asked.detector) or tuple(KINDS)
    score = Score(chosen)
    asked_for = list(islice(seeds(training=asked.training), asked.cities))
    with ProcessPoolExecutor(asked.at_once) as processes:
        cities = processes.map(partial(judge, size=size, kinds=chosen), asked_for)
        for seed, (one, told) in zip(asked_for, cities, strict=True):
            score.merge(one)
            if asked.show:
                say("\n".join([f"city {seed}", *told]))
    what = (
        f"{asked.cities} cities of {size.members:,} members and {size.staff} in offices, "
        f"{size.days} days each"
    )
    text = report(score, what, training=asked.training)
    print(text)
    if not asked.training and not asked.detector:
        (RESULTS / "detection.md").write_text(text, encoding="utf-8")


def seeds(*, training: bool) -> Iterator[int]:
    """The split: who tunes a threshold looks at even seeds, and nobody at odd ones."""
    return count(2, 2) if training else count(1, 2)


def judge(seed: int, size: Size, kinds: Sequence[str]) -> tuple[Score, list[str]]:
    """Live a city and find what is in it; returns its score, and what was not right."""
    score = Score(kinds)
    lived = months(
        seed=seed, days=size.days, members=size.members, staff=size.staff, plots=size.plots
    )
    with (
        tempfile.TemporaryDirectory(prefix="gamsa-detection-") as name,
        endpoint(Path(name)) as (url, _),
    ):
        trail = Trail(connect(url))
        migrate.apply(trail.client)
        last, cases = load(trail, lived)
        return score, list(score.add(cases, find(trail, last, kinds)))


def load(trail: Trail, lived: Iterable[Lived]) -> tuple[datetime, list[Case]]:
    """Store everything as workers do; returns when the last of it was received, and the truth."""
    policy, writer = load_policy(SEOUL_RESERVATION), trail.claim(ACCESSES)
    accesses: list[Record] = []
    others: dict[type, list[Record]] = {BusinessEvent: [], RosterEntry: []}
    cases: list[Case] = []
    offset, last = 0, 0
    for at, what in lived:
        last = max(last, at)
        if isinstance(what, Case):
            cases.append(what)
        elif isinstance(what, AccessEvent):
            key = what.data.actor.id.encode()
            accesses.append(Record(offset, at // 1_000, key, encode(what)))
            offset += 1
            if len(accesses) == CHUNK:
                trail.append(audit(ACCESSES, accesses, policy), writer=writer)
                accesses = []
        else:
            records = others[type(what)]
            records.append(Record(len(records), at // 1_000, b"", encode(what)))
    if accesses:
        trail.append(audit(ACCESSES, accesses, policy), writer=writer)
    store_others(trail, others[BusinessEvent], others[RosterEntry])
    say(f"{offset:,} accesses, {len(cases)} cases")
    return datetime.fromtimestamp(last / 1e6, UTC), cases


def store_others(trail: Trail, affairs: list[Record], entries: list[Record]) -> None:
    """Store business events and the roster, as the worker's agents do."""
    for log, place, records in (
        (logs.BUSINESS, BUSINESS, affairs),
        (logs.ROSTER_ENTRIES, ROSTER, entries),
    ):
        rows = [(one.offset, one.timestamp, one.value) for one in records]
        for first in range(0, len(rows), CHUNK):
            logs.store(trail, log, place, rows[first : first + CHUNK])


if __name__ == "__main__":
    main()
