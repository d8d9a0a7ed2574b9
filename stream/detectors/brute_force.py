"""Many passwords are tried on one account."""

from dataclasses import dataclass

from stream.detectors.detector import Detector, Opens, Thresholds, Words
from stream.detectors.example import Example, Happening, example, login
from stream.windows import DAY, HOUR, Window


@dataclass(frozen=True, slots=True)
class Failures(Thresholds):
    """So many failures on one account within an hour, or within a day."""

    in_hour: int = 10
    in_day: int = 25


def _tries(hour: int, times: int) -> list[Happening]:
    return [
        login(f"1 {hour}:{n:02}", "member:1", "failure", ip=f"203.0.113.{n}") for n in range(times)
    ]


def _within(window: Window, most: str, *examples: Example) -> Detector:
    en, ko = ("an hour", "1시간") if window is HOUR else ("a day", "하루")
    return Detector(
        id="brute_force",
        title=Words("Many passwords on one account", "한 계정에 대한 반복 로그인 시도"),
        sentence=Words(
            f"{{failures}} logins to {{key}} failed within {en}, from {{addresses}} addresses.",
            f"{ko} 동안 {{addresses}}개 주소에서 {{key}} 로그인이 {{failures}}번 실패했습니다.",
        ),
        severity="high",
        clause="Art. 8(1)2",
        window=window,
        opens=Opens.AT_ONCE,
        thresholds=Failures(),
        events="""
            SELECT *, if(subject != '', subject, actor) AS key
            FROM accesses WHERE action = 'login' AND outcome IN ('failure', 'denied')
        """,
        measures={"failures": "uniqExact(event_id)", "addresses": "uniqExact(ip)"},
        when=f"failures >= {{{most}:UInt32}}",
        examples=examples,
    )


IN_HOUR = _within(
    HOUR,
    "in_hour",
    example("ten failures", _tries(10, 10), finds="member:1"),
    example("nine failures", _tries(10, 9)),
    example("twelve failures in two hours", _tries(10, 6), _tries(11, 6)),
)
IN_DAY = _within(
    DAY,
    "in_day",
    example("25 failures", *(_tries(hour, 5) for hour in range(10, 15)), finds="member:1"),
    example("24 failures", *(_tries(hour, 4) for hour in range(10, 16))),
)
