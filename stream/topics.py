"""The topics in Kafka: made where missing, and asked for their ids and offsets."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any

from kafka import KafkaConsumer, TopicPartition
from kafka.admin import KafkaAdminClient, NewTopic
from kafka.errors import KafkaError, TopicAlreadyExistsError

from audit.topics import ACCESS_EVENTS, ACCESS_EVENTS_DLQ, FINDINGS
from storage.rows import Place

PARTITIONS = 4
# Room for 10 MiB of rubbish and its headers on the way to the dead letters.
MAX_RECORD_BYTES = 16 << 20
_CONFIG = {
    "max.message.bytes": str(MAX_RECORD_BYTES),
    # The broker's clock: judging a record again must not depend on what a producer claims.
    "message.timestamp.type": "LogAppendTime",
}


class KafkaUnavailableError(Exception):
    """No broker answers, or it refuses; the message says where and why."""


def ensure(bootstrap: str, partitions: int = PARTITIONS, replication: int = 1) -> list[str]:
    """Make the topics that are missing; returns their names.

    Raises `KafkaUnavailableError` where no broker answers.
    """
    with _admin(bootstrap) as admin:
        have = set(admin.list_topics())
        wanted = [ACCESS_EVENTS, ACCESS_EVENTS_DLQ, FINDINGS]
        missing = [name for name in wanted if name not in have]
        new = [NewTopic(name, partitions, replication, topic_configs=_CONFIG) for name in missing]
        if new:
            try:
                admin.create_topics(new)
            except TopicAlreadyExistsError:  # another process was faster
                return []
    return missing


def ids(bootstrap: str, names: Iterable[str]) -> dict[str, str]:
    """The id that Kafka gave each topic when it was made; a topic made anew has another.

    Raises `KafkaUnavailableError` where no broker answers or a topic is missing.
    """
    with _admin(bootstrap) as admin:
        described = {topic["name"]: topic for topic in admin.describe_topics(list(names))}
    missing = [name for name in names if not described.get(name, {}).get("partitions")]
    if missing:
        raise KafkaUnavailableError(
            f"Kafka at {bootstrap} has no topic {', '.join(missing)}; make it with `gamsa migrate`"
        )
    return {name: str(described[name]["topic_id"]) for name in names}


def log_ranges(bootstrap: str, topic: str = ACCESS_EVENTS) -> dict[Place, tuple[int, int]]:
    """Each partition's first offset that Kafka still keeps, and the offset after its last.

    Raises `KafkaUnavailableError` where no broker answers.
    """
    topic_id = ids(bootstrap, [topic])[topic]
    try:
        consumer = KafkaConsumer(**_connection(bootstrap))
    except (KafkaError, OSError) as error:
        raise KafkaUnavailableError(f"Kafka at {bootstrap} does not answer: {error}") from error
    with consumer:
        partitions = [TopicPartition(topic, n) for n in consumer.partitions_for_topic(topic) or ()]
        first, after = consumer.beginning_offsets(partitions), consumer.end_offsets(partitions)
    return {Place(topic_id, tp.partition): (first[tp], after[tp]) for tp in partitions}


def _connection(bootstrap: str) -> dict[str, Any]:
    return {"bootstrap_servers": bootstrap.split(","), "bootstrap_timeout_ms": 10_000}


@contextmanager
def _admin(bootstrap: str) -> Iterator[KafkaAdminClient]:
    try:
        admin = KafkaAdminClient(**_connection(bootstrap))
    except (KafkaError, OSError) as error:
        raise KafkaUnavailableError(f"Kafka at {bootstrap} does not answer: {error}") from error
    try:
        yield admin
    except KafkaError as error:
        raise KafkaUnavailableError(f"Kafka at {bootstrap}: {error}") from error
    finally:
        admin.close()
