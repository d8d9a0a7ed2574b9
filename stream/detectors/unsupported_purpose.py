"""The purpose that an access states has no evidence, or the evidence speaks against it."""

from dataclasses import dataclass
from datetime import timedelta

from stream.detectors.detector import Detector, Opens, Thresholds, Words
from stream.detectors.example import access, business, example
from stream.windows import DAY


@dataclass(frozen=True, slots=True)
class Rules(Thresholds):
    """Evidence for a purpose, each rule as `purpose kind`, of the last `days`.

    `supports`: that kind of business event supports that purpose. `contradicts`: it takes the
    support away that its own case, told by the reference, gave before. Where a path names one of
    the person's cases, as `/reservations/812` does `reservation:812`, that case alone is meant;
    else any is. A purpose without rules is not asked.
    """

    days: int = 120
    supports: tuple[str, ...] = (
        *("billing.payment_record paid", "billing.payment_record refunded"),
        *(
            "billing.cancellation_record refunded",
            "billing.cancellation_record reservation_cancelled",
        ),
        *("reservation.guidance reservation_made", "reservation.guidance reservation_changed"),
        *("reservation.cancellation_guidance reservation_cancelled",),
        *("reservation.processing reservation_made", "reservation.processing reservation_changed"),
        *("reservation.processing reservation_cancelled", "reservation.processing inquiry_made"),
        *("rights.request rights_requested",),
    )
    contradicts: tuple[str, ...] = ("reservation.guidance reservation_cancelled",)


_READ = access("1 10:00", purpose="reservation.guidance")

UNSUPPORTED_PURPOSE = Detector(
    id="unsupported_purpose",
    title=Words("Purpose without evidence", "목적을 뒷받침하는 근거 없음"),
    sentence=Words(
        "{actor} opened the record of {subject_read} for {purpose_said}, which is {standing}{by}.",
        "{actor} 계정이 {subject_read}의 기록을 {purpose_said} 목적으로 열람했으나"
        " 근거가 {standing_ko}.",
    ),
    severity="medium",
    clause="Art. 1(1)",
    window=DAY,
    opens=Opens.ONCE_CLOSED,
    ahead=timedelta(hours=1),
    thresholds=Rules(),
    events="""
        WITH
            asked AS
            (
                SELECT * FROM handled
                WHERE subject != '' AND arrayExists(
                    rule -> startsWith(rule, concat(purpose, ' ')), {supports:Array(String)})
            ),
            told AS
            (
                SELECT
                    subject,
                    arraySort(groupArray((
                        occurred_at, toString(kind), event_id, reference,
                        arrayElement(splitByChar(':', reference), -1)))) AS told
                FROM business
                WHERE occurred_at >= {start:DateTime64(6, 'UTC')} - toIntervalDay({days:UInt16})
                    AND occurred_at < {end:DateTime64(6, 'UTC')} + toIntervalHour(1)
                    AND subject IN (SELECT subject FROM asked)
                GROUP BY subject
            )
        SELECT
            asked.*, concat(asked.actor, ' ', asked.subject, ' ', asked.purpose) AS key,
            arrayFilter(
                one -> one.1 <= asked.occurred_at + toIntervalHour(1), told.told) AS known,
            arrayFilter(one -> has(splitByNonAlpha(asked.path), one.5), known) AS meant,
            arrayFilter(
                one -> has({contradicts:Array(String)}, concat(asked.purpose, ' ', one.2)),
                if(empty(meant), known, meant)) AS against,
            arrayFilter(
                one -> has({supports:Array(String)}, concat(asked.purpose, ' ', one.2)),
                if(empty(meant), known, meant)) AS for_it,
            arrayElement(against, -1) AS evidence,
            if(empty(against), 'unsupported', 'contradicted') AS support
        FROM asked LEFT JOIN told ON told.subject = asked.subject
        WHERE NOT arrayExists(
            one -> NOT arrayExists(other -> other.4 = one.4 AND other.1 > one.1, against), for_it)
    """,
    measures={
        "subject_read": "min(subject)",
        "purpose_said": "min(purpose)",
        "standing": "max(support)",
        "standing_ko": "if(max(support) = 'unsupported', '없습니다', '목적에 어긋납니다')",
        "by": "if(max(evidence.2) = '', '',"
        " concat(' by ', max(evidence.2), ' ', max(evidence.3)))",
    },
    actor="min(actor)",
    examples=(
        example(
            "guidance on a reservation that does not exist",
            business("-1 10:00", "member:100", "paid"),
            _READ,
            finds="staff:1 member:100 reservation.guidance",
        ),
        example(
            "guidance on one that was cancelled",
            business("-1 10:00", "member:100", "reservation_made"),
            business("-1 11:00", "member:100", "reservation_cancelled"),
            _READ,
            finds="staff:1 member:100 reservation.guidance",
        ),
        example(
            "a reservation of 122 days ago",
            business("-120 23:00", "member:100", "reservation_made"),
            _READ,
            finds="staff:1 member:100 reservation.guidance",
        ),
        example(
            "guidance on a reservation",
            business("-1 10:00", "member:100", "reservation_made"),
            _READ,
        ),
        example(
            "guidance on the one that was cancelled, of two",
            business("-2 10:00", "member:100", "reservation_made", reference="reservation:8"),
            business("-1 10:00", "member:100", "reservation_made", reference="reservation:9"),
            business("-1 11:00", "member:100", "reservation_cancelled", reference="reservation:9"),
            access("1 10:00", purpose="reservation.guidance", path="/desk/reservations/9"),
            finds="staff:1 member:100 reservation.guidance",
        ),
        example(
            "guidance, when another one was cancelled",
            business("-2 10:00", "member:100", "reservation_made", reference="reservation:8"),
            business("-1 10:00", "member:100", "reservation_made", reference="reservation:9"),
            business("-1 11:00", "member:100", "reservation_cancelled", reference="reservation:9"),
            access("1 10:00", purpose="reservation.guidance", path="/desk/reservations/8"),
            access("1 11:00", purpose="reservation.guidance", path="/desk"),
        ),
        example("another purpose", access("1 10:00", purpose="statistics.service")),
    ),
)
