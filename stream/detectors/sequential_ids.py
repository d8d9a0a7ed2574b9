"""Somebody walks through the ids, one after another, in whatever order."""

from dataclasses import dataclass

from stream.detectors.detector import Detector, Opens, Thresholds, Words
from stream.detectors.example import Happening, access, example
from stream.windows import DAY


@dataclass(frozen=True, slots=True)
class Neighbours(Thresholds):
    """So many people in a day whose numbers have a neighbour no further off than `stride`."""

    people: int = 12
    stride: int = 3


def _walk(people: int, stride: int, **fields: object) -> list[Happening]:
    numbers = [1000 + stride * (7 * n % people) for n in range(people)]
    return [
        access(f"1 {9 + n // 60:02}:{n % 60:02}", subject=f"member:{number}", **fields)
        for n, number in enumerate(numbers)
    ]


SEQUENTIAL_IDS = Detector(
    id="sequential_ids",
    title=Words("Ids walked through in order", "식별번호 순차 조회"),
    sentence=Words(
        "{actor} read {people_read} people whose numbers follow one another, {first} to {last}.",
        "{actor} 계정이 번호가 이어진 {people_read}명({first}~{last})을 차례로 조회했습니다.",
    ),
    severity="high",
    clause="Art. 8(1)2",
    window=DAY,
    opens=Opens.AT_ONCE,
    thresholds=Neighbours(),
    events="""
        SELECT * FROM
        (
            SELECT
                *, min(number) OVER near AS lowest, max(number) OVER near AS highest
            FROM
            (
                SELECT
                    *, actor AS key,
                    toInt64OrZero(substringIndex(CAST(subject AS String), ':', -1)) AS number
                FROM accesses
                WHERE actor_kind != 'system' AND subject != '' AND subject != actor AND number > 0
            )
            WINDOW near AS
            (
                PARTITION BY key, window_start ORDER BY number
                RANGE BETWEEN {stride:UInt32} PRECEDING AND {stride:UInt32} FOLLOWING
            )
        )
        WHERE lowest < number OR highest > number
    """,
    measures={
        "people_read": "uniqExact(number)",
        "first": "min(number)",
        "last": "max(number)",
    },
    when="people_read >= {people:UInt32}",
    actor="min(actor)",
    examples=(
        example("twelve neighbours, in mixed order", _walk(12, 3), finds="staff:1"),
        example("eleven neighbours", _walk(11, 3)),
        example("twelve people far apart", _walk(12, 4)),
        example("one record, many times", [access(f"1 10:{n:02}") for n in range(20)]),
    ),
)
