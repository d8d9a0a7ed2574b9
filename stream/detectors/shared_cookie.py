"""One cookie is used by several members, and not from one home."""

from dataclasses import dataclass

from stream.detectors.detector import Detector, Opens, Thresholds, Words
from stream.detectors.example import example, visit
from stream.windows import DAY


@dataclass(frozen=True, slots=True)
class Sharers(Thresholds):
    """So many members and so many networks. A family at home shares a computer and a network."""

    members: int = 2
    networks: int = 2


SHARED_COOKIE = Detector(
    id="shared_cookie",
    title=Words("Cookie of several members", "여러 회원의 같은 쿠키"),
    sentence=Words(
        "Cookie {key} was used by {who} from {networks_seen} networks: it may be stolen.",
        "쿠키 {key}을(를) {who} 회원이 {networks_seen}개 망에서 사용했습니다. 도용일 수 있습니다.",
    ),
    severity="high",
    clause="Art. 9(3)2",
    window=DAY,
    opens=Opens.AT_ONCE,
    thresholds=Sharers(),
    # Of ten million cookies most have one member: hashes tell that, in a few bytes a cookie.
    events="""
        SELECT *, cookie AS key FROM accesses
        WHERE actor_kind = 'member' AND cookie != '' AND (sipHash64(cookie), window_start) IN
        (
            SELECT sipHash64(cookie) AS one, window_start FROM accesses
            WHERE actor_kind = 'member' AND cookie != ''
            GROUP BY one, window_start HAVING min(sipHash64(actor)) != max(sipHash64(actor))
        )
    """,
    measures={
        "who": "arraySort(groupUniqArray(20)(actor))",
        "members_seen": "uniqExact(actor)",
        "networks_seen": "uniqExact(network)",
    },
    when="members_seen >= {members:UInt32} AND networks_seen >= {networks:UInt32}",
    examples=(
        example(
            "two members, two networks",
            visit("1 10:00", "member:1", cookie="c"),
            visit("1 11:00", "member:2", cookie="c", ip="203.0.113.5"),
            finds="c",
        ),
        example(
            "a family at home",
            visit("1 10:00", "member:1", cookie="c"),
            visit("1 11:00", "member:2", cookie="c", ip="198.51.100.9"),
        ),
        example(
            "one member on the way",
            visit("1 10:00", "member:1", cookie="c"),
            visit("1 11:00", "member:1", cookie="c", ip="203.0.113.5"),
        ),
    ),
)
