"""The command that holds what producers say they emitted against Kafka, judgement and trail."""

import json
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from itertools import count
from typing import Any

import click
from msgspec import structs
from rich.console import Console
from rich.table import Table
from rich.text import Text

from audit.completeness import Hole
from gamsa.commands import addresses
from gamsa.servers import reachable_trail
from gamsa.settings import from_environment
from investigate.printing import shown
from storage import reconcile as questions
from storage.reconcile import Epoch, Hour
from storage.trail import Trail
from stream.completeness import ProducerWatch, numbered
from stream.topics import log_ranges

PATIENCE = 10.0  # seconds for the workers to store what is in the log
POINTS = ("emitted", "in_kafka", "judged", "stored")


@dataclass(frozen=True, slots=True)
class Reconciled:
    """The hours of every producer at four points, and what is wrong.

    `lag`: records by which the workers are behind and do not catch up; holes are not told then.
    """

    hours: Sequence[Hour]
    holes: Sequence[Hole]
    silent: Sequence[Epoch]
    lag: int

    @property
    def is_whole(self) -> bool:
        """Whether nothing is missing that has left its producer, and none fell silent."""
        lost = any(hour.stored < hour.judged for hour in self.hours)
        return not (self.holes or self.silent or self.lag or lost)


@click.command()
@click.option("--json", "as_json", is_flag=True, help="One line of JSON, for programs.")
@click.option(
    "--hours",
    default=24,
    show_default=True,
    type=click.IntRange(1, 24 * 366),
    help="How far back.",
)
def reconcile(*, as_json: bool, hours: int) -> None:
    """Reconcile emitted, in Kafka, judged and stored, for each producer and hour.

    Exit status 1 when a numbered event is missing, or a producer fell silent without a word.
    """
    found = reconciled(*addresses(from_environment()), hours)
    if as_json:
        click.echo(json.dumps(summary(found), default=str))
    else:
        console = Console()
        console.print(table(found.hours))
        for sentence in sentences(found):
            click.echo(shown(sentence))
    if not found.is_whole:
        raise SystemExit(1)


def reconciled(kafka: str, clickhouse: str, hours: int) -> Reconciled:
    """Ask for everything; raises Unavailable when a server is away."""
    with reachable_trail(clickhouse) as trail:
        epochs, holes, lag = _holes(kafka, trail)
        silent = [epoch for epoch in epochs if epoch.is_silent]
        return Reconciled(questions.hours(trail, hours), holes, silent, lag)


def _holes(kafka: str, trail: Trail) -> tuple[Sequence[Epoch], Sequence[Hole], int]:
    """Ask for holes once all that is in the log is stored, and for the lag if it does not come."""
    watch, deadline = ProducerWatch(trail, grace=0), time.monotonic() + PATIENCE
    for looks in count(1):
        epochs = numbered(trail)
        log = log_ranges(kafka)
        holes = watch.look(epochs, log)
        caught_up = len(watch.waiting) < looks
        if caught_up or time.monotonic() > deadline:
            break
        time.sleep(0.2)
    behind = sum(max(0, one.after - max(one.committed, one.first)) for one in log.values())
    return epochs, holes, 0 if caught_up else behind


def summary(found: Reconciled) -> dict[str, Any]:
    """Sum the points, list the hours, and name what is wrong."""
    return {
        **{point: _sum(found.hours, point) for point in POINTS},
        "lag": found.lag,
        "whole": found.is_whole,
        "hours": [{**asdict(hour), "hour": hour.hour.isoformat()} for hour in found.hours],
        "holes": [{**structs.asdict(hole), "says": str(hole)} for hole in found.holes],
        "silent": [asdict(epoch) for epoch in found.silent],
    }


def table(hours: Sequence[Hour]) -> Table:
    """Draw a row for each producer and hour."""
    drawn = Table(title="Events at four points, by producer and hour (UTC)", title_justify="left")
    for column in ("producer", "hour"):
        drawn.add_column(column)
    for column in ("epoch", *POINTS):
        drawn.add_column(column.replace("_", " "), justify="right")
    for hour in hours:
        points = (f"{getattr(hour, point):,}" for point in POINTS)
        producer = Text(shown(hour.producer))
        drawn.add_row(producer, f"{hour.hour:%m-%d %H}h", str(hour.epoch), *points)
    return drawn


def sentences(found: Reconciled) -> list[str]:
    """Say what is missing and who is silent, or that nothing is."""
    said = [f"missing: {hole}" for hole in found.holes]
    said += [
        f"silent: producer {one.producer}, epoch {one.epoch}, for {one.heard:,.0f} s"
        for one in found.silent
    ]
    if found.lag:
        said.append(f"behind: {found.lag:,} records wait for a worker; holes cannot be told yet")
    lost = sum(max(0, hour.judged - hour.stored) for hour in found.hours)
    if lost:
        said.append(f"lost: {lost:,} events were judged and are not stored; see `gamsa ledger`")
    under_way = _sum(found.hours, "emitted") - _sum(found.hours, "stored")
    if not said and not under_way:
        return ["Every event that producers numbered is stored."]
    return said or [f"{under_way:,} events are under way; nothing that left a producer is missing"]


def _sum(hours: Sequence[Hour], point: str) -> int:
    return sum(getattr(hour, point) for hour in hours)
