"""What every command that asks the trail needs: grounds, filters, an open inquiry, an answer."""

import os
import pwd
import socket
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from datetime import UTC, datetime
from functools import reduce
from typing import Any, TypeVar

import click
from kafka.errors import KafkaError
from msgspec import structs

from gamsa import catalogue
from gamsa.commands import addresses
from gamsa.errors import Unavailable
from gamsa.servers import reachable_trail
from gamsa.settings import Settings, from_environment
from investigate.cursor import MOST
from investigate.errors import InquiryError, NotRecordedError, NotThereError
from investigate.filters import VERDICTS, Filters
from investigate.inquiry import SERVICE, Asker, Grounds, Inquiry
from investigate.reading import Reader
from producers import carrier
from producers.access_log import AccessLog
from producers.errors import UndeliveredError
from producers.wire import Actor, Client

Command = TypeVar("Command", bound=Callable[..., Any])

NOT_THERE, WRONG_USE = 1, 2
LOOPBACK = "127.0.0.1"
_MOMENT = click.DateTime(
    ["%Y-%m-%d", "%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S", "%Y-%m-%dT%H:%M:%S.%fZ"]
)
"""The last is how answers tell a time."""


def _purposes(_: click.Context, __: click.Parameter, begun: str) -> list[str]:
    """Complete a purpose from the catalogue."""
    policy = catalogue.load(from_environment().policy)
    return [name for name in policy.newest.purposes if name.startswith(begun)]


def _utc(_: click.Context, __: click.Parameter, moment: datetime | None) -> datetime | None:
    return None if moment is None else moment.replace(tzinfo=UTC)


def _options(*options: Callable[[Command], Command]) -> Callable[[Command], Command]:
    return lambda command: reduce(lambda made, option: option(made), reversed(options), command)


grounds_options = _options(
    click.option(
        "--purpose",
        required=True,
        shell_complete=_purposes,
        help="What you ask for, by the policy: audit.inspection.",
    ),
    click.option("--case", metavar="NUMBER", help="The case it belongs to."),
    click.option("--justification", metavar="TEXT", help="Why, in your own words."),
    click.option("--json", "as_json", is_flag=True, help="One line of JSON, for programs."),
)


def time_options(command: Command) -> Command:
    """--from and --to; they come to the command as the filters `times`."""

    def timed(*, start: datetime | None, end: datetime | None, **options: Any) -> Any:
        return command(times=Filters(start=start, end=end), **options)

    return _in_place_of(
        command,
        timed,
        click.option("--from", "start", type=_MOMENT, callback=_utc, help="From then on, UTC."),
        click.option("--to", "end", type=_MOMENT, callback=_utc, help="Until then, UTC."),
    )


page_options = _options(
    click.option(
        "--limit",
        type=click.IntRange(1, MOST),
        default=50,
        show_default=True,
        help="How many at once.",
    ),
    click.option("--cursor", help="Go on where the page before ended."),
)
unmask_option = click.option(
    "--unmask", is_flag=True, help="Show what is masked otherwise; wants a --justification."
)
language_option = click.option(
    "--lang", type=click.Choice(["en", "ko"]), default="en", help="Language."
)

_OTHERWISE = {"purpose": "--accessed-for"}
"""The filter whose name is that of the asker's own purpose."""
_FILTERS = [name for name in Filters.__struct_fields__ if name not in {"start", "end", "among"}]


def filter_options(command: Command) -> Command:
    """An option for each filter; they come to the command as `filters`."""

    def filtered(*, times: Filters, **options: Any) -> Any:
        filters = {name: options.pop(f"filter_{name}") for name in _FILTERS}
        return command(filters=structs.replace(times, **filters), **options)

    return time_options(_in_place_of(command, filtered, *map(_filter_option, _FILTERS)))


def _filter_option(name: str) -> Callable[[Command], Command]:
    option = _OTHERWISE.get(name, f"--{name.replace('_', '-')}")
    kind = click.Choice(VERDICTS) if name == "verdict" else str
    return click.option(option, f"filter_{name}", type=kind)


def _in_place_of(command: Command, made: Any, *options: Callable[[Any], Any]) -> Command:
    """Make the function with these options that stands for the command, with its words."""
    made.__doc__, made.__name__ = command.__doc__, command.__name__
    made.__click_params__ = getattr(command, "__click_params__", [])
    of_command: Command = _options(*options)(made)
    return of_command


@contextmanager
def inquiry(purpose: str, case: str | None, justification: str | None) -> Iterator[Inquiry]:
    """Open the trail to questions on these grounds; say what goes wrong as a command does."""
    settings = from_environment()
    kafka, clickhouse = addresses(settings)
    try:
        with (
            reachable_trail(clickhouse) as trail,
            _log(settings, kafka) as log,
        ):
            grounds = Grounds(purpose, case, justification)
            yield Inquiry(Reader(trail.client), log, _asker(settings), grounds)
    except NotRecordedError as unrecorded:
        raise Unavailable(str(unrecorded)) from unrecorded
    except InquiryError as refused:
        failure = click.ClickException(str(refused))
        failure.exit_code = NOT_THERE if isinstance(refused, NotThereError) else WRONG_USE
        raise failure from refused


@contextmanager
def _log(settings: Settings, kafka: str) -> Iterator[AccessLog]:
    with ExitStack() as stack:
        try:
            carrier.check(kafka)  # else the SDK would go on trying
            log = stack.enter_context(record_of_questions(settings, kafka))
        except (KafkaError, OSError, ValueError) as error:
            raise Unavailable(
                f"no answer is given, for it is not recorded that it was asked: {kafka}: {error}"
            ) from None
        yield log


@contextmanager
def record_of_questions(settings: Settings, kafka: str) -> Iterator[AccessLog]:
    """Open the log in which it stands who asked what."""
    log = AccessLog(SERVICE, bootstrap=kafka, home=settings.home)
    try:
        yield log
    finally:
        with suppress(UndeliveredError):  # whoever asked was told, and has no answer
            log.close(timeout=0)


def _asker(settings: Settings) -> Asker:
    """Who asks: as GAMSA_INVESTIGATOR says; the login at this machine stands beside it."""
    login = _login(settings)
    actor = settings.investigator or f"staff:{login}"
    return Asker(
        Actor(actor, "staff", settings.investigator_role),
        Client(
            ip=settings.remote or LOOPBACK,
            user_agent=f"gamsa command, login {login} at {socket.gethostname()}",
        ),
    )


def _login(settings: Settings) -> str:
    """The login's name, or its number, which alone says nobody; raises UsageError for that."""
    number = os.getuid()
    try:
        return pwd.getpwuid(number).pw_name
    except KeyError:  # as in a container that runs under any number
        if settings.investigator is None:
            raise click.UsageError(
                f"the login {number} has no name on this machine: set GAMSA_INVESTIGATOR to who "
                "asks, as in staff:0417"
            ) from None
        return str(number)
