"""Many people look at the record of one, within a day."""

from dataclasses import dataclass

from stream.detectors.detector import Detector, Opens, Thresholds, Words
from stream.detectors.example import Happening, access, example
from stream.windows import DAY


@dataclass(frozen=True, slots=True)
class Handlers(Thresholds):
    """So many handlers are too many; consignees whose task is any payment are not counted."""

    handlers: int = 6
    kinds: tuple[str, ...] = ("staff", "third_party")


def _looks(handlers: int) -> list[Happening]:
    return [access(f"1 10:{n:02}", actor=f"staff:{n}") for n in range(handlers)]


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
    measures={"handlers_seen": "uniqExact(actor)"},
    when="handlers_seen >= {handlers:UInt32}",
    examples=(
        example("six officers", _looks(6), finds="member:100"),
        example("five officers", _looks(5)),
        example("one officer, six times", [access(f"1 10:0{n}") for n in range(6)]),
    ),
)
