"""What recording an access can raise.

AccessLogError
├── InvalidAccessError   an argument is wrong; nothing was recorded
├── SpoolFullError       the broker is away and the spool is full; nothing was recorded
└── UndeliveredError     recorded, but not acknowledged; the events are in spool or quarantine
"""

from collections.abc import Mapping
from pathlib import Path

Number = tuple[str, int, int]  # producer, epoch, sequence


class AccessLogError(Exception):
    """Whatever an AccessLog raises."""


class InvalidAccessError(AccessLogError, ValueError):
    """An argument is not what the contract wants; the message names the field."""


class SpoolFullError(AccessLogError):
    """No room for another event within the time that the caller may be kept waiting."""


class UndeliveredError(AccessLogError):
    """These events, each (producer, epoch, sequence), are not acknowledged; they stay on disk.

    Those `refused` can never be sent and are in quarantine; the others wait in the spool.
    `cause` is what went wrong last.
    """

    def __init__(
        self, waiting: list[Number], cause: str, refused: Mapping[Number, str], quarantine: Path
    ) -> None:
        self.cause = cause if waiting else next(iter(refused.values()))
        self.refused = list(refused)
        self.undelivered = sorted([*waiting, *refused])
        said = []
        if waiting:
            said.append(
                f"{_events(waiting)} not acknowledged by the broker: {cause}; they stay in the "
                "spool and are sent when the broker answers, at the latest by the next start of "
                "this service"
            )
        if refused:
            said.append(
                f"{_events(self.refused)} refused for good: {next(iter(refused.values()))}; "
                f"they are kept in {quarantine}"
            )
        super().__init__("; ".join(said))


def _events(numbers: list[Number]) -> str:
    producer, epoch, sequence = numbers[0]
    first = f"{producer} epoch {epoch} sequence {sequence}"
    if len(numbers) == 1:
        return f"1 event ({first}) is"
    return f"{len(numbers)} events (the first of them {first}) are"
