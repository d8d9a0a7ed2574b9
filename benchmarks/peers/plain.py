"""A plain loop: confluent-kafka, msgspec, clickhouse-connect. No Faust, no ledger, no checks.

The same columns with the same durability, as whoever knows the three libraries would write it:
nothing is judged, so every verdict is `allowed`, and after a crash rows stand there twice.
Run: `python -m benchmarks.peers.plain KAFKA CLICKHOUSE POLICY FOLDER GROUP`.
"""

import signal
import sys
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any

import msgspec
from confluent_kafka import Consumer, Message

from audit.events import AccessEvent
from audit.topics import ACCESS_EVENTS
from storage.rows import Place
from storage.trail import Trail, connect
from stream import topics

BATCH, WITHIN = 20_000, 1.0  # events, seconds

Row = tuple[Message, AccessEvent]


def main(kafka: str, clickhouse: str, _policy: str, _folder: str, group: str) -> None:
    signal.signal(signal.SIGTERM, lambda *_: sys.exit())
    trail = Trail(connect(clickhouse))
    topic_id = topics.ids(kafka, [ACCESS_EVENTS])[ACCESS_EVENTS]
    decode = msgspec.json.Decoder(AccessEvent).decode
    writers: dict[int, str] = {}
    consumer = Consumer(
        {
            "bootstrap.servers": kafka,
            "group.id": group,
            "auto.offset.reset": "earliest",
            "enable.auto.commit": False,
        }
    )
    consumer.subscribe([ACCESS_EVENTS])
    while True:
        batches: dict[int, list[Row]] = defaultdict(list)
        for message in consumer.consume(BATCH, WITHIN):
            if message.error() is None:
                batches[message.partition()].append((message, decode(message.value())))
        for partition, batch in batches.items():
            place = Place(topic_id, partition)
            if partition not in writers:
                writers[partition] = trail.claim(place)
            insert(trail, place, writers[partition], batch)
        if batches:
            consumer.commit(asynchronous=False)


def insert(trail: Trail, place: Place, writer: str, batch: Sequence[Row]) -> None:
    columns = {name: [value(row) for row in batch] for name, value in COLUMNS.items()}
    columns |= {
        "topic_id": [place.topic_id] * len(batch),
        "partition": [place.partition] * len(batch),
        "writer": [writer] * len(batch),
    }
    trail.client.insert(
        "access_events",
        list(columns.values()),
        column_names=list(columns),
        column_oriented=True,
        settings={"async_insert": 0},
    )


def _time(text: str | None) -> datetime | None:
    return None if text is None else datetime.fromisoformat(text)


COLUMNS: Mapping[str, Callable[[Row], Any]] = {
    "offset": lambda row: row[0].offset(),
    "received_at": lambda row: row[0].timestamp()[1],
    "event_id": lambda row: row[1].id,
    "occurred_at": lambda row: _time(row[1].time),
    "source": lambda row: row[1].source,
    "subject": lambda row: row[1].subject or "",
    "producer": lambda row: row[1].producer or "",
    "epoch": lambda row: row[1].epoch,
    "sequence": lambda row: row[1].sequence,
    "actor": lambda row: row[1].data.actor.id,
    "actor_kind": lambda row: row[1].data.actor.kind,
    "role": lambda row: row[1].data.actor.role,
    "organization": lambda row: row[1].data.actor.organization or "",
    "ip": lambda row: row[1].data.client.ip or "",
    "cookie": lambda row: row[1].data.client.cookie or "",
    "mac": lambda row: row[1].data.client.mac or "",
    "user_agent": lambda row: row[1].data.client.user_agent or "",
    "request_id": lambda row: row[1].data.usage.request_id or "",
    "method": lambda row: row[1].data.usage.method or "",
    "path": lambda row: row[1].data.usage.path or "",
    "session": lambda row: row[1].data.usage.session or "",
    "referrer": lambda row: row[1].data.usage.referrer or "",
    "action": lambda row: row[1].data.action,
    "file": lambda row: row[1].data.file,
    "items": lambda row: row[1].data.items,
    "records": lambda row: row[1].data.records,
    "purpose": lambda row: row[1].data.purpose,
    "legal_basis": lambda row: row[1].data.legal_basis or "",
    "recipient": lambda row: row[1].data.recipient or "",
    "outcome": lambda row: row[1].data.outcome,
    "justification": lambda row: row[1].data.justification or "",
    "collected_at": lambda row: _time(row[1].data.collected_at),
    "verdict": lambda _: "allowed",
    "raw": lambda row: row[0].value(),
}


if __name__ == "__main__":
    main(*sys.argv[1:])
