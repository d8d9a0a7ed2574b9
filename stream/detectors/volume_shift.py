"""A service is suddenly used far more, for other purposes, or for more items each time."""

from dataclasses import dataclass

from stream.detectors.detector import Detector, Opens, Thresholds, Words
from stream.detectors.example import Happening, access, business, example
from stream.windows import HOUR


@dataclass(frozen=True, slots=True)
class Shift(Thresholds):
    """Against the same hour of the `days` before, of which so many must be known.

    `times` as many accesses or items each; or a share of `mix` of all accesses moved to other
    purposes. Hours below `at_least` accesses are too small to say. A programme that opened within
    `rush_hours` explains a rush.
    """

    at_least: int = 100
    times: float = 4.0
    items_times: float = 2.0
    mix: float = 0.6
    days: int = 28
    known_days: int = 7
    rush_hours: int = 48


def _hour(day: int, accesses: int, **fields: object) -> list[Happening]:
    return [
        access(f"{day} 10:{n // 60:02}:{n % 60:02}", subject=f"member:{n}", **fields)
        for n in range(accesses)
    ]


_WEEK = [one for day in range(-6, 1) for one in _hour(day, 25)]

VOLUME_SHIFT = Detector(
    id="volume_shift",
    title=Words("Sudden change at a service", "서비스 이용의 급격한 변화"),
    sentence=Words(
        "{key} had {accesses_now} accesses in an hour, {usual_accesses} are usual;"
        " {items_now} items each, {usual_items} are usual; {moved} of the purposes changed.",
        "{key} 서비스의 1시간 접근이 {accesses_now}건(평소 {usual_accesses}건), 건당 항목이"
        " {items_now}개(평소 {usual_items}개), 목적 변화는 {moved}입니다.",
    ),
    severity="medium",
    clause="Art. 8(1)2",
    window=HOUR,
    opens=Opens.ONCE_CLOSED,
    thresholds=Shift(),
    most_evidence=1_000,
    events="""
        WITH
            now AS
            (
                SELECT source, hour, accesses, items / accesses AS per_access, purposes
                FROM service_hours FINAL
                WHERE hour >= {start:DateTime64(6, 'UTC')} AND hour < {end:DateTime64(6, 'UTC')}
                    AND service_hours.accesses >= {at_least:UInt32}
            ),
            usually AS
            (
                SELECT
                    source, asked,
                    quantileExact(0.5)(service_hours.accesses) AS usual_accesses,
                    quantileExact(0.5)(items / service_hours.accesses) AS usual_items,
                    sumMap(purposes) AS usual_purposes, sum(service_hours.accesses) AS of_all
                FROM service_hours FINAL
                ARRAY JOIN arrayMap(
                    days -> hour + toIntervalDay(days), range(1, {days:UInt16} + 1)) AS asked
                WHERE hour < {end:DateTime64(6, 'UTC')}
                    AND hour >= {start:DateTime64(6, 'UTC')} - toIntervalDay({days:UInt16})
                    AND (source, asked) IN (SELECT source, hour FROM now)
                GROUP BY source, asked HAVING count() >= {known_days:UInt16}
            ),
            (
                SELECT groupArray(occurred_at) FROM business
                WHERE kind = 'programme_opened'
                    AND occurred_at < {end:DateTime64(6, 'UTC')}
                    AND occurred_at >= {start:DateTime64(6, 'UTC')}
                        - toIntervalHour({rush_hours:UInt16})
            ) AS opened
        SELECT accesses.*, accesses.source AS key, shifted.*
        FROM accesses INNER JOIN
        (
            SELECT
                now.source AS source_, now.hour AS hour_, now.accesses AS accesses_now_,
                usual_accesses AS usual_, now.per_access AS items_now_,
                usual_items AS usual_items_,
                arraySum(purpose -> abs(
                    now.purposes[purpose] / now.accesses - usual_purposes[purpose] / of_all),
                    arrayDistinct(arrayConcat(mapKeys(now.purposes), mapKeys(usual_purposes))))
                    / 2 AS moved_
            FROM now INNER JOIN usually
                ON now.source = usually.source AND now.hour = usually.asked
            WHERE
                (accesses_now_ > {times:Float64} * usual_ AND NOT arrayExists(
                    at -> at < hour_ + toIntervalHour(1)
                        AND at >= hour_ - toIntervalHour({rush_hours:UInt16}),
                    opened))
                OR items_now_ > {items_times:Float64} * usual_items_
                OR moved_ > {mix:Float64}
        ) AS shifted
            ON shifted.source_ = accesses.source AND shifted.hour_ = accesses.window_start
    """,
    measures={
        "accesses_now": "max(accesses_now_)",
        "usual_accesses": "max(usual_)",
        "items_now": "max(items_now_)",
        "usual_items": "max(usual_items_)",
        "moved": "concat(toString(round(100 * max(moved_))), ' %')",
    },
    examples=(
        example("101 where 25 are usual", _WEEK, _hour(1, 101), finds="/services/reservation"),
        example("100 where 25 are usual", _WEEK, _hour(1, 100)),
        example(
            "a programme opens",
            _WEEK,
            business("0 12:00", "", "programme_opened"),
            _hour(1, 150),
        ),
        example(
            "another purpose",
            _WEEK,
            _hour(1, 100, purpose="survey.satisfaction"),
            finds="/services/reservation",
        ),
        example(
            "more items each",
            _WEEK,
            _hour(1, 100, items=("name", "mobile", "email", "address", "organization")),
            finds="/services/reservation",
        ),
        example("a new service", _hour(1, 300)),
    ),
)
