"""How long every panel and variable of the dashboards takes over a large trail.

`python -m benchmarks.panels [--days N] [--events N]`: a simulated day is judged and stored as a
worker does it, and then laid before itself, day by day, each time with other members. Each query
is asked without anything in the engine's caches, and then again, for the dashboards' own two days
and for the whole trail. Before that: what summing up hours adds to an insert. Writes
`benchmarks/results/panels.md`.
"""

import argparse
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import islice
from pathlib import Path
from statistics import median

import psutil

import policies
from benchmarks.servers import RESULTS, cpu, endpoint, say
from benchmarks.size import CHUNK, DAY, PLACE, records
from dashboards.macros import Asked, expand
from dashboards.output import DASHBOARDS
from policies import SEOUL_RESERVATION
from storage import institution, migrate
from storage.chunks import Chunk
from storage.trail import Trail, connect
from stream.auditing import audit
from stream.questions import Terms

LIMIT = 300  # milliseconds
WARM = 5
POINTS = 500  # on the width of a panel
STEP = 10  # days of one statement
END = datetime(DAY.year, DAY.month, DAY.day, tzinfo=UTC) + timedelta(days=1)
FILL = (Path(__file__).parent / "fill_days.sql").read_text(encoding="utf-8")
FORGET = ("SYSTEM DROP MARK CACHE", "SYSTEM DROP UNCOMPRESSED CACHE")


@dataclass(frozen=True, slots=True)
class Asking:
    """A query of a dashboard, and the milliseconds it took: at first, and then usually.

    `spent` is the endpoint's CPU of the latter: on a machine that others use it tells more.
    """

    name: str
    days: int
    cold: float
    warm: float
    spent: float


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.panels", description=__doc__)
    parser.add_argument("--days", type=int, default=100)
    parser.add_argument("--events", type=int, default=100_000, help="of a day")
    options = parser.parse_args()
    with (
        tempfile.TemporaryDirectory(prefix="gamsa-panels-") as name,
        endpoint(Path(name)) as (url, process),
    ):
        chunks = list(judged(options.events))
        more = inserts(url, process, chunks)
        trail = Trail(connect(url))
        fill(trail, chunks, options.events, options.days)
        asked = [
            asking
            for days in (2, options.days)
            for name, sql in queries()
            for asking in [ask(trail, process, name, sql, days)]
        ]
    text = report(options.events * options.days, options.days, more, asked)
    print(text)
    (RESULTS / "panels.md").write_text(text, encoding="utf-8")
    sys.exit(any(asking.warm > LIMIT for asking in asked))


def judged(events: int) -> Iterator[Chunk]:
    """The day in chunks, as a worker makes them."""
    policy, all_records = policies.load_policy(SEOUL_RESERVATION), records(events)
    while chunk := list(islice(all_records, CHUNK)):
        yield audit(PLACE, chunk, policy)


def inserts(url: str, process: psutil.Process, chunks: Sequence[Chunk]) -> float:
    """CPU of the endpoint for inserts and merges with sums by the hour ÷ without.

    Several rounds of both in turn; the median of the rounds' ratios.
    """
    ratios = []
    for number in range(3):
        took = []
        for summed in (True, False) if number % 2 else (False, True):
            database = f"inserts_{number}_{summed}"
            connect(url).command(f"CREATE DATABASE {database}")
            trail = Trail(connect(f"{url}/{database}"))
            migrate.apply(trail.client)
            if not summed:
                trail.client.command("ALTER TABLE access_events DROP PROJECTION by_hour")
            begun = cpu(process)
            writer = trail.claim(PLACE)
            for chunk in chunks:
                trail.append(chunk, writer=writer)
            trail.client.command("OPTIMIZE TABLE access_events FINAL")
            took.append((summed, cpu(process) - begun))
            trail.client.command(f"DROP DATABASE {database}")
        ratios.append(dict(took)[True] / dict(took)[False])
    say(f"inserts with sums ÷ without: {', '.join(f'{ratio:.3f}' for ratio in ratios)}")
    return median(ratios)


def fill(trail: Trail, chunks: Sequence[Chunk], events: int, days: int) -> None:
    """Store the day, and so many days before it."""
    migrate.apply(trail.client)
    terms = Terms()
    free_days = terms.free_days_of((DAY.year - 1, DAY.year))
    institution.tell(trail, policies.load_policy(), terms.zone.key, free_days)
    writer = trail.claim(PLACE)
    for chunk in chunks:
        trail.append(chunk, writer=writer)
    for first in range(1, days, STEP):
        until = min(first + STEP, days)
        say(f"laying days {first} to {until - 1} before")
        for statement in FILL.split(";\n"):
            if statement.strip():
                trail.client.command(
                    statement, parameters={"events": events, "first": first, "until": until}
                )


def queries() -> Iterator[tuple[str, str]]:
    """Every query of the dashboards, once, under a name that tells where it is asked."""
    seen = set()
    for dashboard in (make() for make in DASHBOARDS):
        where = dashboard["uid"].removeprefix("gamsa-")
        panels = [
            (panel["title"], target["rawSql"])
            for panel in dashboard["panels"]
            for target in panel["targets"]
            if "rawSql" in target
        ]
        choices = [
            (f"variable {one['name']}", one["query"])
            for one in dashboard["templating"]["list"]
            if one["type"] == "query"
        ]
        for title, sql in [*panels, *choices]:
            if sql not in seen:
                seen.add(sql)
                yield f"{where}: {title.partition(' · ')[0]}", sql


def ask(trail: Trail, process: psutil.Process, name: str, sql: str, days: int) -> Asking:
    """Ask once without caches and several times with them, as the data source would."""
    width = timedelta(days=days)
    query = expand(sql, Asked(END - width, END, width.total_seconds() / POINTS))
    for forget in FORGET:
        trail.client.command(forget)
    times, spent = [], []
    for _ in range(1 + WARM):
        begun, used = time.perf_counter(), cpu(process)
        trail.rows(query)
        times.append((time.perf_counter() - begun) * 1000)
        spent.append((cpu(process) - used) * 1000)
    return Asking(name, days, times[0], median(times[1:]), median(spent[1:]))


def report(events: int, days: int, more: float, asked: Sequence[Asking]) -> str:
    """The figures as Markdown, the slowest first."""
    slowest = max(asked, key=lambda asking: asking.warm)
    beyond = [asking for asking in asked if asking.warm > LIMIT]
    costly = [asking for asking in asked if asking.spent > LIMIT]
    lines = [
        f"{datetime.now(UTC):%Y-%m-%d}: {events:,} events of {days} days, embedded endpoint.",
        f"Milliseconds, through the client; warm is the median of {WARM}. The slowest, warm:",
        f"**{slowest.name}**, {slowest.warm:.0f} ms over {slowest.days} days.",
        f"Above {LIMIT} ms by the clock: {len(beyond)} of {len(asked)}; with more CPU than that,",
        f"all threads together: {len(costly)}. On a machine that others use, CPU tells more.",
        f"The endpoint's CPU for inserts and merges with sums by the hour ÷ without: {more:.2f}.",
        "",
        "| query | days | cold | warm | CPU of warm |",
        "|---|---|---|---|---|",
    ]
    lines += [
        f"| {asking.name} | {asking.days} | {asking.cold:.0f} | {asking.warm:.0f} |"
        f" {asking.spent:.0f} |"
        for asking in sorted(asked, key=lambda asking: -asking.warm)
    ]
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    main()
