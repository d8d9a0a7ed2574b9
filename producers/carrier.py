"""The thread that carries events to Kafka, in order, however long the broker is away."""

import queue
import socket
import threading
from collections import deque
from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import Any, NamedTuple

from kafka import KafkaProducer
from kafka.errors import (
    InvalidRecordError,
    KafkaTimeoutError,
    MessageSizeTooLargeError,
    RecordListTooLargeError,
)

import crash
from producers.spool import Segment

DEFAULTS: Mapping[str, Any] = {
    "linger_ms": 20,
    "batch_size": 256 * 1024,
    "max_request_size": 2 * 1024 * 1024,
    "metrics_enabled": False,
    "bootstrap_timeout_ms": 3_000,
    "max_block_ms": 3_000,
    "reconnect_backoff_max_ms": 1_000,
    # Kafka's own retries repeat nothing; giving up and sending again could.
    "delivery_timeout_ms": 20 * 24 * 3600 * 1000,
}
SETTLED = frozenset(
    {
        *("acks", "bootstrap_servers", "enable_idempotence", "key_serializer", "partitioner"),
        *("retries", "transactional_id", "value_serializer", "client_id"),
        "kafka_client",
    }
)
# What is wrong with the event itself; anything else is a matter of time, or of the operator.
FOR_GOOD = (InvalidRecordError, MessageSizeTooLargeError, RecordListTooLargeError)
RETRY_SECONDS = 0.2
ANSWER_SECONDS = 5
CLOSE_SECONDS = 1.0
# What kafka-python is given and has not answered takes several times its size in memory.
MOST_UNDER_WAY = 16 << 20  # bytes
KNOCK_SECONDS = 2.0

# Producers of a forked process's parent: kept, because collecting them would close them.
_inherited: list[KafkaProducer] = []


class Entry(NamedTuple):
    """An event of `size` bytes on its way.

    Only its segment of the spool holds it, at `place`, until it arrives: a broker that is away
    for long must not cost a service its memory.
    """

    key: bytes
    size: int
    event_id: str
    epoch: int
    sequence: int
    segment: Segment
    place: int

    @property
    def value(self) -> bytes:
        """The event's bytes, as long as it has not arrived."""
        return self.segment.read(self.place)


def settings(bootstrap: str, given: Mapping[str, Any]) -> dict[str, Any]:
    """Complete kafka-python's settings; raises ValueError for one that it or we do not allow."""
    for name in given:
        if name in SETTLED:
            raise ValueError(f"{name} is settled by AccessLog: events would be lost or doubled")
        if name not in KafkaProducer.DEFAULT_CONFIG:
            raise ValueError(f"{name} is neither a setting of AccessLog nor of kafka-python")
    for server in bootstrap.split(","):
        if not server.strip().rpartition(":")[2].isdecimal():
            raise ValueError(f"bootstrap {bootstrap!r} must be host:port, or several with commas")
    settled = {"bootstrap_servers": bootstrap, "acks": "all", "enable_idempotence": True}
    return {**DEFAULTS, **given, **settled}


def check(bootstrap: str) -> None:
    """Return when a Kafka broker answers there; raises KafkaError or OSError within seconds.

    Raises ValueError when `bootstrap` is no address.
    """
    close(connect(settings(bootstrap, {})))


class Carrier:
    """Sends entries to a topic; says of each whether it has arrived or is refused for good.

    `trouble` is what went wrong last. `arrived(entry, partition, offset)` and
    `refused(entry, error)` are called from Kafka's thread.
    """

    def __init__(
        self,
        topic: str,
        kafka: Mapping[str, Any],
        *,
        arrived: Callable[[Entry, int, int], None],
        refused: Callable[[Entry, Exception], None],
    ) -> None:
        self.trouble: Exception | None = None
        self._topic = topic
        self._settings = kafka
        self._arrived = arrived
        self._refused = refused
        self._queue: queue.SimpleQueue[Entry | None] = queue.SimpleQueue()
        self._returned: list[Entry] = []
        self._again: deque[Entry] = deque()
        self._suspect: Entry | None = None
        self._under_way: set[Entry] = set()
        self._bytes_under_way = 0
        self._answered = threading.Condition()
        self._stopping = threading.Event()
        self._producer: KafkaProducer | None = None
        self._thread = threading.Thread(target=self._carry, name="gamsa-carrier", daemon=True)

    def start(self) -> None:
        """Begin to send."""
        self._thread.start()

    def send(self, entry: Entry) -> None:
        """Queue an entry; returns at once."""
        self._queue.put(entry)

    def stop(self) -> None:
        """Stop sending; what has not arrived by now is not waited for."""
        self._stopping.set()
        self._queue.put(None)
        self._thread.join()
        if self._producer is not None:
            close(self._producer)

    def abandon(self) -> None:
        """In a forked child: leave the parent's connection alone."""
        if self._producer is not None:
            inherit(self._producer)

    def _carry(self) -> None:
        while not self._stopping.is_set():
            if self._returned:
                self._take_back()
            entry = self._again.popleft() if self._again else self._queue.get()
            if entry is None:
                continue
            if entry is not self._suspect:
                self._await_answers()
                self._send(entry)
                continue
            # kafka-python blames all it holds for one event that the broker refuses, and is of no
            # use after it; so only what is refused when it goes alone is refused for good.
            self._renew()
            self._send(entry)
            self._renew()
            self._suspect = None

    def _send(self, entry: Entry) -> None:
        self._departs(entry)
        try:
            future = self._connected().send(self._topic, key=entry.key, value=entry.value)
        except Exception as error:  # noqa: BLE001  whatever it is, the events must go on
            self._failed(entry, error)
        else:
            future.add_callback(self._succeeded, entry)
            future.add_errback(self._failed, entry)
            crash.point("producer sent")

    def _await_answers(self) -> None:
        """Wait until kafka-python holds less, or has failed, or is to be left."""
        with self._answered:
            while self._bytes_under_way >= MOST_UNDER_WAY:
                if self._stopping.is_set() or self._returned:
                    return
                self._answered.wait(RETRY_SECONDS)

    def _departs(self, entry: Entry) -> None:
        with self._answered:
            self._under_way.add(entry)
            self._bytes_under_way += entry.size

    def _comes_back(self, entry: Entry) -> None:
        with self._answered:
            if entry in self._under_way:
                self._under_way.discard(entry)
                self._bytes_under_way -= entry.size
                self._answered.notify()

    def _take_back(self) -> None:
        """Let everything under way settle, then send what failed first, in its old order."""
        self._stopping.wait(RETRY_SECONDS)
        self._renew()
        returned, self._returned = self._returned, []
        again = sorted([*returned, *self._again], key=lambda one: (one.epoch, one.sequence))
        self._again = deque(again)

    def _renew(self) -> None:
        """Wait for the answers, and let go: a new producer knows nothing of what failed.

        What has no answer by then fails, so it is sent again: kafka-python can forget a batch.
        """
        if self._producer is None:
            return
        for _ in range(ANSWER_SECONDS):
            if self._stopping.is_set():
                return
            with suppress(KafkaTimeoutError):
                self._producer.flush(1)
                break
        close(self._producer)
        self._producer = None
        with self._answered:
            self._under_way.clear()
            self._bytes_under_way = 0

    def _connected(self) -> KafkaProducer:
        if self._producer is None:
            self._producer = connect(self._settings)
        return self._producer

    def _succeeded(self, entry: Entry, metadata: Any) -> None:
        self._comes_back(entry)
        self._arrived(entry, metadata.partition, metadata.offset)

    def _failed(self, entry: Entry, error: Exception) -> None:
        self._comes_back(entry)
        if self._stopping.is_set():
            return
        self.trouble = error
        for_good = isinstance(error, FOR_GOOD)
        if for_good and entry is self._suspect:
            self._refused(entry, error)
            return
        if for_good and self._suspect is None:
            self._suspect = entry
        self._returned.append(entry)
        self._queue.put(None)  # the carrier may be waiting for an entry


def inherit(producer: KafkaProducer) -> None:
    """In a forked child: take a producer of the parent's for closed, and keep it."""
    # Its threads are not here, and closing it would disturb the parent's epoll.
    producer._closed = True  # noqa: SLF001  kafka-python has no other way
    _inherited.append(producer)


def close(producer: KafkaProducer) -> None:
    """Close, and abort what the broker does not answer."""
    try:
        producer.close(timeout=CLOSE_SECONDS)
    except KafkaTimeoutError:  # it raises before it has closed anything
        sender = producer._sender  # noqa: SLF001  kafka-python has no other way
        sender.force_close()
        sender.join(CLOSE_SECONDS)
        producer._closed = True  # noqa: SLF001


def connect(configured: Mapping[str, Any]) -> KafkaProducer:
    """Make a producer. Raises KafkaError or OSError when no broker answers.

    A kafka-python producer that finds no broker leaves sockets open and complains in its log; so
    a broker is looked for first, and what was opened is closed when it fails all the same.
    """
    if configured.get("proxy_url") is None:
        _knock(configured["bootstrap_servers"])
    made: list[Any] = []

    def client(**config: Any) -> Any:
        made.append(KafkaProducer.DEFAULT_CONFIG["kafka_client"](**config))
        return made[0]

    try:
        return KafkaProducer(kafka_client=client, **configured)
    except BaseException:
        for one in made:
            one.close()
        raise


def _knock(servers: str) -> None:
    """Return when one of the servers takes a connection; raises OSError when none does."""
    refusal = OSError(f"no server is named in {servers!r}")
    for server in servers.split(","):
        host, _, port = server.strip().rpartition(":")
        try:
            socket.create_connection((host.strip("[]"), int(port)), KNOCK_SECONDS).close()
        except OSError as error:
            refusal = error
        else:
            return
    raise refusal
