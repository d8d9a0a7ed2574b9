"""Somebody looks people up, and nothing ever comes of it."""

from dataclasses import dataclass
from datetime import timedelta

from stream.detectors.detector import Detector, Opens, Thresholds, Words
from stream.detectors.example import Happening, access, business, example
from stream.windows import DAY


@dataclass(frozen=True, slots=True)
class Unused(Thresholds):
    """So many people in a day, of whom nothing was done before or after.

    `days_before`: for so long a reservation, a payment or the like explains a look. `idle`:
    actions that make no use of what they find. `purposes` are those of no single case.
    """

    people: int = 8
    days_before: int = 60
    idle: tuple[str, ...] = ("read", "search")
    purposes: tuple[str, ...] = (
        *("statistics.service", "statistics.access", "survey.satisfaction", "audit.inspection"),
        *("disposal", "rights.request"),
    )


def _looks(people: int, **fields: object) -> list[Happening]:
    return [access(f"1 10:{n:02}", subject=f"member:{n}", **fields) for n in range(people)]


READ_WITHOUT_USE = Detector(
    id="read_without_use",
    title=Words("Looked up and never used", "활용 없는 조회"),
    sentence=Words(
        "{actor} looked up {subjects} people for whom nothing was done, before or after.",
        "{actor} 계정이 {subjects}명을 조회하였으나 전후로 아무 업무도 처리되지 않았습니다.",
    ),
    severity="medium",
    clause="Art. 1(1)",
    window=DAY,
    opens=Opens.ONCE_CLOSED,
    ahead=timedelta(hours=12),
    thresholds=Unused(),
    events="""
        SELECT *, actor AS key
        FROM handled
        WHERE subject != ''
            AND has({idle:Array(String)}, action)
            AND NOT has({purposes:Array(String)}, purpose)
            AND (actor, subject) NOT IN
            (
                SELECT actor, subject FROM handled WHERE NOT has({idle:Array(String)}, action)
            )
            AND subject NOT IN
            (
                SELECT subject FROM business
                WHERE occurred_at >= {start:DateTime64(6, 'UTC')}
                        - toIntervalDay({days_before:UInt16})
                    AND occurred_at < {end:DateTime64(6, 'UTC')} + toIntervalHour(12)
                    AND subject IN (SELECT subject FROM handled)
            )
    """,
    measures={"subjects": "uniqExact(subject)"},
    when="subjects >= {people:UInt32}",
    actor="min(actor)",
    examples=(
        example("eight looks that lead nowhere", _looks(8), finds="staff:1"),
        example("seven looks that lead nowhere", _looks(7)),
        example(
            "looks that lead to changes",
            _looks(8),
            [access(f"1 11:{n:02}", subject=f"member:{n}", action="update") for n in range(4)],
        ),
        example(
            "looks at people who had paid",
            _looks(8),
            [business(f"-3 11:{n:02}", f"member:{n}", "paid") for n in range(4)],
        ),
        example("counting for statistics", _looks(20, purpose="statistics.service")),
    ),
)
