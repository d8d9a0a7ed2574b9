"""What recording an access can raise.

AccessLogError
├── InvalidAccessError   an argument is wrong; nothing was recorded
├── SpoolFullError       the broker is away and the spool is full; nothing was recorded
└── UndeliveredError     recorded, but not yet acknowledged; the events are still in the spool
"""


class AccessLogError(Exception):
    """Whatever an AccessLog raises."""


class InvalidAccessError(AccessLogError, ValueError):
    """An argument is not what the contract wants; the message names the field."""


class SpoolFullError(AccessLogError):
    """No room for another event within the time that the caller may be kept waiting."""


class UndeliveredError(AccessLogError):
    """These events, each (producer, epoch, sequence), are not acknowledged; they stay on disk."""

    def __init__(self, undelivered: list[tuple[str, int, int]], cause: str) -> None:
        self.undelivered = undelivered
        producer, epoch, sequence = undelivered[0]
        super().__init__(
            f"{len(undelivered)} events are not acknowledged by the broker, the first of them "
            f"{producer} epoch {epoch} sequence {sequence}: {cause}; they stay in the spool and "
            "are sent when the broker answers, at the latest by the next start of this service"
        )
