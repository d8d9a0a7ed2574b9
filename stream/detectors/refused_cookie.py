"""Cookies are recorded for a member who refused them."""

from dataclasses import dataclass

from stream.detectors.detector import Detector, Opens, Thresholds, Words
from stream.detectors.example import business, example, visit
from stream.windows import HOUR


@dataclass(frozen=True, slots=True)
class Refused(Thresholds):
    """A refusal holds after so many minutes."""

    minutes: int = 5


REFUSED_COOKIE = Detector(
    id="refused_cookie",
    title=Words("Cookie recorded though refused", "거부한 쿠키 수집"),
    sentence=Words(
        "Cookies of {key} were recorded {events} times after the member refused them.",
        "{key} 회원이 쿠키를 거부한 뒤에도 쿠키가 {events}번 기록되었습니다.",
    ),
    severity="medium",
    clause="Art. 9(3)2",
    window=HOUR,
    opens=Opens.ONCE_CLOSED,
    thresholds=Refused(),
    events="""
        SELECT visits.*, visits.member AS key
        FROM
        (
            SELECT *, if(actor_kind = 'member', actor, subject) AS member
            FROM accesses
            WHERE (actor_kind = 'member' AND cookie != '')
                OR (actor_kind IN ('member', 'system') AND has(items, 'cookie'))
        ) AS visits
        ASOF INNER JOIN
        (
            SELECT subject, max(kind) AS choice,
                occurred_at + toIntervalMinute({minutes:UInt16}) AS holds_from
            FROM business
            WHERE kind IN ('cookies_refused', 'cookies_accepted')
            GROUP BY subject, occurred_at
        ) AS chosen ON chosen.subject = visits.member AND visits.occurred_at >= chosen.holds_from
        WHERE chosen.choice = 'cookies_refused'
    """,
    actor="min(actor)",
    examples=(
        example(
            "five minutes after the refusal",
            business("1 09:55", "member:1", "cookies_refused"),
            visit("1 10:00", "member:1"),
            finds="member:1",
        ),
        example(
            "four minutes after the refusal",
            business("1 09:56", "member:1", "cookies_refused"),
            visit("1 10:00", "member:1"),
        ),
        example(
            "accepted since",
            business("-9 09:56", "member:1", "cookies_refused"),
            business("-2 09:56", "member:1", "cookies_accepted"),
            visit("1 10:00", "member:1"),
        ),
        example(
            "no cookie",
            business("-9 09:56", "member:1", "cookies_refused"),
            visit("1 10:00", "member:1", cookie=""),
        ),
    ),
)
