"""From the records of a chunk to what is stored of them: decode, judge, find. No I/O."""

from collections.abc import Sequence
from typing import Protocol

from audit.codec import Headers, Rejected, decode
from audit.events import ReceivedEvent
from audit.findings import finding
from audit.judge import judge
from audit.judgement import Reason
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


Answer = tuple[Record, Headers, ReceivedEvent | Rejected]


def read(records: Sequence[Record]) -> list[Answer]:
    """Decode each record, with its headers."""
    answers: list[Answer] = []
    for record in records:
        headers = _headers(record) if record.headers else ()
        answers.append((record, headers, decode(record.value, record.timestamp * 1_000, headers)))
    return answers


def audit(place: Place, answers: Sequence[Answer], policy: Policy) -> Chunk:
    """Judge each event by the policy in force when it happened."""
    judged: list[Judged] = []
    refused: list[Refused] = []
    found: list[Found] = []
    for record, headers, answer in answers:
        if isinstance(answer, Rejected):
            refused.append(refuse(record, answer))
            continue
        row = Judged(record.offset, answer, judge(answer, policy), headers)
        judged.append(row)
        if row.judgement.reasons:
            found.extend(_findings(row, policy))
    return Chunk(place, judged, refused, found)


def refuse(record: Record, why: Rejected) -> Refused:
    """A record as it came, to be stored among the rejected."""
    key, raw = record.key or b"", record.value or b""
    headers = _headers(record) if record.headers else ()
    return Refused(record.offset, record.timestamp * 1_000, why, key, headers, raw)


def _headers(record: Record) -> Headers:
    return [(name, value or b"") for name, value in record.headers]


def _findings(row: Judged, policy: Policy) -> list[Found]:
    return [_found(row, reason, policy) for reason in row.judgement.reasons]


def _found(row: Judged, reason: Reason, policy: Policy) -> Found:
    entry = policy.check(reason.check, row.judgement.policy_revision)
    title, share = entry.title, finding(row.received, reason)
    return Found(share, row, entry.severity, title.en, title.ko, entry.runbook)
