"""The stored trail held against Kafka's offsets, partition by partition."""

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from rich.table import Table

from gamsa.servers import away_is_unavailable
from storage.ledger import Account
from storage.ledger import account as hold
from storage.trail import Trail, connect
from stream.topics import log_ranges

COLUMNS = ("partition", "kafka_first", "kafka_after", "rows", "missing", "duplicates", "lag")


def account(kafka: str, clickhouse: str) -> list[Account]:
    """Compare every partition; raises Unavailable when a server is away."""
    with away_is_unavailable(clickhouse):
        client = connect(clickhouse)
        try:
            return hold(Trail(client), log_ranges(kafka))
        finally:
            client.close()


def summary(accounts: Sequence[Account]) -> dict[str, Any]:
    """Sum the partitions, and list them."""
    totals = {
        column: sum(getattr(one, column) for one in accounts)
        for column in ("rows", "missing", "duplicates", "lag")
    }
    return {**totals, "partitions": [asdict(one) for one in accounts]}


def lines(accounts: Sequence[Account]) -> Table:
    """Draw the partitions as a table."""
    drawn = Table(title="Ledger: Kafka's offsets and the trail's rows", title_justify="left")
    for column in COLUMNS:
        drawn.add_column(column.replace("_", " "), justify="right")
    for one in accounts:
        drawn.add_row(*(f"{getattr(one, column):,}" for column in COLUMNS))
    return drawn
