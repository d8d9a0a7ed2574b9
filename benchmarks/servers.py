"""The servers that benchmarks measure against, started for them and gone afterwards."""

import contextlib
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import psutil
import yaml
from aiokafka import AIOKafkaProducer

from audit.topics import ACCESS_EVENTS
from gamsa.broker import running_broker
from gamsa.ports import free_port
from gamsa.programs import pings
from policies import SEOUL_RESERVATION
from producers.city import day
from producers.wire import encode
from stream import topics
from stream.detectors import DETECTORS

ROOT = Path(__file__).parents[1]
RESULTS = ROOT / "benchmarks" / "results"
DEADLINE = 600.0  # seconds for one program


@dataclass(frozen=True, slots=True)
class Servers:
    """Where the servers of this run are, and their processes."""

    kafka: str
    clickhouse: str
    folder: Path
    endpoint: psutil.Process


@contextlib.contextmanager
def servers() -> Iterator[Servers]:
    """A broker with the topics, and an endpoint, in a folder that is gone afterwards."""
    with tempfile.TemporaryDirectory(prefix="gamsa-bench-") as name:
        folder = Path(name)
        with running_broker(folder / "broker") as kafka, endpoint(folder) as (url, process):
            topics.ensure(kafka)
            yield Servers(kafka, url, folder, process)


async def fill(kafka: str, events: int) -> float:
    """Send a simulated day; returns the mean size of an event in bytes."""
    producer = AIOKafkaProducer(bootstrap_servers=kafka, linger_ms=20, max_batch_size=1 << 18)
    await producer.start()
    size = 0
    for happening in day(seed=1, on=date(2026, 11, 20), events=events):
        value, key = encode(happening.event), happening.event.data.actor.id.encode()
        size += len(value)
        await producer.send(ACCESS_EVENTS, value, key=key)
    await producer.stop()
    return size / events


@contextlib.contextmanager
def endpoint(folder: Path) -> Iterator[tuple[str, psutil.Process]]:
    """An embedded ClickHouse endpoint: its URL and its process."""
    port = free_port()
    start = [sys.executable, "-m", "storage.embedded", "--path", str(folder / "clickhouse")]
    with running([*start, "--port", str(port)], {}, folder / "endpoint.log") as process:
        url = f"http://127.0.0.1:{port}"
        wait_for(lambda: pings(url), "the endpoint")
        yield url, psutil.Process(process.pid)


def worker(
    where: Servers, url: str, name: str, group: str, *, detects: bool = False
) -> tuple[list[str], dict[str, str]]:
    """The command line and environment of a Gamsa worker that writes to `url`.

    With `detects` it asks all detectors as well.
    """
    start = [sys.executable, "-m", "stream", "--name", name, "--group", group]
    return [*start, "--metrics-port", str(free_port())], {
        "GAMSA_KAFKA": where.kafka,
        "GAMSA_CLICKHOUSE": url,
        "GAMSA_POLICY": str(SEOUL_RESERVATION if detects else without_detectors(where.folder)),
        "GAMSA_HOME": str(where.folder),
    }


def without_detectors(folder: Path) -> Path:
    """The policy, with a setting beside it that turns all detectors off."""
    policy = folder / "policy"
    shutil.copytree(SEOUL_RESERVATION, policy, dirs_exist_ok=True)
    off = {"detectors": {detector.id: {"off": True} for detector in DETECTORS}}
    (policy / "detectors.yaml").write_text(yaml.safe_dump(off), encoding="utf-8")
    return policy


def stretch(events: int) -> tuple[int, int]:
    """How many of a backlog's events are stored where measuring begins, and where it ends.

    Neither a program's start nor its last events tell how fast it is.
    """
    return events // 5, events * 9 // 10


def cpu(*processes: psutil.Process) -> float:
    """CPU seconds that processes have used."""
    times = [process.cpu_times() for process in processes]
    return float(sum(each.user + each.system for each in times))


@contextlib.contextmanager
def running(
    command: list[str], environment: dict[str, str], log: Path
) -> Iterator[subprocess.Popen]:
    """A program for as long as the block lasts."""
    with log.open("wb") as sink:
        process = subprocess.Popen(
            command, env={**os.environ, **environment}, stdout=sink, stderr=sink, cwd=ROOT
        )
        try:
            yield process
        finally:
            process.terminate()
            try:
                process.wait(20)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def wait_for(condition: Callable[[], int], what: str, *processes: subprocess.Popen[bytes]) -> int:
    """Ask until it is so; gives up after the deadline, or when a process has ended."""
    deadline = time.monotonic() + DEADLINE
    while not (answer := condition()):
        ended = any(process.poll() is not None for process in processes)
        if ended or time.monotonic() > deadline:
            sys.exit(f"gave up waiting for {what}")
        time.sleep(0.2)
    return answer


def say(text: str) -> None:
    """Tell how far it is."""
    print(text, file=sys.stderr, flush=True)
