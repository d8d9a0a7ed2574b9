"""Make in Kafka and ClickHouse what Gamsa needs there: its topics and its tables."""

from clickhouse_connect.driver.exceptions import ClickHouseError

from gamsa.errors import Unavailable
from storage import migrate
from storage.trail import TrailUnavailableError, connect
from stream import topics
from stream.topics import KafkaUnavailableError


def prepare_servers(kafka: str, clickhouse: str) -> list[str]:
    """Make the topics and tables that are missing; return their names.

    Raises Unavailable when a server is away or its tables are of another version.
    """
    try:
        made = topics.ensure(kafka)
        client = connect(clickhouse)
        try:
            return made + [migration.name for migration in migrate.apply(client)]
        finally:
            client.close()
    except (KafkaUnavailableError, TrailUnavailableError, migrate.MigrationError) as error:
        raise Unavailable(str(error)) from error
    except ClickHouseError as error:
        raise Unavailable(f"ClickHouse at {clickhouse} refuses a migration: {error}") from error
