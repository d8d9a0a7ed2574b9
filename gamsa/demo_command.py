"""The command `gamsa demo`."""

import json
import random
import sys
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass

import click
from rich.console import Console, RenderableType
from rich.live import Live

from gamsa import catalogue, local_stack
from gamsa.demo import POLL_SECONDS, Outcome, Run, only_demo, some_stack
from gamsa.demo_view import Figures, view
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
    settings, console = from_environment(), Console(stderr=as_json)
    seed = random.randrange(1_000_000) if seed is None else seed  # noqa: S311  not a secret
    ends = once or as_json
    pace = (0.0 if ends else LIVE_RATE) if rate is None else rate
    day = Day(seed, events, pace, on=yesterday())
    quote = catalogue.load(settings.policy).quote
    with only_demo(settings.home):
        ours = local_stack.find(settings.home) is None
        console.print(f"starting the stack of {settings.home} …", soft_wrap=True, markup=False)
        with some_stack(settings) as stack:
            lasting = None if ours and ends else stack
            screen = Screen(console, lambda figures: view(figures, quote, lasting))
            outcome = _live(day, Run(stack), screen, stay=not ends)
        if ours:
            console.print("the stack is stopped; `gamsa up` brings it back with the data")
    if as_json:
        click.echo(json.dumps(asdict(outcome)))
    sys.exit(conclusion(outcome)[1])


@dataclass(frozen=True, slots=True)
class Screen:
    """Where a run is shown, and how its figures are drawn."""

    console: Console
    draw: Callable[[Figures], RenderableType]


def _live(day: Day, run: Run, screen: Screen, *, stay: bool) -> Outcome:
    """Live the day before the reader's eyes, and say how it went."""
    screen.console.print(f"{day.on} in the city with seed {day.seed}: {day.events:,} events")
    with emitting(day, run.stack.kafka, run.stack.home) as run.emission:
        _watch(run, screen)
    outcome = run.outcome()
    screen.console.print(conclusion(outcome)[0], soft_wrap=True)
    if stay:
        _stay(run, screen)
    return outcome


def _watch(run: Run, screen: Screen) -> None:
    """Show the run until all is stored."""
    with Live(screen.draw(run.look()), console=screen.console, auto_refresh=False) as live:
        while not run.is_over:
            time.sleep(POLL_SECONDS)
            live.update(screen.draw(run.look()), refresh=True)
    screen.console.print()


def _stay(run: Run, screen: Screen) -> None:
    """Go on showing what arrives, until Ctrl-C."""
    screen.console.print("the stack stays up; Ctrl-C ends it")
    try:
        with Live(screen.draw(run.figures()), console=screen.console) as live:
            while True:
                time.sleep(POLL_SECONDS)
                live.update(screen.draw(run.look()))
    except KeyboardInterrupt:
        screen.console.print("ended")


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
