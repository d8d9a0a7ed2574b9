"""A session goes on after its member has logged out."""

from dataclasses import dataclass

from stream.detectors.detector import Detector, Opens, Thresholds, Words
from stream.detectors.example import example, login, visit
from stream.windows import DAY


@dataclass(frozen=True, slots=True)
class Ended(Thresholds):
    """What was on its way may come so many seconds later."""

    seconds: int = 60


SESSION_AFTER_LOGOUT = Detector(
    id="session_after_logout",
    title=Words("Session used after logout", "로그아웃 후 세션 사용"),
    sentence=Words(
        "Session {key} of {actor} was used {events} times after its logout.",
        "{actor} 회원의 세션 {key}이(가) 로그아웃 후 {events}번 사용되었습니다.",
    ),
    severity="high",
    clause="Art. 8(1)2",
    window=DAY,
    opens=Opens.ONCE_CLOSED,
    thresholds=Ended(),
    events="""
        SELECT used.*, used.session AS key
        FROM (SELECT * FROM accesses WHERE session IN
            (SELECT session FROM accesses WHERE action = 'logout' AND session != '')) AS used
        ASOF INNER JOIN
        (
            SELECT session, max(action) AS last_action, occurred_at
            FROM accesses
            WHERE session != '' AND outcome = 'success' AND action IN ('login', 'logout')
            GROUP BY session, occurred_at
        ) AS turn ON turn.session = used.session AND used.occurred_at > turn.occurred_at
        WHERE turn.last_action = 'logout'
            AND used.action NOT IN ('login', 'logout')
            AND used.actor_kind != 'system'
            AND used.occurred_at > turn.occurred_at + toIntervalSecond({seconds:UInt32})
    """,
    actor="min(actor)",
    examples=(
        example(
            "61 seconds after logout",
            login("1 10:00", "member:1"),
            login("1 10:10", "member:1", action="logout"),
            visit("1 10:11:01", "member:1"),
            finds="s-member:1",
        ),
        example(
            "60 seconds after logout",
            login("1 10:10", "member:1", action="logout"),
            visit("1 10:11:00", "member:1"),
        ),
        example(
            "logged in again",
            login("1 10:10", "member:1", action="logout"),
            login("1 10:12", "member:1"),
            visit("1 10:15", "member:1"),
        ),
        example(
            "another session",
            login("1 10:10", "member:1", action="logout"),
            visit("1 11:00", "member:2"),
        ),
    ),
)
