"""Torture a site under load: kill, pause, cut off and starve its parts; then count."""

import heapq
import time
from collections import Counter
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import count as counting
from typing import NamedTuple

from storage.trail import Trail
from tests.faults import exactness, schedule
from tests.faults.clock import Clocks
from tests.faults.disk import SmallDisk
from tests.faults.parts import until
from tests.faults.site import DATABASE, Site

DRAIN_SECONDS = 900.0
UNDISTURBED = "undisturbed"


@dataclass(frozen=True, slots=True)
class Run:
    """What a torture is asked for. `rate`: events a second of each producer."""

    seed: int
    seconds: float
    workers: int = 3
    producers: int = 3
    rate: float = 300.0
    every: float = 2.6


@dataclass(slots=True)
class Suffered:
    """What was done: faults by kind, kills by victim; `without`: why a kind could not be."""

    faults: Counter = field(default_factory=Counter)
    kills: Counter = field(default_factory=Counter)
    without: dict = field(default_factory=dict)
    seconds: float = 0.0


class Outcome(NamedTuple):
    suffered: Suffered
    count: exactness.Count
    differences: list


class Tortured:
    """A site with the tools for every kind of fault."""

    def __init__(self, folder):
        self.disk, self.clocks = SmallDisk(folder / "disk"), Clocks(folder / "clocks")
        why = {"disk": self.disk.mount(), "leap": self.clocks.build()}
        self.without = {kind: reason for kind, reason in why.items() if reason}
        self.site = Site(
            folder,
            endpoint_folder=self.disk.folder / "clickhouse",
            preload=self.clocks.environment,
        )

    @property
    def names(self):
        """The names of the processes, by kind."""
        site = self.site
        servers = {"broker": ["broker"], "endpoint": ["endpoint"]}
        return {**servers, "worker": list(site.workers), "producer": list(site.producers)}

    def begin(self, fault):
        """Let it happen; returns whether it could, as nobody can kill the dead."""
        part = self.site.parts.get(fault.whom)
        match fault.kind:
            case "kill":
                return part.kill()
            case "pause":
                return not part.paused and part.pause()
            case "cut" | "slow" | "still":
                self.site.ways[fault.whom].become(fault.kind)
            case "rebalance":
                part.ask_to_end()
            case "leap":
                self.clocks.leap(fault.whom, fault.seconds)
            case "disk":
                self.disk.fill()
        return True

    def end(self, fault):
        """Let it be over."""
        part = self.site.parts.get(fault.whom)
        match fault.kind:
            case "pause":
                part.resume()
            case "cut" | "slow" | "still":
                self.site.ways[fault.whom].become("open")
            case "rebalance":
                part.wanted = True
            case "disk":
                self.disk.empty()

    def close(self):
        self.site.close()
        if "disk" not in self.without:
            self.disk.unmount()


@contextmanager
def tortured(folder, run):
    """A site of which all parts run."""
    made = Tortured(folder)
    try:
        made.site.start_servers()
        for number in range(1, run.workers + 1):
            made.site.worker(number).start()
        for number in range(1, run.producers + 1):
            made.site.producer(number, run.rate).start()
        yield made
    finally:
        made.close()


def torture(folder, run, say=lambda _: None, show=lambda *_: None):
    """Torture a site in `folder`; returns the outcome.

    `say` is told each fault before any comes; `show(seconds, suffered)` how it goes, often.
    """
    with tortured(folder, run) as made:
        ways = list(made.site.ways)
        faults = schedule.plan(
            run.seed, run.seconds, made.names, ways, without=made.without, every=run.every
        )
        for fault in faults:
            say(fault)
        suffered = Suffered(without=made.without)
        suffer(made, faults, suffered, show)
        suffered.seconds = run.seconds
        say("the faults are over; the producers send what is left")
        made.site.await_servers()
        say("broker and endpoint answer")
        made.site.end_producers()
        say("the producers have sent all; the workers store what is left")
        until(
            lambda: is_settled(made.site),
            "the workers' end of the topic",
            DRAIN_SECONDS,
            made.site.parts.values(),
        )
        say("all is stored; an undisturbed worker reads the topic from the start")
        return Outcome(suffered, *judge(made.site))


def suffer(made, faults, suffered, show):
    """Let each fault begin and end at its time, and start again whatever dies."""
    order = counting()
    waiting = [(fault.at, next(order), "begin", fault) for fault in faults]
    heapq.heapify(waiting)
    began = time.monotonic()
    while waiting:
        now = time.monotonic() - began
        while waiting and waiting[0][0] <= now:
            _, _, what, fault = heapq.heappop(waiting)
            if what == "end":
                made.end(fault)
            elif made.begin(fault):
                suffered.faults[fault.kind] += 1
                if fault.kind == "kill":
                    suffered.kills[fault.whom.partition("-")[0]] += 1
                heapq.heappush(waiting, (now + fault.lasts, next(order), "end", fault))
        made.site.tend()
        show(now, suffered)
        time.sleep(0.05)


def is_settled(site):
    """Whether the workers have told Kafka that everything is stored."""
    try:
        return exactness.caught_up(site)
    except Exception:  # noqa: BLE001  a broker that was just killed
        return False


def judge(site):
    """Count, and let an undisturbed worker judge the same topic into another database."""
    for part in site.workers.values():
        part.stop()
    client = site.client(DATABASE)
    found = exactness.count(site, client)
    site.make_database(UNDISTURBED).close()
    witness = site.worker("witness", direct=True, group=UNDISTURBED, database=UNDISTURBED)
    witness.start()
    until(lambda: exactness.caught_up(site, UNDISTURBED), "the undisturbed run", DRAIN_SECONDS)
    witness.stop()
    different = exactness.differences(Trail(client), DATABASE, UNDISTURBED)
    client.close()
    return found, different
