"""Somebody looks at the records of more people than the work needs: at once, or by slow drip."""

from dataclasses import dataclass

from stream.detectors.detector import Detector, Opens, Thresholds, Words
from stream.detectors.example import Happening, access, example
from stream.windows import DAY, HOUR, MONTH, Window


@dataclass(frozen=True, slots=True)
class People(Thresholds):
    """So many different people in one window are still usual."""

    in_hour: int = 60
    in_day: int = 250
    in_30_days: int = 2_500


_TITLE = Words("Many people's records read", "다수 개인정보 열람")
_SENTENCE = Words(
    "{actor} read the records of {subjects} people within {time}; up to {most} are usual.",
    "{actor} 계정이 {time_ko} 동안 {subjects}명의 정보를 열람했습니다. 통상 {most}명 이내입니다.",
)


def _within(window: Window, most: str, en: str, ko: str) -> Detector:
    def told(text: str) -> str:
        return text.replace("{most}", f"{{{most}}}").replace("{time_ko}", ko).replace("{time}", en)

    return Detector(
        id="bulk_reading",
        title=_TITLE,
        sentence=Words(told(_SENTENCE.en), told(_SENTENCE.ko)),
        severity="high",
        clause="Art. 8(1)2",
        window=window,
        opens=Opens.AT_ONCE,
        thresholds=People(),
        events="SELECT *, actor AS key FROM handled WHERE subject != ''",
        measures={"subjects": "uniqExact(subject)"},
        when=f"subjects > {{{most}:UInt32}}",
        actor="min(actor)",
        examples=_EXAMPLES[window.name],
    )


def _reads(day: int, hour: int, first: int, people: int) -> list[Happening]:
    return [
        access(f"{day} {hour:02}:{n % 60:02}:{n // 60:02}", subject=f"member:{first + 7 * n}")
        for n in range(people)
    ]


_IN_DAY = [_reads(1, 9 + n, 1000 * n, 50) for n in range(5)]
_EXAMPLES = {
    "hour": (
        example("61 people in an hour", _reads(1, 10, 0, 61), finds="staff:1"),
        example("60 people in an hour", _reads(1, 10, 0, 60)),
        example("one person, again and again", [access(f"1 10:{n:02}") for n in range(60)] * 2),
        example("61 people in two hours", _reads(1, 10, 0, 30), _reads(1, 11, 900, 31)),
    ),
    "day": (
        example("251 people in a day", *_IN_DAY, _reads(1, 15, 99_000, 1), finds="staff:1"),
        example("250 people in a day", *_IN_DAY),
    ),
    "30 days": (
        example(
            "2,501 people in 20 days",
            *(_reads(day, 9, 1000 * day, 125) for day in range(1, 21)),
            _reads(21, 9, 99_000, 1),
            finds="staff:1",
        ),
        example(
            "2,500 people in 20 days",
            *(_reads(day, 9, 1000 * day, 125) for day in range(1, 21)),
        ),
    ),
}

IN_HOUR = _within(HOUR, "in_hour", "an hour", "1시간")
IN_DAY = _within(DAY, "in_day", "a day", "하루")
IN_30_DAYS = _within(MONTH, "in_30_days", "30 days", "30일")
