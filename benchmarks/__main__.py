"""How fast one event is judged and stored, beside peers that do the same work, in one run.

`python -m benchmarks [--events N] [--repeat N]`: starts a broker and an endpoint of its own in a
temporary folder, fills one topic with a simulated day, and lets each program read it from the
start, one after the other, into a database of its own. What counts is the stretch from a fifth
of the events stored to nine tenths, so that neither starting nor a full pipeline does. Prints a
table and writes `benchmarks/results/throughput.md`. Only ratios within one run mean anything on a
shared machine.
"""

import argparse
import asyncio
import os
import statistics
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import date

import psutil
from clickhouse_connect.driver.client import Client

from benchmarks.peers import getmany
from benchmarks.servers import (
    RESULTS,
    ROOT,
    Servers,
    cpu,
    fill,
    running,
    say,
    servers,
    stretch,
    wait_for,
    worker,
)
from policies import SEOUL_RESERVATION
from storage import migrate
from storage.trail import connect

PEERS_PYTHON = ROOT / ".venv-peers" / "bin" / "python"


@dataclass(frozen=True, slots=True)
class Program:
    """What is measured: a module to run, its last words, and how many events are enough for it."""

    name: str
    module: str
    words: tuple[str, ...] = ()
    share: float = 1.0
    processes: int = 1


GAMSA = Program("Gamsa worker", "stream")
TWO = Program("two Gamsa workers", "stream", processes=2)
DETECTING = Program("Gamsa worker, all detectors", "stream")
FLOOR = "aiokafka getmany, dropping"
PEERS = (
    Program("plain confluent-kafka loop", "benchmarks.peers.plain"),
    Program("Quix Streams, batching sink", "benchmarks.peers.quix"),
    Program("stock Faust, by event", "benchmarks.peers.stock_faust", ("events",), 0.2),
    Program("stock Faust, take", "benchmarks.peers.stock_faust", ("take",), 0.2),
)


@dataclass(frozen=True, slots=True)
class Result:
    """One program, once. CPU in seconds per million events."""

    program: str
    events: int
    seconds: float
    cpu: float
    endpoint_cpu: float

    @property
    def rate(self) -> float:
        """Events a second."""
        return self.events / self.seconds


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--events", type=int, default=1_000_000)
    parser.add_argument("--repeat", type=int, default=3)
    parser.add_argument("--only", default="", help="names of programs that contain this word")
    arguments = parser.parse_args()
    programs = [
        one
        for one in (GAMSA, TWO, DETECTING, *PEERS)
        if arguments.only.lower() in one.name.lower()
    ]
    results: list[Result] = []
    with servers() as where:
        size = asyncio.run(fill(where.kafka, arguments.events))
        say(f"{arguments.events:,} events of {size:.0f} bytes in 4 partitions")
        for turn in range(arguments.repeat):
            for result in run_all(where, programs, arguments.events, turn):
                results.append(result)
                say(
                    f"{result.program:30} {result.rate:10,.0f} events/s, "
                    f"CPU {result.cpu:5.1f} + {result.endpoint_cpu:5.1f} s per million"
                )
    table = summary(results, size)
    print(table)
    if not arguments.only:
        (RESULTS / "throughput.md").write_text(table, encoding="utf-8")


def run_all(
    where: Servers, programs: Sequence[Program], events: int, turn: int
) -> Iterator[Result]:
    """The floor and each program, once."""
    before = time.process_time()
    seconds = asyncio.run(getmany.read(where.kafka, events))
    yield Result(FLOOR, events, seconds, (time.process_time() - before) / events * 1e6, 0.0)
    for number, program in enumerate(programs):
        yield measure(program, where, int(events * program.share), f"{number}_{turn}")


def commands(
    program: Program, where: Servers, url: str, turn: str
) -> Iterator[tuple[list[str], dict[str, str]]]:
    """How a program's processes are started, in a consumer group of its own."""
    if program.module == GAMSA.module:
        for number in range(program.processes):
            name, detects = f"worker-{turn}-{number}", program is DETECTING
            yield worker(where, url, name, f"bench-{turn}", detects=detects)
        return
    folder = where.folder / f"peer-{turn}"
    folder.mkdir()
    words = [where.kafka, url, str(SEOUL_RESERVATION), str(folder), f"bench-{turn}"]
    yield [str(PEERS_PYTHON), "-m", program.module, *words, *program.words], {}


def measure(program: Program, where: Servers, events: int, turn: str) -> Result:
    """The stretch from a fifth of the events stored to nine tenths, and the CPU that it took."""
    database = f"bench_{turn}"
    root = connect(where.clickhouse)
    root.command(f"CREATE DATABASE {database}")
    url = f"{where.clickhouse}/{database}"
    migrate.apply(connect(url))
    with ExitStack() as stack:
        processes = [
            stack.enter_context(running(start, environment, where.folder / f"{database}.log"))
            for start, environment in commands(program, where, url, turn)
        ]
        programs = [psutil.Process(process.pid) for process in processes]
        what = f"the rows of {program.name}"
        begin, end = stretch(events)
        rows = wait_for(lambda: stored(root, database, begin), what, *processes)
        started, before = time.perf_counter(), (cpu(*programs), cpu(where.endpoint))
        done = wait_for(lambda: stored(root, database, end), what, *processes) - rows
        seconds = time.perf_counter() - started
        used = cpu(*programs) - before[0], cpu(where.endpoint) - before[1]
        wait_for(lambda: stored(root, database, events), what, *processes)
    root.command(f"DROP DATABASE {database}")
    root.close()
    return Result(program.name, done, seconds, *(each / done * 1e6 for each in used))


def stored(client: Client, database: str, wanted: int) -> int:
    """How many rows of either kind the trail has, once it has so many; 0 before."""
    rows = int(str(client.command(_ROWS, parameters={"database": database})))
    return rows if rows >= wanted else 0


_ROWS = """
SELECT sum(rows) FROM system.parts WHERE active AND database = {database:String}
    AND table IN ('access_events', 'rejected_events')
"""


def summary(results: list[Result], size: float) -> str:
    """A Markdown table: medians, spread, and the Gamsa worker against each program."""
    programs = list(dict.fromkeys(result.program for result in results))
    rates = {p: sorted(r.rate for r in results if r.program == p) for p in programs}
    ours = statistics.median(rates.get(GAMSA.name, [0.0]))
    cores, runs = os.cpu_count(), len(rates[programs[0]])
    setting = f"{cores} cores, events of {size:.0f} bytes, {runs} runs in turn"
    lines = [
        f"{date.today()}: {setting}; CPU in seconds per million events.",  # noqa: DTZ011
        "",
        "| program | events/s, median | lowest | highest | Gamsa ÷ it | CPU | endpoint |",
        "|---|---|---|---|---|---|---|",
    ]
    for program in programs:
        own = [result for result in results if result.program == program]
        rate = statistics.median(rates[program])
        lines.append(
            f"| {program} | {rate:,.0f} | {rates[program][0]:,.0f} | {rates[program][-1]:,.0f} "
            f"| {ours / rate:.2f} | {statistics.median(r.cpu for r in own):.1f} "
            f"| {statistics.median(r.endpoint_cpu for r in own):.1f} |"
        )
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    main()
