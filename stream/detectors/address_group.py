"""Somebody goes through the people of one household or house, none of whom has a case.

Events carry no postal address. What they carry is the address on the net from which members use
their own accounts: who shares it, lives or works together.
"""

from dataclasses import dataclass

from stream.detectors.detector import Detector, Opens, Thresholds, Words
from stream.detectors.example import Happening, access, business, example, visit
from stream.windows import DAY


@dataclass(frozen=True, slots=True)
class Household(Thresholds):
    """So many of one address in a day, without a case in the last `days_before`.

    Their own visits are looked at for `days` back. An address of more than `most` is no household.
    """

    people: int = 3
    days: int = 30
    days_before: int = 60
    most: int = 60


def _home(people: int) -> list[Happening]:
    return [visit(f"-2 20:{n:02}", f"member:{n}", ip="203.0.113.5") for n in range(people)]


def _looks(people: int) -> list[Happening]:
    return [access(f"1 10:{n:02}", subject=f"member:{n}") for n in range(people)]


ADDRESS_GROUP = Detector(
    id="address_group",
    title=Words("A household gone through", "한 주소의 여러 사람 조회"),
    sentence=Words(
        "{actor} read {people_read} people who use the website from one address, {address}.",
        "{actor} 계정이 같은 주소({address})를 쓰는 {people_read}명을 업무 없이 조회했습니다.",
    ),
    severity="medium",
    clause="Art. 1(1)",
    window=DAY,
    opens=Opens.ONCE_CLOSED,
    thresholds=Household(),
    events="""
        WITH without_case AS
        (
            SELECT * FROM handled
            WHERE subject != '' AND subject NOT IN
            (
                SELECT subject FROM business
                WHERE occurred_at >= {start:DateTime64(6, 'UTC')}
                        - toIntervalDay({days_before:UInt16})
                    AND subject IN (SELECT subject FROM handled)
            )
        )
        SELECT
            without_case.*, home.home AS home,
            concat(without_case.actor, ' ', home.home) AS key
        FROM without_case INNER JOIN
        (
            SELECT actor AS member, ip AS home
            FROM v_access_events
            WHERE actor_kind = 'member' AND ip != ''
                AND occurred_at >= {start:DateTime64(6, 'UTC')} - toIntervalDay({days:UInt16})
                AND occurred_at < {end:DateTime64(6, 'UTC')}
                AND received_at < {late:DateTime64(3, 'UTC')}
                AND actor IN (SELECT subject FROM without_case)
            GROUP BY member, home
        ) AS home ON home.member = without_case.subject
    """,
    measures={"people_read": "uniqExact(subject)", "address": "min(home)"},
    when="people_read >= {people:UInt32} AND people_read <= {most:UInt32}",
    actor="min(actor)",
    examples=(
        example("three of one household", _home(3), _looks(3), finds="staff:1 203.0.113.5"),
        example("two of one household", _home(3), _looks(2)),
        example(
            "a family that reserved together",
            _home(3),
            business("-2 21:00", "member:1", "reservation_made"),
            _looks(3),
        ),
        example("three strangers", _looks(3)),
    ),
)
