"""Data is taken out for a reason that says nothing, or that was said word for word before."""

from dataclasses import dataclass

from stream.detectors.detector import Detector, Opens, Thresholds, Words
from stream.detectors.example import Happening, access, example
from stream.windows import DAY, MONTH


@dataclass(frozen=True, slots=True)
class Reasons(Thresholds):
    """A reason has at least so many different letters, and is none of `fillers`.

    Parts of Korean letters that stand alone, as fingers leave them on the keys, are no letters.

    `copies`: so many exports of one account in 30 days may give the same reason.
    """

    letters: int = 4
    copies: int = 4
    fillers: tuple[str, ...] = (
        *("test", "testing", "work", "business", "none", "n/a", "export", "download", "asdf"),
        *(
            "업무",
            "업무용",
            "업무상",
            "테스트",
            "확인용",
            "다운로드",
            "필요",
            "없음",
            "기타",
            "참고용",
        ),
    )


def _exports(times: int, reason: str | None, **fields: object) -> list[Happening]:
    return [
        access(f"{1 + n} 14:00", action="export", justification=reason, records=30, **fields)
        for n in range(times)
    ]


_EXPORTS = """
    SELECT
        *, actor AS key,
        trimBoth(replaceRegexpAll(lowerUTF8(justification), '[^\\\\p{L}\\\\p{N}]+', ' ')) AS reason
    FROM handled WHERE action = 'export'
"""

WITHOUT_REASON = Detector(
    id="export_unjustified",
    title=Words("Export for no reason", "사유 없는 내려받기"),
    sentence=Words(
        '{actor} exported {records_taken} records; the reason given was "{reasons}".',
        '{actor} 계정이 {records_taken}건을 내려받으며 사유를 "{reasons}"(으)로 적었습니다.',
    ),
    severity="high",
    clause="Art. 8(1)2",
    window=DAY,
    opens=Opens.AT_ONCE,
    thresholds=Reasons(),
    events=f"""
        SELECT * FROM ({_EXPORTS})
        WHERE length(arrayDistinct(extractAll(reason, '[^\\\\P{{L}}ㄱ-ㆎ]'))) < {{letters:UInt8}}
            OR has({{fillers:Array(String)}}, reason)
    """,  # noqa: S608  the text is ours, the values are bound
    measures={
        "records_taken": "sum(records)",
        "reasons": "arraySort(groupUniqArray(justification))",
    },
    actor="min(actor)",
    examples=(
        example("a word that says nothing", _exports(1, "업무용"), finds="staff:1"),
        example("no reason", _exports(1, None), finds="staff:1"),
        example("three letters, over and over", _exports(1, "abc abc abc"), finds="staff:1"),
        example("a hand on the keys", _exports(1, "ㅁㄴㅇㄹ"), finds="staff:1"),
        example("a reason", _exports(1, "abcd for the desk, case 812")),
        example("four letters", _exports(1, "정산자료")),
    ),
)

COPIED_REASON = Detector(
    id="export_unjustified",
    title=Words("Exports for a copied reason", "복사한 사유로 내려받기"),
    sentence=Words(
        '{actor} exported {copies_made} times for the same reason, "{reason_given}".',
        '{actor} 계정이 같은 사유("{reason_given}")로 {copies_made}번 내려받았습니다.',
    ),
    severity="medium",
    clause="Art. 8(1)2",
    window=MONTH,
    opens=Opens.AT_ONCE,
    thresholds=Reasons(),
    events=f"""
        SELECT * EXCEPT (key), concat(key, ' "', reason, '"') AS key FROM ({_EXPORTS})
        WHERE reason != ''
    """,  # noqa: S608  the text is ours, the values are bound
    measures={"copies_made": "count()", "reason_given": "min(justification)"},
    when="copies_made > {copies:UInt32}",
    actor="min(actor)",
    examples=(
        example(
            "the same words five times",
            _exports(5, "Settlement of fees."),
            finds='staff:1 "settlement of fees"',
        ),
        example("the same words four times", _exports(4, "Settlement of fees.")),
        example(
            "a reason for each",
            [
                access(
                    f"{1 + n} 14:00", action="export", justification=f"request {n} of the court"
                )
                for n in range(9)
            ],
        ),
    ),
)
