"""Record an access to personal data in one line; none is lost, and none slows a request.

`record` numbers the event, writes it to the local spool and returns; `producers.spooled_log` says
how it gets to Kafka. A heartbeat says every ten seconds how many events are numbered.
"""

from collections.abc import Iterable, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

from msgspec.structs import replace

from audit import events
from audit.heartbeat import Numbered
from audit.topics import ACCESS_EVENTS
from producers import recovery
from producers.carrier import Entry
from producers.checking import encoded, names, text
from producers.errors import InvalidAccessError
from producers.hours import Hours
from producers.outstanding import Counts, Receipt
from producers.pulse import Pulse, Who
from producers.spool import Left
from producers.spooled_log import SpooledLog
from producers.wire import Access, AccessEvent, Client, RightsRequest, Usage

__all__ = ["AccessLog", "Counts", "Receipt"]


class AccessLog(SpooledLog):
    """The access log of one service; see `SpooledLog` for its settings and what they mean.

    Raises ValueError for a wrong service name or setting, OSError when `home` cannot be written.
    """

    def __init__(
        self,
        service: str,
        *,
        bootstrap: str,
        home: Path | str,
        topic: str = ACCESS_EVENTS,
        **settings: Any,
    ) -> None:
        super().__init__(service, bootstrap=bootstrap, home=home, topic=topic, **settings)

    def record(  # noqa: PLR0913  the contract's own fields
        self,
        *,
        actor: events.Actor,
        action: str,
        file: str,
        items: Iterable[str],
        purpose: str,
        subject: str | None = None,
        client: Client = Client(),  # noqa: B008  frozen
        usage: Usage = Usage(),  # noqa: B008  frozen
        records: int = 1,
        legal_basis: str | None = None,
        recipient: str | None = None,
        outcome: str = "success",
        justification: str | None = None,
        collected_at: datetime | None = None,
        ended_at: datetime | None = None,
        approval: str | None = None,
        request: RightsRequest | None = None,
        time: datetime | None = None,
    ) -> str:
        """Record one access and return its event's id; `time` is now unless given.

        Raises InvalidAccessError at once for a wrong argument, SpoolFullError when the broker has
        been away too long, OSError when the disk is full. Nothing is recorded then.
        """
        if not isinstance(actor, events.Actor):
            raise InvalidAccessError(f"actor must be an Actor, not {type(actor).__name__}")
        moment = self._clock() if time is None else time
        when = text("time", moment)
        data = Access(
            actor,
            action,
            file,
            names(items),
            purpose,
            client,
            usage,
            records,
            legal_basis,
            recipient,
            outcome,
            justification,
            None if collected_at is None else text("collected_at", collected_at),
            None if ended_at is None else text("ended_at", ended_at),
            approval,
            request,
        )
        event = AccessEvent(
            "1.0",
            self._new_id(moment),
            self.source,
            "gamsa.access.v1",
            when,
            data,
            subject,
            "application/json",
        )
        return self.emit(event, check=True)

    def emit(self, event: AccessEvent, *, check: bool = False) -> str:
        """Number and send an event that is already complete; `check` it if it may be invalid.

        Raises as `record` does.
        """

        def numbered(sequence: int) -> tuple[bytes, bytes]:
            whole = replace(event, producer=self.producer, epoch=self._epoch, sequence=sequence)
            value = encoded(whole, check=check)
            self._hours.note(sequence)
            return event.data.actor.id.encode(), value

        return self._append(event.id, numbered)

    def _begin(self) -> None:
        super()._begin()
        self._hours = Hours()

    def _left(self, left: Left, epoch: int) -> Entry | str:
        return recovery.entry(left, epoch)

    def _started_with(self, kafka: Mapping[str, Any]) -> None:
        who = Who(self.source, self.producer, self._epoch)
        self._pulse = Pulse(kafka, who, self._numbered, self._hours.told)
        if self._topic == ACCESS_EVENTS:
            self._pulse.start()

    def _stopped(self) -> None:
        self._pulse.stop()

    def _abandoned(self) -> None:
        self._pulse.abandon()

    def _numbered(self, closing: bool) -> Numbered:  # noqa: FBT001  as Pulse asks it
        with self._outstanding.changed:  # every number given is then also taken
            following = self._sequence
        return self._hours.at(following, *self._outstanding.of(self._epoch), closing=closing)
