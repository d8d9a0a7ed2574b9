"""A service that always has something to say says nothing."""

from dataclasses import dataclass

from stream.detectors.detector import Detector, Opens, Thresholds, Words
from stream.detectors.example import Happening, access, example
from stream.windows import HOUR


@dataclass(frozen=True, slots=True)
class Silence(Thresholds):
    """So many visits are usual in this hour, by such of the `days` before as are of its kind.

    Those are the working days, or those of the `weekend`; `known_days` of them must be known. A
    visit is a few accesses that come together, so accesses alone do not tell how rare an empty
    hour is: what comes in bursts has a large variance. The square of the mean divided by the
    variance is at most the number of visits of which the hour is made, and of n visits none comes
    by chance in one hour of exp(n). The quietest days, `forgiven` of all, do not count, lest one
    silence hides the next, and no day counts for more than twice the median, lest a rush does.
    """

    visits: float = 7.0
    days: int = 28
    known_days: int = 8
    forgiven: float = 0.1
    weekend: tuple[int, ...] = (6, 7)


def _hour(day: int, accesses: int, hour: int = 10) -> list[Happening]:
    return [access(f"{day} {hour}:{n:02}") for n in range(accesses)]


def _hours(first: int, accesses: int, but: int = 1) -> list[Happening]:
    return [one for day in range(first, 1) if day != but for one in _hour(day, accesses)]


_BURSTS = (16, 14, 2, 12, 2, 8, 2, 9)
_BEFORE = _hour(1, 1, 9)
_AFTER = _hour(1, 1, 11)

SERVICE_SILENT = Detector(
    id="service_silent",
    title=Words("Service gone silent", "서비스 기록 중단"),
    sentence=Words(
        "{key} recorded nothing for an hour in which {usual} accesses are usual;"
        " the last came at {last_at}.",
        "{key} 서비스가 평소 {usual}건이 기록되던 시간에 아무것도 기록하지 않았습니다."
        " 마지막 기록은 {last_at}입니다.",
    ),
    severity="high",
    clause="Art. 8(1)2",
    window=HOUR,
    opens=Opens.ONCE_CLOSED,
    thresholds=Silence(),
    events="""
        WITH
            moment -> has(
                {weekend:Array(UInt8)}, toDayOfWeek(toTimeZone(moment, {zone:String}))
            ) AS is_weekend,
            first AS
            (
                SELECT source, min(hour) AS first_hour FROM service_hours
                WHERE hour < {end:DateTime64(6, 'UTC')}
                    AND hour >= {start:DateTime64(6, 'UTC')} - toIntervalDay({days:UInt16})
                GROUP BY source
            ),
            silent AS
            (
                SELECT
                    source, asked,
                    arrayCount(
                        days -> asked - toIntervalDay(days) >= any(first_hour)
                            AND is_weekend(asked - toIntervalDay(days)) = is_weekend(asked),
                        range(1, {days:UInt16} + 1)) AS known,
                    arraySort(arrayResize(groupArray(accesses), known)) AS counts,
                    counts[intDiv(known + 1, 2)] AS usual,
                    arrayMap(
                        one -> least(one, 2 * usual),
                        arraySlice(counts, 1 + toUInt16({forgiven:Float64} * known))) AS counted,
                    arrayAvg(counted) AS mean,
                    arrayAvg(arrayMap(one -> one * one, counted)) - mean * mean AS variance
                FROM (SELECT source, hour, accesses FROM service_hours FINAL) AS past
                INNER JOIN first USING (source)
                ARRAY JOIN arrayMap(
                    days -> hour + toIntervalDay(days), range(1, {days:UInt16} + 1)) AS asked
                WHERE hour < {end:DateTime64(6, 'UTC')}
                    AND hour >= {start:DateTime64(6, 'UTC')} - toIntervalDay({days:UInt16})
                    AND asked >= {start:DateTime64(6, 'UTC')}
                    AND asked < {end:DateTime64(6, 'UTC')}
                    AND is_weekend(hour) = is_weekend(asked)
                    AND (source, asked) NOT IN
                    (
                        SELECT source, hour FROM service_hours
                        WHERE hour >= {start:DateTime64(6, 'UTC')}
                            AND hour < {end:DateTime64(6, 'UTC')}
                    )
                GROUP BY source, asked
                HAVING known >= {known_days:UInt16} AND mean > 0
                    AND mean * mean >= {visits:Float64} * greatest(variance, mean)
            )
        SELECT before.*, source AS key, silent.usual AS usual_, silent.asked AS window_start
        FROM before INNER JOIN silent USING (source)
        WHERE occurred_at < asked AND occurred_at >= asked - toIntervalDay(1)
            AND received_at < asked + toIntervalSecond({lateness:UInt32})
        ORDER BY occurred_at DESC, topic_id, partition, offset DESC
        LIMIT 1 BY source, asked
    """,
    measures={
        "usual": "min(usual_)",
        "last_at": "formatDateTime(toTimeZone(max(occurred_at), {zone:String}), '%Y-%m-%d %H:%i')",
    },
    examples=(
        example("nothing at ten", _hours(-11, 7), _BEFORE, _AFTER, finds="/services/reservation"),
        example("one access at ten", _hours(-11, 7), _BEFORE, _hour(1, 1), _AFTER),
        example("an hour that was quiet before", _hours(-11, 6), _BEFORE, _AFTER),
        example(
            "an hour of few visits with many accesses each",
            *(
                _hour(day, accesses)
                for day, accesses in zip((*range(-11, -8), *range(-6, -1)), _BURSTS, strict=True)
            ),
            _BEFORE,
            _AFTER,
        ),
        example(
            "quiet weekends",
            *(_hour(d, 7) for d in (*range(-13, -8), *range(-6, -1))),
            _BEFORE,
            _AFTER,
            finds="/services/reservation",
        ),
        example(
            "once silent, and silent again",
            _hours(-13, 7, but=-3),
            _BEFORE,
            _AFTER,
            finds="/services/reservation",
        ),
        example("a service of seven working days", _hours(-10, 7), _BEFORE, _AFTER),
    ),
)
