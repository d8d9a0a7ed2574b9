"""The commands of the local stack: up, status, down, migrate, ledger."""

import json
import logging
from logging.handlers import RotatingFileHandler
from pathlib import Path

import click
from rich.console import Console

from gamsa import local_stack, state
from gamsa.child import LOG_BYTES
from gamsa.errors import Unavailable
from gamsa.home import private_folder
from gamsa.settings import Settings, from_environment

workers_option = click.option(
    "--workers", type=click.IntRange(0, 64), help="How many workers; 1 unless more already run."
)


@click.command()
@click.option("--detach", is_flag=True, help="Return when everything is ready; it runs on.")
@click.option("--unattended", is_flag=True, hidden=True, help="Say nothing but what fails.")
@workers_option
def up(*, detach: bool, unattended: bool, workers: int | None) -> None:
    """Start what is missing of the local stack, and keep it running until Ctrl-C.

    GAMSA_KAFKA and GAMSA_CLICKHOUSE name running servers to use instead of starting our own.
    """
    settings, console = from_environment(), Console(stderr=True)
    if state.live(settings.home) is not None:
        _join(settings, workers, console)
        return
    if not unattended:  # else whoever starts us has looked
        _check_policy(settings)
    if detach:
        local_stack.start_detached(settings, 1 if workers is None else workers)
        _show(settings.home, console)
    else:
        _supervise(settings, workers, None if unattended else console)


def _check_policy(settings: Settings) -> None:
    """Refuse a broken policy before anything is started that would only stumble over it."""
    from gamsa import catalogue  # noqa: PLC0415  slow to import

    catalogue.load(settings.policy)


def _join(settings: Settings, workers: int | None, console: Console) -> None:
    """Say what already runs, after adding the workers that are asked for and missing."""
    local_stack.ask_for_workers(settings.home, 0 if workers is None else workers)
    console.print("The stack of this home already runs:")
    _show(settings.home, console)


def _supervise(settings: Settings, workers: int | None, console: Console | None) -> None:
    from gamsa import supervisor  # noqa: PLC0415  only this path needs the programs

    with state.sole_supervisor(settings.home) as alone:
        if not alone:  # another `gamsa up` began a moment ago, or a killed one still ends
            raise Unavailable(f"another `gamsa up` is starting {settings.home}; try again")
        _log_to(private_folder(settings.home / "logs") / "supervisor.log", console)

        def announce(_known: state.State) -> None:
            if console is not None:
                _show(settings.home, console)

        supervisor.supervise(settings, 1 if workers is None else workers, announce)


def _log_to(file: Path, console: Console | None) -> None:
    kept = RotatingFileHandler(file, maxBytes=LOG_BYTES, backupCount=1, encoding="utf-8")
    handlers: list[logging.Handler] = [kept]
    if console is not None:
        handlers.append(logging.StreamHandler())
    for handler in handlers:
        handler.setFormatter(logging.Formatter("%(asctime)s %(message)s"))
    logger = logging.getLogger("gamsa")
    logger.setLevel(logging.INFO)
    logger.handlers = handlers
    logger.propagate = False


def _show(home: Path, console: Console) -> None:
    from gamsa.status import show  # noqa: PLC0415  slow to import

    known = state.live(home)
    if known is not None:
        show(known, home, console)


@click.command()
@click.option("--json", "as_json", is_flag=True, help="Every address and pid, for programs.")
def status(*, as_json: bool) -> None:
    """Say where everything is, and how it is; exit status 3 when the stack does not run."""
    home = from_environment().home
    known = live(home)
    if as_json:
        from gamsa.status import as_json as told  # noqa: PLC0415  slow to import

        click.echo(json.dumps(told(known)))
    else:
        _show(home, Console())


@click.command()
def down() -> None:
    """Stop everything of this home, and whatever an `up` that was killed left behind."""
    home = from_environment().home
    stopped = local_stack.stop(home)
    click.echo(f"stopped the stack of {home}" if stopped else f"nothing runs in {home}", err=True)


@click.command()
@click.option("--dry-run", is_flag=True, help="Say what ClickHouse lacks, and apply nothing.")
def migrate(*, dry_run: bool) -> None:
    """Make the missing topics and tables, in the servers that are named or in the local stack."""
    from gamsa.servers import pending, prepare_servers  # noqa: PLC0415  slow to import

    kafka, clickhouse = addresses(from_environment())
    if dry_run:
        todo = [f"pending {one.name}: {one.purpose}" for one in pending(clickhouse)]
        click.echo("\n".join(todo) or "no migration is pending")
        return
    made = prepare_servers(kafka, clickhouse)
    click.echo("\n".join(f"made {name}" for name in made) or "nothing is missing", err=True)


@click.command()
@click.option("--json", "as_json", is_flag=True, help="One line of JSON, for programs.")
def ledger(*, as_json: bool) -> None:
    """Check the stored trail against Kafka's offsets; exit status 1 when it is not exact."""
    from gamsa.ledger import lines, look, sentences, summary  # noqa: PLC0415  slow to import

    found = look(*addresses(from_environment()))
    if as_json:
        click.echo(json.dumps(summary(found)))
    else:
        Console().print(lines(found.accounts))
        for sentence in sentences(found):
            click.echo(sentence)
    if not found.is_exact:
        raise SystemExit(1)


def live(home: Path) -> state.State:
    """Return what runs in this home; raises Unavailable where nothing does, or not yet."""
    known = state.live(home)
    if known is None:
        raise Unavailable(f"no stack runs in {home}; start it with `gamsa up`")
    if not known.ready:
        raise Unavailable(f"the stack of {home} is still starting; try again in a moment")
    return known


def addresses(settings: Settings) -> tuple[str, str]:
    """Where Kafka and ClickHouse are: as the environment says, else as the stack of the home."""
    if settings.kafka and settings.clickhouse:
        return settings.kafka, settings.clickhouse
    if (settings.kafka or settings.clickhouse) and state.live(settings.home) is None:
        named, other = "GAMSA_KAFKA", "GAMSA_CLICKHOUSE"
        if settings.clickhouse:
            named, other = other, named
        raise Unavailable(
            f"{named} is set and {other} is not, and no stack runs in {settings.home}; "
            f"set {other} too"
        )
    known = live(settings.home)
    return settings.kafka or known.kafka, settings.clickhouse or known.clickhouse
