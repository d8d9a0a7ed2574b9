"""Calendar months, as a policy counts them, in its own time zone."""

from datetime import UTC, date, datetime, time, timedelta, tzinfo
from functools import lru_cache

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
_QUARTER = 900_000_000  # microseconds; no zone's midnight falls within a quarter of an hour


def midnight(day: date, zone: tzinfo) -> int:
    """When a day begins in a zone, in microseconds since 1970-01-01T00:00:00Z."""
    return (datetime.combine(day, time(), zone) - _EPOCH) // _MICROSECOND


def expires_at(since: int, months: int, zone: tzinfo) -> int:
    """The end of the day that lies `months` after `since`, both in microseconds since 1970.

    The day of collection does not count (Korea's Civil Act, Art. 157 and 160, and the same in
    most places): six months from 10 January end with 10 July.
    """
    return _expires_at(since // _QUARTER, months, zone)


@lru_cache(maxsize=16_384)
def _expires_at(quarter: int, months: int, zone: tzinfo) -> int:
    day = (_EPOCH + timedelta(seconds=quarter * 900)).astimezone(zone).date()
    return midnight(months_later(day, months) + timedelta(days=1), zone)


def months_later(day: date, months: int) -> date:
    """The same day of a later month, or that month's last day; year 9998 at the latest."""
    years, month = divmod(day.month - 1 + months, 12)
    year = min(day.year + years, 9998)
    for last in (day.day, 30, 29, 28):
        try:
            return date(year, month + 1, min(day.day, last))
        except ValueError:
            continue
    raise AssertionError("every month has 28 days")
