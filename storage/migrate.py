"""The schema, in numbered SQL files that are applied once each and never changed after.

Files in `migrations/` run on every engine. Those in `migrations/server/` hold what only a
ClickHouse server can do (users, roles, replicated tables); they are for an operator to apply.
"""

import hashlib
import re
from collections.abc import Iterable
from dataclasses import dataclass
from importlib.resources import files
from itertools import takewhile

from clickhouse_connect.driver.client import Client

import crash

_RECORD = """
CREATE TABLE IF NOT EXISTS schema_migrations
(version UInt32, name String, checksum String, applied_at DateTime64(3, 'UTC') DEFAULT now64(3))
ENGINE = MergeTree ORDER BY version
"""


class MigrationError(Exception):
    """A migration that cannot be applied; the message names the file and the next step."""


@dataclass(frozen=True, slots=True)
class Migration:
    """One numbered file: `NNNN_what.sql`."""

    version: int
    name: str
    sql: str

    @property
    def checksum(self) -> str:
        """SHA-256 of the text, in hexadecimal."""
        return hashlib.sha256(self.sql.encode()).hexdigest()

    @property
    def purpose(self) -> str:
        """The first sentence of the comment that the file begins with; empty without one."""
        comment = takewhile(lambda line: line.startswith("--"), self.sql.splitlines())
        text = " ".join(line.removeprefix("--").strip() for line in comment)
        return re.split(r"(?<=[.!?]) ", text, maxsplit=1)[0]

    def statements(self) -> list[str]:
        """Split the file where a line ends with a semicolon."""
        parts = (part.strip() for part in self.sql.split(";\n"))
        return [part for part in parts if part.strip(" \n;")]


def migrations() -> list[Migration]:
    """All migrations that ship, lowest version first."""
    folder = files("storage") / "migrations"
    found = [path for path in folder.iterdir() if path.name.endswith(".sql")]
    return [
        Migration(int(path.name[:4]), path.name, path.read_text(encoding="utf-8"))
        for path in sorted(found, key=lambda path: path.name)
    ]


def applied(client: Client) -> dict[int, str]:
    """Which versions the database holds, each with the checksum of the file that was applied."""
    if not client.command("EXISTS TABLE schema_migrations"):
        return {}
    rows = client.query("SELECT version, checksum FROM schema_migrations").result_rows
    return {int(version): str(checksum) for version, checksum in rows}


def pending(client: Client, known: Iterable[Migration] | None = None) -> list[Migration]:
    """Which migrations are still to apply, lowest first.

    Raises `MigrationError` where an applied file has changed since, or is unknown here.
    """
    known = migrations() if known is None else list(known)
    done = applied(client)
    for migration in known:
        if done.get(migration.version, migration.checksum) != migration.checksum:
            raise MigrationError(
                f"{migration.name} has changed since it was applied; "
                "put the file back as it was and write the change as a new migration"
            )
    unknown = done.keys() - {migration.version for migration in known}
    if unknown:
        raise MigrationError(
            f"the database has migration {max(unknown)}, which this version of Gamsa does not "
            "know; install the version that wrote it, or a newer one"
        )
    return [migration for migration in known if migration.version not in done]


def require_current(client: Client) -> None:
    """Raises `MigrationError` where migrations are pending."""
    todo = pending(client)
    if todo:
        names = ", ".join(migration.name for migration in todo)
        raise MigrationError(f"ClickHouse lacks {names}; run `gamsa migrate` first")


def apply(
    client: Client,
    known: Iterable[Migration] | None = None,
) -> list[Migration]:
    """Apply what is pending, in order; returns what was applied.

    A migration that died half-way is taken up again: its statements create only what is missing.
    """
    client.command(_RECORD)
    todo = pending(client, known)
    for migration in todo:
        for statement in migration.statements():
            client.command(_once(statement))
            crash.point("migration statement done")
        crash.point("migration unrecorded")
        client.insert(
            "schema_migrations",
            [[migration.version, migration.name, migration.checksum]],
            column_names=["version", "name", "checksum"],
            settings={"async_insert": 0},
        )
    return todo


def _once(statement: str) -> str:
    for create in ("CREATE TABLE ", "CREATE VIEW ", "CREATE MATERIALIZED VIEW "):
        statement = statement.replace(f"\n{create}", f"\n{create}IF NOT EXISTS ", 1)
        if statement.startswith(create):
            statement = statement.replace(create, f"{create}IF NOT EXISTS ", 1)
    return statement
