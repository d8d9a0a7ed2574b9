"""From the records of a chunk to what is stored of them: decode, judge, find. No I/O."""

from collections import Counter
from collections.abc import Sequence
from typing import Protocol

from audit.codec import Headers, Rejected, decode
from audit.findings import finding
from audit.judge import judge
from audit.policy import Policy
from storage.rows import Found, Judged, Place, Refused
from storage.trail import Chunk


class Record(Protocol):
    """A Kafka record, as aiokafka and kafka-python have it. `timestamp`: milliseconds."""

    offset: int
    timestamp: int
    key: bytes | None
    value: bytes | None
    headers: Sequence[tuple[str, bytes | None]]


def audit(place: Place, records: Sequence[Record], policy: Policy) -> Chunk:
    """Judge each record's event by the policy in force when it happened."""
    judged: list[Judged] = []
    refused: list[Refused] = []
    found: list[Found] = []
    for record in records:
        received_at = record.timestamp * 1_000
        headers = _headers(record) if record.headers else ()
        answer = decode(record.value, received_at, headers)
        if isinstance(answer, Rejected):
            key, raw = record.key or b"", record.value or b""
            refused.append(Refused(record.offset, received_at, answer, key, headers, raw))
            continue
        row = Judged(record.offset, answer, judge(answer, policy), headers)
        judged.append(row)
        if row.judgement.reasons:
            found.extend(_findings(row, policy))
    return Chunk(place, judged, refused, found)


def tally(chunk: Chunk) -> Counter[tuple[str, str, str, str]]:
    """How many events there are of each service, file, purpose and verdict."""
    return Counter(
        (event.source, event.data.file, event.data.purpose, row.judgement.verdict)
        for row in chunk.judged
        for event in (row.received.event,)
    )


def _headers(record: Record) -> Headers:
    return [(name, value or b"") for name, value in record.headers]


def _findings(row: Judged, policy: Policy) -> list[Found]:
    return [_found(row, index, policy) for index in range(len(row.judgement.reasons))]


def _found(row: Judged, index: int, policy: Policy) -> Found:
    reason = row.judgement.reasons[index]
    rule = policy.check(reason.check)
    return Found(
        finding(row.received, reason),
        row,
        rule.severity,
        rule.title.en,
        rule.title.ko,
        rule.runbook,
    )
