"""A log that loses nothing: what a service has recorded is in its spool until Kafka has it.

A thread of its own carries each document to Kafka and, when the broker is away, goes on trying.
What is not acknowledged when the process ends stays in the spool and is sent at the next start:
at least once, always with the same id, so that a repeat can be recognised.
"""

import atexit
import logging
import os
import weakref
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Self

import crash
from producers import quarantine
from producers.carrier import Carrier, Entry, settings
from producers.errors import SpoolFullError, UndeliveredError
from producers.identity import next_epoch, producer_folder, random_id, writable
from producers.outstanding import Counts, Outstanding, Receipt
from producers.spool import Left, Spool, orphans

FLUSH_SECONDS = 30.0
SPOOL_BYTES = 256 * 1024 * 1024

_log = logging.getLogger(__name__)
_open_logs: "weakref.WeakSet[SpooledLog]" = weakref.WeakSet()


class SpooledLog:
    """The way of documents to one topic: thread-safe, fork-safe, to be opened once per process.

    `home` is the folder (GAMSA_HOME) that keeps the producer's id, epoch and spool, all for one
    Kafka cluster: what waits in it goes wherever the next log of it is opened. `clock` tells
    the time of a document with its time zone, `new_id` makes an id from it. Recording waits up to
    `patience` seconds when `spool_bytes` are full. `acknowledged` is called, from Kafka's thread,
    once for every document that the broker has. Everything else is kafka-python's own setting,
    such as `security_protocol` or `ssl_cafile`.

    Raises ValueError for a wrong service name or setting, OSError when `home` cannot be written.
    """

    def __init__(  # noqa: PLR0913  every setting has a name and a default
        self,
        service: str,
        *,
        bootstrap: str,
        home: Path | str,
        topic: str,
        folder: str | None = None,
        acknowledged: Callable[[Receipt], None] | None = None,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
        new_id: Callable[[datetime], str] | None = None,
        patience: float = 5.0,
        spool_bytes: int = SPOOL_BYTES,
        **kafka: Any,
    ) -> None:
        self.source = f"/services/{service}"
        self._topic = topic
        self._kafka = settings(bootstrap, kafka)
        self._acknowledged_by = acknowledged
        self._clock = clock
        self._new_id = new_id or random_id
        self._patience = patience
        self._spool_bytes = spool_bytes
        with writable(Path(home)):
            name = service if folder is None else folder
            self._folder = producer_folder(Path(home), name, lambda: os.urandom(4).hex())
        self.producer = self._folder.name
        self._closed = False
        self._begin()
        self._start()
        _open_logs.add(self)

    def flush(self, timeout: float = FLUSH_SECONDS) -> None:
        """Wait until the broker has everything; raises UndeliveredError when it has not by then.

        An event that can never be sent is in every UndeliveredError from then on.
        """
        self._outstanding.await_all(timeout)
        self._raise_undelivered(timeout)

    def confirm(self, event_id: str, timeout: float = FLUSH_SECONDS) -> None:
        """Wait until the broker has this event, whatever becomes of others.

        Raises UndeliveredError when it has not by then, or never will.
        """
        self._outstanding.await_one(event_id, timeout)
        self._raise_undelivered(timeout, event_id)

    def _raise_undelivered(self, timeout: float, event_id: str | None = None) -> None:
        # In this order: what fails in between is then told twice, and not left out.
        waiting = [(self.producer, *place) for place in self._outstanding.pending(event_id)]
        failed = self._outstanding.failed(event_id)
        if waiting or failed:
            raise UndeliveredError(
                waiting,
                str(self._carrier.trouble or f"not within {timeout:g} s"),
                {(self.producer, *place): why for place, why in failed.items()},
                quarantine.folder(self._folder),
            )

    def close(self, timeout: float = FLUSH_SECONDS) -> None:
        """Flush, and let go of broker and folder; raises UndeliveredError as `flush` does."""
        if self._closed:
            return
        self._closed = True
        atexit.unregister(self._close_at_exit)
        if not self._started:
            return
        try:
            self.flush(timeout)
        finally:
            self._stop()

    @property
    def counts(self) -> Counts:
        """How far everything recorded since the start has come."""
        return self._outstanding.counts

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _begin(self) -> None:
        """Set the state of a process that has recorded nothing; also of a forked child."""
        self._outstanding = Outstanding()
        self._sequence = 0
        self._spools: list[Spool] = []
        self._started = False

    def _start(self) -> None:
        """Take an epoch, take over what dead processes left, and start to carry.

        What fails on the way lets go of all of it, for the next start to take.
        """
        kafka = {"client_id": self.producer, **self._kafka}
        with ExitStack() as held:
            self._spool = self._new_spool()
            held.callback(self._spool.abandon)
            self._epoch = self._spool.epoch
            taken_over = []
            for spool in orphans(self._folder):
                held.callback(spool.abandon)
                taken_over.append(spool)
            quarantine.remind(self._folder)
            left = [entry for spool in taken_over for entry in self._recovered(spool)]
            self._carrier = Carrier(
                self._topic, kafka, arrived=self._arrived, refused=self._refused
            )
            held.pop_all()
        self._spools = [*taken_over, self._spool]
        for entry in left:
            self._take(entry)
            crash.point("producer spool taken over")
        self._carrier.start()
        self._started_with(kafka)
        atexit.register(self._close_at_exit)
        self._started = True

    def _recovered(self, spool: Spool) -> Iterator[Entry]:
        """What a dead process left, but for what can never be sent, which is set aside."""
        for left in spool.recover():
            entry = self._left(left, spool.epoch)
            if isinstance(entry, str):
                self._set_aside(left, spool.epoch, entry)
            else:
                yield entry

    def _new_spool(self) -> Spool:
        """Take the next epoch that is this process's alone; raises as `next_epoch` does."""
        while True:
            epoch = next_epoch(self._folder)
            crash.point("producer epoch taken")
            # Until it is locked, another process that starts may take it for an orphan.
            with suppress(BlockingIOError, FileNotFoundError):
                return Spool(self._folder, epoch)

    def _append(self, event_id: str, numbered: Callable[[int], tuple[bytes, bytes]]) -> str:
        """Take the next number; `numbered` makes of it the document's key and value."""
        outstanding = self._outstanding
        with outstanding.changed:
            if self._closed:
                raise ValueError(f"the log of {self.producer} is closed; open another one")
            if not self._started:
                self._start()
            if outstanding.bytes >= self._spool_bytes:
                self._await_room()
            sequence = self._sequence
            key, value = numbered(sequence)
            kept = self._spool.append(sequence, value)
            crash.point("producer spooled")
            self._sequence = sequence + 1
            self._take(Entry(key, len(value), event_id, self._epoch, sequence, *kept))
        return event_id

    def _take(self, entry: Entry) -> None:
        self._outstanding.take(entry)
        self._carrier.send(entry)

    def _await_room(self) -> None:
        if not self._outstanding.await_room(self._spool_bytes, self._patience):
            raise SpoolFullError(
                f"{len(self._outstanding.pending())} events wait for the broker at "
                f"{self._kafka['bootstrap_servers']} and fill {self._folder}; "
                f"bring the broker back ({self._carrier.trouble or 'it is only slow'})"
            )

    def _arrived(self, entry: Entry, partition: int, offset: int) -> None:
        """Account for an acknowledged event, without keeping those who record waiting."""
        if self._outstanding.arrived(entry) and self._acknowledged_by is not None:
            place = entry.epoch, entry.sequence
            receipt = Receipt(entry.event_id, self.producer, *place, partition, offset)
            self._acknowledged_by(receipt)

    def _refused(self, entry: Entry, error: Exception) -> None:
        left = Left(entry.segment, entry.place, entry.value, entry.sequence, intact=True)
        self._set_aside(left, entry.epoch, f"{self._topic} refuses it, {error}")

    def _set_aside(self, left: Left, epoch: int, why: str) -> None:
        quarantine.set_aside(self._folder, epoch, left, why)
        self._outstanding.fail((epoch, left.sequence), why)

    def _left(self, left: Left, epoch: int) -> Entry | str:
        """Make what a dead process left ready to send, or say why it never can be."""
        raise NotImplementedError

    def _started_with(self, kafka: Mapping[str, Any]) -> None:
        """Begin what goes on beside the carrying, with these settings of kafka-python."""

    def _stopped(self) -> None:
        """End what goes on beside it."""

    def _abandoned(self) -> None:
        """In a forked child: leave alone what of it is the parent's."""

    def _stop(self) -> None:
        self._carrier.stop()
        self._stopped()
        with self._outstanding.changed:
            # Forgotten first: a fork in between must not close a number that may be another's.
            while self._spools:
                self._spools.pop().close()
        self._started = False

    def _close_at_exit(self) -> None:
        try:
            self.close()
        except UndeliveredError as error:
            _log.error("%s", error)

    def _forked(self) -> None:
        """In a forked child: the parent's events stay the parent's; begin a new epoch at need."""
        started, spools = self._started, self._spools
        self._begin()
        if started:
            self._carrier.abandon()
            self._abandoned()
        for spool in spools:
            spool.abandon()


def _after_fork() -> None:
    for log in list(_open_logs):
        try:
            log._forked()  # noqa: SLF001  the same module
        except Exception as error:  # noqa: BLE001  whatever it is, the other logs must begin anew
            _log.error(
                "a forked process could not let go of the spool of %s, %s; it begins an epoch of "
                "its own, and may hold files of its parent's until it ends",
                *(log.producer, error),
            )


os.register_at_fork(after_in_child=_after_fork)
