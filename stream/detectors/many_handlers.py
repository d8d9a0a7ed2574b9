"""Many people look at the record of one, within a day."""

from dataclasses import dataclass

from stream.detectors.detector import Detector, Opens, Thresholds, Words
from stream.detectors.example import Happening, access, example
from stream.windows import DAY


@dataclass(frozen=True, slots=True)
class Handlers(Thresholds):
    """So many handlers are too many, or so many of one role.

    A case passes from role to role, and within one from hand to hand once or twice. Consignees
    whose task is any payment are not counted.
    """

    handlers: int = 9
    of_one_role: int = 5
    kinds: tuple[str, ...] = ("staff", "third_party")


def _looks(handlers: int, role: str = "reservation_officer") -> list[Happening]:
    return [access(f"1 10:{n:02}", actor=f"staff:{role}-{n}", role=role) for n in range(handlers)]


MANY_HANDLERS = Detector(
    id="many_handlers",
    title=Words("One person looked at by many", "한 사람을 여럿이 열람"),
    sentence=Words(
        "{handlers_seen} handlers opened the record of {key} within a day.",
        "하루에 담당자 {handlers_seen}명이 {key}의 기록을 열람했습니다.",
    ),
    severity="high",
    clause="Art. 1(1)",
    window=DAY,
    opens=Opens.AT_ONCE,
    thresholds=Handlers(),
    events="""
        SELECT *, subject AS key FROM handled
        WHERE subject != '' AND has({kinds:Array(String)}, actor_kind)
    """,
    measures={
        "handlers_seen": "uniqExact(actor)",
        "of_one": "arrayMax(mapValues(uniqExactMap(map(toString(role), actor))))",
    },
    when="handlers_seen >= {handlers:UInt32} OR of_one >= {of_one_role:UInt32}",
    examples=(
        example("five officers", _looks(5), finds="member:100"),
        example("four officers", _looks(4)),
        example(
            "nine people of three roles",
            _looks(3),
            _looks(3, "billing_officer"),
            _looks(3, "district_officer"),
            finds="member:100",
        ),
        example(
            "two cases that go through all offices",
            _looks(4),
            _looks(2, "billing_officer"),
            _looks(2, "district_officer"),
        ),
        example("one officer, nine times", [access(f"1 10:0{n}") for n in range(9)]),
    ),
)
