"""Record what happened to somebody's affairs, and who holds which account.

Both logs keep what they are given in a spool until Kafka has it, as `AccessLog` does: at least
once, in order for each key, also over the death of the process. They number nothing and have no
heartbeat, so that nobody can prove afterwards that none is missing.
"""

from collections.abc import Iterable
from datetime import datetime
from pathlib import Path
from typing import Any

from audit import business, roster
from audit.codec import Rejected
from audit.topics import BUSINESS_EVENTS, ROSTER
from producers import recovery
from producers.carrier import Entry
from producers.checking import names, text
from producers.errors import InvalidAccessError
from producers.spool import Left
from producers.spooled_log import SpooledLog
from producers.wire import Business, BusinessEvent, RosterEntry, encode


class _DocumentLog(SpooledLog):
    def _left(self, left: Left, epoch: int) -> Entry | str:
        return recovery.document(left, epoch)

    def _send(self, document: business.BusinessEvent | roster.RosterEntry) -> str:
        key, value = (document.subject or document.source).encode(), encode(document)
        return self._append(document.id, lambda _: (key, value))


class BusinessLog(_DocumentLog):
    """The business events of one service, on their way to topic `business-events`.

    See `SpooledLog` for the settings. Its spool is beside the service's access log.
    """

    def __init__(self, service: str, *, bootstrap: str, home: Path | str, **settings: Any) -> None:
        super().__init__(
            service,
            folder=f"{service}-business",
            topic=BUSINESS_EVENTS,
            **settings,
            bootstrap=bootstrap,
            home=home,
        )

    def record(  # noqa: PLR0913  the contract's own fields
        self,
        kind: str,
        *,
        subject: str | None = None,
        reference: str | None = None,
        file: str | None = None,
        items: Iterable[str] = (),
        records: int | None = None,
        party: str | None = None,
        right: str | None = None,
        time: datetime | None = None,
    ) -> str:
        """Record one business event and return its id; `time` is now unless given.

        Raises InvalidAccessError at once for a wrong argument, SpoolFullError when the broker has
        been away too long, OSError when the disk is full. Nothing is recorded then.
        """
        moment = self._clock() if time is None else time
        event = BusinessEvent(
            "1.0",
            self._new_id(moment),
            self.source,
            business.BUSINESS_TYPE,
            text("time", moment),
            Business(kind, reference, file, names(items), records, party, right),
            subject,
            "application/json",
        )
        try:
            read = business.decode(encode(event))
        except (TypeError, ValueError, OverflowError) as error:
            raise InvalidAccessError(f"the event cannot be written as JSON: {error}") from None
        if isinstance(read, Rejected):
            raise InvalidAccessError(f"the event is not recorded, {read.reason}: {read.detail}")
        return self.emit(event)

    def emit(self, event: BusinessEvent) -> str:
        """Send an event that is already complete; raises as `record` does."""
        return self._send(event)


class RosterLog(_DocumentLog):
    """The roster, on its way to topic `roster`; see `SpooledLog` for the settings."""

    def __init__(self, service: str, *, bootstrap: str, home: Path | str, **settings: Any) -> None:
        super().__init__(
            service,
            folder=f"{service}-roster",
            topic=ROSTER,
            **settings,
            bootstrap=bootstrap,
            home=home,
        )

    def emit(self, entry: RosterEntry) -> str:
        """Send an entry: of its account or person it holds from now on.

        Raises SpoolFullError when the broker has been away too long, OSError for a full disk.
        """
        return self._send(entry)
