"""An account that nobody had used for long is used again."""

from dataclasses import dataclass

from stream.detectors.detector import Detector, Opens, Thresholds, Words
from stream.detectors.example import access, example
from stream.windows import DAY


@dataclass(frozen=True, slots=True)
class Asleep(Thresholds):
    """So many days without an access; the trail is read for `days_back`."""

    days: int = 45
    days_back: int = 800


DORMANT_ACCOUNT = Detector(
    id="dormant_account",
    title=Words("Dormant account awake", "휴면 계정 사용"),
    sentence=Words(
        "{actor} was used again for {subjects} people; it had lain unused since {last_used}.",
        "{actor} 계정이 {last_used} 이후 쓰이지 않다가 다시 사용되어 {subjects}명을 조회했습니다.",
    ),
    severity="medium",
    clause="Art. 8(1)2",
    window=DAY,
    opens=Opens.ONCE_BEGUN,
    thresholds=Asleep(),
    events="""
        SELECT handled.*, handled.actor AS key, used.last_day AS last_day
        FROM handled INNER JOIN
        (
            SELECT actor, max(day) AS last_day
            FROM account_days
            WHERE day < {start:DateTime64(6, 'UTC')}
                AND day >= {start:DateTime64(6, 'UTC')} - toIntervalDay({days_back:UInt16})
            GROUP BY actor
            HAVING last_day < {start:DateTime64(6, 'UTC')} - toIntervalDay({days:UInt16})
        ) AS used ON used.actor = handled.actor
    """,
    measures={
        "subjects": "uniqExact(subject)",
        "last_used": "toString(toDate(toTimeZone(min(last_day), {zone:String})))",
    },
    actor="min(actor)",
    examples=(
        example("unused for 46 days", access("-45 10:00"), access("1 10:00"), finds="staff:1"),
        example("unused for 45 days", access("-44 10:00"), access("1 10:00")),
        example("used for the first time", access("1 10:00")),
    ),
)
