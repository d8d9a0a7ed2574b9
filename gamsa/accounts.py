"""The console's accounts as this machine's settings name them."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import click
from sqlalchemy import Engine

from gamsa.errors import Unavailable
from gamsa.home import private_folder
from gamsa.settings import Settings
from investigate.accounts import database
from investigate.accounts.errors import AccountsError, DatabaseError
from investigate.accounts.users import Users


def now() -> int:
    """Whole seconds since 1970-01-01T00:00:00Z."""
    return int(time.time())


def file(home: Path) -> Path:
    """Where the accounts are unless GAMSA_ACCOUNTS names a database."""
    return home / "console" / "accounts.sqlite"


def url(settings: Settings) -> str:
    """The URL of the accounts' database."""
    return settings.accounts or database.sqlite_url(file(settings.home))


@contextmanager
def opened(settings: Settings) -> Iterator[Engine]:
    """Open the accounts, and say what goes wrong as a command does.

    Our own file is made and brought to this version on the way; a database that GAMSA_ACCOUNTS
    names is changed by `gamsa console migrate` alone.
    """
    with said():
        if settings.accounts is None:
            private_folder(file(settings.home).parent)
        known = database.engine(url(settings))
        try:
            if settings.accounts is None:
                database.migrate(known)
            else:
                database.check(known)
            yield known
        finally:
            known.dispose()


@contextmanager
def said() -> Iterator[None]:
    """Turn what is refused into the command's message and exit status."""
    try:
        yield
    except DatabaseError as error:
        raise Unavailable(str(error)) from error
    except AccountsError as error:
        raise click.UsageError(str(error)) from error


def has_users(settings: Settings) -> bool:
    """Whether anybody may sign in; raises Unavailable when the database cannot be read."""
    if settings.accounts is None and not file(settings.home).is_file():
        return False
    with opened(settings) as known:
        return bool(Users(known, now).all())
