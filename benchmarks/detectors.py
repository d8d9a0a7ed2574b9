"""What each detector costs, in CPU-seconds of the engine and of Python for a million events.

`python -m benchmarks.detectors [--events N] [--days N]`: stores simulated days as a worker does,
asks every detector about every closed window of them, and once about each window as though it
were open; then has a backtest go over the same days. Writes `benchmarks/results/detectors.md`.
"""

import argparse
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import islice
from pathlib import Path
from types import SimpleNamespace

import psutil

import policies
from benchmarks.servers import RESULTS, endpoint
from policies import SEOUL_RESERVATION
from producers.city import day, roster
from producers.wire import AccessEvent, BusinessEvent, RosterEntry, encode
from storage import logs, migrate
from storage.rows import Place
from storage.trail import Trail, connect
from stream import backtest, rejudging
from stream.auditing import audit
from stream.detectors import DETECTORS
from stream.questions import Terms
from stream.summaries import SUMMARIES
from stream.windows import closed, midnight

TERMS = Terms()
FIRST = date(2026, 11, 2)
CHUNK = 20_000
ACCESSES, BUSINESS, ROSTER = (
    Place(f"{name}-topic", 0) for name in ("access", "business", "roster")
)


@dataclass(frozen=True, slots=True)
class Speed:
    """A backtest of so many events: how long it took, and CPU-seconds of engine and Python."""

    name: str
    events: int
    seconds: float
    cpu: float


@dataclass(frozen=True, slots=True)
class Cost:
    """CPU-seconds and questions of one asker."""

    name: str
    windows: int
    engine: float
    python: float
    found: int


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.detectors", description=__doc__)
    parser.add_argument("--events", type=int, default=600_000)
    parser.add_argument("--days", type=int, default=2)
    asked = parser.parse_args()
    with (
        tempfile.TemporaryDirectory(prefix="gamsa-detectors-") as name,
        endpoint(Path(name)) as (url, process),
    ):
        trail = Trail(connect(url))
        migrate.apply(trail.client)
        fill(trail, asked.events, asked.days)
        costs = list(measure(trail, process, asked.days))
        speeds = [
            *speed_of_detectors(trail, process, asked.days),
            *speed_of_policy(trail, process, asked.days),
        ]
    text = report(asked.events, asked.days, costs, speeds)
    print(text)
    (RESULTS / "detectors.md").write_text(text, encoding="utf-8")


def fill(trail: Trail, events: int, days: int) -> None:
    """Store accesses, the business events beside them, and the roster."""
    policy = policies.load_policy(SEOUL_RESERVATION)
    writer = trail.claim(ACCESSES)
    entries: dict[str, RosterEntry] = {}
    affairs: list[BusinessEvent] = []

    def lived() -> Iterator[AccessEvent]:
        for number in range(days):
            city = {"seed": number, "on": FIRST + timedelta(days=number), "events": events // days}
            entries.update({one.subject: one for one in roster(**city)})
            for happening in day(**city):
                affairs.extend(happening.facts)
                yield happening.event

    records = enumerate(lived())
    while chunk := list(islice(records, CHUNK)):
        told = [_record(number, encode(event), event.time) for number, event in chunk]
        trail.append(audit(ACCESSES, told, policy), writer=writer)
    for log, place, documents in (
        (logs.BUSINESS, BUSINESS, affairs),
        (logs.ROSTER_ENTRIES, ROSTER, list(entries.values())),
    ):
        rows = [(n, _milliseconds(one.time), encode(one)) for n, one in enumerate(documents)]
        logs.store(trail, log, place, rows)


def measure(trail: Trail, process: psutil.Process, days: int) -> Iterator[Cost]:
    """Every window that is closed once these days are over, by who asks about it."""
    start = midnight(TERMS.zone, FIRST)
    end = midnight(TERMS.zone, FIRST + timedelta(days=days))
    for summary in SUMMARIES:
        spans = list(closed(summary.window, TERMS.zone, start, end))
        before = _cpu(process)
        for span in spans:
            summary.write(trail, span, TERMS)
        yield _cost(summary.name, len(spans), before, process, 0)
    for detector in DETECTORS:
        # A window of 30 days is one of three that hold a day: each event is read three times.
        until = end + detector.window.reach
        tasks = list(backtest.tasks([detector], start, until, TERMS))
        before, found = _cpu(process), 0
        for task in tasks:
            found += len(backtest.run(trail, task, TERMS))
        yield _cost(detector.name, len(tasks), before, process, found)


def speed_of_detectors(trail: Trail, process: psutil.Process, days: int) -> Iterator[Speed]:
    """A backtest of all detectors, as the command does it."""
    start = midnight(TERMS.zone, FIRST)
    end = midnight(TERMS.zone, FIRST + timedelta(days=days))
    tasks = list(backtest.tasks(DETECTORS, start, end, TERMS))
    began, before = time.monotonic(), sum(_cpu(process))
    with ThreadPoolExecutor(2) as threads:
        list(threads.map(lambda task: backtest.run(trail, task, TERMS), tasks))
    took, spent = time.monotonic() - began, sum(_cpu(process)) - before
    yield Speed("all detectors", backtest.accesses(trail, start, end), took, spent)


def speed_of_policy(trail: Trail, process: psutil.Process, days: int) -> Iterator[Speed]:
    """A backtest of a policy in one process; the command has two."""
    start = midnight(TERMS.zone, FIRST)
    end = midnight(TERMS.zone, FIRST + timedelta(days=days + 1))
    policy = rejudging.as_if_always(policies.load_policy(SEOUL_RESERVATION).newest)
    began, before, total = time.monotonic(), sum(_cpu(process)), rejudging.Rejudged()
    for part in rejudging.slices(trail, start, end, CHUNK):
        total.add(rejudging.rejudge(trail, policy, part))
    took, spent = time.monotonic() - began, sum(_cpu(process)) - before
    yield Speed("a policy, one process", total.events, took, spent)


def report(events: int, days: int, costs: list[Cost], speeds: list[Speed]) -> str:
    rows = [
        f"| {one.name} | {one.windows} | {one.engine * 1e6 / events:.2f} "
        f"| {one.python * 1e6 / events:.2f} | {one.found} |"
        for one in costs
    ]
    whole = sum(one.engine + one.python for one in costs) * 1e6 / events
    quick = [
        f"| {one.name} | {one.events:,} | {one.events / one.seconds:,.0f} "
        f"| {one.events / one.cpu:,.0f} |"
        for one in speeds
    ]
    return "\n".join(
        [
            "# What detectors cost",
            "",
            (
                f"{events:,} accesses of {days} simulated days; each closed window is asked about"
                " once. CPU-seconds for a million accesses. A question costs something however"
                " little happened in its window: on a busier day a million costs less."
            ),
            "",
            "| asker | questions | engine | Python | found |",
            "|---|---:|---:|---:|---:|",
            *rows,
            f"| **all** | {sum(one.windows for one in costs)} | **{whole:.2f}** in all | | |",
            "",
            "| backtest of | accesses | accesses/s | accesses for each CPU-second |",
            "|---|---:|---:|---:|",
            *quick,
            "",
        ]
    )


def _cost(
    name: str, windows: int, before: tuple[float, float], process: psutil.Process, found: int
) -> Cost:
    after = _cpu(process)
    return Cost(name, windows, after[0] - before[0], after[1] - before[1], found)


def _cpu(process: psutil.Process) -> tuple[float, float]:
    engine = process.cpu_times()
    return engine.user + engine.system, time.process_time()


def _record(offset: int, raw: bytes, at: str) -> SimpleNamespace:
    return SimpleNamespace(
        offset=offset, timestamp=_milliseconds(at), key=b"", value=raw, headers=()
    )


def _milliseconds(at: str) -> int:
    return int(datetime.fromisoformat(at).timestamp() * 1000) + 1000


if __name__ == "__main__":
    main()
