"""The stored trail held against Kafka's offsets, partition by partition."""

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from rich.table import Table

from audit.topics import ACCESS_EVENTS
from gamsa.servers import reachable_trail
from storage import faults
from storage.faults import Fault, Look
from storage.ledger import Account, Entry
from storage.ledger import account as hold
from stream.topics import log_ranges

COLUMNS = ("partition", "kafka_first", "kafka_after", "rows", "missing", "duplicates", "lag")


def account(kafka: str, clickhouse: str) -> list[Account]:
    """Compare every partition; raises Unavailable when a server is away."""
    with reachable_trail(clickhouse) as trail:
        return hold(trail, log_ranges(kafka))


def look(kafka: str, clickhouse: str) -> Look:
    """Compare every partition, and name what is wrong; raises Unavailable as `account` does."""
    with reachable_trail(clickhouse) as trail:
        return faults.look(trail, lambda: log_ranges(kafka))


def summary(found: Look) -> dict[str, Any]:
    """Sum the partitions, list them, and name what is wrong with its topic, partition, offsets."""
    totals = {
        column: sum(getattr(one, column) for one in found.accounts)
        for column in ("rows", "missing", "duplicates", "lag")
    }
    return {
        **totals,
        "partitions": [asdict(one) for one in found.accounts],
        "faults": [
            {"topic": ACCESS_EVENTS, **asdict(one), "says": str(one)} for one in found.faults
        ],
        "earlier_topics": [asdict(entry) for entry in found.earlier],
    }


def lines(accounts: Sequence[Account]) -> Table:
    """Draw the partitions as a table."""
    drawn = Table(title="Ledger: Kafka's offsets and the trail's rows", title_justify="left")
    for column in COLUMNS:
        drawn.add_column(column.replace("_", " "), justify="right")
    for one in accounts:
        drawn.add_row(*(f"{getattr(one, column):,}" for column in COLUMNS))
    return drawn


def sentences(found: Look) -> list[str]:
    """Say what is wrong, and what is not as it was."""
    return [_fault(fault) for fault in found.faults] + [_earlier(one) for one in found.earlier]


def _fault(fault: Fault) -> str:
    return f"{fault.kind}: {ACCESS_EVENTS} {fault}"


def _earlier(entry: Entry) -> str:
    return (
        f"topic_made_anew: the trail also holds {entry.rows:,} rows of an earlier {ACCESS_EVENTS} "
        f"of id {entry.topic_id}: partition {entry.partition}, offsets {entry.first_offset} to "
        f"{entry.last_offset}, missing {entry.missing}, duplicates {entry.duplicates}; what it "
        "held beyond is gone, and `gamsa reconcile` tells what producers had sent"
    )
