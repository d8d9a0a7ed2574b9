"""What others may act on at once: rejected records and findings, each to its topic."""

import asyncio
from typing import Any

import orjson

from audit.topics import ACCESS_EVENTS_DLQ, FINDINGS
from storage.rows import Found, Place, Refused
from storage.trail import Chunk


async def publish(producer: Any, chunk: Chunk) -> None:
    """Send a chunk's rejected records and findings; they are in Kafka when this returns.

    `producer`: Faust's. Delivery is at least once: a dead letter is known by the topic, partition
    and offset in its headers, a finding by its id and the event's.
    """
    letters = [
        (ACCESS_EVENTS_DLQ, row.key, row.raw, _headers(chunk.place, row)) for row in chunk.refused
    ]
    found = [
        (FINDINGS, row.finding.finding_id.encode(), _finding(row), None) for row in chunk.found
    ]
    sent = [
        await producer.send(topic, key, value, None, None, headers)
        for topic, key, value, headers in letters + found
    ]
    await asyncio.gather(*sent)


def _headers(place: Place, row: Refused) -> list[tuple[str, bytes]]:
    return [
        ("gamsa-topic-id", place.topic_id.encode()),
        ("gamsa-partition", str(place.partition).encode()),
        ("gamsa-offset", str(row.offset).encode()),
        ("gamsa-reason", row.rejected.reason.encode()),
        ("gamsa-detail", row.rejected.detail.encode("utf-8", "backslashreplace")),
        *row.headers,
    ]


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
