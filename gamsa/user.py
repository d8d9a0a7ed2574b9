"""`gamsa user`: who may sign in to the console, and as what."""

import json
import sys
from collections.abc import Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from typing import TextIO

import click
from rich.console import Console
from rich.table import Table
from rich.text import Text

from gamsa.accounts import now, opened
from gamsa.settings import from_environment
from investigate.accounts.users import Role, User, Users
from investigate.printing import shown

role_type = click.Choice([str(role) for role in Role])
password_file_option = click.option(
    "--password-file",
    type=click.File(encoding="utf-8"),
    help="Read the password from this file's first line, or from stdin if it is -.",
)
actor_option = click.option(
    "--actor",
    metavar="ID",
    help="Who NAME is in the trail, as in staff:0417; a handler's is needed.",
)


@click.group()
def user() -> None:
    """Say who may sign in to the console, and as what. There is nobody to begin with."""


@user.command()
@click.argument("name")
@click.option("--role", type=role_type, required=True, help="What NAME is to the institution.")
@actor_option
@password_file_option
def add(*, name: str, role: str, actor: str | None, password_file: TextIO | None) -> None:
    """Add NAME; the password is asked on the terminal unless a file is named."""
    password = _password(password_file)
    with opened(from_environment()) as database:
        Users(database, now).add(name, Role(role), password, actor)
    click.echo(f"{name} may sign in as {role}", err=True)


@user.command("list")
@click.option("--json", "as_json", is_flag=True, help="One line of JSON, for programs.")
def list_(*, as_json: bool) -> None:
    """Show everybody who may sign in."""
    with opened(from_environment()) as database:
        known = Users(database, now).all()
    if as_json:
        click.echo(json.dumps([asdict(one) for one in known]))
    elif known:
        Console().print(_table(known))
    else:
        click.echo("nobody may sign in yet: gamsa user add NAME --role ROLE", err=True)


@user.command()
@click.argument("name")
@click.argument("role", type=role_type)
@actor_option
def role(*, name: str, role: str, actor: str | None) -> None:
    """Give NAME another ROLE, and sign them out."""
    with opened(from_environment()) as database:
        Users(database, now).change_role(name, Role(role), actor)
    click.echo(f"{name} is {role} from the next sign-in on", err=True)


@user.command()
@click.argument("name")
@password_file_option
def password(*, name: str, password_file: TextIO | None) -> None:
    """Give NAME another password, unlock them, and sign them out."""
    chosen = _password(password_file)
    with opened(from_environment()) as database:
        Users(database, now).change_password(name, chosen)
    click.echo(f"{name} has another password", err=True)


@user.command()
@click.argument("name")
def unlock(*, name: str) -> None:
    """Let NAME try again at once after wrong passwords."""
    with opened(from_environment()) as database:
        Users(database, now).unlock(name)
    click.echo(f"{name} may try again", err=True)


@user.command()
@click.argument("name")
def remove(*, name: str) -> None:
    """Sign NAME out for good. The name is never given to anybody else."""
    with opened(from_environment()) as database:
        Users(database, now).remove(name)
    click.echo(f"{name} may not sign in any more", err=True)


def _password(file: TextIO | None) -> str:
    if file is not None:
        try:
            return file.readline().rstrip("\r\n")
        except UnicodeDecodeError:  # which would tell bytes of the password
            raise click.UsageError(
                f"--password-file: {file.name} is no text in UTF-8; save it as such"
            ) from None
    if not sys.stdin.isatty():
        raise click.UsageError("there is no terminal to ask on; name a --password-file, or -")
    asked: str = click.prompt("Password", hide_input=True, confirmation_prompt=True)
    return asked


def _table(known: Sequence[User]) -> Table:
    drawn = Table(
        *("name", "role", "actor", "since", "wrong passwords", "locked until", "known to"),
        box=None,
    )
    for one in known:
        locked = _day(one.locked_until) if one.locked_until > now() else ""
        told = (one.name, one.role, one.actor, _day(one.created_at), one.failures, locked)
        drawn.add_row(*(Text(shown(value)) for value in (*told, one.issuer)))
    return drawn


def _day(seconds: int) -> str:
    return f"{datetime.fromtimestamp(seconds, UTC):%Y-%m-%d %H:%M} UTC"
