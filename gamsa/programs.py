"""Which programs the local stack is made of, how each is run, and how it shows that it serves."""

import contextlib
import re
import shutil
import sys
from collections.abc import Mapping
from pathlib import Path
from urllib.error import URLError
from urllib.request import ProxyHandler, build_opener

import psutil

from gamsa import broker, ports
from gamsa.child import Program
from gamsa.errors import Unavailable
from gamsa.home import private_folder
from gamsa.settings import Settings
from storage.address import page

LEAST_FREE_BYTES = 1_000_000_000
READY = re.compile(rb"^gamsa_worker_ready 1(\.0)?$", re.MULTILINE)
# Loopback and a named server are asked directly, whatever proxy the environment names.
_direct = build_opener(ProxyHandler({}))


def fetch(url: str) -> bytes:
    """Get a page, or nothing at all when the server is away."""
    try:
        with _direct.open(url, timeout=2) as answer:
            return bytes(answer.read())
    except (URLError, OSError, ValueError):
        return b""


def pings(clickhouse: str) -> bool:
    """Whether a ClickHouse answers at this URL."""
    return fetch(page(clickhouse, "/ping")).strip() == b"Ok."


def is_working(metrics: str) -> bool:
    """Whether the worker of this metrics page is at rest in its group, with partitions or not."""
    return worker_health(fetch(metrics)) == "ready"


def worker_health(page: bytes) -> str:
    """Say how the worker is whose metrics page this is: ready, joining or away."""
    if not page:
        return "away"
    return "ready" if READY.search(page) else "joining"


def broker_program(settings: Settings, environment: Mapping[str, str]) -> Program:
    """Our own Kafka broker; its jars and storage are made ready on the way."""
    folder = settings.home / "broker"
    bootstrap, command = broker.prepare(
        folder,
        cache=settings.cache,
        ports_file=settings.home / "ports.json",
        java_home=settings.java_home,
    )
    port = int(bootstrap.rpartition(":")[2])
    return Program("broker", tuple(command), environment, port, lambda: broker.answers(bootstrap))


def clickhouse_program(settings: Settings, environment: Mapping[str, str]) -> Program:
    """Our own ClickHouse endpoint, whose data is in the home."""
    port = _port(settings.home, "clickhouse")
    command = [
        *(sys.executable, "-m", "storage.embedded"),
        *("--path", str(private_folder(settings.home / "clickhouse"))),
        *("--host", ports.LOOPBACK, "--port", str(port)),
    ]
    url = f"http://{ports.LOOPBACK}:{port}"
    return Program("clickhouse", tuple(command), environment, port, lambda: pings(url))


def worker_program(settings: Settings, name: str, environment: Mapping[str, str]) -> Program:
    """One worker; `environment` tells it where Kafka, ClickHouse and the policy are."""
    port = _port(settings.home, name)
    command = [
        *(sys.executable, "-m", "stream"),
        *("--name", name, "--metrics-port", str(port)),
    ]
    page = metrics_url(port)
    return Program(name, tuple(command), environment, port, lambda: is_working(page))


def metrics_url(port: int) -> str:
    """Say where a worker shows its metrics."""
    return f"http://{ports.LOOPBACK}:{port}/metrics"


def _port(home: Path, name: str) -> int:
    return ports.remembered(home / "ports.json", (name,))[name]


def check_port(program: Program, home: Path) -> None:
    """Raise Unavailable when another program has taken the port that the home remembers."""
    if ports.is_free(program.port):
        return
    raise Unavailable(
        f"port {program.port} of {program.name} is taken by {_listener(program.port)}; "
        f"stop it, or delete {home / 'ports.json'} to choose other ports"
    )


def _listener(port: int) -> str:
    """Name the program that listens on a port, as far as we are allowed to see."""
    with contextlib.suppress(psutil.Error):
        for connection in psutil.net_connections("tcp"):
            if connection.laddr and connection.laddr.port == port and connection.pid:
                return f"{psutil.Process(connection.pid).name()} (pid {connection.pid})"
    return "another program"


def check_space(home: Path, needed: int = LEAST_FREE_BYTES) -> None:
    """Raise Unavailable when the disk under the home has fewer than `needed` bytes free."""
    free = shutil.disk_usage(home).free
    if free < needed:
        raise Unavailable(
            f"the disk that holds {home} has {free / 1e6:,.0f} MB free and the stack needs "
            f"{needed / 1e6:,.0f} MB; make room, or set GAMSA_HOME to a folder elsewhere"
        )
