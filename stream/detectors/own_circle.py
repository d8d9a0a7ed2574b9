"""Somebody reads the own record, a colleague's, or that of a protected person."""

from dataclasses import dataclass

from stream.detectors.detector import Detector, Opens, Thresholds, Words
from stream.detectors.example import access, account, business, example, protect
from stream.windows import HOUR


@dataclass(frozen=True, slots=True)
class Cases(Thresholds):
    """A case of the last so many days explains a look at a colleague or a protected person."""

    days_before: int = 14


_TEAM = (
    account("-9 09:00", "staff:1", team="desk-3", person="member:1"),
    account("-9 09:00", "staff:2", team="desk-3", person="member:2"),
    account("-9 09:00", "staff:3", team="desk-4", person="member:3"),
)

OWN_CIRCLE = Detector(
    id="own_circle",
    title=Words("One's own circle looked at", "본인·동료·보호대상자 열람"),
    sentence=Words(
        "{actor} opened the record of {whose}, {subject_read}, {events} times.",
        "{actor} 계정이 {whose_ko} {subject_read}의 기록을 {events}번 열람했습니다.",
    ),
    severity="high",
    clause="Art. 1(1)",
    window=HOUR,
    opens=Opens.ONCE_CLOSED,
    thresholds=Cases(),
    events="""
        SELECT
            handled.*, concat(handled.actor, ' ', handled.subject) AS key,
            circle.relation AS relation
        FROM handled INNER JOIN
        (
            WITH known AS
            (
                SELECT * FROM roster WHERE occurred_at < {end:DateTime64(6, 'UTC')}
                ORDER BY occurred_at DESC LIMIT 1 BY subject
            )
            SELECT own.subject AS actor, whose.person AS subject,
                if(own.subject = whose.subject, 'own', 'colleague') AS relation
            FROM (SELECT subject, team FROM known WHERE kind = 'account') AS own
            INNER JOIN (SELECT subject, team, person FROM known WHERE kind = 'account') AS whose
                ON own.team = whose.team
            WHERE whose.person != '' AND (own.team != '' OR own.subject = whose.subject)
            UNION DISTINCT
            SELECT actor, person, 'protected'
            FROM (SELECT DISTINCT actor FROM handled) AS readers
            CROSS JOIN (SELECT subject AS person FROM known WHERE kind = 'protected') AS guarded
        ) AS circle ON circle.actor = handled.actor AND circle.subject = handled.subject
        WHERE relation = 'own' OR handled.subject NOT IN
        (
            SELECT subject FROM business
            WHERE occurred_at >= {start:DateTime64(6, 'UTC')} - toIntervalDay({days_before:UInt16})
                AND subject IN (SELECT subject FROM handled)
        )
    """,
    measures={
        "subject_read": "min(subject)",
        "whose": "transform(min(relation), ['own', 'colleague', 'protected'],"
        " ['its own holder', 'a colleague', 'a protected person'])",
        "whose_ko": "transform(min(relation), ['own', 'colleague', 'protected'],"
        " ['본인', '동료', '보호대상자'])",
    },
    actor="min(actor)",
    examples=(
        example(
            "the own record",
            _TEAM,
            access("1 10:00", subject="member:1"),
            finds="staff:1 member:1",
        ),
        example(
            "a colleague", _TEAM, access("1 10:00", subject="member:2"), finds="staff:1 member:2"
        ),
        example(
            "a protected person",
            protect("-2 09:00", "member:9"),
            access("1 10:00", subject="member:9"),
            finds="staff:1 member:9",
        ),
        example(
            "a protected person who has just reserved",
            protect("-20 09:00", "member:9"),
            business("-12 11:00", "member:9", "reservation_made"),
            access("1 10:00", subject="member:9"),
        ),
        example(
            "a protected person who reserved long ago",
            protect("-20 09:00", "member:9"),
            business("-13 09:00", "member:9", "reservation_made"),
            access("1 10:00", subject="member:9"),
            finds="staff:1 member:9",
        ),
        example("somebody of another desk", _TEAM, access("1 10:00", subject="member:3")),
        example("somebody unknown", _TEAM, access("1 10:00", subject="member:4")),
    ),
)
