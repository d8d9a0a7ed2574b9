"""What is usual, noted once for each closed day and hour, so that no question reads it again.

A summary is made from the trail alone and may be made again at any time.
"""

from dataclasses import dataclass

from storage import detections
from storage.trail import Trail
from stream import questions
from stream.questions import Terms
from stream.windows import DAY, HOUR, Span, Window


@dataclass(frozen=True, slots=True)
class Summary:
    """A table, and the question that fills it for a closed window."""

    name: str
    window: Window
    fill: str

    def write(self, trail: Trail, span: Span, terms: Terms) -> None:
        """Note the windows of a span. Raises `TrailUnavailableError`."""
        query = self.fill.replace("{names}", questions.names(self.window, "accesses"))
        detections.ask(trail, query, questions.times(span, terms))


ACCOUNT_DAYS = Summary(
    "account_days",
    DAY,
    """
    INSERT INTO account_days
        (day, actor, actor_kind, role, accesses, subjects, networks, agents)
    {names}
    SELECT
        window_start, actor, min(actor_kind), max(role), count(), uniqExact(subject),
        arraySort(groupUniqArray(network)), arraySort(groupUniqArray(agent))
    FROM accesses
    WHERE actor_kind IN ('staff', 'third_party', 'consignee')
    GROUP BY window_start, actor
    """,
)
SERVICE_HOURS = Summary(
    "service_hours",
    HOUR,
    """
    INSERT INTO service_hours (hour, source, accesses, items, records, purposes)
    {names},
    counted AS
    (
        SELECT
            window_start, source, toString(purpose) AS purpose, count() AS accesses,
            sum(length(items)) AS items, sum(records) AS records
        FROM accesses
        GROUP BY window_start, source, purpose
    )
    SELECT
        window_start, source, sum(counted.accesses), sum(counted.items), sum(counted.records),
        sumMap(map(purpose, counted.accesses))
    FROM counted
    GROUP BY window_start, source
    """,
)
SUMMARIES = (ACCOUNT_DAYS, SERVICE_HOURS)
