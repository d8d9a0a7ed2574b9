"""An account that nobody had used for long is used again."""

from dataclasses import dataclass

from stream.detectors.detector import Detector, Opens, Thresholds, Words
from stream.detectors.example import access, account, example
from stream.windows import DAY


@dataclass(frozen=True, slots=True)
class Asleep(Thresholds):
    """So many days without an access, leave not counted; the trail is read for `days_back`."""

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
        SELECT handled.*, handled.actor AS key, asleep.last_day AS last_day
        FROM handled INNER JOIN
        (
            SELECT used.actor AS sleeper, used.last_day AS last_day
            FROM
            (
                SELECT actor, max(day) AS last_day
                FROM account_days
                WHERE day < {start:DateTime64(6, 'UTC')}
                    AND day >= {start:DateTime64(6, 'UTC')} - toIntervalDay({days_back:UInt16})
                GROUP BY actor
                HAVING last_day < {start:DateTime64(6, 'UTC')} - toIntervalDay({days:UInt16})
            ) AS used
            LEFT JOIN
            (
                SELECT subject, argMax(leave, occurred_at) AS away
                FROM roster
                WHERE kind = 'account' AND occurred_at < {start:DateTime64(6, 'UTC')}
                GROUP BY subject
            ) AS holder ON holder.subject = used.actor
            WHERE 86400 * {days:UInt16} < arraySum(
                one -> -greatest(0, dateDiff('second', greatest(one.1, used.last_day),
                    least(one.2, {start:DateTime64(6, 'UTC')}))),
                holder.away) + dateDiff('second', used.last_day, {start:DateTime64(6, 'UTC')})
        ) AS asleep ON asleep.sleeper = handled.actor
    """,
    measures={
        "subjects": "uniqExact(subject)",
        "last_used": "toString(toDate(toTimeZone(min(last_day), {zone:String})))",
    },
    actor="min(actor)",
    examples=(
        example("unused for 46 days", access("-45 10:00"), access("1 10:00"), finds="staff:1"),
        example("unused for 45 days", access("-44 10:00"), access("1 10:00")),
        example(
            "back from a leave of 40 days",
            account("-45 09:00", "staff:1", leave=[("-43 00:00", "-3 00:00")]),
            access("-45 10:00"),
            access("1 10:00"),
        ),
        example(
            "a leave of a week, long ago",
            account("-60 09:00", "staff:1", leave=[("-59 00:00", "-52 00:00")]),
            access("-45 10:00"),
            access("1 10:00"),
            finds="staff:1",
        ),
        example("used for the first time", access("1 10:00")),
    ),
)
