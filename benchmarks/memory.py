"""Whether the worker's memory grows in an hour at half load.

`python -m benchmarks.memory [--seconds N]`: as `benchmarks.latency`, but long, and looked at once
a second. Writes `benchmarks/results/memory.md`.
"""

import argparse
import asyncio
import statistics
from datetime import UTC, datetime

from benchmarks.latency import BACKLOG, send, working
from benchmarks.servers import RESULTS

LOOK = 1.0  # seconds


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.memory", description=__doc__)
    parser.add_argument("--seconds", type=float, default=3600.0)
    seconds = parser.parse_args().seconds
    with working(LOOK) as (where, _, watch, alone):
        backlog = len(watch.memory)
        sent = asyncio.run(send(where.kafka, alone / 2, seconds))
        memory = watch.memory[backlog:]
        watch.when(BACKLOG + sent)
        watch.stop()
    text = report(sent, seconds, memory)
    print(text)
    (RESULTS / "memory.md").write_text(text, encoding="utf-8")


def report(sent: int, seconds: float, memory: list[int]) -> str:
    """The worker's resident memory by fifths of the time, as Markdown."""
    fifth = max(1, len(memory) // 5)
    medians = [statistics.median(memory[n * fifth : (n + 1) * fifth]) / 1e6 for n in range(5)]
    return (
        f"{datetime.now(UTC):%Y-%m-%d}: {sent:,} events in {seconds:.0f} s, {sent / seconds:,.0f} "
        "a second, half of what the worker did of a backlog before; one worker.\n\n"
        "| resident memory, MB, median of each fifth of the time | at most |\n|---|---|\n"
        f"| {', '.join(f'{each:.0f}' for each in medians)} | {max(memory) / 1e6:.0f} |\n"
    )


if __name__ == "__main__":
    main()
