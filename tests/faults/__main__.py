"""`python -m tests.faults [--minutes N] [--seed N]`: a long torture, and what it came to.

Prints the seed and every fault before it comes, so that a run can be repeated, and what it came
to; with `--write` that goes into `benchmarks/results/torture.md`, too. Exit status 1 when the
trail is not exact.
"""

import argparse
import shutil
import sys
import tempfile
from datetime import UTC, datetime
from pathlib import Path
from random import randrange

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

from tests.faults.parts import ROOT
from tests.faults.torture import Run, torture

RESULTS = ROOT / "benchmarks" / "results" / "torture.md"
NAMED = {
    "kill": "kills",
    "pause": "pauses",
    "cut": "connections cut",
    "slow": "connections slowed",
    "still": "connections held still",
    "rebalance": "workers taken away and given back",
    "disk": "full disks",
    "leap": "leaps of a clock",
}


def main():
    options = _options()
    run = Run(options.seed, 60.0 * options.minutes, rate=options.rate, every=options.every)
    console = Console()
    console.print(f"seed {run.seed}, {options.minutes:g} minutes")
    folder = Path(tempfile.mkdtemp(prefix="gamsa-torture-"))
    with Progress(
        TextColumn("{task.description}"), BarColumn(), TimeRemainingColumn(), console=console
    ) as progress:
        bar = progress.add_task("", total=run.seconds)

        def show(seconds, suffered):
            done = ", ".join(f"{number} {kind}" for kind, number in suffered.faults.most_common())
            progress.update(bar, completed=seconds, description=done)

        def say(what):
            progress.console.print(f"{datetime.now(UTC):%H:%M:%S} {what}", highlight=False)

        outcome = torture(folder, run, say, show)
    text = report(run, outcome)
    console.print(text)
    if options.write:
        RESULTS.write_text(text, encoding="utf-8")
    if not outcome.count.is_exact or outcome.differences:
        console.print(f"the trail is not exact; logs are in {folder}")
        return 1
    shutil.rmtree(folder)
    return 0


def report(run, outcome):
    """What a run came to, as Markdown."""
    suffered, count, different = outcome
    kills = ", ".join(f"{victim} {number}" for victim, number in suffered.kills.most_common())
    again = f"make torture MINUTES={run.seconds / 60:g} SEED={run.seed}"
    again += f' TORTURE_ARGS="--rate {run.rate:g} --every {run.every:g}"'
    sent = f"{run.workers} workers, {run.producers} producers of {run.rate:g} events/s each"
    figures = {
        **{what: suffered.faults[kind] for kind, what in NAMED.items()},
        "events acknowledged": count.acknowledged,
        "events stored": count.stored,
        "stored, but the producer was killed before it noted it": count.unheard,
        "acknowledged events that are lost": len(count.lost),
        "numbers that a producer gave and the trail lacks": sum(row[2] for row in count.holes),
        "events that a producer sent again: at more offsets than one": count.repeated,
        "of these, with another id": count.changed,
        "offsets in the trail": count.rows,
        "ledger: missing": count.missing,
        "ledger: duplicates": count.duplicates,
        "rows and findings unlike those of an undisturbed run": len(different),
    }
    lines = [
        f"{datetime.now(UTC):%Y-%m-%d}: seed {run.seed}, {run.seconds / 60:g} minutes, {sent}.",
        f"Again: `{again}`. Kills by victim: {kills}.",
        "",
        "| what | number |",
        "|---|---|",
        *(f"| {what} | {number:,} |" for what, number in figures.items()),
        *(f"\nWithout {kind}: {why}." for kind, why in suffered.without.items()),
    ]
    return "\n".join(lines) + "\n"


def _options():
    parser = argparse.ArgumentParser(prog="python -m tests.faults", description=__doc__)
    parser.add_argument("--minutes", type=float, default=3.0)
    parser.add_argument("--seed", type=int, default=randrange(1_000_000))
    parser.add_argument("--rate", type=float, default=300.0, help="events/s of each producer")
    parser.add_argument("--every", type=float, default=2.6, help="mean seconds between faults")
    parser.add_argument("--write", action="store_true", help=f"write {RESULTS.name}")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
