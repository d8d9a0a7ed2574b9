"""Somebody's record is opened although there was nothing to do for that person."""

from dataclasses import dataclass
from datetime import timedelta

from stream.detectors.detector import Detector, Opens, Thresholds, Words
from stream.detectors.example import access, business, example
from stream.windows import DAY


@dataclass(frozen=True, slots=True)
class Case(Thresholds):
    """What happened in so many days before, or by the next noon, explains a look.

    `purposes` are those that need no case of the person's own. Only of services from which
    business events come at all is it asked.
    """

    days_before: int = 90
    purposes: tuple[str, ...] = (
        *("statistics.service", "statistics.access", "survey.satisfaction", "audit.inspection"),
        *("disposal", "operation.maintenance", "verification.real_name", "service.customization"),
        *("login.access",),
    )


_SOMEBODY_ELSE = business("-1 10:00", "member:200", "paid")

NO_BUSINESS_EVENT = Detector(
    id="no_business_event",
    title=Words("Record opened without a case", "업무 근거 없는 열람"),
    sentence=Words(
        "{actor} opened the record of {subject_read}, for whom nothing had happened"
        " in {days_before} days.",
        "{actor} 계정이 {days_before}일 동안 업무가 없던 {subject_read}의 기록을 열람했습니다.",
    ),
    severity="medium",
    clause="Art. 1(1)",
    window=DAY,
    opens=Opens.ONCE_CLOSED,
    ahead=timedelta(hours=12),
    thresholds=Case(),
    events="""
        SELECT *, concat(actor, ' ', subject) AS key
        FROM handled
        WHERE subject != ''
            AND NOT has({purposes:Array(String)}, purpose)
            AND subject NOT IN
            (
                SELECT subject FROM business
                WHERE occurred_at >= {start:DateTime64(6, 'UTC')}
                        - toIntervalDay({days_before:UInt16})
                    AND occurred_at < {end:DateTime64(6, 'UTC')} + toIntervalHour(12)
                    AND subject IN (SELECT subject FROM handled)
            )
            AND (SELECT count() FROM business) > 0
    """,
    measures={"subject_read": "min(subject)"},
    actor="min(actor)",
    examples=(
        example(
            "nothing ever happened", _SOMEBODY_ELSE, access("1 10:00"), finds="staff:1 member:100"
        ),
        example(
            "the last case is 91 days old",
            business("-90 23:00", "member:100", "paid"),
            access("1 10:00"),
            finds="staff:1 member:100",
        ),
        example("a payment", business("-1 10:00", "member:100", "paid"), access("1 10:00")),
        example(
            "a reservation that follows",
            access("1 10:00"),
            business("1 10:30", "member:100", "joined"),
        ),
        example("an inspection", _SOMEBODY_ELSE, access("1 10:00", purpose="audit.inspection")),
    ),
)
