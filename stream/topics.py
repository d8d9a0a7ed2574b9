"""The topics in Kafka: made where missing, and asked for their ids and offsets."""

import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any

from kafka import KafkaConsumer, TopicPartition
from kafka.admin import ConfigResource, KafkaAdminClient, NewTopic
from kafka.errors import (
    CoordinatorLoadInProgressError,
    CoordinatorNotAvailableError,
    KafkaError,
    NotCoordinatorError,
    TopicAlreadyExistsError,
)
from kafka.structs import OffsetAndMetadata

from audit.topics import (
    ACCESS_EVENTS,
    ACCESS_EVENTS_DLQ,
    BUSINESS_EVENTS,
    FINDINGS,
    PRODUCER_HEARTBEATS,
    ROSTER,
)
from storage.ledger import LogRange
from storage.rows import Place
from stream.settings import GROUP

PARTITIONS = 4
MOMENT = 15.0  # seconds that a broker may need to know what it has just been told
MAX_RECORD_BYTES = 16 << 20
# A dead letter is the record whole, with headers of ours: there must always be room for it.
MAX_LETTER_BYTES = MAX_RECORD_BYTES + (1 << 20)
# The broker's clock: judging a record again must not depend on what a producer claims.
_CLOCK = {"message.timestamp.type": "LogAppendTime"}
_NO_COORDINATOR_YET = (
    CoordinatorNotAvailableError,
    CoordinatorLoadInProgressError,
    NotCoordinatorError,
)
_CONFIG = {
    ACCESS_EVENTS: {**_CLOCK, "max.message.bytes": str(MAX_RECORD_BYTES)},
    ACCESS_EVENTS_DLQ: {**_CLOCK, "max.message.bytes": str(MAX_LETTER_BYTES)},
    FINDINGS: {**_CLOCK, "max.message.bytes": str(MAX_RECORD_BYTES)},
    PRODUCER_HEARTBEATS: _CLOCK,
    BUSINESS_EVENTS: _CLOCK,
    ROSTER: {**_CLOCK, "cleanup.policy": "compact"},  # the last entry of a key holds
}


class KafkaUnavailableError(Exception):
    """No broker answers, or it refuses; the message says where and why."""


def ensure(bootstrap: str, partitions: int = PARTITIONS, replication: int = 1) -> list[str]:
    """Make the topics that are missing, and set what Gamsa relies on; returns the new ones.

    Raises `KafkaUnavailableError` where no broker answers.
    """
    with _admin(bootstrap) as admin:
        have = set(admin.list_topics())
        missing = [name for name in _CONFIG if name not in have]
        made = [
            NewTopic(name, partitions, replication, topic_configs=_CONFIG[name])
            for name in missing
        ]
        try:
            if made:
                admin.create_topics(made)
        except TopicAlreadyExistsError:  # another process was faster
            missing = []
        _set(admin, [name for name in _CONFIG if name not in missing])
    return missing


def _set(admin: KafkaAdminClient, names: list[str]) -> None:
    """Set what Gamsa relies on; a topic that has just been made needs a moment to be known."""
    deadline = time.monotonic() + MOMENT
    while names:
        try:
            admin.alter_configs([ConfigResource("topic", name, _CONFIG[name]) for name in names])
        except ValueError as error:  # the client asks first, and knows no settings of it
            if time.monotonic() > deadline:
                raise KafkaUnavailableError(
                    f"Kafka does not know {', '.join(names)}, which it lists: {error}; try again"
                ) from error
            time.sleep(0.2)
        else:
            return


def ids(bootstrap: str, names: Iterable[str]) -> dict[str, str]:
    """The id that Kafka gave each topic when it was made; a topic made anew has another.

    Raises `KafkaUnavailableError` where no broker answers or a topic is missing.
    """
    with _admin(bootstrap) as admin:
        described = {topic["name"]: topic for topic in admin.describe_topics(list(names))}
    missing = [name for name in names if not described.get(name, {}).get("partitions")]
    if missing:
        raise KafkaUnavailableError(_no_topic(bootstrap, missing))
    return {name: str(described[name]["topic_id"]) for name in names}


def log_ranges(
    bootstrap: str, group: str = GROUP, topic: str = ACCESS_EVENTS
) -> dict[Place, LogRange]:
    """What Kafka keeps of each partition, and how far the workers say they have stored it.

    Raises `KafkaUnavailableError` where no broker answers.
    """
    with _admin(bootstrap) as admin:
        (described,) = admin.describe_topics([topic])
        topic_id, numbers = str(described["topic_id"]), len(described["partitions"])
        if not numbers:
            raise KafkaUnavailableError(_no_topic(bootstrap, [topic]))
        committed = _committed(admin, group)
        keeps = _keeps(admin, topic)
    partitions = [TopicPartition(topic, number) for number in range(numbers)]
    try:
        with KafkaConsumer(**_connection(bootstrap)) as consumer:
            first, after = consumer.beginning_offsets(partitions), consumer.end_offsets(partitions)
    except (KafkaError, OSError) as error:
        raise KafkaUnavailableError(f"Kafka at {bootstrap} does not answer: {error}") from error
    return {
        Place(topic_id, tp.partition): LogRange(
            first[tp], after[tp], committed[tp].offset if tp in committed else 0, keeps
        )
        for tp in partitions
    }


def _committed(admin: KafkaAdminClient, group: str) -> dict[TopicPartition, OffsetAndMetadata]:
    """What a group has committed; a broker that has just started needs a moment to know."""
    deadline = time.monotonic() + MOMENT
    while True:
        try:
            return dict(admin.list_group_offsets({group: None})[group])
        except _NO_COORDINATOR_YET:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.2)


def _keeps(admin: KafkaAdminClient, topic: str) -> int | None:
    """For how many milliseconds a topic keeps records at least; None for ever."""
    asked = ConfigResource("topic", topic, {"retention.ms": None, "retention.bytes": None})
    (said,) = admin.describe_configs([asked], config_filter="all")["topic"].values()
    room, time_ = (int(said[name]["value"]) for name in ("retention.bytes", "retention.ms"))
    if room >= 0:
        return 0
    return None if time_ < 0 else time_


def _no_topic(bootstrap: str, names: list[str]) -> str:
    return f"Kafka at {bootstrap} has no topic {', '.join(names)}; make it with `gamsa migrate`"


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
