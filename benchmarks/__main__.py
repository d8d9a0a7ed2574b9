"""How fast one event is judged and stored, beside the floor and stock Faust, in one run.

`python -m benchmarks [--events N] [--repeat N]`: starts a broker and an endpoint of its own in a
temporary folder, fills one topic with a simulated day, and lets each program read it from the
start, one after the other, into a database of its own. Prints a table and writes
`benchmarks/results/throughput.md`. Only ratios within one run mean anything on a shared machine.
"""

import argparse
import asyncio
import contextlib
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import psutil
from aiokafka import AIOKafkaProducer

from audit.topics import ACCESS_EVENTS
from benchmarks.peers import getmany
from gamsa.broker import running_broker
from gamsa.ports import free_port
from policies import SEOUL_RESERVATION
from producers.city import day
from producers.wire import encode
from storage import migrate
from storage.trail import Trail, TrailUnavailableError, connect
from stream import topics

ROOT = Path(__file__).parents[1]
RESULTS = ROOT / "benchmarks" / "results" / "throughput.md"
DEADLINE = 600.0  # seconds for one program


@dataclass(frozen=True, slots=True)
class Servers:
    """Where the servers of this run are, and their processes."""

    kafka: str
    clickhouse: str
    folder: Path
    endpoint: psutil.Process


@dataclass(frozen=True, slots=True)
class Result:
    """One program, once. CPU in seconds per million events."""

    program: str
    events: int
    seconds: float
    worker_cpu: float
    endpoint_cpu: float

    @property
    def rate(self) -> float:
        """Events a second."""
        return self.events / self.seconds


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--events", type=int, default=600_000)
    parser.add_argument("--stock-events", type=int, default=60_000, help="stock Faust is slow")
    parser.add_argument("--repeat", type=int, default=3)
    arguments = parser.parse_args()
    results: list[Result] = []
    with servers() as where:
        size = asyncio.run(fill(where.kafka, arguments.events))
        say(f"{arguments.events:,} events of {size:.0f} bytes in 4 partitions")
        for turn in range(arguments.repeat):
            for result in run_all(where, arguments.events, arguments.stock_events, turn):
                results.append(result)
                say(f"{result.program:22} {result.rate:10,.0f} events/s")
    table = summary(results, size)
    print(table)
    RESULTS.write_text(table, encoding="utf-8")


def run_all(where: Servers, events: int, stock_events: int, turn: int) -> Iterator[Result]:
    """Each program once."""
    seconds = asyncio.run(getmany.read(where.kafka, events))
    yield Result("aiokafka getmany", events, seconds, 0.0, 0.0)
    yield measure("Gamsa worker", where, gamsa, events, turn)
    yield measure("stock Faust agent", where, stock_faust, stock_events, turn)


@contextlib.contextmanager
def servers() -> Iterator[Servers]:
    """A broker with the topics, and an endpoint, in a folder that is gone afterwards."""
    with tempfile.TemporaryDirectory(prefix="gamsa-bench-") as name:
        folder, port = Path(name), free_port()
        endpoint = [sys.executable, "-m", "storage.embedded", "--path", str(folder / "clickhouse")]
        with running_broker(folder / "broker") as kafka:
            topics.ensure(kafka)
            with running([*endpoint, "--port", str(port)], {}, folder / "endpoint.log") as process:
                url = f"http://127.0.0.1:{port}"
                wait_for(lambda: answers(url), "the endpoint")
                yield Servers(kafka, url, folder, psutil.Process(process.pid))


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


def gamsa(where: Servers, url: str, turn: int) -> tuple[list[str], dict[str, str]]:
    """The command and environment of a Gamsa worker in a consumer group of its own."""
    command = [sys.executable, "-m", "stream", "--name", f"worker-{turn}"]
    command += ["--group", f"bench-{turn}", "--metrics-port", str(free_port())]
    return command, {
        "GAMSA_KAFKA": where.kafka,
        "GAMSA_CLICKHOUSE": url,
        "GAMSA_POLICY": str(SEOUL_RESERVATION),
        "GAMSA_HOME": str(where.folder),
    }


def stock_faust(where: Servers, url: str, turn: int) -> tuple[list[str], dict[str, str]]:
    """The command and environment of the peer."""
    folder = where.folder / f"stock-{turn}"
    folder.mkdir()
    command = [sys.executable, "-m", "benchmarks.peers.stock_faust", where.kafka, url]
    return [*command, str(SEOUL_RESERVATION), str(folder), f"stock-{turn}"], {}


def measure(program: str, where: Servers, prepare: object, events: int, turn: int) -> Result:
    """From the first rows stored to `events` rows stored, and the CPU that took."""
    database = f"{program.split(maxsplit=1)[0].lower()}_{turn}"
    connect(where.clickhouse).command(f"CREATE DATABASE {database}")
    trail = Trail(connect(f"{where.clickhouse}/{database}"))
    migrate.apply(trail.client)
    assert callable(prepare)
    command, environment = prepare(where, f"{where.clickhouse}/{database}", turn)
    with running(command, environment, where.folder / f"{database}.log") as process:
        worker = psutil.Process(process.pid)
        wait_for(lambda: stored(trail) > 0, f"the first rows of {program}", process)
        rows, started = stored(trail), time.perf_counter()
        before = cpu(worker), cpu(where.endpoint)
        wait_for(lambda: stored(trail) >= events, f"the rows of {program}", process)
        seconds, done = time.perf_counter() - started, stored(trail) - rows
        used = cpu(worker) - before[0], cpu(where.endpoint) - before[1]
    connect(where.clickhouse).command(f"DROP DATABASE {database}")
    return Result(program, done, seconds, *(each / done * 1e6 for each in used))


def stored(trail: Trail) -> int:
    """Rows in the trail, of either kind."""
    return sum(
        int(trail.rows(f"SELECT count() FROM {table}")[0][0])
        for table in ("access_events", "rejected_events")
    )


def cpu(process: psutil.Process) -> float:
    """CPU seconds that a process has used."""
    times = process.cpu_times()
    return float(times.user + times.system)


def summary(results: list[Result], size: float) -> str:
    """A Markdown table: medians, spread, and each program against the Gamsa worker."""
    programs = list(dict.fromkeys(result.program for result in results))
    rates = {p: sorted(r.rate for r in results if r.program == p) for p in programs}
    ours = statistics.median(rates["Gamsa worker"])
    cores, runs = os.cpu_count(), len(rates[programs[0]])
    setting = f"{cores} cores, events of {size:.0f} bytes, {runs} runs"
    lines = [
        f"{date.today()}: {setting}; CPU in seconds per million events.",  # noqa: DTZ011
        "",
        "| program | events/s, median | lowest | highest | Gamsa ÷ it | CPU | endpoint CPU |",
        "|---|---|---|---|---|---|---|",
    ]
    for program in programs:
        own = [result for result in results if result.program == program]
        rate = statistics.median(rates[program])
        lines.append(
            f"| {program} | {rate:,.0f} | {rates[program][0]:,.0f} | {rates[program][-1]:,.0f} "
            f"| {ours / rate:.2f} | {statistics.median(r.worker_cpu for r in own):.1f} "
            f"| {statistics.median(r.endpoint_cpu for r in own):.1f} |"
        )
    return "\n".join(lines) + "\n"


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


def wait_for(condition: object, what: str, process: subprocess.Popen | None = None) -> None:
    """Ask until it is so; gives up after the deadline, or when the process has ended."""
    assert callable(condition)
    deadline = time.monotonic() + DEADLINE
    while not condition():
        if time.monotonic() > deadline or (process is not None and process.poll() is not None):
            sys.exit(f"gave up waiting for {what}")
        time.sleep(0.1)


def answers(url: str) -> bool:
    """Whether ClickHouse answers there."""
    try:
        connect(url)
    except TrailUnavailableError:
        return False
    return True


def say(text: str) -> None:
    """Tell how far it is."""
    print(text, file=sys.stderr, flush=True)


if __name__ == "__main__":
    main()
