"""What others may act on at once: rejected records and findings, each to its topic."""

import asyncio
from collections.abc import Sequence
from datetime import datetime
from typing import Any

import orjson
from aiokafka.errors import KafkaError
from faust.exceptions import ProducerSendError

from audit import completeness
from audit.completeness import Hole
from audit.topics import ACCESS_EVENTS_DLQ, FINDINGS
from storage.chunks import Chunk
from storage.detections import Detection
from storage.rows import Found, Place, Refused
from stream.topics import MAX_RECORD_BYTES, KafkaUnavailableError

# How much is shown of a key and a value that are too large for a dead letter.
CUT_BYTES = 1 << 16
# Of a finding's events so many are named in the topic; the trail names all.
MOST_NAMED = 1_000

Outgoing = tuple[str, bytes, bytes, list[tuple[str, bytes]] | None]
"""Topic, key, value and headers."""


async def publish(producer: Any, chunk: Chunk) -> None:
    """Send a chunk's rejected records and findings; they are in Kafka when this returns.

    `producer`: Faust's. Delivery is at least once: a dead letter is known by the topic, partition
    and offset in its headers, a finding by its id and the event's. Raises `KafkaUnavailableError`.
    """
    await _send(
        producer,
        [(ACCESS_EVENTS_DLQ, *_letter(chunk.place, row)) for row in chunk.refused]
        + [
            (FINDINGS, row.finding.finding_id.encode(), _finding(row), None) for row in chunk.found
        ],
    )


async def publish_holes(producer: Any, holes: Sequence[Hole], now: datetime) -> None:
    """Send a finding for each hole in a producer's numbers, seen at `now`; as `publish` does."""
    await _send(
        producer, [(FINDINGS, hole.finding_id.encode(), _hole(hole, now), None) for hole in holes]
    )


async def publish_detections(producer: Any, found: Sequence[Detection]) -> None:
    """Send what detectors found, unless it is only tried out; each time that it has grown.

    A finding is known by its id, and the latest of it says all. Delivery is as of `publish`.
    """
    told = [one for one in found if not one.shadow]
    await _send(
        producer, [(FINDINGS, one.finding_id.encode(), _detection(one), None) for one in told]
    )


async def _send(producer: Any, records: Sequence[Outgoing]) -> None:
    try:
        sent = [
            await producer.send(topic, key, value, None, None, headers)
            for topic, key, value, headers in records
        ]
        await asyncio.gather(*sent)
    except (KafkaError, ProducerSendError) as error:
        raise KafkaUnavailableError(f"Kafka took not all that was published: {error}") from error


def _detection(found: Detection) -> bytes:
    return orjson.dumps(
        {
            "finding_id": found.finding_id,
            "detector": found.detector,
            "clause": found.clause,
            "severity": found.severity,
            "title": {"en": found.title, "ko": found.title_ko},
            "sentence": {"en": found.sentence, "ko": found.sentence_ko},
            "runbook": found.runbook,
            "actor": found.actor,
            "key": found.key,
            "window_start": found.window_start,
            "window_end": found.window_end,
            "count": len(found.events),
            "event_ids": [event.event_id for event in found.events[:MOST_NAMED]],
        }
    )


def _hole(hole: Hole, now: datetime) -> bytes:
    return orjson.dumps(
        {
            "finding_id": hole.finding_id,
            "detector": completeness.DETECTOR,
            "clause": "",
            "severity": completeness.SEVERITY,
            "title": {"en": completeness.TITLE, "ko": completeness.TITLE_KO},
            "detail": str(hole),
            "runbook": completeness.RUNBOOK,
            "actor": hole.producer,
            "event_id": hole.name,
            "occurred_at": now,
            "source": hole.source,
            "producer": hole.producer,
            "epoch": hole.epoch,
            "first_sequence": hole.first,
            "last_sequence": hole.last,
        }
    )


def _letter(place: Place, row: Refused) -> tuple[bytes, bytes, list[tuple[str, bytes]]]:
    headers = [
        ("gamsa-topic-id", place.topic_id.encode()),
        ("gamsa-partition", str(place.partition).encode()),
        ("gamsa-offset", str(row.offset).encode()),
        ("gamsa-reason", row.rejected.reason.encode()),
        ("gamsa-detail", row.rejected.detail.encode("utf-8", "backslashreplace")),
    ]
    size = len(row.key) + len(row.raw) + sum(len(name) + len(value) for name, value in row.headers)
    if size <= MAX_RECORD_BYTES:
        own = [(_sendable(name), value) for name, value in row.headers]
        return row.key, row.raw, [*headers, *own]
    # A record that was compressed can be larger than a topic takes; the trail has it whole.
    return row.key[:CUT_BYTES], row.raw[:CUT_BYTES], [*headers, ("gamsa-cut", str(size).encode())]


def _sendable(name: str) -> str:
    # aiokafka sends no name that is not UTF-8; the trail has it as it came.
    return name.encode("utf-8", "backslashreplace").decode()


def _finding(row: Found) -> bytes:
    finding, event = row.finding, row.judged.received.event
    return orjson.dumps(
        {
            "finding_id": finding.finding_id,
            "detector": finding.reason.check,
            "clause": finding.reason.clause,
            "severity": row.severity,
            "title": {"en": row.title, "ko": row.title_ko},
            "detail": finding.reason.detail,
            "runbook": row.runbook,
            "actor": finding.actor,
            "window_start": finding.window_start,
            "event_id": event.id,
            "occurred_at": event.time,
            "source": event.source,
            "subject": event.subject,
            "policy_revision": row.judged.judgement.policy_revision,
        }
    )
