"""Which accesses a question is about: names from this list alone, and values that are bound."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from msgspec import Struct, structs

from investigate.errors import WrongQuestionError

LONGEST = 512
"""Characters of a value."""
VERDICTS = "allowed", "misuse"

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class Filters(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """All that are given must hold. `start` is inclusive, `end` exclusive, as it occurred.

    `item` is one of the access's items, `reason` one of its checks that failed, `clause` one of
    those it broke.
    """

    subject: str | None = None
    actor: str | None = None
    actor_kind: str | None = None
    role: str | None = None
    organization: str | None = None
    ip: str | None = None
    cookie: str | None = None
    mac: str | None = None
    session: str | None = None
    request_id: str | None = None
    event_id: str | None = None
    source: str | None = None
    file: str | None = None
    item: str | None = None
    action: str | None = None
    purpose: str | None = None
    legal_basis: str | None = None
    recipient: str | None = None
    outcome: str | None = None
    verdict: str | None = None
    reason: str | None = None
    clause: str | None = None
    start: datetime | None = None
    end: datetime | None = None

    @property
    def given(self) -> Mapping[str, Any]:
        """The filters that are set, by name."""
        return {k: v for k, v in structs.asdict(self).items() if v is not None}


PLACES = """
SELECT topic_id, partition, offset FROM v_event_places
WHERE (made_at, untimed_id, event_id) IN
(
    WITH toUnixTimestamp64Milli(UUIDv7ToDateTime(toUUIDOrZero(id))) AS made
    SELECT made, if(made = 0, id, ''), id FROM ({ids})
)
"""
"""Where the events with these ids lie, found by the times that ids begin with: migration 0032."""
_THE_EVENT = "SELECT {event_id:String} AS id"

_IN_A_LIST = {"item": "items", "reason": "reasons", "clause": "clauses"}


def located(ids: str) -> str:
    """SQL of a condition: it is one of the events whose ids this SQL selects, as `id`."""
    return f"(topic_id, partition, offset) IN ({PLACES.format(ids=ids)})"


_OTHERS = {
    **{name: f"has({column}, {{{name}:String}})" for name, column in _IN_A_LIST.items()},
    "event_id": located(_THE_EVENT),
    "start": "occurred_at >= fromUnixTimestamp64Micro({start:Int64}, 'UTC')",
    "end": "occurred_at < fromUnixTimestamp64Micro({end:Int64}, 'UTC')",
}


def conditions(filters: Filters) -> tuple[list[str], dict[str, object]]:
    """The filters as SQL, and what it binds.

    Raises `WrongQuestionError` for a value that no event can have, and for a time that ends
    before it begins.
    """
    given = filters.given
    if filters.start and filters.end and filters.start >= filters.end:
        raise WrongQuestionError(f"the time ends at {filters.end}, before it begins")
    sql = [_OTHERS.get(name, f"{name} = {{{name}:String}}") for name in given]
    return sql, {name: _value(name, value) for name, value in given.items()}


def microseconds(moment: datetime) -> int:
    """Microseconds since 1970; raises `WrongQuestionError` for a time without zone."""
    if moment.tzinfo is None:
        raise WrongQuestionError(f"the time {moment} has no zone")
    return (moment - _EPOCH) // timedelta(microseconds=1)


def _value(name: str, value: Any) -> object:
    if isinstance(value, datetime):
        return microseconds(value)
    if not value or len(value) > LONGEST:
        raise WrongQuestionError(f"{name} must have 1 to {LONGEST} characters")
    if name == "verdict" and value not in VERDICTS:
        raise WrongQuestionError(f"verdict is one of {', '.join(VERDICTS)}")
    try:
        value.encode()
    except UnicodeEncodeError:
        raise WrongQuestionError(f"{name} is not UTF-8") from None
    return value
