"""The command that shows what detectors, or a draft of a policy, would have found."""

import json
import multiprocessing
import time
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import Executor, ProcessPoolExecutor, ThreadPoolExecutor, as_completed
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import click
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table
from rich.text import Text

import policies
from audit.policy import Policy
from audit.policy_file import PolicyError
from gamsa import catalogue
from gamsa.commands import addresses
from gamsa.servers import reachable_trail
from gamsa.settings import from_environment
from investigate.printing import shown
from storage.trail import Trail, connect
from stream import backtest as windows
from stream import detector_file, rejudging
from stream.backtest import Compared
from stream.detectors.detector import Detector
from stream.rejudging import Rejudged, Slice

AT_ONCE = 2
"""Threads that ask ClickHouse, or processes that judge."""
SLICE = 20_000  # offsets
SAMPLES = 3
ANY_DELAY = timedelta(days=365 * 50)
_MOMENT = click.DateTime(["%Y-%m-%d", "%Y-%m-%dT%H:%M"])
_FILE = click.Path(path_type=Path, exists=True, dir_okay=False)


@dataclass(frozen=True, slots=True)
class Result:
    """What a backtest has to say: rows of name, newly, no longer, same and samples."""

    events: int
    seconds: float
    rows: Sequence[tuple[str, int, int, int, Sequence[str]]]


@click.command()
@click.option("--detector", "ids", multiple=True, metavar="ID", help="Only this one; repeatable.")
@click.option("--thresholds", type=_FILE, help="A draft of detectors.yaml.")
@click.option("--policy", "draft", type=_FILE, help="A draft of a policy, instead of detectors.")
@click.option(
    "--late", is_flag=True, help="Count events as well that came too late, as from a file."
)
@click.option("--from", "start", type=_MOMENT, required=True, help="First day, or moment, UTC.")
@click.option("--to", "end", type=_MOMENT, required=True, help="The end, without it; UTC.")
@click.option("--json", "as_json", is_flag=True, help="One line of JSON, for programs.")
def backtest(  # noqa: PLR0913  each is an option
    *,
    ids: tuple[str, ...],
    thresholds: Path | None,
    draft: Path | None,
    late: bool,
    start: datetime,
    end: datetime,
    as_json: bool,
) -> None:
    """Show what would have been found in stored history, and what no longer.

    Detectors are asked again about the windows that end in this time, as the workers ask. With
    --policy, every event received in this time is judged anew by the draft, as though it had
    been in force all the time.
    """
    settings = from_environment()
    policy = catalogue.load(settings.policy)
    _, clickhouse = addresses(settings)
    start, end = start.replace(tzinfo=UTC), end.replace(tzinfo=UTC)
    if draft is not None:
        result = _policy(clickhouse, _draft(draft), start, end)
    else:
        duty = _duty(settings.policy, thresholds, policy)
        chosen = _chosen(duty.detectors, ids)
        terms = replace(duty.terms, lateness=ANY_DELAY) if late else duty.terms
        result = _detectors(clickhouse, chosen, terms, start, end)
    if as_json:
        click.echo(json.dumps(summary(result)))
    else:
        _show(result)


def summary(result: Result) -> dict[str, Any]:
    """Everything that was found, for programs."""
    names = ("name", "newly", "no_longer", "same", "samples")
    return {
        "events": result.events,
        "seconds": round(result.seconds, 3),
        "found": [dict(zip(names, row, strict=True)) for row in result.rows],
    }


def _detectors(
    clickhouse: str, chosen: Sequence[Detector], terms: Any, start: datetime, end: datetime
) -> Result:
    with reachable_trail(clickhouse) as trail:
        began = time.monotonic()
        end = windows.prepare(trail, end, terms)
        tasks = list(windows.tasks(chosen, start, end, terms))
        found: dict[str, list[Any]] = {detector.name: [] for detector in chosen}
        with ThreadPoolExecutor(AT_ONCE) as threads:
            waiting = {
                threads.submit(windows.run, trail, task, terms): task.detector.name
                for task in tasks
            }
            for done in _told("windows", as_completed(waiting), len(waiting)):
                found[waiting[done]] += done.result()
        took = time.monotonic() - began
        compared = [
            windows.compare(trail, detector, found[detector.name], start, end)
            for detector in chosen
        ]
        return Result(windows.accesses(trail, start, end), took, [_row(one) for one in compared])


def _row(one: Compared) -> tuple[str, int, int, int, Sequence[str]]:
    samples = [sentence for _, sentence in (*one.newly, *one.no_longer)][:SAMPLES]
    return one.detector.name, len(one.newly), len(one.no_longer), one.same, samples


def _policy(clickhouse: str, draft: Path, start: datetime, end: datetime) -> Result:
    total = Rejudged()
    with reachable_trail(clickhouse) as trail:
        parts = list(rejudging.slices(trail, start, end, SLICE))
        began = time.monotonic()
        with _judges(clickhouse, draft) as judges:
            for one in _told("slices", judges.map(_rejudge, parts), len(parts)):
                total.add(one)
    rows = [
        (f"{check} {clause}", one.newly, one.no_longer, one.same, one.samples)
        for (check, clause), one in sorted(total.changes.items())
    ]
    return Result(total.events, time.monotonic() - began, rows)


@contextmanager
def _judges(clickhouse: str, draft: Path) -> Iterator[Executor]:
    spawn = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(AT_ONCE, spawn, _begin, (clickhouse, draft)) as judges:
        yield judges


_bench: list[tuple[Trail, Policy]] = []
"""What a judging process works with, made once."""


def _begin(clickhouse: str, draft: Path) -> None:
    version = policies.load_version(draft)
    _bench.append((Trail(connect(clickhouse)), rejudging.as_if_always(version)))


def _rejudge(part: Slice) -> Rejudged:
    return rejudging.rejudge(*_bench[0], part)


def _draft(draft: Path) -> Path:
    try:
        policies.load_version(draft)
    except PolicyError as error:
        raise click.UsageError(str(error)) from None
    return draft


def _duty(folder: Path, thresholds: Path | None, policy: Policy) -> detector_file.Duty:
    try:
        if thresholds is not None:
            return detector_file.load_file(thresholds, policy)
        return detector_file.load(folder, policy)
    except PolicyError as error:
        raise click.UsageError(str(error)) from None


def _chosen(detectors: Sequence[Detector], ids: Sequence[str]) -> Sequence[Detector]:
    known = {detector.id for detector in detectors}
    unknown = sorted(set(ids) - known)
    if unknown:
        raise click.UsageError(
            f"no detector {', '.join(unknown)} is on; those that are: {', '.join(sorted(known))}"
        )
    return [detector for detector in detectors if not ids or detector.id in ids]


def _told(what: str, done: Iterable[Any], total: int) -> Iterator[Any]:
    columns = TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn()
    with Progress(*columns, TimeElapsedColumn(), console=Console(stderr=True)) as progress:
        yield from progress.track(done, total=total, description=what)


def _show(result: Result) -> None:
    drawn = Table(title="Found anew, beside what was found", title_justify="left")
    for column in ("what", "newly", "no longer", "same", "samples"):
        numeric = column in {"newly", "no longer", "same"}
        drawn.add_column(column, justify="right" if numeric else "left")
    for name, newly, no_longer, same, samples in result.rows:
        said = Text("\n".join(map(shown, samples)))
        drawn.add_row(Text(shown(name)), f"{newly:,}", f"{no_longer:,}", f"{same:,}", said)
    Console().print(drawn)
    speed = result.events / result.seconds if result.seconds else 0
    click.echo(f"{result.events:,} events in {result.seconds:.1f} s: {speed:,.0f} events/s")
