"""An account is in two networks within a time in which nobody gets from one to the other."""

from dataclasses import dataclass

from stream.detectors.detector import Detector, Opens, Thresholds, Words
from stream.detectors.example import Happening, example, visit
from stream.windows import HOUR


@dataclass(frozen=True, slots=True)
class Leaps(Thresholds):
    """So many changes of network in an hour, each within so many seconds, with another device."""

    leaps: int = 2
    seconds: int = 120


def _turns(times: int, seconds: int, mac: str) -> list[Happening]:
    return [
        visit(
            f"1 10:{n * seconds // 60:02}:{n * seconds % 60:02}",
            "member:1",
            **({"ip": "203.0.113.5", "mac": mac, "cookie": "c-other"} if n % 2 else {}),
        )
        for n in range(times)
    ]


NETWORK_CHANGE = Detector(
    id="network_change",
    title=Words("Impossible change of network", "불가능한 접속망 변경"),
    sentence=Words(
        "{key} changed between {networks_seen} {leaps_seen} times, each time within"
        " {seconds} seconds and with another device.",
        "{key} 계정이 {seconds}초 안에 다른 기기로 {networks_seen} 사이를"
        " {leaps_seen}번 오갔습니다.",
    ),
    severity="high",
    clause="Art. 8(1)2",
    window=HOUR,
    # An event that comes late, from in between, can take a change back; what was found stays.
    # Whoever shares an account is better seen at once than an hour later without this exception.
    opens=Opens.AT_ONCE,
    thresholds=Leaps(),
    events="""
        SELECT * FROM
        (
            SELECT
                *,
                lagInFrame(network) OVER nearby AS network_before,
                lagInFrame(mac) OVER nearby AS mac_before,
                lagInFrame(occurred_at) OVER nearby AS time_before
            FROM (SELECT *, actor AS key FROM accesses WHERE actor_kind != 'system' AND ip != '')
            WHERE (key, window_start) IN
            (
                SELECT actor, window_start FROM accesses
                WHERE actor_kind != 'system' AND ip != ''
                GROUP BY actor, window_start HAVING min(ip) != max(ip)
            )
            WINDOW nearby AS
            (
                PARTITION BY key, window_start
                ORDER BY occurred_at, topic_id, partition, offset
                ROWS BETWEEN 1 PRECEDING AND CURRENT ROW
            )
        )
    """,
    measures={
        "leaps_seen": "countIf(network_before != '' AND network_before != network"
        " AND mac_before != mac"
        " AND occurred_at <= time_before + toIntervalSecond({seconds:UInt32}))",
        "networks_seen": "arraySort(groupUniqArray(5)(network))",
    },
    when="leaps_seen >= {leaps:UInt32}",
    actor="min(actor)",
    examples=(
        example("there and back", _turns(3, 120, "02:00:00:00:00:99"), finds="member:1"),
        example("there", _turns(2, 60, "02:00:00:00:00:99")),
        example("slowly", _turns(9, 121, "02:00:00:00:00:99")),
        example("a telephone that leaves the house", _turns(9, 60, "02:00:00:00:00:01")),
    ),
)
