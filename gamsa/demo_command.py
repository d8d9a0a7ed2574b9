"""The command `gamsa demo`."""

import json
import random
import sys
import time
from dataclasses import asdict
from pathlib import Path

import click
from rich.console import Console
from rich.live import Live

import policies
from audit.policy import Policy
from audit.policy_file import PolicyError
from gamsa.demo import POLL_SECONDS, Outcome, Run, some_stack
from gamsa.demo_view import Quote, view
from gamsa.emission import Day, emitting, yesterday
from gamsa.settings import from_environment

LIVE_RATE = 1_000.0


@click.command()
@click.option(
    "--once", is_flag=True, help="End with the summary, instead of staying until Ctrl-C."
)
@click.option("--json", "as_json", is_flag=True, help="End with one line of JSON; implies --once.")
@click.option("--seed", type=int, help="The city's seed: the same seed, the same day.")
@click.option("--events", type=click.IntRange(1), default=20_000, show_default=True)
@click.option(
    "--rate", type=click.FloatRange(0), help="Events per second; 0 is as fast as it goes."
)
def demo(*, once: bool, as_json: bool, seed: int | None, events: int, rate: float | None) -> None:
    """Live a simulated day of the city and show what is found, against what was planted.

    Starts the local stack if it does not run, and stops it again. Exit status 1 when an event
    that was emitted is not stored, the ledger has a gap or a duplicate, or what is found is not
    just what was planted.
    """
    settings, console = from_environment(), Console(stderr=True)
    seed = random.randrange(1_000_000) if seed is None else seed  # noqa: S311  not a secret
    ends = once or as_json
    pace = (0.0 if ends else LIVE_RATE) if rate is None else rate
    policy = _policy(settings.policy)
    console.print(f"starting the stack of {settings.home} …", soft_wrap=True)
    with some_stack(settings) as stack:
        run = Run(stack)
        day = Day(seed, events, pace, on=yesterday())
        console.print(f"{day.on} in the city with seed {seed}: {events:,} events")
        with emitting(day, stack.kafka, settings.home) as run.emission:
            _watch(run, policy.quote, console)
        outcome = run.outcome()
        said, status = conclusion(outcome)
        console.print(said, soft_wrap=True)
        if as_json:
            click.echo(json.dumps(asdict(outcome)))
        if not ends:
            _stay(run, policy.quote, console)
    sys.exit(status)


def _policy(folder: Path) -> Policy:
    try:
        return policies.load_policy(folder)
    except PolicyError as broken:
        wrong = click.ClickException(str(broken))
        wrong.exit_code = 2
        raise wrong from broken


def _watch(run: Run, quote: Quote, console: Console) -> None:
    """Show the run until all is stored."""
    with Live(view(run.look(), quote, run.stack), console=console, auto_refresh=False) as live:
        while not run.is_over:
            time.sleep(POLL_SECONDS)
            live.update(view(run.look(), quote, run.stack), refresh=True)
    console.print()


def _stay(run: Run, quote: Quote, console: Console) -> None:
    """Go on showing what arrives, until Ctrl-C."""
    console.print("the stack stays up; Ctrl-C ends it")
    try:
        with Live(view(run.figures(), quote, run.stack), console=console) as live:
            while True:
                time.sleep(POLL_SECONDS)
                live.update(view(run.look(), quote, run.stack))
    except KeyboardInterrupt:
        console.print("ended")


def conclusion(outcome: Outcome) -> tuple[str, int]:
    """Say in sentences how it went, and with which exit status the demo ends."""
    every = "every event is" if outcome.stored == outcome.emitted else "NOT every event is"
    right = "" if outcome.is_right else " What is found is NOT just what was planted."
    said = (
        f"{outcome.emitted:,} emitted, {outcome.stored:,} stored, {outcome.rejected:,} rejected: "
        f"{every} in the trail; ledger missing {outcome.missing:,}, "
        f"duplicates {outcome.duplicates:,}.\n"
        f"{outcome.misuse:,} accesses are misuse; against what was planted: "
        f"precision {outcome.precision:.3f}, recall {outcome.recall:.3f}.{right}"
    )
    return said, 0 if outcome.is_exact and outcome.is_right else 1
