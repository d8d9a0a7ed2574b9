"""The command that emits a simulated day, and what every command that emits needs."""

from datetime import datetime
from pathlib import Path

import click
from kafka.errors import KafkaError
from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    TaskID,
    TextColumn,
    TimeElapsedColumn,
)

from gamsa import emission, state
from gamsa.errors import Unavailable
from gamsa.settings import Settings, from_environment
from investigate.printing import shown
from producers import carrier, city, simulation, truth

TOLD_EVERY = 500


def writable(_: click.Context, __: click.Parameter, file: Path | None) -> Path | None:
    """Find out before anything is sent; what the file holds stays until it is written."""
    try:
        if file is not None:
            file.open("ab").close()
    except OSError as error:
        raise click.BadParameter(f"{file} cannot be written: {error.strerror}") from None
    return file


bootstrap_option = click.option(
    "--bootstrap", help="Kafka, as host:port; by default GAMSA_KAFKA or the running stack."
)


@click.command()
@click.option(
    "--seed", type=int, default=1, show_default=True, help="The same seed, the same day."
)
@click.option(
    "--events",
    type=click.IntRange(1, 100_000_000),
    default=10_000,
    show_default=True,
    help="How many events.",
)
@click.option(
    "--date", "on", type=click.DateTime(["%Y-%m-%d"]), help="The day, in Seoul; yesterday."
)
@click.option(
    "--rate", type=click.FloatRange(min=0), default=0, help="At most so many a second; 0: all."
)
@click.option(
    "--misuse-rate",
    type=click.FloatRange(0, 1),
    default=city.MISUSE_RATE,
    show_default=True,
    help="The share of planted misuse.",
)
@click.option(
    "--truth",
    "truth_file",
    type=click.Path(dir_okay=False, path_type=Path),
    callback=writable,
    help="Where to write which events are misuse, and of which kind.",
)
@bootstrap_option
def simulate(  # noqa: PLR0913  one parameter for each option
    *,
    seed: int,
    events: int,
    on: datetime | None,
    rate: float,
    misuse_rate: float,
    truth_file: Path | None,
    bootstrap: str | None,
) -> None:
    """Live one day of a simulated city and emit its accesses."""
    settings = from_environment()
    kafka = kafka_of(settings, bootstrap)
    _answers(kafka)
    day = on.date() if on is not None else emission.yesterday()
    roster = city.roster(seed=seed, on=day, events=events)
    happenings = city.day(seed=seed, on=day, events=events, misuse_rate=misuse_rate)
    with simulation.open_logs(kafka, settings.home) as logs, progress_bar() as progress:
        bar = progress.add_task(f"{day}", total=events)

        def told(emitted: int) -> None:
            if emitted % TOLD_EVERY == 0 or emitted == events:
                progress.update(bar, completed=emitted)

        done = simulation.emit(happenings, logs, roster=roster, rate=rate, progress=told)
    if truth_file is not None:
        truth.write(done.planted, truth_file)
    click.echo(
        f"emitted {done.emitted}, acknowledged {done.acknowledged}, failed {done.failed}, "
        f"of them planted misuse {len(done.planted)}"
    )
    if done.trouble is not None:
        raise emission.discarded(kafka, done)


def kafka_of(settings: Settings, given: str | None) -> str:
    """Find the broker: as the option says, or the environment, or the stack of the home."""
    if given or settings.kafka:
        return given or str(settings.kafka)
    known = state.live(settings.home)
    if known is None or not known.kafka:
        raise Unavailable(
            f"no Kafka is named and no stack runs in {settings.home}; start it with `gamsa up`, "
            "or give --bootstrap"
        )
    return known.kafka


def _answers(kafka: str) -> None:
    """Look for the broker before anything is recorded for it."""
    try:
        carrier.check(kafka)
    except ValueError as error:
        raise click.UsageError(str(error)) from None
    except (KafkaError, OSError) as error:
        raise Unavailable(
            f"no Kafka answers at {kafka} ({error}); nothing was emitted: start it, with "
            "`gamsa up` for the local stack, or name another with --bootstrap"
        ) from None


def progress_bar() -> Progress:
    """Show how far it is, on standard error."""
    return Progress(
        TextColumn("{task.description}", markup=False),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        console=Console(stderr=True),
    )


def bar_of(progress: Progress, file: Path, total: int) -> TaskID:
    """Begin a bar under the file's name, which may be markup or hold an escape sequence."""
    return progress.add_task(shown(file.name), total=total)
