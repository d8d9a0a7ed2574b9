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
            *, concat(actor, ' ', subject) AS key,
            multiIf(
                own_person != '' AND own_person = subject, 'own',
                account != '' AND their_team != '' AND their_team = team, 'colleague',
                is_protected = 1, 'protected', '') AS relation
        FROM handled
        ASOF LEFT JOIN
        (
            SELECT person AS subject, subject AS account, team AS their_team, occurred_at
            FROM roster WHERE kind = 'account' AND person != ''
        ) AS whose USING (subject, occurred_at)
        ASOF LEFT JOIN
        (
            SELECT subject AS actor, team, person AS own_person, occurred_at
            FROM roster WHERE kind = 'account'
        ) AS own USING (actor, occurred_at)
        ASOF LEFT JOIN
        (
            SELECT subject, 1 AS is_protected, occurred_at FROM roster WHERE kind = 'protected'
        ) AS guarded USING (subject, occurred_at)
        ASOF LEFT JOIN
        (
            SELECT subject, occurred_at AS case_at, occurred_at FROM business
            WHERE subject IN (SELECT subject FROM handled)
        ) AS cases USING (subject, occurred_at)
        WHERE relation = 'own' OR (
            relation != '' AND case_at < occurred_at - toIntervalDay({days_before:UInt16}))
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
            "the own record, of somebody with a second account",
            _TEAM,
            account("-8 09:00", "staff:4", team="desk-4", person="member:1"),
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
