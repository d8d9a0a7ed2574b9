"""Kafka and ClickHouse as Gamsa needs them: with its topics and tables, or said to be away."""

from collections.abc import Iterator
from contextlib import contextmanager

from clickhouse_connect.driver.exceptions import ClickHouseError

from gamsa.errors import Unavailable
from storage import migrate
from storage.address import shown
from storage.migrate import Migration
from storage.trail import Trail, TrailUnavailableError, connect
from stream import topics
from stream.topics import KafkaUnavailableError


@contextmanager
def away_is_unavailable(clickhouse: str) -> Iterator[None]:
    """Turn what the servers' clients raise into Unavailable, which is said in one sentence."""
    try:
        yield
    except (KafkaUnavailableError, TrailUnavailableError, migrate.MigrationError) as error:
        raise Unavailable(str(error)) from error
    except ClickHouseError as error:
        reason = str(error).strip().partition("\n")[0]
        raise Unavailable(f"ClickHouse at {shown(clickhouse)} refuses: {reason}") from error


@contextmanager
def reachable_trail(clickhouse: str) -> Iterator[Trail]:
    """Open the trail as long as this lasts; raises Unavailable when a server is away."""
    with away_is_unavailable(clickhouse):
        client = connect(clickhouse)
        try:
            yield Trail(client)
        finally:
            client.close()


def pending(clickhouse: str) -> list[Migration]:
    """Ask which migrations ClickHouse lacks, lowest first; nothing is changed.

    Raises Unavailable when it is away or its tables are of another version.
    """
    with away_is_unavailable(clickhouse):
        client = connect(clickhouse)
        try:
            return migrate.pending(client)
        finally:
            client.close()


def prepare_servers(kafka: str, clickhouse: str) -> list[str]:
    """Make the topics and tables that are missing; return their names.

    Raises Unavailable when a server is away or its tables are of another version.
    """
    with away_is_unavailable(clickhouse):
        made = topics.ensure(kafka)
        client = connect(clickhouse)
        try:
            return made + [migration.name for migration in migrate.apply(client)]
        finally:
            client.close()
