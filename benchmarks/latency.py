"""How long after it was recorded an event is visible in view and panel, at half load.

`python -m benchmarks.latency [--repeat N] [--seconds N] [--rate EVENTS_A_SECOND]`: a worker first
does a backlog as fast as it can, which tells what this machine can do at this time; then half as
many events a second come evenly, each stamped as it is sent, and five times a second the trail is
asked how far it has come. So a time is too long by up to a fifth of a second, never too short.
Meanwhile a service records accesses through the SDK, and each second a panel's own query is asked
which of the last seconds' it shows: that gives the share that is shown by age, in tenths of a
second. Each run has servers of its own, and every run is in `benchmarks/results/latency.md`.
"""

import argparse
import asyncio
import bisect
import contextlib
import statistics
import subprocess
import threading
import time
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from itertools import islice
from typing import Any

import psutil
from aiokafka import AIOKafkaProducer
from aiokafka.partitioner import DefaultPartitioner

from audit.topics import ACCESS_EVENTS
from benchmarks.servers import (
    RESULTS,
    Servers,
    fill,
    running,
    say,
    servers,
    stretch,
    wait_for,
    worker,
)
from dashboards.grafana import sql
from dashboards.macros import Asked, expand
from producers.access_log import AccessLog
from producers.city import day
from producers.wire import Actor, Client, encode
from storage import migrate
from storage.trail import Trail, connect
from stream import topics

BACKLOG = 300_000  # events that the worker does as fast as it can
LOOK = 0.2  # seconds between two looks at the trail: each costs the endpoint some 15 ms
TICK, BATCH = 0.02, 900_000  # seconds and bytes that go into one batch
BETWEEN, OLDEST = 0.1, 8.0  # seconds between two accesses, and for which each is looked for
GLANCE = 1.0  # seconds between two looks at the panel: oftener, they would be the load
WARM = 10.0  # seconds that are not counted
PANEL = "What exactly was done?"
PROBE: Mapping[str, Any] = {
    "actor": Actor("staff:probe", "staff", "reservation_officer"),
    "client": Client(ip="203.0.113.9"),
    "subject": "member:48213",
    "action": "read",
    "file": "user_personal_information",
    "items": ["name", "mobile"],
    "purpose": "reservation.processing",
    "legal_basis": "consent",
}
Seen = dict[int, list[tuple[int, float]]]  # of a partition: last offset visible, and since when


@dataclass(frozen=True, slots=True)
class Run:
    """One run. Rates are events a second, times seconds, memory bytes."""

    alone: float
    sent: float
    idle: float
    view: tuple[float, float, float]
    panel: tuple[float, float]
    memory: int


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.latency", description=__doc__)
    parser.add_argument("--repeat", type=int, default=3)
    parser.add_argument("--seconds", type=float, default=60.0)
    parser.add_argument("--rate", type=float, help="instead of half of what the worker can do")
    options = parser.parse_args()
    if options.seconds <= OLDEST:
        parser.error(f"--seconds {options.seconds:g}: the panel is asked after {OLDEST:g} of them")
    runs = list[Run]()
    for number in range(options.repeat):
        runs.append(run(options.rate, options.seconds))
        say(f"{number + 1} of {options.repeat}: {row('', runs[-1])}")
    text = report(runs, options.seconds)
    print(text)
    (RESULTS / "latency.md").write_text(text, encoding="utf-8")


def run(rate: float | None, seconds: float) -> Run:
    """Measure once, on servers of its own."""
    with working(LOOK) as (where, trail, watch, alone):
        panel = Panel(where)
        panel.start()
        psutil.cpu_times_percent()
        sent = asyncio.run(send(where.kafka, rate or alone / 2, seconds + WARM))
        idle = psutil.cpu_times_percent().idle / 100
        panel.stop()
        watch.when(BACKLOG + sent + panel.recorded)
        watch.stop()
        seconds_to_visible = ages(trail, watch.seen)
        cuts = statistics.quantiles(seconds_to_visible, n=100)
        return Run(
            alone,
            sent / (seconds + WARM),
            idle,
            (cuts[49], cuts[98], max(seconds_to_visible)),
            (panel.age(0.5), panel.age(0.99)),
            max(watch.memory),
        )


@contextlib.contextmanager
def working(look: float) -> Iterator[tuple[Servers, Trail, "Watch", float]]:
    """A worker that has done its backlog, who watches it, and how many events a second it did."""
    with servers() as where:
        trail = Trail(connect(where.clickhouse))
        migrate.apply(trail.client)
        asyncio.run(fill(where.kafka, BACKLOG))
        start, environment = worker(where, where.clickhouse, "worker-1", "latency")
        with running(start, environment, where.folder / "worker.log") as process:
            watch = Watch(trail, process, look)
            watch.start()
            (began, first), (ended, last) = map(watch.when, stretch(BACKLOG))
            watch.when(BACKLOG)
            yield where, trail, watch, (last - first) / (ended - began)


class Watch(threading.Thread):
    """Asks the trail, again and again, up to which offset each partition is visible."""

    def __init__(self, trail: Trail, worker: subprocess.Popen[bytes], pause: float) -> None:
        super().__init__(daemon=True)
        self.trail, self.worker, self.pause = trail, worker, pause
        self.seen: Seen = defaultdict(list)
        self.memory: list[int] = []  # the worker's resident bytes, now and then
        self.done = threading.Event()

    def run(self) -> None:
        worker = psutil.Process(self.worker.pid)
        while not self.done.wait(self.pause):
            answer = self.trail.rows(_LAST, {"since": self._since()})
            now = time.time()
            self.memory.append(worker.memory_info().rss)
            for partition, last in answer:
                if not self.seen[partition] or self.seen[partition][-1][0] < last:
                    self.seen[partition].append((last, now))

    def rows(self) -> int:
        """How many events are visible."""
        return sum(seen[-1][0] + 1 for seen in list(self.seen.values()))

    def when(self, wanted: int) -> tuple[float, int]:
        """Wait until so many events are visible; returns when that was, and how many they were."""
        wait_for(lambda: self.rows() >= wanted, f"{wanted:,} events", self.worker)
        return max(seen[-1][1] for seen in self.seen.values()), self.rows()

    def _since(self) -> int:
        # All before it was seen: so asking costs as much after an hour as at the beginning.
        if len(self.seen) < topics.PARTITIONS:
            return 0
        return min(seen[-1][0] for seen in self.seen.values())

    def stop(self) -> None:
        """Ask no more."""
        self.done.set()
        self.join()


class Panel(threading.Thread):
    """Records accesses as a service does, and sees which of them a panel shows, by their age."""

    def __init__(self, where: Servers) -> None:
        super().__init__(daemon=True)
        self.where = where
        self.looks: list[tuple[float, bool]] = []  # seconds of age, and whether it was shown
        self.recorded = 0
        self.done = threading.Event()

    def run(self) -> None:
        trail, recorded = Trail(connect(self.where.clickhouse)), dict[str, float]()
        home = self.where.folder / "probe"
        began = glance = time.monotonic()
        with AccessLog("probe", bootstrap=self.where.kafka, home=home) as log:
            while not self.done.wait(BETWEEN):
                now = time.monotonic()
                recorded[log.record(**PROBE)] = now
                self.recorded += 1
                if now > max(glance, began + WARM + OLDEST):
                    glance = now + GLANCE
                    shown = self._shown(trail)
                    answered = time.monotonic()
                    # The panel has a hundred rows: what is older it need not show.
                    recorded = {one: at for one, at in recorded.items() if at > answered - OLDEST}
                    self.looks += [(answered - at, one in shown) for one, at in recorded.items()]

    def _shown(self, trail: Trail) -> set[str]:
        now = datetime.now(UTC)
        chosen = {"actor": [PROBE["actor"].id]}
        asked = Asked(now - timedelta(hours=6), now + timedelta(minutes=1), chosen=chosen)
        return {str(row["event"]) for row in trail.named_rows(expand(sql("accesses"), asked))}

    def stop(self) -> None:
        """Record and ask no more."""
        self.done.set()
        self.join()

    def age(self, share: float) -> float:
        """The seconds after which a look shows at least this share of what was recorded then."""
        by_age = defaultdict[int, list[bool]](list)
        for age, shown in self.looks:
            by_age[int(age / BETWEEN)].append(shown)
        lacking = [n for n, shown in by_age.items() if sum(shown) < share * len(shown)]
        return (max(lacking, default=-1) + 1) * BETWEEN


_LEGEND = f"""\
Alone: what the worker did of a backlog, events/s; sent: what came then, events/s; idle: the share
of the cores that nobody used meanwhile. Seconds from recorded to visible in `v_access_events` and
in the panel *{PANEL}*; memory of the worker at most, its backlog included."""
# The table instead of the view, which says what the table says, at twice the price.
_LAST = """
SELECT partition, max(offset) FROM access_events
WHERE offset >= {since:UInt64} GROUP BY partition
"""
_RECORDED = """
SELECT partition, offset, toUnixTimestamp64Micro(occurred_at) FROM v_access_events
WHERE source != 'probe' AND occurred_at > {since:DateTime64(6)}
"""


async def send(kafka: str, rate: float, seconds: float) -> int:
    """Send so many events a second, each stamped with the time of sending; returns how many.

    They are put into batches here, which takes far less CPU than sending one by one: what is
    measured is not this program. Returns fewer if it could not keep up.
    """
    producer = AIOKafkaProducer(bootstrap_servers=kafka, max_batch_size=BATCH)
    await producer.start()
    partitions = sorted(await producer.partitions_for(ACCESS_EVENTS))
    events, partitioner = stamped_later(), DefaultPartitioner()
    began, sent = time.monotonic(), 0
    while (passed := time.monotonic() - began) < seconds:
        now = datetime.now(UTC).isoformat().encode()
        batches = {partition: producer.create_batch() for partition in partitions}
        for number in range(sent, int(passed * rate)):
            key, before, after = events[number % len(events)]
            batch = batches[partitioner(key, partitions, partitions)]
            if batch.append(key=key, value=before + now + after, timestamp=None) is None:
                break
            sent += 1
        for partition, batch in batches.items():
            if batch.record_count():
                await producer.send_batch(batch, ACCESS_EVENTS, partition=partition)
        await asyncio.sleep(TICK)
    await producer.stop()
    return sent


def stamped_later() -> list[tuple[bytes, bytes, bytes]]:
    """Events of a simulated day: the key, and the value before and after its time."""
    events = [
        one.event for one in islice(day(seed=1, on=date(2026, 11, 20), events=20_000), 20_000)
    ]
    cut = [encode(event).split(f'"{event.time}"'.encode(), 1) for event in events]
    return [
        (event.data.actor.id.encode(), before + b'"', b'"' + after)
        for event, (before, after) in zip(events, cut, strict=True)
    ]


def ages(trail: Trail, seen: Seen) -> list[float]:
    """Seconds from recorded to visible of every event that was sent, the warm-up left out."""
    # The backlog is of another day than today.
    rows = trail.rows(_RECORDED, {"since": datetime.now(UTC) - timedelta(hours=3)})
    first = min(recorded for *_, recorded in rows) / 1e6
    return [
        seen[partition][bisect.bisect_left(seen[partition], (offset, 0.0))][1] - recorded / 1e6
        for partition, offset, recorded in rows
        if recorded / 1e6 > first + WARM
    ]


def report(runs: list[Run], seconds: float) -> str:
    """The figures of all runs, in their order, as Markdown."""
    setting = f"one worker, {psutil.cpu_count()} cores, {seconds:.0f} seconds a run"
    lines = [
        f"{datetime.now(UTC):%Y-%m-%d}: {setting}. {_LEGEND}",
        "",
        "| run | alone | sent | idle | view p50 | p99 | longest | panel p50 | p99 | MB |",
        "|---|---|---|---|---|---|---|---|---|---|",
        *(row(str(number), run) for number, run in enumerate(runs, 1)),
    ]
    return "\n".join(lines) + "\n"


def row(name: str, run: Run) -> str:
    """A run as a row of the table."""
    view = " | ".join(f"{each:.2f}" for each in run.view)
    panel = " | ".join(f"{each:.1f}" for each in run.panel)
    return (
        f"| {name} | {run.alone:,.0f} | {run.sent:,.0f} | {run.idle:.0%} | {view} | {panel} "
        f"| {run.memory / 1e6:.0f} |"
    )


if __name__ == "__main__":
    main()
