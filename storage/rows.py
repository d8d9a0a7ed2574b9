"""Judged events, rejected records and findings as Arrow tables, in the columns of the schema.

Column names and types here are those of `migrations/`; a test inserts one of each and reads it
back.
"""

import re
from collections.abc import Sequence

import pyarrow as pa
from msgspec import Struct

from audit.codec import Headers, Rejected
from audit.events import ReceivedEvent
from audit.findings import Finding
from audit.judgement import Judgement
from storage import exact


class Place(Struct, frozen=True, gc=False):
    """A partition of a topic, by the id that Kafka gives a topic when it is created."""

    topic_id: str
    partition: int


class Judged(Struct, frozen=True, gc=False):
    """An event of one offset, and what was said of it."""

    offset: int
    received: ReceivedEvent
    judgement: Judgement
    headers: Headers


class Refused(Struct, frozen=True, gc=False):
    """A record of one offset that is no access event. `received_at`: microseconds since 1970."""

    offset: int
    received_at: int
    rejected: Rejected
    key: bytes
    headers: Headers
    raw: bytes


class Found(Struct, frozen=True, gc=False):
    """One event's share in a finding, with what the catalogue says of the check."""

    finding: Finding
    judged: Judged
    severity: str
    title: str
    title_ko: str
    runbook: str


_HEADERS = pa.list_(pa.struct([("name", pa.binary()), ("value", pa.binary())]))
_STRINGS = pa.list_(pa.string())
_NO_UUID = "00000000-0000-0000-0000-000000000000"
_is_uuid = re.compile(r"[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}").fullmatch
_MICROSECONDS = pa.timestamp("us", "UTC")

# The columns of `access_events` that hold each text once, and then its number.
LOW_CARDINALITY = (
    *("topic_id", "source", "producer", "subject", "actor", "actor_kind", "role", "organization"),
    *("ip", "cookie", "mac", "user_agent", "method", "path", "session", "action", "file"),
    *("purpose", "legal_basis", "recipient", "outcome", "policy_revision", "form"),
)


def access_events(place: Place, rows: Sequence[Judged]) -> pa.RecordBatch:
    """The rows of table `access_events`, in columns as `ACCESS_EVENTS` names them."""
    received = [row.received for row in rows]
    events = [each.event for each in received]
    accesses = [event.data for event in events]
    actors = [access.actor for access in accesses]
    clients = [access.client for access in accesses]
    usages = [access.usage for access in accesses]
    forms = [exact.form(each) for each in received]
    return pa.RecordBatch.from_pydict(
        {
            **_where(place, [row.offset for row in rows], [each.received_at for each in received]),
            **_judged(rows),
            **_ids([event.id for event in events]),
            "occurred_at": _times([each.occurred_at for each in received]),
            "source": _text([event.source for event in events]),
            "subject": _text([event.subject or "" for event in events]),
            "producer": _text([event.producer or "" for event in events]),
            "epoch": pa.array([event.epoch for event in events], pa.uint64()),
            "sequence": pa.array([event.sequence for event in events], pa.uint64()),
            "actor": _text([actor.id for actor in actors]),
            "ip": _text([client.ip or "" for client in clients]),
            "cookie": _text([client.cookie or "" for client in clients]),
            "mac": _text([client.mac or "" for client in clients]),
            "user_agent": _text([client.user_agent or "" for client in clients]),
            "request_id": _text([usage.request_id or "" for usage in usages]),
            "method": _text([usage.method or "" for usage in usages]),
            "path": _text([usage.path or "" for usage in usages]),
            "session": _text([usage.session or "" for usage in usages]),
            "referrer": _text([usage.referrer or "" for usage in usages]),
            "records": pa.array([access.records for access in accesses], pa.uint64()),
            "justification": _text([access.justification or "" for access in accesses]),
            "collected_at": _times([each.collected_at for each in received]),
            "headers": _headers([row.headers for row in rows]),
            "form": _text(forms),
            "rest": pa.array(
                [form and exact.rest(event) for form, event in zip(forms, events, strict=True)],
                pa.string(),
            ),
            "raw": pa.array(
                [b"" if form else each.raw for form, each in zip(forms, received, strict=True)],
                pa.binary(),
            ),
        }
    )


def packed(judged: pa.Table) -> pa.Table:
    """The same rows of `access_events` in one batch, each text that comes again as its number.

    Both spare ClickHouse what is done here in a few instructions: a block for every batch, and
    a hash for every text of a column of `LOW_CARDINALITY`.
    """
    columns = judged.combine_chunks()
    for name in LOW_CARDINALITY:
        place = columns.schema.get_field_index(name)
        columns = columns.set_column(place, name, columns[name].dictionary_encode())
    return columns


def _judged(rows: Sequence[Judged]) -> dict[str, pa.Array]:
    """The columns of what was judged, laid out once for all events that share a judgement.

    `audit.judge` has one judgement for all unremarkable events of a combination, so events that
    share one (the object, not its content) name the same file, purpose, role and so on.
    """
    first: dict[int, int] = {}
    alike: list[Judged] = []
    which: list[int] = []
    for row in rows:
        place = first.setdefault(id(row.judgement), len(alike))
        if place == len(alike):
            alike.append(row)
        which.append(place)
    judgements = [row.judgement for row in alike]
    accesses = [row.received.event.data for row in alike]
    actors = [access.actor for access in accesses]
    columns = pa.RecordBatch.from_pydict(
        {
            "actor_kind": _text([actor.kind for actor in actors]),
            "role": _text([actor.role for actor in actors]),
            "organization": _text([actor.organization or "" for actor in actors]),
            "action": _text([access.action for access in accesses]),
            "file": _text([access.file for access in accesses]),
            "items": pa.array([access.items for access in accesses], _STRINGS),
            "purpose": _text([access.purpose for access in accesses]),
            "legal_basis": _text([access.legal_basis or "" for access in accesses]),
            "recipient": _text([access.recipient or "" for access in accesses]),
            "outcome": _text([access.outcome for access in accesses]),
            "verdict": _text([judgement.verdict for judgement in judgements]),
            "reasons": _reasons(judgements, "check"),
            "clauses": _reasons(judgements, "clause"),
            "details": _reasons(judgements, "detail"),
            "policy_revision": _text([judgement.policy_revision for judgement in judgements]),
        }
    ).take(pa.array(which, pa.int32()))
    return dict(zip(columns.schema.names, columns.columns, strict=True))


def rejected_events(place: Place, rows: Sequence[Refused]) -> pa.Table:
    """The rows of table `rejected_events`."""
    return pa.table(
        {
            **_where(place, [row.offset for row in rows], [row.received_at for row in rows]),
            "reason": _text([row.rejected.reason for row in rows]),
            "detail": pa.array([_utf8(row.rejected.detail) for row in rows], pa.binary()),
            "key": pa.array([row.key for row in rows], pa.binary()),
            "headers": _headers([row.headers for row in rows]),
            "raw": pa.array([row.raw for row in rows], pa.binary()),
        }
    )


def findings(place: Place, rows: Sequence[Found]) -> pa.Table:
    """The rows of table `findings`."""
    events = [row.judged.received.event for row in rows]
    offsets = [row.judged.offset for row in rows]
    return pa.table(
        {
            **_where(place, offsets, [row.judged.received.received_at for row in rows]),
            "finding_id": _text([row.finding.finding_id for row in rows]),
            "detector": _text([row.finding.reason.check for row in rows]),
            "severity": _text([row.severity for row in rows]),
            "clause": _text([row.finding.reason.clause for row in rows]),
            "actor": _text([row.finding.actor for row in rows]),
            "window_start": pa.array(
                [row.finding.window_start // 1_000_000 for row in rows], pa.int64()
            ).cast(pa.timestamp("s", "UTC")),
            "title": _text([row.title for row in rows]),
            "title_ko": _text([row.title_ko for row in rows]),
            "runbook": _text([row.runbook for row in rows]),
            "event_id": _text([event.id for event in events]),
            "subject": _text([event.subject or "" for event in events]),
            "source": _text([event.source for event in events]),
            "detail": _text([row.finding.reason.detail for row in rows]),
            "occurred_at": _times([row.judged.received.occurred_at for row in rows]),
            "policy_revision": _text([row.judged.judgement.policy_revision for row in rows]),
        }
    )


def _where(place: Place, offsets: list[int], received_at: list[int]) -> dict[str, pa.Array]:
    rows = len(offsets)
    return {
        "topic_id": pa.repeat(pa.scalar(place.topic_id), rows),
        "partition": pa.repeat(pa.scalar(place.partition, pa.uint32()), rows),
        "offset": pa.array(offsets, pa.uint64()),
        "received_at": pa.array([each // 1_000 for each in received_at], pa.int64()).cast(
            pa.timestamp("ms", "UTC")
        ),
    }


def _ids(ids: Sequence[str]) -> dict[str, pa.Array]:
    known = [_is_uuid(each) is not None for each in ids]
    pairs = list(zip(ids, known, strict=True))
    return {
        "event_id": _text(["" if is_uuid else each for each, is_uuid in pairs]),
        "event_uuid": _text([each if is_uuid else _NO_UUID for each, is_uuid in pairs]),
    }


def _text(values: Sequence[str]) -> pa.Array:
    return pa.array(values, pa.string())


def _times(microseconds: Sequence[int | None]) -> pa.Array:
    return pa.array(microseconds, _MICROSECONDS)


def _reasons(judgements: Sequence[Judgement], field: str) -> pa.Array:
    lists = [
        [getattr(reason, field) for reason in each.reasons] if each.reasons else ()
        for each in judgements
    ]
    return pa.array(lists, _STRINGS)


def _headers(headers: Sequence[Headers]) -> pa.Array:
    if not any(headers):
        return pa.array([()] * len(headers), _HEADERS)
    pairs = [[{"name": _utf8(name), "value": value} for name, value in each] for each in headers]
    return pa.array(pairs, _HEADERS)


def _utf8(text: str) -> bytes:
    return text.encode("utf-8", "surrogateescape")


ACCESS_EVENTS = access_events(Place("", 0), []).schema
