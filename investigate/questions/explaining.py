"""Why an event was judged as it was: clause, sentence, version, and what happened around it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from msgspec import structs

from audit.judgement import Check, Reason
from audit.policy import Language, Policy, Version
from investigate.errors import NotThereError
from investigate.filters import Filters, conditions
from investigate.questions.accesses import BEYOND, COLUMNS, PLACE, Access, place
from investigate.reading import Reader

BY_ACTOR = timedelta(days=1)
OF_SUBJECT = timedelta(days=30)
AROUND = 5
"""How far from an event its neighbours are looked for, and how many on either side."""

COPIES = 1_000
"""How many copies of an event are counted."""


@dataclass(frozen=True, slots=True)
class Ground:
    """What of the policy the verdict rests on.

    `says` is the policy's own sentence where `quoted`, else the catalogue's summary. `check`,
    `title`, `severity`, `detail` and `runbook` are of misuse.
    """

    clause: str
    says: str
    quoted: bool
    title: str = ""
    check: str = ""
    severity: str = ""
    detail: str = ""
    runbook: str = ""


@dataclass(frozen=True, slots=True)
class InForce:
    """The version of the policy that decided, and when it took effect."""

    policy: str
    title: str
    effective_from: str
    revision: str


@dataclass(frozen=True, slots=True)
class Explanation:
    """An event and why it was judged so.

    `times_stored`: 2 and more, up to `COPIES`, for an event that was sent again; `others` are
    sources that gave another event the same id. `in_force` is None where the catalogue at hand has
    no such version; then there is no sentence. Neighbours are in order.
    """

    event: Access
    times_stored: int
    others: Sequence[str]
    in_force: InForce | None
    grounds: Sequence[Ground]
    by_actor: Sequence[Access]
    of_subject: Sequence[Access]


def why(
    reader: Reader,
    policy: Policy,
    event_id: str,
    language: Language = "en",
    source: str | None = None,
) -> Explanation:
    """Why was this event judged so, and what happened around it?

    Ids are unique within a source: of several that use this one the oldest event is meant, unless
    the source is named. Raises `NotThereError` where the trail has no such event.
    """
    found = copies(reader, event_id)
    event = next((one for one in found if source in {None, one.source}), None)
    if event is None:
        raise NotThereError(f"the trail has no event {event_id!r} of {source!r}")
    version = policy.version(event.policy_revision)
    return Explanation(
        event,
        sum(one.source == event.source for one in found),
        sorted({one.source for one in found} - {event.source}),
        None if version is None else _in_force(version, language),
        _grounds(event, version, language),
        _around(reader, event, Filters(actor=event.actor), BY_ACTOR),
        _around(reader, event, Filters(subject=event.subject), OF_SUBJECT)
        if event.subject
        else (),
    )


def copies(reader: Reader, event_id: str, source: str | None = None) -> Sequence[Access]:
    """The events with this id, of any source or of this, up to a limit, in order.

    Raises `NotThereError` where there is none.
    """
    sql, bound = conditions(Filters(event_id=event_id, source=source))
    query = _COPIES.format(columns=", ".join(COLUMNS), those=" AND ".join(sql))
    found = [Access(*row) for row in reader.rows(query, {**bound, "copies": COPIES})]
    if not found:
        raise NotThereError(f"the trail has no event {event_id!r}")
    return found


def _in_force(version: Version, language: Language) -> InForce:
    document = version.document
    title = getattr(document.title, language)
    return InForce(document.id, title, str(document.effective_from), version.revision)


def _grounds(event: Access, version: Version | None, language: Language) -> list[Ground]:
    failed = list(zip(event.reasons, event.clauses, event.details, strict=True))
    if version is None:
        return [
            Ground(clause, "", quoted=False, check=check, detail=detail)
            for check, clause, detail in failed
        ]
    if not failed:
        return _allowing(event, version, language)
    return [
        _broken(Reason(Check(check), clause, detail), version, language)
        for check, clause, detail in failed
    ]


def _broken(reason: Reason, version: Version, language: Language) -> Ground:
    entry = version.checks[reason.check]
    return Ground(
        reason.clause,
        version.say(reason, language),
        quoted=version.is_quoted(reason.clause),
        title=getattr(entry.title, language),
        check=reason.check,
        severity=entry.severity,
        detail=reason.detail,
        runbook=entry.runbook,
    )


def _allowing(event: Access, version: Version, language: Language) -> list[Ground]:
    """The clauses of the purpose and of the file, which allowed it."""
    purpose, file = version.purposes.get(event.purpose), version.files.get(event.file)
    clauses = [rule.clause for rule in (purpose, file) if rule is not None]
    return [
        Ground(clause, version.quote(clause, language), quoted=version.is_quoted(clause))
        for clause in dict.fromkeys(clauses)
    ]


def _around(reader: Reader, event: Access, filters: Filters, span: timedelta) -> Sequence[Access]:
    """What came just before and just after, without the event itself, in order."""
    at = event.occurred_at
    sql, bound = conditions(structs.replace(filters, start=at - span, end=at + span))
    bound |= dict(zip(PLACE, place(event), strict=True))
    bound |= {"event_id": event.event_id, "around": AROUND}
    query = _AROUND.format(
        columns=", ".join(COLUMNS),
        those=" AND ".join(sql),
        before=BEYOND.format(beyond="<"),
        after=BEYOND.format(beyond=">"),
    )
    return [Access(*row) for row in reader.rows(query, bound)]


_COPIES = """
SELECT {columns} FROM v_access_events WHERE {those}
ORDER BY occurred_at, topic_id, partition, offset
LIMIT {{copies:UInt32}}
"""

_AROUND = """
SELECT * FROM
(
    SELECT {columns} FROM v_access_events
    WHERE {those} AND {before}
        AND event_id != {{event_id:String}}
    ORDER BY occurred_at DESC, topic_id DESC, partition DESC, offset DESC
    LIMIT {{around:UInt32}}
    UNION ALL
    SELECT {columns} FROM v_access_events
    WHERE {those} AND {after}
        AND event_id != {{event_id:String}}
    ORDER BY occurred_at, topic_id, partition, offset
    LIMIT {{around:UInt32}}
)
ORDER BY occurred_at, topic_id, partition, offset
"""
