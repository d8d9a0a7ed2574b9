"""An empty database of accounts, on SQLite and on PostgreSQL, and a clock that tests move."""

import os
import shutil
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path

import pytest
from sqlalchemy import select

from gamsa.ports import free_port
from investigate.accounts import database, tables
from investigate.accounts.sessions import Sessions
from investigate.accounts.users import Users

GOOD = "violet otter crosses slowly"


@dataclass
class Clock:
    """Tells the seconds that it was set to."""

    seconds: int = 1_764_000_000

    def __call__(self):
        return self.seconds

    def pass_(self, seconds):
        self.seconds += seconds


def opened(sessions, name):
    """A session of somebody, as after their password was looked at, which takes time."""
    query = select(tables.users.c.password_hash).where(tables.users.c.name == name)
    with sessions.database.connect() as connection:
        return sessions.open(name, connection.execute(query).scalar_one())


@pytest.fixture(name="clock")
def _clock():
    return Clock()


@pytest.fixture(name="postgresql", scope="session")
def _postgresql():
    """The URL of a PostgreSQL server of our own, or a skip that says why there is none."""
    initdb, pg_ctl = map(_found, ("initdb", "pg_ctl"))
    if initdb is None or pg_ctl is None:
        pytest.skip("there is no initdb and pg_ctl: install Debian's postgresql")
    with tempfile.TemporaryDirectory(prefix="gamsa-postgresql-") as folder:
        server = {"cwd": folder, "capture_output": True}
        if os.geteuid() == 0:  # PostgreSQL refuses to be root's
            shutil.chown(folder, "postgres")
            server["user"] = "postgres"
        data, port = f"{folder}/data", free_port()
        subprocess.run(
            [initdb, "-D", data, "-A", "trust", "-U", "gamsa", "-N"], check=True, **server
        )
        options = f"-p {port} -c listen_addresses=127.0.0.1 -c unix_socket_directories={folder}"
        log = ["-l", f"{folder}/log"]
        subprocess.run(
            [pg_ctl, "-D", data, "-w", *log, "-o", options, "start"], check=True, **server
        )
        yield f"postgresql://gamsa@127.0.0.1:{port}/postgres"
        subprocess.run([pg_ctl, "-D", data, "-w", "-m", "immediate", "stop"], check=True, **server)


def _found(program):
    """Where a program of PostgreSQL is; Debian keeps them apart by version, off PATH."""
    of_debian = sorted(Path("/usr/lib/postgresql").glob(f"*/bin/{program}"))
    return shutil.which(program) or (str(of_debian[-1]) if of_debian else None)


@pytest.fixture(name="url", params=["sqlite", pytest.param("postgresql", marks=pytest.mark.slow)])
def _url(request, tmp_path):
    """The URL of a database; what PostgreSQL had is dropped."""
    if request.param == "sqlite":
        yield database.sqlite_url(tmp_path / "accounts.sqlite")
        return
    url = request.getfixturevalue("postgresql")
    yield url
    known = database.engine(url)
    with known.begin() as connection:
        connection.exec_driver_sql("DROP SCHEMA public CASCADE")
        connection.exec_driver_sql("CREATE SCHEMA public")
    known.dispose()


@pytest.fixture(name="accounts")
def _accounts(url):
    """A database of accounts at this version, empty."""
    known = database.engine(url)
    database.migrate(known)
    yield known
    known.dispose()


@pytest.fixture(name="users")
def _users(accounts, clock):
    return Users(accounts, clock)


@pytest.fixture(name="sessions")
def _sessions(accounts, clock):
    return Sessions(accounts, clock)
