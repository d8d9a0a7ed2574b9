"""The commands that produce events: the simulated day, and a web server's log."""

import gzip
import hashlib
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import datetime
from pathlib import Path
from typing import IO, NoReturn, cast

import click
from kafka.errors import KafkaError
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from gamsa import emission, state
from gamsa.errors import Unavailable
from gamsa.settings import Settings, from_environment
from producers import carrier, city, simulation, truth, web_log
from producers.access_log import AccessLog
from producers.errors import AccessLogError, InvalidAccessError
from producers.wire import AccessEvent

SHOWN = 10
TOLD_EVERY = 500


def _writable(_: click.Context, __: click.Parameter, file: Path | None) -> Path | None:
    """Find out before anything is sent; what the file holds stays until it is written."""
    try:
        if file is not None:
            file.open("ab").close()
    except OSError as error:
        raise click.BadParameter(f"{file} cannot be written: {error.strerror}") from None
    return file


_bootstrap = click.option(
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
    callback=_writable,
    help="Where to write which events are misuse, and of which kind.",
)
@_bootstrap
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
    kafka = _kafka(settings, bootstrap)
    _answers(kafka)
    day = on.date() if on is not None else emission.yesterday()
    roster = city.roster(seed=seed, on=day, events=events)
    happenings = city.day(seed=seed, on=day, events=events, misuse_rate=misuse_rate)
    with simulation.open_logs(kafka, settings.home) as logs, _progress() as progress:
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


@click.command("replay-log")
@click.argument("file", type=click.Path(allow_dash=True, dir_okay=False, path_type=Path))
@click.option("--format", "log_format", type=click.Choice(["combined"]), default="combined")
@click.option("--service", default="web", show_default=True, help="The service that wrote it.")
@click.option(
    "--purpose",
    type=click.Choice(["statistics.access", "service.customization"]),
    default="statistics.access",
    show_default=True,
    help="Why the usage history is kept.",
)
@click.option(
    "--actor",
    type=click.Choice(["visitor", "system"]),
    default="visitor",
    show_default=True,
    help="Who acts: the visitor, or the web server on the visitor's traces.",
)
@click.option(
    "--rejected",
    type=click.Path(dir_okay=False, path_type=Path),
    callback=_writable,
    help="Where to write the lines that are no requests.",
)
@_bootstrap
def replay_log(  # noqa: PLR0913  one parameter for each option
    *,
    file: Path,
    log_format: str,  # noqa: ARG001  there is one so far
    service: str,
    purpose: str,
    actor: str,
    rejected: Path | None,
    bootstrap: str | None,
) -> None:
    """Turn a web server's log FILE (- for standard input, .gz accepted) into usage history.

    A line that is no request is named with its number and the rest goes on; the exit status is
    then 1. The same file replayed again gives the same event ids.
    """
    settings = from_environment()
    kafka = _kafka(settings, bootstrap)
    replayed, refused = 0, []
    try:
        with (
            _opened(file) as (lines, digest, count),
            _access_log(service, kafka, settings) as log,
            _progress() as progress,
        ):
            bar = progress.add_task(file.name, total=count)
            source = web_log.Log(digest, service, purpose, cast("web_log.Acting", actor))
            for number, line, event in web_log.events(lines, source):
                reason = _emit(log, event)
                if reason is None:
                    replayed += 1
                else:
                    refused.append((number, reason, line))
                if number % TOLD_EVERY == 0 or number == count:
                    progress.update(bar, completed=number)
    except AccessLogError as error:
        _away(kafka, error)
    click.echo(f"replayed {replayed}, acknowledged {log.counts.acknowledged}")
    if refused:
        _tell(refused, file, rejected)


def _access_log(service: str, kafka: str, settings: Settings) -> AccessLog:
    try:
        return AccessLog(service, bootstrap=kafka, home=settings.home)
    except (ValueError, OSError) as error:
        raise click.UsageError(str(error)) from None


def _emit(log: AccessLog, event: AccessEvent | web_log.Unreadable) -> str | None:
    """Send it, or say why not."""
    if isinstance(event, web_log.Unreadable):
        return event.reason
    try:
        log.emit(event, check=True)
    except InvalidAccessError as error:
        return str(error)
    return None


def _tell(refused: list[tuple[int, str, bytes]], file: Path, rejected: Path | None) -> NoReturn:
    for number, reason, _ in refused[:SHOWN]:
        click.echo(f"{file}:{number}: {reason}", err=True)
    if len(refused) > SHOWN:
        click.echo(f"and {len(refused) - SHOWN} more", err=True)
    if rejected is not None:
        rejected.write_bytes(b"".join(line for _, _, line in refused))
    click.echo(
        f"{len(refused)} lines are no requests"
        + (f"; they are in {rejected}" if rejected else "; --rejected FILE keeps them"),
        err=True,
    )
    raise SystemExit(1)


@contextmanager
def _opened(file: Path) -> Iterator[tuple[IO[bytes], str, int]]:
    """Open a log at its start, with the SHA-256 of its bytes and the number of its lines."""
    with ExitStack() as stack:
        if str(file) == "-":
            lines: IO[bytes] = stack.enter_context(tempfile.TemporaryFile())
            lines.writelines(click.get_binary_stream("stdin"))
            lines.seek(0)
        else:
            try:
                plain = stack.enter_context(file.open("rb"))
            except OSError as error:
                raise click.UsageError(f"{file} cannot be read: {error.strerror}") from None
            lines = (
                cast("IO[bytes]", gzip.GzipFile(fileobj=plain)) if file.suffix == ".gz" else plain
            )
        digest, count = hashlib.sha256(), 0
        for line in lines:
            digest.update(line)
            count += 1
        lines.seek(0)
        yield lines, digest.hexdigest(), count


def _kafka(settings: Settings, given: str | None) -> str:
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


def _away(kafka: str, error: AccessLogError) -> NoReturn:
    raise Unavailable(f"Kafka at {kafka} does not take the events: {error}") from None


def _progress() -> Progress:
    return Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        console=Console(stderr=True),
    )
