"""The command that turns logs which are there already into events."""

import gzip
import hashlib
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, NoReturn, cast
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import click

from gamsa.errors import Unavailable
from gamsa.produce import TOLD_EVERY, bar_of, bootstrap_option, kafka_of, progress_bar, writable
from gamsa.settings import Settings, from_environment
from producers import auth_log, web_log
from producers.access_log import AccessLog
from producers.errors import AccessLogError, InvalidAccessError
from producers.wire import AccessEvent

SHOWN = 10

Read = AccessEvent | auth_log.Other | web_log.Unreadable


@click.command("replay-log")
@click.argument("file", type=click.Path(allow_dash=True, dir_okay=False, path_type=Path))
@click.option(
    "--format",
    "log_format",
    type=click.Choice(["combined", "auth"]),
    default="combined",
    show_default=True,
    help="A web server's log, or the logins of OpenSSH and Linux.",
)
@click.option(
    "--year",
    type=click.IntRange(1970, 2298),
    help="Of the last line of `auth`; by default the file's.",
)
@click.option(
    "--zone",
    default="Asia/Seoul",
    show_default=True,
    help="Of the times in `auth`, if they say none.",
)
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
    callback=writable,
    help="Where to write the lines that cannot be read.",
)
@bootstrap_option
def replay_log(  # noqa: PLR0913  one parameter for each option
    *,
    file: Path,
    log_format: str,
    year: int | None,
    zone: str,
    service: str,
    purpose: str,
    actor: str,
    rejected: Path | None,
    bootstrap: str | None,
) -> None:
    """Turn a log FILE (- for standard input, .gz accepted) into usage history, or into logins.

    A line that cannot be read is named with its number and the rest goes on; the exit status is
    then 1. The same file replayed again gives the same event ids.
    """
    settings = from_environment()
    kafka = kafka_of(settings, bootstrap)
    replayed, passed, refused = 0, 0, []
    try:
        with (
            _opened(file) as (lines, digest, count),
            _access_log(service, kafka, settings) as log,
            progress_bar() as progress,
        ):
            bar = bar_of(progress, file, count)
            events: Iterable[tuple[int, bytes, Read]]
            if log_format == "auth":
                last = year or _year(file)
                first = auth_log.first_year(lines, last)
                lines.seek(0)
                events = auth_log.events(lines, auth_log.Log(digest, service, first, _zone(zone)))
            else:
                acting = cast("web_log.Acting", actor)
                events = web_log.events(lines, web_log.Log(digest, service, purpose, acting))
            for number, line, event in events:
                if isinstance(event, auth_log.Other):
                    passed += 1
                    continue
                reason = _emit(log, event)
                if reason is None:
                    replayed += 1
                else:
                    refused.append((number, reason, line))
                if number % TOLD_EVERY == 0 or number == count:
                    progress.update(bar, completed=number)
    except AccessLogError as error:
        raise Unavailable(f"Kafka at {kafka} does not take the events: {error}") from None
    others = f", passed over {passed} lines that are no login" if log_format == "auth" else ""
    click.echo(f"replayed {replayed}, acknowledged {log.counts.acknowledged}{others}")
    if refused:
        _tell(refused, file, rejected)


def _access_log(service: str, kafka: str, settings: Settings) -> AccessLog:
    try:
        return AccessLog(service, bootstrap=kafka, home=settings.home)
    except (ValueError, OSError) as error:
        raise click.UsageError(str(error)) from None


def _year(file: Path) -> int:
    """Tell in which year a file was written last; standard input is being written."""
    written = datetime.now(UTC).timestamp() if str(file) == "-" else file.stat().st_mtime
    return datetime.fromtimestamp(written, UTC).year


def _zone(name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError):
        raise click.UsageError(f"there is no zone {name!r}; one is Asia/Seoul") from None


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
        f"{len(refused)} lines cannot be read"
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
