"""An account is used after its holder left, or while on leave."""

from stream.detectors.detector import Detector, Opens, Words
from stream.detectors.example import access, account, example
from stream.windows import HOUR

LEFT_OR_ON_LEAVE = Detector(
    id="left_or_on_leave",
    title=Words("Used while its holder is away", "퇴직·휴가 중 계정 사용"),
    sentence=Words(
        "{actor} opened {subjects} records although its holder {why}.",
        "{actor} 계정이 소유자의 부재(퇴직 또는 휴가) 중에 {subjects}건의 기록을 열람했습니다.",
    ),
    severity="high",
    clause="Art. 8(1)2",
    window=HOUR,
    opens=Opens.ONCE_CLOSED,
    events="""
        SELECT
            handled.*, handled.actor AS key,
            toUnixTimestamp(holder.until) > 0 AND handled.occurred_at >= holder.until AS has_left
        FROM handled ASOF INNER JOIN
            (SELECT * FROM roster WHERE kind = 'account') AS holder
            ON handled.actor = holder.subject AND handled.occurred_at >= holder.occurred_at
        WHERE has_left OR arrayExists(
            away -> handled.occurred_at >= away.1 AND handled.occurred_at < away.2, holder.leave)
    """,
    measures={
        "subjects": "uniqExact(subject)",
        "why": "if(max(has_left), 'has left', 'is on leave')",
    },
    actor="min(actor)",
    examples=(
        example(
            "used after its holder left",
            account("0 09:00", "staff:1", until="1 00:00"),
            access("1 10:00"),
            finds="staff:1",
        ),
        example(
            "used while on leave",
            account("-9 09:00", "staff:1", leave=[("0 00:00", "5 00:00")]),
            access("1 10:00"),
            finds="staff:1",
        ),
        example(
            "used on the last day, and after the leave",
            account("-9 09:00", "staff:1", until="2 00:00", leave=[("0 00:00", "1 00:00")]),
            access("1 10:00"),
        ),
        example(
            "a leave that was called off",
            account("-9 09:00", "staff:1", leave=[("0 00:00", "5 00:00")]),
            account("-1 09:00", "staff:1"),
            access("1 10:00"),
        ),
        example(
            "a departure that the roster was told of half an hour after the access",
            account("0 09:00", "staff:1", until="1 00:00", late=25 * 60 + 30),
            access("1 10:00"),
        ),
        example("an account that the roster does not know", access("1 10:00")),
    ),
)
