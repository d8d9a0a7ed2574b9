"""What grows, and what must not: a long backlog; start and ledger over a large trail.

`python -m benchmarks.growth [--backlog EVENTS] [--rows ROWS]`. The backlog is read by one worker,
and the time of each tenth is taken: it should not depend on how much is stored already. For the
start, the topic gets so many records, the trail as many rows, and the group is told that it has
stored them; then a worker is killed and started again, with one event waiting for it. At last one
row is put there twice, and then taken away altogether, until the running worker says so. Writes
`benchmarks/results/growth.md`. With the defaults it takes half an hour and 30 GB of disk;
`--backlog 0` leaves the backlog out, and writes nothing.
"""

import argparse
import asyncio
import subprocess
import time
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, date, datetime
from pathlib import Path

import psutil
from aiokafka import AIOKafkaProducer
from kafka import KafkaConsumer, KafkaProducer, TopicPartition
from kafka.structs import OffsetAndMetadata

from audit.topics import ACCESS_EVENTS
from benchmarks.servers import RESULTS, Servers, running, say, servers, wait_for, worker
from gamsa.home import default_home
from gamsa.kafka_jars import jars, java
from producers.city import day
from producers.wire import encode
from storage import migrate
from storage.rows import Place
from storage.trail import Trail, connect
from stream import topics

STEP = 1_000_000  # rows of one statement: some seconds, of the 120 that a client waits
STARTS = 3


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.growth", description=__doc__)
    parser.add_argument("--backlog", type=int, default=10_000_000)
    parser.add_argument("--rows", type=int, default=100_000_000)
    options = parser.parse_args()
    rates, memory = list[float](), 0
    if options.backlog:
        with servers() as where:
            rates, memory = backlog(where, options.backlog)
    with servers() as where:
        seconds, found = large_trail(where, options.rows)
    text = of_large_trail(options.rows, seconds, found)
    if options.backlog:
        text = of_backlog(options.backlog, rates, memory) + text
        (RESULTS / "growth.md").write_text(text, encoding="utf-8")
    print(text)


def backlog(where: Servers, events: int) -> tuple[list[float], int]:
    """Events a second in each tenth of a backlog, and the worker's memory at most, in bytes."""
    say(f"sending {events:,} events")
    asyncio.run(send(where.kafka, events))
    trail = Trail(connect(where.clickhouse))
    migrate.apply(trail.client)
    start, environment = worker(where, where.clickhouse, "worker-1", "growth")
    rates, memory = [], 0
    with running(start, environment, where.folder / "worker.log") as process:
        last = wait_for(lambda: rows_from(trail, 1), "the first rows", process)
        since = time.perf_counter()
        for tenth in range(1, 11):
            now = wait_for(lambda n=tenth: rows_from(trail, events * n // 10), "rows", process)  # type: ignore[misc]
            rates.append((now - last) / (time.perf_counter() - since))
            last, since = now, time.perf_counter()
            memory = max(memory, psutil.Process(process.pid).memory_info().rss)
            say(f"{now:,} events stored, {rates[-1]:,.0f} a second")
    return rates, memory


async def send(kafka: str, events: int) -> None:
    """Send a simulated day, again and again."""
    happenings = day(seed=1, on=date(2026, 11, 20), events=min(events, 250_000))
    records = [(one.event.data.actor.id.encode(), encode(one.event)) for one in happenings]
    producer = AIOKafkaProducer(bootstrap_servers=kafka, linger_ms=20, max_batch_size=1 << 18)
    await producer.start()
    for number in range(events):
        key, value = records[number % len(records)]
        await producer.send(ACCESS_EVENTS, value, key=key)
    await producer.stop()


def rows_from(trail: Trail, wanted: int) -> int:
    """How many rows the trail has, once it has so many; 0 before."""
    ((rows,),) = trail.rows(_ROWS)
    return int(rows) if rows >= wanted else 0


_ROWS = """
SELECT sum(rows) FROM system.parts
WHERE active AND database = currentDatabase() AND table IN ('access_events', 'rejected_events')
"""


def large_trail(where: Servers, rows: int) -> tuple[list[float], dict[str, float]]:
    """Seconds from a worker's start, after kill -9, to the first new row, several times.

    And seconds until the ledger named what was done to a row, by the name of the fault.
    """
    say(f"{rows:,} records in the topic, and rows in the trail")
    small_records(where.kafka, rows)
    trail = Trail(connect(where.clickhouse))
    migrate.apply(trail.client)
    ends = tell_all_stored(where.kafka, "growth")
    fill_trail(trail, where.kafka, ends)
    sender = KafkaProducer(bootstrap_servers=where.kafka)
    (happening,) = day(seed=1, on=date(2026, 11, 20), events=1)
    start, environment = worker(where, where.clickhouse, "worker-1", "growth")
    seconds = []
    for number in range(STARTS + 1):  # the first is one of a worker that is new to its group
        sender.send(ACCESS_EVENTS, encode(happening.event), key=b"%d" % number).get(30)
        began = time.perf_counter()
        with running(start, environment, where.folder / "worker.log") as process:
            wanted = rows + number + 1
            wait_for(lambda n=wanted: rows_from(trail, n), "the new row", process)  # type: ignore[misc]
            seconds.append(time.perf_counter() - began)
            say(f"stored {seconds[-1]:.1f} s after the start")
            found = dict(faults(where, trail, process)) if number == STARTS else {}
            process.kill()
    return seconds[1:], found


def faults(
    where: Servers, trail: Trail, process: subprocess.Popen[bytes]
) -> Iterator[tuple[str, float]]:
    """Put a row there twice, and take it away; how long the worker's log takes to name it."""
    row = {"partition": 1, "offset": 4_711}
    log = where.folder / "worker.log"
    for fault, tampering in (("rows_doubled", _DOUBLE), ("rows_missing", _REMOVE)):
        trail.client.command(tampering, parameters=row, settings={"mutations_sync": 2})
        began = time.perf_counter()
        named = f"ledger {fault}: topic {ACCESS_EVENTS}"
        wait_for(lambda named=named: names(log, named, row), f"{fault} to be found", process)  # type: ignore[misc]
        yield fault, time.perf_counter() - began
        say(f"{fault} found")


def names(log: Path, fault: str, row: Mapping[str, int]) -> bool:
    """Whether a line of the log names the fault, and the partition and offset of the row."""
    said = f"partition {row['partition']}, offset {row['offset']}"
    return any(fault in line and said in line for line in log.read_text().splitlines())


_DOUBLE = """
INSERT INTO access_events SELECT * FROM access_events
WHERE partition = {partition:UInt32} AND offset = {offset:UInt64}
"""
_REMOVE = """
ALTER TABLE access_events DELETE
WHERE partition = {partition:UInt32} AND offset = {offset:UInt64}
"""


def small_records(kafka: str, records: int) -> None:
    """Fill the topic with records of one byte, by Kafka's own tool."""
    tool = [java(None), "-cp", f"{jars(default_home())}/*"]
    tool += ["org.apache.kafka.tools.ProducerPerformance", "--topic", ACCESS_EVENTS]
    tool += ["--num-records", str(records), "--record-size", "1", "--throughput", "-1"]
    tool += ["--producer-props", f"bootstrap.servers={kafka}", "compression.type=zstd"]
    subprocess.run([*tool, "batch.size=262144", "linger.ms=20"], check=True, capture_output=True)


def tell_all_stored(kafka: str, group: str) -> dict[int, int]:
    """Commit the end of the topic for a group; returns the next offset of each partition."""
    with KafkaConsumer(bootstrap_servers=kafka, group_id=group, enable_auto_commit=False) as one:
        numbers = one.partitions_for_topic(ACCESS_EVENTS) or set()
        partitions = [TopicPartition(ACCESS_EVENTS, number) for number in numbers]
        one.assign(partitions)
        ends = one.end_offsets(partitions)
        one.commit({tp: OffsetAndMetadata(end, "", -1) for tp, end in ends.items()})
    return {tp.partition: end for tp, end in ends.items()}


def fill_trail(trail: Trail, kafka: str, ends: dict[int, int]) -> None:
    """A row for each offset: 5,000 handlers, two million subjects, ten million cookies."""
    (topic_id,) = topics.ids(kafka, [ACCESS_EVENTS]).values()
    for partition, end in ends.items():
        writer = trail.claim(Place(topic_id, partition))
        for first in range(0, end, STEP):
            say(f"partition {partition}: {first:,} of {end:,} rows")
            trail.client.command(
                _FILL,
                parameters={
                    "topic_id": topic_id,
                    "partition": partition,
                    "writer": writer,
                    "first": first,
                    "rows": min(STEP, end - first),
                    "all": end,
                },
            )


_FILL = (Path(__file__).parent / "fill_trail.sql").read_text(encoding="utf-8")


def of_backlog(events: int, rates: Sequence[float], memory: int) -> str:
    """The figures of a backlog as Markdown."""
    slowest, quickest = min(rates), max(rates)
    head = (
        f"{datetime.now(UTC):%Y-%m-%d}: a backlog of {events:,} events, one worker, which took at "
        f"most {memory / 1e6:.0f} MB."
    )
    steadiness = (
        f"The last tenth ÷ the first: {rates[-1] / rates[0]:.2f}; "
        f"slowest ÷ quickest: {slowest / quickest:.2f}."
    )
    tenths = [f"| {tenth} | {rate:,.0f} |" for tenth, rate in enumerate(rates, 1)]
    table = ["| tenth | events/s |", "|---|---|", *tenths]
    return "\n".join([head, "", *table, "", steadiness, ""]) + "\n"


def of_large_trail(rows: int, seconds: Sequence[float], found: Mapping[str, float]) -> str:
    """The figures of a worker over a large trail as Markdown."""
    told = ", ".join(f"{each:.1f} s" for each in seconds)
    named = ", ".join(f"{fault} after {after:.1f} s" for fault, after in found.items())
    return (
        f"{rows:,} rows in the trail. From the start of a worker after kill -9 to the first new "
        f"row stored: {told}.\n\nOne row stored twice, and then taken away, while the worker "
        f"runs: named by partition and offset as {named}.\n"
    )


if __name__ == "__main__":
    main()
