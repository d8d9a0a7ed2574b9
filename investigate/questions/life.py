"""What happened to one person's data, from the first day on."""

from collections.abc import Sequence

from investigate.cursor import Page, Paging, begun, cut
from investigate.filters import Filters, conditions
from investigate.questions.accesses import PLACE, SNAPSHOT, Place, Placed, place
from investigate.reading import Reader


class Step(Placed, frozen=True):
    """An access to a person's data, or what happened to the person's affairs.

    Of an affair, `what` is its kind (reserved, paid, consent_withdrawn …), and actor, purpose and
    verdict are empty.
    """

    event_id: str
    is_access: bool
    source: str
    what: str
    file: str
    items: Sequence[str]
    actor: str
    role: str
    purpose: str
    recipient: str
    verdict: str
    clauses: Sequence[str]


def life(reader: Reader, filters: Filters, paging: Paging) -> Page[Step]:
    """What happened to one person's data over its life, in order?

    Of the filters it takes subject, start and end.
    """
    sql, bound = conditions(filters)
    question = f"life {filters.given}"
    begin = begun(paging, question, Place, reader.moment)
    if begin.after:
        bound |= dict(zip(PLACE, begin.after, strict=True))
    query = _LIFE.format(
        columns=", ".join(Step.__struct_fields__),
        those=" AND ".join([*sql, SNAPSHOT]),
        after=_AFTER if begin.after else "",
    )
    bound |= {"snapshot": begin.snapshot, "rows": paging.size + 1}
    found = [Step(*row) for row in reader.rows(query, bound)]
    return cut(found, paging, question, begin, place)


_AFTER = """
WHERE (occurred_at, topic_id, partition, offset) >
    (fromUnixTimestamp64Micro({after_at:Int64}, 'UTC'), {after_topic:String},
     {after_partition:UInt32}, {after_offset:UInt64})"""

_LIFE = """
SELECT {columns} FROM
(
    SELECT
        occurred_at, toString(topic_id) AS topic_id, partition, offset, event_id,
        true AS is_access, toString(source) AS source, toString(action) AS what,
        toString(file) AS file, items, toString(actor) AS actor, toString(role) AS role,
        toString(purpose) AS purpose, toString(recipient) AS recipient,
        toString(verdict) AS verdict, clauses
    FROM v_access_events WHERE {those}
    UNION ALL
    SELECT
        occurred_at, toString(topic_id), partition, offset, event_id, false, toString(source),
        toString(kind), toString(file), items, '', '', '', toString(party), '', []
    FROM v_business_events WHERE {those}
)
{after}
ORDER BY occurred_at, topic_id, partition, offset
LIMIT {{rows:UInt32}}
"""
