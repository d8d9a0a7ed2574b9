"""What the trail holds of one run: the records that were appended to the log since it began."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from producers.truth import Planted
from storage.trail import Trail
from stream import topics

Pair = tuple[str, str]
"""An event's id and a check that failed for it."""


@dataclass(frozen=True, slots=True)
class Start:
    """Where each partition of `access-events` ended when the run began."""

    topic_id: str
    ends: Mapping[int, int]

    def parameters(self) -> dict[str, object]:
        """Bind the start into a query that says `{SINCE}`."""
        partitions, firsts = list(self.ends), list(self.ends.values())
        return {"topic": self.topic_id, "partitions": partitions, "firsts": firsts}


@dataclass(frozen=True, slots=True)
class Article:
    """An article of the policy that accesses of the run were misuse by.

    `clause` is the one of its clauses that was cited most.
    """

    name: str
    accesses: int
    clause: str


@dataclass(frozen=True, slots=True)
class Held:
    """What the trail holds of a run, in records, and the articles that were cited."""

    stored: int = 0
    rejected: int = 0
    misuse: int = 0
    articles: tuple[Article, ...] = ()


SINCE = """topic_id = {topic:String}
    AND offset >= transform(partition, {partitions:Array(UInt32)}, {firsts:Array(UInt64)}, 0)"""

COUNTED = f"""
SELECT
    (SELECT count() FROM v_access_events WHERE {SINCE}),
    (SELECT count() FROM v_rejected_events WHERE {SINCE}),
    (SELECT count() FROM v_access_events WHERE {SINCE} AND verdict = 'misuse')
"""  # noqa: S608  the text is ours, the values are bound

BY_ARTICLE = f"""
SELECT
    coalesce(nullIf(extract(clause, '^Art\\\\. \\\\d+'), ''), clause) AS article,
    uniqExact(partition, offset) AS accesses,
    topK(1)(clause)[1] AS most_cited
FROM v_access_events ARRAY JOIN clauses AS clause
WHERE {SINCE} AND verdict = 'misuse'
GROUP BY article
ORDER BY toUInt32OrDefault(extract(article, '\\\\d+'), toUInt32(99)), article
"""  # noqa: S608  the text is ours, the values are bound

JUDGED = f"""
SELECT event_id, reasons FROM v_access_events WHERE {SINCE}
"""  # noqa: S608  the text is ours, the values are bound


def begin(kafka: str) -> Start:
    """Remember where the log ends now; raises KafkaUnavailableError."""
    ranges = topics.log_ranges(kafka)
    (topic_id,) = {place.topic_id for place in ranges}
    return Start(topic_id, {place.partition: one.after for place, one in ranges.items()})


def held(trail: Trail, start: Start) -> Held:
    """Ask how much of the run is stored, and what was found; raises TrailUnavailableError."""
    bound = start.parameters()
    ((stored, rejected, misuse),) = trail.rows(COUNTED, bound)
    articles = (Article(*row) for row in trail.rows(BY_ARTICLE, bound))
    return Held(stored, rejected, misuse, tuple(articles))


def judged(trail: Trail, start: Start) -> dict[str, frozenset[str]]:
    """Ask which checks failed for each event of the run, by event id."""
    rows = trail.rows(JUDGED, start.parameters())
    return {event_id: frozenset(reasons) for event_id, reasons in rows}


def accuracy(
    found: Mapping[str, Iterable[str]], planted: Iterable[Planted]
) -> tuple[float, float]:
    """Precision and recall of what was found against what was planted, both from 0 to 1.

    Counted over pairs of an event and a check: an event flagged for the wrong reason is a miss.
    Where nothing was found nothing was found wrongly, and likewise for what was planted.
    """
    said: set[Pair] = {(event, check) for event, checks in found.items() for check in checks}
    true: set[Pair] = {(one.event_id, str(check)) for one in planted for check in one.checks}
    right = len(said & true)
    return right / len(said) if said else 1.0, right / len(true) if true else 1.0
