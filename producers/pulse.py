"""The thread that says every ten seconds that a producer is alive, and how far it has come."""

import logging
import threading
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any, NamedTuple

from kafka import KafkaProducer

from audit.heartbeat import HEARTBEAT_TYPE, INTERVAL, Heartbeat, Numbered, encode
from audit.topics import PRODUCER_HEARTBEATS
from producers import carrier

ANSWER_SECONDS = 5.0
LAST_SECONDS = 2.0  # that the last one may take

_log = logging.getLogger(__name__)


class Who(NamedTuple):
    """Whose heart beats."""

    source: str
    producer: str
    epoch: int


class Pulse:
    """Sends what `numbered(closing)` answers; `told` hears what of it Kafka has acknowledged.

    It has a connection of its own: whatever becomes of a heartbeat, the events do not notice. One
    that cannot be sent is not kept, since the next one says more.
    """

    def __init__(
        self,
        kafka: Mapping[str, Any],
        who: Who,
        numbered: Callable[[bool], Numbered],
        told: Callable[[Numbered], None],
    ) -> None:
        self._settings = kafka
        self._who = who
        self._numbered = numbered
        self._told = told
        self._beat = 0
        self._heard = True
        self._stopping = threading.Event()
        self._producer: KafkaProducer | None = None
        self._thread = threading.Thread(target=self._run, name="gamsa-pulse", daemon=True)

    def start(self) -> None:
        """Begin to beat."""
        self._thread.start()

    def stop(self) -> None:
        """Send the last one, and wait for it a moment."""
        self._stopping.set()
        if self._thread.is_alive():
            self._thread.join(LAST_SECONDS)

    def abandon(self) -> None:
        """In a forked child: leave the parent's connection alone."""
        if self._producer is not None:
            carrier.inherit(self._producer)

    def _run(self) -> None:
        self._send(closing=False)
        while not self._stopping.wait(INTERVAL):
            self._send(closing=False)
        self._send(closing=True)
        self._let_go()

    def _send(self, *, closing: bool) -> None:
        numbered = self._numbered(closing)
        try:
            if self._producer is None:
                self._producer = carrier.connect(self._settings)
            key, value = self._who.producer.encode(), encode(self._heartbeat(numbered))
            self._producer.send(PRODUCER_HEARTBEATS, key=key, value=value).get(ANSWER_SECONDS)
        except Exception as error:  # noqa: BLE001  whatever it is, the next one may succeed
            self._missed(error)
        else:
            self._heard = True
            self._told(numbered)

    def _heartbeat(self, numbered: Numbered) -> Heartbeat:
        beat, self._beat = self._beat, self._beat + 1
        source, producer, epoch = self._who
        now = datetime.now(UTC).isoformat()
        name = f"{producer}/{epoch}/{beat}"
        return Heartbeat("1.0", name, source, HEARTBEAT_TYPE, now, producer, epoch, beat, numbered)

    def _missed(self, error: Exception) -> None:
        self._let_go()
        if self._heard:
            _log.warning(
                "heartbeats of %s do not reach topic %s, so it will be taken for silent: %s",
                *(self._who.producer, PRODUCER_HEARTBEATS, error),
            )
        self._heard = False

    def _let_go(self) -> None:
        if self._producer is not None:
            carrier.close(self._producer)
            self._producer = None
