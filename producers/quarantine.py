"""Where events go that can never be sent: out of the way of the others, and kept as they were."""

import logging
import os
from pathlib import Path

from producers.spool import Left

_log = logging.getLogger(__name__)


def folder(producer: Path) -> Path:
    """Tell where a producer's quarantine is: beside its spool."""
    return producer / "quarantine"


def set_aside(producer: Path, epoch: int, left: Left, why: str) -> None:
    """Move an event from the spool to a file of its own, mode 0600, and log where and why.

    When the disk is full it stays in the spool, and the next start tries again.
    """
    number = f"event {producer.name} epoch {epoch} sequence {left.sequence}"
    try:
        file = _keep(producer, f"{epoch}-{left.sequence}.event", left.event)
    except OSError as error:
        _log.error("%s cannot be sent, %s, nor put aside, %s", number, why, error)
        return
    left.segment.acknowledge(left.place)
    _log.error("%s cannot be sent, %s; it is kept in %s", number, why, file)


def _keep(producer: Path, name: str, event: bytes) -> Path:
    kept = folder(producer)
    kept.mkdir(mode=0o700, exist_ok=True)
    file = kept / name
    descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600)
    with open(descriptor, "wb") as out:  # noqa: PTH123  it is open already
        out.write(event)
        out.flush()
        os.fsync(out.fileno())
    return file


def remind(producer: Path) -> None:
    """Log how many events earlier processes left in quarantine, if any."""
    kept = folder(producer)
    waiting = len(list(kept.glob("*.event"))) if kept.is_dir() else 0
    if waiting:
        _log.warning("%d events that could not be sent are in %s; see to them", waiting, kept)
