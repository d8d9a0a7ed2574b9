"""What has been recorded and is not yet in Kafka: counted, waited for, and named."""

import threading
from typing import NamedTuple

import crash
from producers.carrier import Entry

Place = tuple[int, int]  # epoch, sequence


class Receipt(NamedTuple):
    """The broker has the event, at this place."""

    event_id: str
    producer: str
    epoch: int
    sequence: int
    partition: int
    offset: int


class Counts(NamedTuple):
    """How far the events recorded or taken over since the start have come.

    `failed` are those that Kafka, or nobody, can read: they are in quarantine.
    """

    recorded: int
    acknowledged: int
    failed: int
    pending: int


class _Failed(NamedTuple):
    event_id: str | None
    """None where the event came from a dead process and was never on its way."""
    why: str


class Outstanding:
    """The accounts of one process, for many threads.

    Those who record hold `changed`, also around `take` and `await_room`; whoever brings
    acknowledgements does not, so that neither keeps the other waiting.
    """

    def __init__(self) -> None:
        self.changed = threading.Condition()
        self._arriving = threading.Lock()
        self._pending: dict[Place, Entry] = {}
        self._failed: dict[Place, _Failed] = {}
        self._bytes_taken = 0
        self._bytes_gone = 0
        self._awaiting_room = 0
        self._flushing = 0
        self._awaiting_one = 0
        self._taken = 0

    @property
    def bytes(self) -> int:
        """How many bytes of events are pending."""
        return self._bytes_taken - self._bytes_gone

    @property
    def counts(self) -> Counts:
        """How far everything has come."""
        with self.changed, self._arriving:
            pending, failed = len(self._pending), len(self._failed)
            return Counts(self._taken, self._taken - pending - failed, failed, pending)

    def pending(self, event_id: str | None = None) -> list[Place]:
        """Tell which events, or those of one id, are neither acknowledged nor in quarantine."""
        with self._arriving:
            return [
                place
                for place, entry in self._pending.items()
                if event_id in (None, entry.event_id)
            ]

    def failed(self, event_id: str | None = None) -> dict[Place, str]:
        """Tell which events, or those of one id, are in quarantine, and why each is."""
        with self._arriving:
            return {
                place: failed.why
                for place, failed in self._failed.items()
                if event_id in (None, failed.event_id)
            }

    def of(self, epoch: int) -> tuple[list[int], list[int]]:
        """Tell which numbers of an epoch are pending, and which are in quarantine."""
        with self._arriving:
            pending, failed = list(self._pending), list(self._failed)
        return (
            [number for one, number in pending if one == epoch],
            [number for one, number in failed if one == epoch],
        )

    def take(self, entry: Entry) -> None:
        """Account for an event that has been recorded."""
        self._pending[entry.epoch, entry.sequence] = entry
        self._bytes_taken += entry.size
        self._taken += 1

    def arrived(self, entry: Entry) -> bool:
        """Account for an acknowledged event; False when it was accounted for before."""
        with self._arriving:
            if self._pending.pop((entry.epoch, entry.sequence), None) is None:
                return False
            self._bytes_gone += entry.size
            crash.point("producer acknowledged")
            entry.segment.acknowledge(entry.place)
        self._tell()
        return True

    def fail(self, place: Place, why: str) -> None:
        """Account for an event that can never be sent."""
        with self._arriving:
            entry = self._pending.pop(place, None)
            if entry is None:
                self._taken += 1
            else:
                self._bytes_gone += entry.size
            self._failed[place] = _Failed(entry.event_id if entry else None, why)
        self._tell()

    def await_room(self, limit: int, patience: float) -> bool:
        """Wait until fewer than `limit` bytes are pending; False after `patience` seconds."""
        self._awaiting_room += 1
        try:
            return self.changed.wait_for(lambda: self.bytes < limit, patience)
        finally:
            self._awaiting_room -= 1

    def await_all(self, timeout: float) -> None:
        """Wait until nothing is pending, at most `timeout` seconds."""
        with self.changed:
            self._flushing += 1
            try:
                self.changed.wait_for(lambda: not self._pending, timeout)
            finally:
                self._flushing -= 1

    def await_one(self, event_id: str, timeout: float) -> None:
        """Wait until no event of this id is pending, at most `timeout` seconds."""
        with self.changed:
            self._awaiting_one += 1
            try:
                places = self.pending(event_id)
                self.changed.wait_for(
                    lambda: not any(place in self._pending for place in places), timeout
                )
            finally:
                self._awaiting_one -= 1

    def _tell(self) -> None:
        awaited = self._awaiting_room or self._awaiting_one
        if awaited or (self._flushing and not self._pending):
            with self.changed:
                self.changed.notify_all()
