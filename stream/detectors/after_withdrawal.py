"""A record is read after its subject withdrew consent, left, or asked to stop processing."""

from dataclasses import dataclass

from stream.detectors.detector import Detector, Opens, Thresholds, Words
from stream.detectors.example import access, business, example
from stream.windows import HOUR


@dataclass(frozen=True, slots=True)
class Decided(Thresholds):
    """What has begun may be ended within so many minutes. `purposes` need no consent."""

    minutes: int = 60
    bases: tuple[str, ...] = ("consent", "separate_consent", "")
    purposes: tuple[str, ...] = ("disposal", "rights.request", "audit.inspection")


AFTER_WITHDRAWAL = Detector(
    id="after_withdrawal",
    title=Words("Read after consent ended", "동의 철회·탈퇴 후 열람"),
    sentence=Words(
        "The record of {key} was read {events} times after the person said: {said}, at {since}.",
        "{key}이(가) {since}에 {said_ko} 의사를 밝힌 뒤에도 기록이 {events}번 열람되었습니다.",
    ),
    severity="high",
    clause="Art. 5(1)",
    window=HOUR,
    opens=Opens.ONCE_CLOSED,
    thresholds=Decided(),
    events="""
        SELECT
            handled.*, handled.subject AS key,
            arrayFilter(
                one -> one.1 <= handled.occurred_at - toIntervalMinute({minutes:UInt16}),
                decided.decisions) AS known,
            arrayFilter(one -> one.2 IN ('withdrawn', 'left', 'stopped'),
                [
                    arrayLast(one -> one.2 IN ('left', 'joined'), known),
                    arrayLast(one -> one.2 IN ('withdrawn', 'given'), known),
                    arrayLast(one -> one.2 IN ('stopped', 'resumed'), known)
                ]) AS ended
        FROM handled INNER JOIN
        (
            SELECT subject, arraySort(groupArray((occurred_at, transform(
                toString(kind),
                ['left', 'joined', 'consent_withdrawn', 'consent_given', 'processing_stopped',
                 'processing_resumed'],
                ['left', 'joined', 'withdrawn', 'given', 'stopped', 'resumed'], '')))) AS decisions
            FROM business
            WHERE kind IN ('left', 'joined', 'consent_withdrawn', 'consent_given',
                'processing_stopped', 'processing_resumed')
            GROUP BY subject
        ) AS decided ON decided.subject = handled.subject
        WHERE notEmpty(ended)
            AND has({bases:Array(String)}, legal_basis)
            AND NOT has({purposes:Array(String)}, purpose)
    """,
    measures={
        "said": "min(ended[1].2)",
        "said_ko": "transform(min(ended[1].2), ['left', 'withdrawn', 'stopped'], "
        "['탈퇴', '동의 철회', '처리정지'], '')",
        "since": "formatDateTime(toTimeZone(min(ended[1].1), {zone:String}), '%Y-%m-%d %H:%i')",
    },
    actor="min(actor)",
    examples=(
        example(
            "61 minutes after consent was withdrawn",
            business("1 09:00", "member:100", "consent_withdrawn"),
            access("1 10:00"),
            finds="member:100",
        ),
        example(
            "a month after leaving",
            business("-30 09:00", "member:100", "left"),
            access("1 10:00"),
            finds="member:100",
        ),
        example(
            "59 minutes after processing was stopped",
            business("1 09:01", "member:100", "processing_stopped"),
            access("1 10:00"),
        ),
        example(
            "joined again",
            business("-30 09:00", "member:100", "left"),
            business("-2 09:00", "member:100", "joined"),
            access("1 10:00"),
        ),
        example(
            "what the law wants kept",
            business("-30 09:00", "member:100", "left"),
            access("1 10:00", legal_basis="law"),
        ),
    ),
)
