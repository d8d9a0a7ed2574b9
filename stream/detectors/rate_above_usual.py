"""Somebody works on far more people than usual: for the account, for the role, and for the day."""

from dataclasses import dataclass

from stream.detectors.detector import Detector, Opens, Thresholds, Words
from stream.detectors.example import Happening, access, example
from stream.windows import DAY


@dataclass(frozen=True, slots=True)
class Usual(Thresholds):
    """Too many are more than `times` what is usual, and more than `at_least`.

    Usual is the median of the `days` before, of the account and of its role. On a busy day it is
    what most of at least `colleagues` in the same role did on that day.
    """

    at_least: int = 30
    times: float = 3.0
    days: int = 30
    working_days: int = 5
    colleagues: int = 3


def _day(day: int, people: int, actor: str = "staff:1") -> list[Happening]:
    return [
        access(f"{day} {9 + n // 60:02}:{n % 60:02}", actor=actor, subject=f"member:{n}")
        for n in range(people)
    ]


_WEEK = [one for day in range(-6, -1) for one in _day(day, 10)]
_COLLEAGUES = [one for number in (2, 3) for one in _day(1, 12, f"staff:{number}")]

RATE_ABOVE_USUAL = Detector(
    id="rate_above_usual",
    title=Words("Far more people than usual", "평소보다 크게 많은 열람"),
    sentence=Words(
        "{actor} worked on {subjects} people that day; {usual} are usual for the account or role.",
        "{actor} 계정이 하루에 {subjects}명의 정보를 다루었습니다. 통상은 {usual}명입니다.",
    ),
    severity="medium",
    clause="Art. 8(1)2",
    window=DAY,
    opens=Opens.ONCE_CLOSED,  # a busy day is only known at its end
    thresholds=Usual(),
    events="""
        SELECT *, actor AS key
        FROM handled
        INNER JOIN
        (
            SELECT actor, quantileExact(0.5)(subjects) AS own_usual
            FROM account_days FINAL
            WHERE day < {start:DateTime64(6, 'UTC')}
                AND day >= {start:DateTime64(6, 'UTC')} - toIntervalDay({days:UInt16})
            GROUP BY actor HAVING count() >= {working_days:UInt16}
        ) AS own USING (actor)
        LEFT JOIN
        (
            SELECT role, quantileExact(0.5)(subjects) AS role_usual
            FROM account_days FINAL
            WHERE day < {start:DateTime64(6, 'UTC')}
                AND day >= {start:DateTime64(6, 'UTC')} - toIntervalDay({days:UInt16})
            GROUP BY role
        ) AS of_role USING (role)
        LEFT JOIN
        (
            SELECT role, quantileExact(0.5)(subjects) AS usual_today
            FROM
            (
                SELECT role, actor, uniqExact(subject) AS subjects
                FROM handled WHERE subject != '' GROUP BY role, actor
            )
            GROUP BY role HAVING count() > {colleagues:UInt16}
        ) AS today USING (role)
        WHERE subject != ''
    """,
    measures={
        "subjects": "uniqExact(subject)",
        "usual": "max(greatest(own_usual, role_usual, usual_today))",
    },
    when="subjects > {times:Float64} * usual AND subjects > {at_least:UInt32}",
    actor="min(actor)",
    examples=(
        example("31 people after days of 10", _WEEK, _day(1, 31), finds="staff:1"),
        example("30 people after days of 10", _WEEK, _day(1, 30)),
        example(
            "a busy day for everybody", _WEEK, _day(1, 31), _COLLEAGUES, _day(1, 12, "staff:4")
        ),
        example("an account without a past", _day(1, 60)),
    ),
)
