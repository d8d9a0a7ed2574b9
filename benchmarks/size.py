"""What a stored event takes up, column by column, beside the same events in a compressed file.

`python -m benchmarks.size [--events N]`: judges a simulated day, stores it through the embedded
endpoint as a worker does, merges it, and asks the engine what each column takes. Writes
`benchmarks/results/size.md`.
"""

import argparse
import tempfile
import zlib
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, date, datetime
from itertools import islice
from pathlib import Path
from types import SimpleNamespace
from uuid import UUID

from msgspec.structs import replace

import policies
from benchmarks.servers import RESULTS, endpoint
from policies import SEOUL_RESERVATION
from producers.city import day
from producers.wire import encode
from storage import migrate
from storage.rows import Place
from storage.trail import Trail, connect
from stream.auditing import audit

PLACE = Place("3e9778f9-b749-4f52-b7ae-2ce4f5456f55", 0)
CHUNK = 20_000
DAY = date(2026, 11, 20)
LATER = 5  # milliseconds from the event's id, which tells when it was made, to the broker


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.size", description=__doc__)
    parser.add_argument("--events", type=int, default=400_000)
    events = parser.parse_args().events
    topic = zlib.compressobj(9, wbits=zlib.MAX_WBITS | 16)
    plain = packed = 0
    policy = policies.load_policy(SEOUL_RESERVATION)
    with (
        tempfile.TemporaryDirectory(prefix="gamsa-size-") as name,
        endpoint(Path(name)) as (url, _),
    ):
        trail = Trail(connect(url))
        migrate.apply(trail.client)
        all_records = records(events)
        while chunk := list(islice(all_records, CHUNK)):
            for record in chunk:
                plain += len(record.value)
                packed += len(topic.compress(record.value + b"\n"))
            trail.append(audit(PLACE, chunk, policy))
        packed += len(topic.flush())
        for table in ("access_events", *OTHERS):
            trail.client.command(f"OPTIMIZE TABLE {table} FINAL")
        sizes = [
            (str(what), int(size)) for what, size in trail.rows(_SIZES, {"others": list(OTHERS)})
        ]
    text = report(events, plain, packed, sizes)
    print(text)
    (RESULTS / "size.md").write_text(text, encoding="utf-8")


OTHERS = ("rejected_events", "findings", "judged_numbers")

_SIZES = """
SELECT what, sum(bytes) AS size FROM
(
    SELECT name AS what, data_compressed_bytes + marks_bytes AS bytes
    FROM system.columns WHERE database = currentDatabase() AND table = 'access_events'
    UNION ALL
    SELECT 'index ' || name, data_compressed_bytes + marks_bytes
    FROM system.data_skipping_indices
    WHERE database = currentDatabase() AND table = 'access_events'
    UNION ALL
    SELECT 'table ' || table, bytes_on_disk FROM system.parts
    WHERE database = currentDatabase() AND active AND table IN {others:Array(String)}
)
GROUP BY what ORDER BY size DESC
"""


def report(events: int, plain: int, packed: int, sizes: list[tuple[str, int]]) -> str:
    """The figures as Markdown; bytes are of one event."""
    total = sum(size for _, size in sizes)
    lines = [
        f"{datetime.now(UTC):%Y-%m-%d}: {events:,} events of a simulated day, judged, stored and",
        f"merged. One event is {plain / events:.0f} bytes of JSON; all of them in one file are",
        f"{packed / events:.1f} bytes an event after gzip -9. In the trail an event takes",
        f"**{total / events:.1f} bytes**, exact bytes and indexes included: gzip's ÷ the trail's",
        f"is {packed / total:.2f}.",
        "",
        "| what | bytes an event |",
        "|---|---|",
        *(f"| {what} | {size / events:.2f} |" for what, size in sizes if size * 100 >= events),
    ]
    return "\n".join(lines) + "\n"


def records(events: int) -> Iterator[SimpleNamespace]:
    """The day as Kafka has it: numbered by each service's producer, received as it happened."""
    sequences: Counter[str] = Counter()
    received = 0
    for offset, happening in enumerate(day(seed=1, on=DAY, events=events)):
        event = happening.event
        producer = f"{event.source.rpartition('/')[2]}-7f"
        numbered = replace(event, producer=producer, epoch=3, sequence=sequences[producer])
        sequences[producer] += 1
        received = max(received, (UUID(event.id).int >> 80) + LATER)
        yield SimpleNamespace(
            offset=offset, timestamp=received, key=b"", value=encode(numbered), headers=()
        )


if __name__ == "__main__":
    main()
