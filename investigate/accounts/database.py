"""The database of the console's own state: opened, migrated, copied.

SQLite in a file for one machine, PostgreSQL by URL for an office; the rest of the package cannot
tell which.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Engine, create_engine, event, insert, make_url, select
from sqlalchemy.exc import ArgumentError, SQLAlchemyError

from investigate.accounts.errors import DatabaseError
from investigate.accounts.tables import metadata, sessions, sign_ins, users

_MIGRATIONS = Path(__file__).parent / "migrations"
FIRST = "0001"
"""The migration that an empty database lacks alone."""
_PATIENCE = 5.0  # seconds that a locked SQLite file is waited for


def sqlite_url(file: Path) -> str:
    """The URL of a SQLite file."""
    return f"sqlite:///{file}"


def engine(url: str) -> Engine:
    """Connect on demand to the database of this URL.

    Raises DatabaseError for a wrong URL, and a file that cannot be made.
    """
    try:
        known = make_url(url)
    except ArgumentError:
        raise _not_one() from None
    match known.get_backend_name():
        case "sqlite":
            return _sqlite(url)
        case "postgresql":
            driven = known.set(drivername="postgresql+psycopg")
            return create_engine(driven, pool_pre_ping=True)
        case _:
            raise _not_one()


def _not_one() -> DatabaseError:
    return DatabaseError(
        "the URL of the accounts' database is not one; write postgresql://user@host/name"
    )


def _sqlite(url: str) -> Engine:
    made = create_engine(url, connect_args={"timeout": _PATIENCE})
    file = made.url.database
    if file and not Path(file).exists():
        try:
            Path(file).touch(mode=0o600)
        except OSError as error:
            raise DatabaseError(
                f"{file} cannot be made: {error.strerror}; make its folder, or name another file"
            ) from None

    @event.listens_for(made, "connect")
    def _strict(connection: object, _record: object) -> None:
        connection.execute("PRAGMA foreign_keys = ON")  # type: ignore[attr-defined]

    return made


def migrate(database: Engine) -> list[str]:
    """Bring the tables to this version; return the migrations applied, in order.

    Raises DatabaseError when the database is away, or of a later version.
    """
    with _told(database), database.begin() as connection:
        applied = _missing(connection)
        config = _config()
        config.attributes["connection"] = connection
        command.upgrade(config, "head")
    return applied


def check(database: Engine) -> None:
    """Raise DatabaseError when the database is away or not of this version."""
    with _told(database), database.connect() as connection:
        missing = _missing(connection)
    if missing:
        raise DatabaseError(
            f"the accounts' database at {shown(database)} lacks {', '.join(missing)}; "
            "run `gamsa console migrate`"
        )


def copy(source: Engine, target: Engine) -> int:
    """Copy everything into an empty database of this version; return how many users.

    It is as it was at one moment. Sessions, and sign-ins that have begun, are left behind: whoever
    was signed in does it again. Raises DatabaseError when the target has users already.
    """
    kept = [one for one in metadata.sorted_tables if one not in (sessions, sign_ins)]
    with _told(source), _snapshot(source) as connection:
        rows = {
            table: [dict(row) for row in connection.execute(select(table)).mappings()]
            for table in kept
        }
    with _told(target), target.begin() as connection:
        if connection.execute(select(users.c.name).limit(1)).first() is not None:
            raise DatabaseError(f"{shown(target)} has users already; name an empty database")
        connection.execute(sessions.delete())
        for table in kept:  # in the order in which they refer to each other
            if rows[table]:
                connection.execute(insert(table), rows[table])
    return len(rows[users])


def shown(database: Engine) -> str:
    """The URL without its password."""
    return database.url.render_as_string(hide_password=True)


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(_MIGRATIONS).replace("%", "%%"))
    return config


def _missing(connection: Connection) -> list[str]:
    """Name the migrations that the database lacks, lowest first."""
    scripts = ScriptDirectory.from_config(_config())
    held = MigrationContext.configure(connection).get_current_revision()
    known = [one.revision for one in reversed(list(scripts.walk_revisions()))]
    if held is None:
        return known
    if held not in known:
        raise DatabaseError(
            f"the accounts' database is of version {held}, which is later than this program; "
            "update Gamsa"
        )
    return known[known.index(held) + 1 :]


@contextmanager
def _snapshot(database: Engine) -> Iterator[Connection]:
    """Read the database as it is at one moment, whatever is written meanwhile."""
    with database.connect() as connection:
        if database.dialect.name == "sqlite":
            connection.exec_driver_sql("BEGIN")  # which pysqlite leaves out before a SELECT
        else:
            connection.execution_options(isolation_level="REPEATABLE READ")
        yield connection


@contextmanager
def _told(database: Engine) -> Iterator[None]:
    try:
        yield
    except SQLAlchemyError as error:
        reason = str(getattr(error, "orig", None) or error).strip().partition("\n")[0]
        raise DatabaseError(
            f"the accounts' database at {shown(database)} cannot be used: {reason}"
        ) from error
