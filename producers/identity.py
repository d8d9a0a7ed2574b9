"""Who a producer is: an id that stays with its folder, an epoch that grows at every start.

Two processes may share the folder, even the id; they never share an epoch.
"""

import fcntl
import os
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

from producers.wire import uuid7

_SERVICE = re.compile(r"[a-z][a-z0-9-]{0,40}").fullmatch
_SUFFIX = re.compile(r"[0-9a-f]{8}").fullmatch


def producer_folder(home: Path, service: str, random_hex: Callable[[], str]) -> Path:
    """Find, or make, this service's folder under `home`/producers; its name is the producer's id.

    Raises ValueError for a service's name that is not lower-case letters, digits and hyphens.
    """
    if _SERVICE(service) is None:
        raise ValueError(
            f"service {service!r} must be lower-case letters, digits and hyphens, "
            "such as 'reservation'"
        )
    producers = home / "producers"
    producers.mkdir(parents=True, exist_ok=True, mode=0o700)
    with locked(producers / ".lock"):
        for folder in sorted(producers.glob(f"{service}-*")):
            if _SUFFIX(folder.name[len(service) + 1 :]) and folder.is_dir():
                return folder
        folder = producers / f"{service}-{random_hex()}"
        folder.mkdir(mode=0o700)
        _sync_folder(producers)
        return folder


def next_epoch(folder: Path) -> int:
    """Count one start more, on disk before it is used; the first is 1.

    Raises ValueError when the count that is there cannot be read: guessing could number two
    events alike.
    """
    file = folder / "epoch"
    with locked(folder / ".lock"):
        text = file.read_text() if file.exists() else "0"
        if not text.strip().isdecimal():
            raise ValueError(
                f"{file} holds {text[:20]!r} instead of a number; write there a number greater "
                f"than every epoch that {folder.name} has used"
            )
        epoch = int(text) + 1
        draft = folder / "epoch.next"
        with draft.open("w") as out:
            out.write(f"{epoch}\n")
            out.flush()
            os.fsync(out.fileno())
        draft.replace(file)
        _sync_folder(folder)
    return epoch


def random_id(moment: datetime) -> str:
    """Make an id for an event of this moment; one of a later millisecond sorts after it."""
    return uuid7(int(moment.timestamp() * 1000), int.from_bytes(os.urandom(10), "big") >> 6)


@contextmanager
def writable(home: Path) -> Iterator[None]:
    """Say of any OSError which folder it is about, and what to do."""
    try:
        yield
    except OSError as error:
        raise OSError(
            error.errno,
            f"the access log cannot keep its spool in {home} ({error.strerror}); make that folder "
            "writable for the user of this service, or give another `home`",
        ) from error


@contextmanager
def locked(file: Path) -> Iterator[None]:
    """Hold an exclusive lock that the kernel releases when the process ends, however it ends."""
    descriptor = os.open(file, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
