"""A service that always has something to say says nothing."""

from dataclasses import dataclass

from stream.detectors.detector import Detector, Opens, Thresholds, Words
from stream.detectors.example import Happening, access, example
from stream.windows import HOUR


@dataclass(frozen=True, slots=True)
class Silence(Thresholds):
    """In this hour of each of the `days` before, the service had at least so many accesses."""

    at_least: int = 5
    days: int = 7


def _hour(day: int, accesses: int, hour: int = 10) -> list[Happening]:
    return [access(f"{day} {hour}:{n:02}") for n in range(accesses)]


_WEEK = [one for day in range(-6, 1) for one in _hour(day, 5)]
_BEFORE = _hour(1, 1, 9)
_AFTER = _hour(1, 1, 11)

SERVICE_SILENT = Detector(
    id="service_silent",
    title=Words("Service gone silent", "서비스 기록 중단"),
    sentence=Words(
        "{key} recorded nothing for an hour in which it always had {fewest} accesses or more;"
        " the last came at {last_at}.",
        "{key} 서비스가 늘 {fewest}건 이상 기록되던 시간에 아무것도 기록하지 않았습니다."
        " 마지막 기록은 {last_at}입니다.",
    ),
    severity="high",
    clause="Art. 8(1)2",
    window=HOUR,
    opens=Opens.ONCE_CLOSED,
    thresholds=Silence(),
    events="""
        WITH
            silent AS
            (
                SELECT source, min(accesses) AS fewest
                FROM service_hours FINAL
                WHERE toHour(hour) = toHour({start:DateTime64(6, 'UTC')})
                    AND hour < {start:DateTime64(6, 'UTC')}
                    AND hour >= {start:DateTime64(6, 'UTC')} - toIntervalDay({days:UInt16})
                    AND source NOT IN
                    (
                        SELECT source FROM service_hours
                        WHERE hour = {start:DateTime64(6, 'UTC')}
                    )
                GROUP BY source
                HAVING count() >= {days:UInt16} AND fewest >= {at_least:UInt32}
            )
        SELECT
            before.*, before.source AS key, silent.fewest AS fewest_,
            {start:DateTime64(6, 'UTC')} AS window_start
        FROM
        (
            SELECT * FROM before WHERE source IN (SELECT source FROM silent)
            ORDER BY occurred_at DESC, topic_id, partition, offset DESC LIMIT 1 BY source
        ) AS before INNER JOIN silent ON silent.source = before.source
    """,
    measures={
        "fewest": "min(fewest_)",
        "last_at": "formatDateTime(toTimeZone(max(occurred_at), {zone:String}), '%Y-%m-%d %H:%i')",
    },
    examples=(
        example("nothing at ten", _WEEK, _BEFORE, _AFTER, finds="/services/reservation"),
        example("one access at ten", _WEEK, _BEFORE, _hour(1, 1), _AFTER),
        example(
            "an hour that was quiet before",
            [one for day in range(-6, 1) for one in _hour(day, 4)],
            _BEFORE,
            _AFTER,
        ),
        example("a service of six days", _WEEK[5:], _BEFORE, _AFTER),
    ),
)
