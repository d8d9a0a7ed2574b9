"""An endpoint of the tests' own, and an empty database for each test."""

import subprocess
import sys
import time
from uuid import uuid4

import pytest

from gamsa.ports import free_port
from storage import migrate
from storage.trail import Trail, TrailUnavailableError, connect


@pytest.fixture(name="clickhouse", scope="session")
def _clickhouse(tmp_path_factory):
    """The URL of a real endpoint."""
    port = free_port()
    folder = tmp_path_factory.mktemp("clickhouse")
    command = [sys.executable, "-m", "storage.embedded", "--path", str(folder / "data")]
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen([*command, "--port", str(port)], stdout=log, stderr=log)
        url = f"http://127.0.0.1:{port}"
        try:
            _await(url, process, folder / "log")
            yield url
        finally:
            process.terminate()
            process.wait(30)


def _await(url, process, log):
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline and process.poll() is None:
        try:
            connect(url).close()
        except TrailUnavailableError:
            time.sleep(0.1)
        else:
            return
    pytest.fail(f"the endpoint did not start:\n{log.read_text()}")


@pytest.fixture(name="database")
def _database(clickhouse):
    """The URL of an empty database."""
    name = f"test_{uuid4().hex}"
    client = connect(clickhouse)
    client.command(f"CREATE DATABASE {name}")
    yield f"{clickhouse}/{name}"
    client.command(f"DROP DATABASE {name}")
    client.close()


@pytest.fixture(name="trail")
def _trail(database):
    """A trail with its tables, empty."""
    client = connect(database)
    migrate.apply(client)
    yield Trail(client)
    client.close()
