"""The command that writes months of the simulated city to files."""

from datetime import datetime, time
from pathlib import Path

import click
from rich.console import Console
from rich.progress import Progress

from producers.months import city, files
from producers.scene import DAY, KST


@click.command("simulate-months")
@click.argument("folder", type=click.Path(file_okay=False, path_type=Path))
@click.option(
    "--seed", type=int, default=1, show_default=True, help="The same seed, the same months."
)
@click.option(
    "--first-day",
    type=click.DateTime(["%Y-%m-%d"]),
    default=city.FIRST_DAY.isoformat(),
    show_default=True,
    help="The first day, in Seoul.",
)
@click.option(
    "--days", type=click.IntRange(1, 3_650), default=city.DAYS, show_default=True, help="How many."
)
@click.option(
    "--members",
    type=click.IntRange(20, 700_000),
    default=city.MEMBERS,
    show_default=True,
    help="How many there are at the start.",
)
@click.option(
    "--staff",
    type=click.IntRange(1, 10_000),
    default=city.STAFF,
    show_default=True,
    help="How many work in the offices, of city and districts.",
)
@click.option(
    "--plots",
    type=click.IntRange(0, 1_000),
    default=1,
    show_default=True,
    help="How many cases of misuse of each kind and variant.",
)
def simulate_months(  # noqa: PLR0913  one parameter for each option
    *,
    folder: Path,
    seed: int,
    first_day: datetime,
    days: int,
    members: int,
    staff: int,
    plots: int,
) -> None:
    """Write months of a simulated city to FOLDER, with misuse that only shows over time.

    access.jsonl, business.jsonl and roster.jsonl hold records as Kafka would have them, in order;
    truth.jsonl tells which events are which misuse.
    """
    lived = city.months(
        seed=seed,
        first_day=first_day.date(),
        days=days,
        members=members,
        staff=staff,
        plots=plots,
    )
    begins = datetime.combine(first_day, time(), KST).timestamp() * 1e6
    try:
        with Progress(console=Console(stderr=True)) as progress:
            bar = progress.add_task(f"{days} days", total=days)

            def told(at: int) -> None:
                day = int((at - begins) // DAY)
                if day > progress.tasks[bar].completed:
                    progress.update(bar, completed=day)

            lines = files.write(lived, folder, told)
    except OSError as error:
        raise click.UsageError(f"{folder} cannot be written: {error.strerror}") from None
    for name, count in lines.items():
        click.echo(f"{folder / name}.jsonl: {count}")
