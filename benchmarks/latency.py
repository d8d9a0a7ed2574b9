"""How long after it was recorded an event is visible in view and panel, at a steady load.

`python -m benchmarks.latency [--rate EVENTS_A_SECOND] [--seconds N]`: a producer sends events
evenly, each stamped as it is sent; twenty times a second the view is asked how far it has come.
So a time is too long by up to a twentieth of a second, never too short. Meanwhile a service
records accesses through the SDK, and each second a panel's own query is asked which of the last
seconds' it shows: that gives the share that is shown by age, in tenths of a second. With
`--seconds 3600` it shows whether the worker's memory grows, asks once a second, and writes
`memory.md` for `latency.md` in `benchmarks/results/`.
"""

import argparse
import asyncio
import bisect
import statistics
import threading
import time
from collections import defaultdict
from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from itertools import islice
from typing import Any

import msgspec
import psutil
from aiokafka import AIOKafkaProducer

from audit.topics import ACCESS_EVENTS
from benchmarks.servers import RESULTS, Servers, running, servers, wait_for, worker
from dashboards.grafana import sql
from dashboards.macros import Asked, expand
from producers.access_log import AccessLog
from producers.city import day
from producers.wire import Actor, Client, encode
from storage import migrate
from storage.trail import Trail, connect

TICK = 0.02  # seconds
BETWEEN, OLDEST = 0.1, 8.0  # seconds between two accesses, and for which each is looked for
GLANCE = 1.0  # seconds between two looks at the panel: oftener, they would be the load
WARM = 10.0  # seconds that are not counted
LONG = 600.0  # seconds, from which on asking often would weigh more than what is measured
MOST = 500_000  # events whose age is looked at: every so many-th of a long run
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


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.latency", description=__doc__)
    parser.add_argument("--rate", type=int, default=12_000)
    parser.add_argument("--seconds", type=float, default=60.0)
    options = parser.parse_args()
    with servers() as where:
        trail = Trail(connect(where.clickhouse))
        migrate.apply(trail.client)
        start, environment = worker(where, where.clickhouse, "worker-1", "latency")
        with running(start, environment, where.folder / "worker.log") as process:
            pause = 0.05 if options.seconds < LONG else 1.0
            watch = Watch(trail, psutil.Process(process.pid), pause)
            panel = Panel(where)
            watch.start()
            panel.start()
            sent = asyncio.run(send(where.kafka, options.rate, options.seconds + WARM))
            panel.stop()
            sent += panel.recorded
            wait_for(lambda: watch.rows() >= sent, "the last events", process)
            watch.stop()
        every = max(1, sent // MOST)
        text = report(options.rate, sent, ages(trail, watch.seen, every), panel, watch.memory)
    print(text)
    name = "latency.md" if options.seconds < LONG else "memory.md"
    (RESULTS / name).write_text(text, encoding="utf-8")


class Watch(threading.Thread):
    """Asks the view, again and again, up to which offset each partition is visible."""

    def __init__(self, trail: Trail, worker: psutil.Process, pause: float) -> None:
        super().__init__(daemon=True)
        self.trail, self.worker, self.pause = trail, worker, pause
        self.seen: Seen = defaultdict(list)
        self.memory: list[int] = []  # the worker's resident bytes, now and then
        self.done = threading.Event()

    def run(self) -> None:
        while not self.done.wait(self.pause):
            answer = self.trail.rows(_LAST, {"since": self._since()})
            now = time.time()
            self.memory.append(self.worker.memory_info().rss)
            for partition, last in answer:
                if not self.seen[partition] or self.seen[partition][-1][0] < last:
                    self.seen[partition].append((last, now))

    def rows(self) -> int:
        """How many events are visible."""
        return sum(seen[-1][0] + 1 for seen in list(self.seen.values()))

    def _since(self) -> int:
        # All before it was seen: so asking costs as much after an hour as at the beginning.
        return min((seen[-1][0] for seen in self.seen.values()), default=0)

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


_LAST = """
SELECT partition, max(offset) FROM v_access_events
WHERE offset >= {since:UInt64} GROUP BY partition
"""
_RECORDED = """
SELECT partition, offset, toUnixTimestamp64Micro(occurred_at) FROM v_access_events
WHERE offset % {every:UInt64} = 0
"""


async def send(kafka: str, rate: int, seconds: float) -> int:
    """Send so many events a second, each stamped with the time of sending; returns how many."""
    events = [
        one.event for one in islice(day(seed=1, on=date(2026, 11, 20), events=20_000), 20_000)
    ]
    producer = AIOKafkaProducer(bootstrap_servers=kafka, linger_ms=5)
    await producer.start()
    began, sent = time.monotonic(), 0
    while (passed := time.monotonic() - began) < seconds:
        while sent < passed * rate:
            event = events[sent % len(events)]
            stamped = msgspec.structs.replace(event, time=datetime.now(UTC).isoformat())
            key = event.data.actor.id.encode()
            await producer.send(ACCESS_EVENTS, encode(stamped), key=key)
            sent += 1
        await asyncio.sleep(TICK)
    await producer.stop()
    return sent


def ages(trail: Trail, seen: Seen, every: int) -> list[float]:
    """Seconds from recorded to visible of every so many-th event, the warm-up left out."""
    rows = trail.rows(_RECORDED, {"every": every})
    first = min(recorded for *_, recorded in rows) / 1e6
    return [
        seen[partition][bisect.bisect_left(seen[partition], (offset, 0.0))][1] - recorded / 1e6
        for partition, offset, recorded in rows
        if recorded / 1e6 > first + WARM
    ]


def report(rate: int, sent: int, seconds: list[float], panel: Panel, memory: list[int]) -> str:
    """The figures as Markdown."""
    cuts = statistics.quantiles(seconds, n=1_000)
    fifth = max(1, len(memory) // 5)
    second, last = (
        statistics.median(each) / 1e6 for each in (memory[fifth : 2 * fifth], memory[-fifth:])
    )
    return (
        f"{datetime.now(UTC):%Y-%m-%d}: {rate:,} events/s, {sent:,} in all, one worker.\n\n"
        "| recorded → visible, seconds | p50 | p99 | p99.9 | longest |\n|---|---|---|---|---|\n"
        f"| in `v_access_events` | {cuts[499]:.2f} | {cuts[989]:.2f} | {cuts[998]:.2f} | "
        f"{max(seconds):.2f} |\n"
        f"| in the panel *{PANEL}* | {panel.age(0.5):.1f} | {panel.age(0.99):.1f} | | "
        f"{panel.age(1.0):.1f} |\n\n"
        f"The worker's resident memory, median: {second:.0f} MB in the second fifth of the time, "
        f"{last:.0f} MB in the last; at most {max(memory) / 1e6:.0f} MB.\n"
    )


if __name__ == "__main__":
    main()
