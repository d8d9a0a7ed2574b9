"""One cookie, or one session, is in two places or two browsers at once."""

from dataclasses import dataclass

from stream.detectors.detector import Detector, Opens, Thresholds, Words
from stream.detectors.example import Happening, example, visit
from stream.windows import HOUR


@dataclass(frozen=True, slots=True)
class Switches(Thresholds):
    """So many changes between networks or browsers, each within so many minutes, in an hour."""

    changes: int = 3
    minutes: int = 10


def _turns(times: int, minutes: int, **other: object) -> list[Happening]:
    return [
        visit(f"1 10:{n * minutes:02}", "member:1", **(other if n % 2 else {}))
        for n in range(times)
    ]


_PLACES = """
    SELECT *, if(cookie != '', cookie, session) AS key, concat(network, ' ', agent) AS place
    FROM accesses WHERE actor_kind != 'system' AND (cookie != '' OR session != '')
"""

SPLIT_COOKIE = Detector(
    id="split_cookie",
    title=Words("Cookie in two places at once", "동시에 두 곳에서 쓰인 쿠키"),
    sentence=Words(
        "Cookie or session {key} went back and forth {changes_seen} times between {places}.",
        "쿠키 또는 세션 {key}이(가) {places} 사이를 {changes_seen}번 오갔습니다.",
    ),
    severity="high",
    clause="Art. 9(3)2",
    window=HOUR,
    opens=Opens.AT_ONCE,
    thresholds=Switches(),
    # Most are in one place: hashes tell that of ten million of them, in a few bytes each.
    events=f"""
        SELECT * FROM
        (
            SELECT
                *,
                lagInFrame(place) OVER nearby AS place_before,
                lagInFrame(occurred_at) OVER nearby AS time_before
            FROM ({_PLACES}) AS places
            WHERE (sipHash64(key), window_start) IN
            (
                SELECT
                    sipHash64(if(cookie != '', cookie, session)) AS one, window_start
                FROM accesses
                WHERE actor_kind != 'system' AND (cookie != '' OR session != '')
                GROUP BY one, window_start
                HAVING count() > {{changes:UInt32}}
                    AND min(sipHash64(ip, user_agent)) != max(sipHash64(ip, user_agent))
            )
            WINDOW nearby AS
            (
                PARTITION BY key, window_start
                ORDER BY occurred_at, topic_id, partition, offset
                ROWS BETWEEN 1 PRECEDING AND CURRENT ROW
            )
        )
    """,  # noqa: S608  the text is ours, the values are bound
    measures={
        "changes_seen": "countIf(place_before != '' AND place_before != place"
        " AND occurred_at <= time_before + toIntervalMinute({minutes:UInt16}))",
        "places": "arraySort(groupUniqArray(5)(network))",
    },
    when="changes_seen >= {changes:UInt32}",
    actor="min(actor)",
    examples=(
        example("back and forth", _turns(4, 10, ip="203.0.113.5"), finds="c-member:1"),
        example("two browsers at once", _turns(4, 5, user_agent="curl/8.1"), finds="c-member:1"),
        example("there and back", _turns(3, 10, ip="203.0.113.5")),
        example("slowly", _turns(4, 11, ip="203.0.113.5")),
        example("within one network", _turns(6, 5, ip="198.51.100.200")),
    ),
)
