"""Where a worker's CPU time goes, by stage, as py-spy samples it under full load.

`python -m benchmarks.profile [--events N]`: one worker without detectors reads a simulated day, is
sampled from a fifth of the events stored to nine tenths, and each sample counts for the stage of
its innermost frame that belongs to one. Writes `benchmarks/results/profile.md`.
"""

import argparse
import asyncio
import signal
from collections import Counter
from collections.abc import Iterable, Iterator
from datetime import date
from pathlib import Path

import psutil

from benchmarks.__main__ import PEERS_PYTHON, stored
from benchmarks.servers import (
    RESULTS,
    Servers,
    cpu,
    fill,
    running,
    say,
    servers,
    stretch,
    wait_for,
    worker,
)
from storage import migrate
from storage.trail import connect

PY_SPY = PEERS_PYTHON.with_name("py-spy")
RATE = 200
"""Samples a second."""
STAGES = {
    "fetch, unpack": ("aiokafka/",),
    "decode": ("audit/codec.py", "audit/events.py", "msgspec/"),
    "judge": ("audit/",),
    "columns": ("storage/chunks.py", "storage/rows.py", "storage/exact.py", "pyarrow/"),
    "send": ("storage/trail.py", "clickhouse_connect/", "urllib3/", "http/client.py"),
    "Faust": ("faust/", "mode/"),
    "worker": ("stream/", "storage/"),
    "event loop": ("asyncio/", "selectors.py", "concurrent/futures/", "threading.py"),
}
"""By stage: what the paths of its files contain; the first stage that fits a frame counts."""
INNERMOST = 12
"""Frames that are shown for the places where most time is spent."""


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.profile", description=__doc__)
    parser.add_argument("--events", type=int, default=1_000_000)
    events = parser.parse_args().events
    with servers() as where:
        asyncio.run(fill(where.kafka, events))
        say(f"{events:,} events are in Kafka")
        stacks, seconds = sample(where, events)
    table = report(stacks, seconds, events)
    print(table)
    (RESULTS / "profile.md").write_text(table, encoding="utf-8")


def sample(where: Servers, events: int) -> tuple[list[tuple[list[str], int]], float]:
    """Stacks with their numbers of samples, and CPU-seconds of the worker for a million events."""
    root = connect(where.clickhouse)
    root.command("CREATE DATABASE profiled")
    url = f"{where.clickhouse}/profiled"
    migrate.apply(connect(url))
    start, environment = worker(where, url, "worker-0", "profile")
    folded = where.folder / "folded.txt"
    with running(start, environment, where.folder / "worker.log") as process:
        told = psutil.Process(process.pid)
        begin, end = stretch(events)
        first = wait_for(lambda: stored(root, "profiled", begin), "the rows", process)
        before = cpu(told)
        spy = [str(PY_SPY), "record", "--pid", str(process.pid), "--rate", str(RATE)]
        spy += ["--nonblocking", "--format", "raw", "--output", str(folded), "--duration", "600"]
        with running(spy, {}, where.folder / "spy.log") as spying:
            last = wait_for(lambda: stored(root, "profiled", end), "the rows", process)
            used = cpu(told) - before
            spying.send_signal(signal.SIGINT)
            spying.wait(60)
    return list(stacks_of(folded)), used / (last - first) * 1e6


def stacks_of(folded: Path) -> Iterator[tuple[list[str], int]]:
    """Frames, the outermost first, and how often they were seen."""
    for line in folded.read_text(encoding="utf-8").splitlines():
        frames, _, number = line.rpartition(" ")
        yield frames.split(";"), int(number)


def stage(frames: Iterable[str]) -> str:
    """The stage of the innermost frame that belongs to one."""
    for frame in reversed(list(frames)):
        for name, parts in STAGES.items():
            if any(part in frame for part in parts):
                return name
    return "other"


def report(stacks: list[tuple[list[str], int]], seconds: float, events: int) -> str:
    """Tables: CPU by stage, and the functions in which most of it is spent."""
    by_stage, by_frame = Counter[str](), Counter[str]()
    for frames, number in stacks:
        by_stage[stage(frames)] += number
        by_frame[frames[-1].rpartition(":")[0]] += number
    whole = by_stage.total()
    setting = f"one worker, {events:,} events, {seconds:.1f} CPU-seconds a million"
    lines = [
        f"{date.today()}: {setting}; {whole:,} samples of py-spy.",  # noqa: DTZ011
        "",
        "| stage | share | µs an event |",
        "|---|---|---|",
    ]
    lines += [
        f"| {name} | {number / whole:.0%} | {number / whole * seconds:.1f} |"
        for name, number in by_stage.most_common()
    ]
    lines += ["", "| function | share |", "|---|---|"]
    lines += [
        f"| `{name}` | {number / whole:.1%} |" for name, number in by_frame.most_common(INNERMOST)
    ]
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    main()
