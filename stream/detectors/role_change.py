"""An account is given another role, and the role is used at once."""

from dataclasses import dataclass

from stream.detectors.detector import Detector, Opens, Thresholds, Words
from stream.detectors.example import Happening, access, account, example
from stream.windows import HOUR


@dataclass(frozen=True, slots=True)
class AtOnce(Thresholds):
    """So many people read, within so many minutes of the change."""

    people: int = 3
    minutes: int = 240


def _looks(people: int, hour: int, **fields: object) -> list[Happening]:
    return [
        access(f"1 {hour}:1{n}", subject=f"member:{n}", role="billing_officer", **fields)
        for n in range(people)
    ]


_OFFICER = account("-9 09:00", "staff:1", role="reservation_officer")
_CHANGED = account("1 10:05", "staff:1", role="billing_officer")

ROLE_CHANGE = Detector(
    id="role_change",
    title=Words("New role used at once", "권한 변경 직후 열람"),
    sentence=Words(
        "{actor} became {new_role} (before: {old_role}) and read {people_read} people"
        " within {minutes} minutes.",
        "{actor} 계정이 {old_role}에서 {new_role}(으)로 바뀐 뒤 {minutes}분 안에"
        " {people_read}명을 조회했습니다.",
    ),
    severity="medium",
    clause="Art. 8(1)2",
    window=HOUR,
    opens=Opens.ONCE_CLOSED,
    thresholds=AtOnce(),
    events="""
        SELECT
            handled.*, handled.actor AS key, changed.old_role AS old_role,
            changed.new_role AS new_role
        FROM handled ASOF INNER JOIN
        (
            SELECT subject, role AS new_role, occurred_at, old_role
            FROM
            (
                SELECT
                    *, lagInFrame(toString(role)) OVER
                        (PARTITION BY subject ORDER BY occurred_at
                         ROWS BETWEEN 1 PRECEDING AND CURRENT ROW) AS old_role
                FROM roster WHERE kind = 'account'
            )
            WHERE old_role != '' AND old_role != role
        ) AS changed
            ON changed.subject = handled.actor AND handled.occurred_at >= changed.occurred_at
        WHERE handled.occurred_at < changed.occurred_at + toIntervalMinute({minutes:UInt16})
            AND handled.role = changed.new_role
    """,
    measures={
        "people_read": "uniqExact(subject)",
        "old_role": "min(old_role)",
        "new_role": "min(new_role)",
    },
    when="people_read >= {people:UInt32}",
    actor="min(actor)",
    examples=(
        example("used at once", _OFFICER, _CHANGED, _looks(3, 10), finds="staff:1"),
        example("used for two people", _OFFICER, _CHANGED, _looks(2, 10)),
        example("used five hours later", _OFFICER, _CHANGED, _looks(9, 15)),
        example("an account's first role", _CHANGED, _looks(9, 10)),
    ),
)
