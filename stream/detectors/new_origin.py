"""An account is used from a network, or by a kind of browser, that it never was before."""

from dataclasses import dataclass

from stream.detectors.detector import Detector, Opens, Thresholds, Words
from stream.detectors.example import access, example
from stream.windows import DAY


@dataclass(frozen=True, slots=True)
class Known(Thresholds):
    """An account is known that worked on so many of the `days` before."""

    working_days: int = 5
    days: int = 90


NEW_ORIGIN = Detector(
    id="new_origin",
    title=Words("Account used from a new place", "새로운 접속 위치·기기"),
    sentence=Words(
        "{actor} worked from {networks} with {agents}, not seen for this account in {days} days.",
        "{actor} 계정이 최근 {days}일 동안 쓰지 않던 곳({networks}, {agents})에서 사용되었습니다.",
    ),
    severity="medium",
    clause="Art. 8(1)2",
    window=DAY,
    opens=Opens.ONCE_BEGUN,
    thresholds=Known(),
    events="""
        SELECT handled.*, handled.actor AS key
        FROM handled INNER JOIN
        (
            SELECT
                actor, groupUniqArrayArray(networks) AS networks,
                groupUniqArrayArray(agents) AS agents
            FROM account_days FINAL
            WHERE day < {start:DateTime64(6, 'UTC')}
                AND day >= {start:DateTime64(6, 'UTC')} - toIntervalDay({days:UInt16})
            GROUP BY actor HAVING count() >= {working_days:UInt16}
        ) AS known ON known.actor = handled.actor
        WHERE NOT (has(known.networks, handled.network) AND has(known.agents, handled.agent))
    """,
    measures={
        "networks": "arraySort(groupUniqArray(network))",
        "agents": "arraySort(groupUniqArray(user_agent))",
    },
    actor="min(actor)",
    examples=(
        example(
            "after five days in the office, a night from elsewhere",
            [access(f"{day} 10:00") for day in (-6, -5, -4, -3, -2)],
            access("1 10:00"),
            access("1 22:00", ip="198.51.100.9"),
            finds="staff:1",
        ),
        example(
            "another browser",
            [access(f"{day} 10:00") for day in (-6, -5, -4, -3, -2)],
            access("1 10:00", user_agent="curl/8.1"),
            finds="staff:1",
        ),
        example(
            "the same office, a newer browser",
            [access(f"{day} 10:00") for day in (-6, -5, -4, -3, -2)],
            access(
                "1 10:00",
                ip="192.0.2.77",
                user_agent="Mozilla/5.0 (Windows NT 10.0; Win64; x64) Edg/132.0.1.0",
            ),
        ),
        example(
            "an account of four days",
            [access(f"{day} 10:00") for day in (-6, -5, -4, -3)],
            access("1 22:00", ip="198.51.100.9"),
        ),
    ),
)
