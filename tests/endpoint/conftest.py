"""A running endpoint, started as its users start it."""

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import urlsplit

import clickhouse_connect
import pytest
from clickhouse_connect.driver.client import Client

Start = Callable[..., "Endpoint"]


class Endpoint:
    """One process of `python -m storage.embedded`."""

    def __init__(self, path: Path, *options: str) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-m", "storage.embedded", "--path", path, "--port", "0", *options],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env=os.environ | {"GAMSA_CLICKHOUSE_READONLY_PASSWORD": "reads"},
        )
        assert self.process.stdout is not None
        self.url = self.process.stdout.readline().strip()
        self.host, self.port = urlsplit(self.url).hostname, urlsplit(self.url).port or 0

    def stop(self, number: int = signal.SIGTERM) -> tuple[int, str]:
        """Send a signal; return the exit status and what was said on stderr."""
        if self.process.poll() is None:
            self.process.send_signal(number)
        _, said = self.process.communicate(timeout=60)
        return self.process.returncode, said


@pytest.fixture(scope="session", name="endpoint")
def _endpoint(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Endpoint]:
    running = Endpoint(tmp_path_factory.mktemp("shared"), "--readonly-user", "reader")
    yield running
    status, said = running.stop()
    assert (status, said) == (0, "")


@pytest.fixture(name="start")
def _start() -> Iterator[Start]:
    started: list[Endpoint] = []

    def start(path: Path, *options: str) -> Endpoint:
        started.append(Endpoint(path, *options))
        return started[-1]

    yield start
    for running in started:
        running.stop(signal.SIGKILL)


@pytest.fixture(name="client")
def _client(endpoint: Endpoint) -> Iterator[Client]:
    client = clickhouse_connect.get_client(host=endpoint.host, port=endpoint.port)
    yield client
    client.close()


@pytest.fixture(name="table")
def _table(client: Client, request: pytest.FixtureRequest) -> str:
    name = "".join(letter if letter.isalnum() else "_" for letter in request.node.name)
    client.command(f"CREATE TABLE {name} (a UInt64, s String) ENGINE = MergeTree ORDER BY a")
    return name
