"""How much memory detectors take when more people and browsers are about than anywhere.

`python -m benchmarks.crowd [--handlers N] [--cookies N]`: lays a day straight into a trail, in
which every cookie is seen twice, and asks every detector about each of the day's windows.
Detectors keep nothing themselves, so what counts is the engine's memory while it answers, and that
of the process that asks. Writes `benchmarks/results/crowd.md`.
"""

import argparse
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

import psutil

from benchmarks.servers import RESULTS, endpoint, say
from storage import migrate
from storage.rows import Place
from storage.trail import Trail, connect
from stream import backtest
from stream.detectors import DETECTORS
from stream.questions import Terms
from stream.summaries import SUMMARIES
from stream.windows import closed, midnight

DAY = date(2026, 11, 18)
TERMS = Terms()
PLACE = Place("crowd", 0)
STEP = 2_000_000  # rows of one statement
FILL = (Path(__file__).parent / "fill_crowd.sql").read_text(encoding="utf-8")
MIB = 1 << 20


@dataclass(frozen=True, slots=True)
class Peak:
    """Most memory during the questions of one asker, in bytes, and what it found."""

    name: str
    engine: int
    python: int
    found: int


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.crowd", description=__doc__)
    parser.add_argument("--handlers", type=int, default=100_000)
    parser.add_argument("--cookies", type=int, default=10_000_000)
    options = parser.parse_args()
    with (
        tempfile.TemporaryDirectory(prefix="gamsa-crowd-") as name,
        endpoint(Path(name)) as (url, process),
    ):
        trail = Trail(connect(url))
        migrate.apply(trail.client)
        fill(trail, options.handlers, options.cookies)
        peaks = list(measure(trail, process))
    text = report(options.handlers, options.cookies, peaks)
    print(text)
    (RESULTS / "crowd.md").write_text(text, encoding="utf-8")


def fill(trail: Trail, handlers: int, cookies: int) -> None:
    """Lay the day: each cookie twice."""
    rows = 2 * cookies
    told = {
        "topic_id": PLACE.topic_id,
        "writer": trail.claim(PLACE),
        "start": int(midnight(TERMS.zone, DAY).timestamp() * 1e6),
        "handlers": handlers,
        "cookies": cookies,
        "rows": rows,
    }
    for first in range(0, rows, STEP):
        say(f"laying rows {first:,} to {min(first + STEP, rows):,}")
        many = min(STEP, rows - first)
        trail.client.command(FILL, parameters={**told, "first": first, "many": many})


def measure(trail: Trail, process: psutil.Process) -> Iterator[Peak]:
    """The day's windows, detector by detector, each with the most memory it needed."""
    start, end = (midnight(TERMS.zone, DAY + timedelta(days=more)) for more in (0, 1))
    for summary in SUMMARIES:
        for span in closed(summary.window, TERMS.zone, start, end):
            summary.write(trail, span, TERMS)
    for detector in DETECTORS:
        until = end + detector.window.reach
        with watched(process) as most:
            found = sum(
                len(backtest.run(trail, task, TERMS))
                for task in backtest.tasks([detector], start, until, TERMS)
            )
        say(f"{detector.name}: {most['engine'] // MIB:,} MiB, {found:,} found")
        yield Peak(detector.name, most["engine"], most["python"], found)


@contextmanager
def watched(process: psutil.Process) -> Iterator[dict[str, int]]:
    """The most resident memory of the engine and of this process while the block runs."""
    ended, most = threading.Event(), {"engine": 0, "python": 0}
    own = psutil.Process()

    def look() -> None:
        while True:
            for name, one in (("engine", process), ("python", own)):
                most[name] = max(most[name], one.memory_info().rss)
            if ended.wait(0.05):
                return

    thread = threading.Thread(target=look, daemon=True)
    thread.start()
    try:
        yield most
    finally:
        ended.set()
        thread.join()


def report(handlers: int, cookies: int, peaks: list[Peak]) -> str:
    """The figures as Markdown."""
    rows = [
        f"| {one.name} | {one.engine // MIB:,} | {one.python // MIB:,} | {one.found:,} |"
        for one in peaks
    ]
    engine, python = (max(getattr(one, who) for one in peaks) for who in ("engine", "python"))
    return "\n".join(
        [
            "# Memory of detectors in a crowd",
            "",
            (
                f"{handlers:,} handlers and {cookies:,} cookies active in one day,"
                f" {2 * cookies:,} accesses. Resident memory at most while a detector is asked"
                " about all of the day's windows, in MiB; the engine's includes its caches."
            ),
            "",
            "| asker | engine | asking process | found |",
            "|---|---:|---:|---:|",
            *rows,
            f"| **most** | **{engine // MIB:,}** | **{python // MIB:,}** | |",
            "",
        ]
    )


if __name__ == "__main__":
    main()
