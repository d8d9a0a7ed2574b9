"""Staff works on people's data at night, at weekends or on public holidays."""

from dataclasses import dataclass

from stream.detectors.detector import Detector, Opens, Thresholds, Words
from stream.detectors.example import access, example
from stream.windows import DAY


@dataclass(frozen=True, slots=True)
class Office(Thresholds):
    """The office is open from `opens` to `closes`, local hours, on `weekdays` (Monday is 1).

    `accesses`: so many in a day count. `kinds` and `roles_on_duty`: who keeps office hours, and
    who of them works in shifts.
    """

    accesses: int = 3
    opens: int = 7
    closes: int = 21
    weekdays: tuple[int, ...] = (1, 2, 3, 4, 5)
    kinds: tuple[str, ...] = ("staff", "third_party")
    roles_on_duty: tuple[str, ...] = ()


OUTSIDE_HOURS = Detector(
    id="outside_hours",
    title=Words("Work outside office hours", "업무시간 외 열람"),
    sentence=Words(
        "{actor} worked on {subjects} people outside office hours, at {at}.",
        "{actor} 계정이 업무시간이 아닌 때({at})에 {subjects}명의 정보를 다루었습니다.",
    ),
    severity="medium",
    clause="Art. 8(1)2",
    window=DAY,
    opens=Opens.AT_ONCE,
    thresholds=Office(),
    events="""
        SELECT *, actor AS key, toTimeZone(occurred_at, {zone:String}) AS local
        FROM handled
        WHERE has({kinds:Array(String)}, actor_kind)
            AND NOT has({roles_on_duty:Array(String)}, role)
            AND (
                NOT (toHour(local) >= {opens:UInt8} AND toHour(local) < {closes:UInt8})
                OR NOT has({weekdays:Array(UInt8)}, toDayOfWeek(local))
                OR has({holidays:Array(String)}, toString(toDate(local)))
            )
    """,
    measures={
        "subjects": "uniqExact(subject)",
        "at": "formatDateTime(min(local), '%Y-%m-%d %H:%i')",
    },
    when="count() >= {accesses:UInt32}",
    actor="min(actor)",
    examples=(
        example("at night", [access(f"1 23:0{n}") for n in range(3)], finds="staff:1"),
        example("on a Saturday", [access(f"6 10:0{n}") for n in range(3)], finds="staff:1"),
        example("in the last minute", [access(f"1 20:5{n}") for n in range(9)]),
        example("twice at night", [access(f"1 23:0{n}") for n in range(2)]),
        example(
            "a consignee at night", [access(f"1 23:0{n}", kind="consignee") for n in range(9)]
        ),
    ),
)
