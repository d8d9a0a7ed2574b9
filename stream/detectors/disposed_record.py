"""A record is opened that was disposed of, or stored apart from the others."""

from dataclasses import dataclass

from stream.detectors.detector import Detector, Opens, Thresholds, Words
from stream.detectors.example import access, business, example
from stream.windows import HOUR


@dataclass(frozen=True, slots=True)
class Gone(Thresholds):
    """What has begun may be ended within so many minutes; `purposes` look at what is gone."""

    minutes: int = 10
    purposes: tuple[str, ...] = ("disposal", "audit.inspection")


DISPOSED_RECORD = Detector(
    id="disposed_record",
    title=Words("Disposed record opened", "파기·분리 기록 열람"),
    sentence=Words(
        "{actor} opened {file_read} of {subject_read}, {state} since {since}.",
        "{actor} 계정이 {since}부터 {state_ko}된 {subject_read}의 {file_read}을(를) 열람했습니다.",
    ),
    severity="high",
    clause="Art. 7(1)",
    window=HOUR,
    opens=Opens.ONCE_CLOSED,
    thresholds=Gone(),
    events="""
        SELECT
            handled.*, concat(handled.subject, ' ', handled.file) AS key,
            last.kind AS state_kind, last.since AS since_time
        FROM handled ASOF INNER JOIN
        (
            SELECT subject, arrayJoin(if(file != '', [file], {files:Array(String)})) AS file,
                kind, occurred_at AS since,
                occurred_at + toIntervalMinute({minutes:UInt16}) AS holds_from
            FROM business
            WHERE kind IN ('disposed', 'separated', 'joined')
        ) AS last
            ON last.subject = handled.subject AND last.file = handled.file
                AND handled.occurred_at >= last.holds_from
        WHERE last.kind != 'joined'
            AND action NOT IN ('dispose', 'delete')
            AND NOT has({purposes:Array(String)}, purpose)
    """.replace("{files:Array(String)}", "(SELECT groupUniqArray(toString(file)) FROM handled)"),
    measures={
        "subject_read": "min(subject)",
        "file_read": "min(file)",
        "state": "if(max(state_kind = 'disposed'), 'disposed of', 'stored apart')",
        "state_ko": "if(max(state_kind = 'disposed'), '파기', '분리 보관')",
        "since": "formatDateTime(toTimeZone(min(since_time), {zone:String}), '%Y-%m-%d %H:%i')",
    },
    actor="min(actor)",
    examples=(
        example(
            "after disposal",
            business("1 09:50", "member:100", "disposed", file="user_personal_information"),
            access("1 10:00"),
            finds="member:100 user_personal_information",
        ),
        example(
            "after everything was stored apart",
            business("-9 09:00", "member:100", "separated"),
            access("1 10:00"),
            finds="member:100 user_personal_information",
        ),
        example(
            "nine minutes after disposal",
            business("1 09:51", "member:100", "disposed", file="user_personal_information"),
            access("1 10:00"),
        ),
        example(
            "another file",
            business("-9 09:00", "member:100", "disposed", file="quick_login_social"),
            access("1 10:00"),
        ),
        example(
            "joined again",
            business("-9 09:00", "member:100", "disposed"),
            business("-3 09:00", "member:100", "joined"),
            access("1 10:00"),
        ),
    ),
)
