"""`python -m tests.faults.outage [--minutes N]`: long outages of servers, and what came of them.

Under a steady load ClickHouse is killed and stays away; when all is caught up, the broker. What
the worker's memory does meanwhile, whether it stays the same member of its group, and how fast it
catches up is written into `benchmarks/results/outage.md`. Exit status 1 when the trail is not
exact afterwards.
"""

import argparse
import sys
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

import psutil
from kafka import KafkaAdminClient

from storage import ledger
from storage.trail import Trail
from stream.settings import GROUP
from tests.faults import exactness
from tests.faults.parts import ROOT, until
from tests.faults.site import Site, running_site

RESULTS = ROOT / "benchmarks" / "results" / "outage.md"
WARM_SECONDS = 30.0
CATCH_UP_SECONDS = 1_800.0
NEARLY = 5.0  # seconds' worth of events: caught up
MOST_GROWTH = 200e6  # bytes


class Outage(NamedTuple):
    """One outage. Memory in bytes; `behind`: events that were to be caught up."""

    away: str
    seconds: float
    memory_before: int
    memory_most: int
    behind: int
    caught_up: float
    is_same_member: bool

    @property
    def is_good(self):
        return self.is_same_member and self.memory_most - self.memory_before < MOST_GROWTH


def main():
    options = _options()
    with (
        tempfile.TemporaryDirectory(prefix="gamsa-outage-") as folder,
        running_site(Path(folder)) as site,
    ):
        worker = site.worker(1).start()
        site.producer(1, options.rate).start()
        load = Load(site, options.rate, time.monotonic())
        pass_(WARM_SECONDS, site)
        outages = [
            suffer(site, worker, part, 60.0 * options.minutes, load)
            for part in (site.endpoint, site.broker)
        ]
        site.end_producers()
        until(lambda: exactness.caught_up(site), "the end of the topic", CATCH_UP_SECONDS)
        with site.client() as client:
            count = exactness.count(site, client)
    text = report(options, outages, count)
    print(text)  # noqa: T201  its own voice
    if options.write:
        RESULTS.write_text(text, encoding="utf-8")
    return 0 if count.is_exact and all(one.is_good for one in outages) else 1


class Load(NamedTuple):
    """A producer that records `rate` events a second since `began`."""

    site: Site
    rate: float
    began: float

    def behind(self):
        """How many events should have been recorded by now and are not in the trail."""
        with self.site.client() as client:
            rows = sum(entry.rows for entry in ledger.read(Trail(client)))
        return round(self.rate * (time.monotonic() - self.began)) - rows


def suffer(site, worker, server, seconds, load):
    """Take a server away for so long, give it back, and wait until all is caught up."""
    process, before = psutil.Process(worker.process.pid), members(site)
    memory = [process.memory_info().rss]
    server.wanted = False
    server.kill()
    print(f"{server.name} is away", flush=True)  # noqa: T201
    pass_(seconds, site, lambda: memory.append(process.memory_info().rss))
    server.start()
    site.await_servers()
    began, behind = time.monotonic(), load.behind()
    print(f"{server.name} is back, {behind:,} events behind", flush=True)  # noqa: T201
    until(lambda: load.behind() < NEARLY * load.rate, "catching up", CATCH_UP_SECONDS)
    took = time.monotonic() - began
    same = process.is_running() and members(site) == before
    return Outage(server.name, seconds, memory[0], max(memory), behind, took, same)


def pass_(seconds, site, look=lambda: None):
    """Let time pass under load, and look now and then."""
    ends = time.monotonic() + seconds
    while time.monotonic() < ends:
        site.tend()
        look()
        time.sleep(1.0)


def members(site):
    """Who is in the workers' group, each with a name that joining anew changes."""
    admin = KafkaAdminClient(bootstrap_servers=site.kafka)
    try:
        return {member["member_id"] for member in admin.describe_groups([GROUP])[GROUP]["members"]}
    finally:
        admin.close()


def report(options, outages, count):
    """What a run came to, as Markdown."""
    head = (
        f"{datetime.now(UTC):%Y-%m-%d}: one worker, {options.rate:g} events/s, each server away "
        f"for {options.minutes:g} minutes."
    )
    rows = [
        f"| {one.away} | {one.memory_before / 1e6:.0f} MB | {one.memory_most / 1e6:.0f} MB "
        f"| {'yes' if one.is_same_member else 'no'} | {one.behind:,} | {one.caught_up:.0f} s |"
        for one in outages
    ]
    columns = ("away", "memory before", "at most", "same member", "events behind", "caught up in")
    exact = (
        f"Acknowledged {count.acknowledged:,} events, lost {len(count.lost)}, ledger: "
        f"missing {count.missing}, duplicates {count.duplicates}."
    )
    table = [f"| {' | '.join(columns)} |", "|---" * len(columns) + "|", *rows]
    lines = [head, "", *table, "", exact]
    return "\n".join(lines) + "\n"


def _options():
    parser = argparse.ArgumentParser(prog="python -m tests.faults.outage", description=__doc__)
    parser.add_argument("--minutes", type=float, default=30.0)
    parser.add_argument("--rate", type=float, default=300.0, help="events a second")
    parser.add_argument("--write", action="store_true", help=f"write {RESULTS.name}")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
