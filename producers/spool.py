"""Events on disk until the broker has acknowledged them, so that a dead process loses none.

One folder per epoch, held by a lock as long as its process lives. In it are segments: files of
fixed size, mapped into memory, that hold events one behind the other as length, CRC-32, a byte
that becomes 1 on acknowledgement, and the event. A segment goes when all of it is acknowledged;
its name is the sequence of its first event.
The page cache holds what was written: it survives `kill -9`, not a power cut.
"""

import errno
import fcntl
import mmap
import os
import re
import struct
import threading
import zlib
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

import crash

SEGMENT_BYTES = 4 * 1024 * 1024
_HEADER = struct.Struct(">IIB")
_ZEROS = 1024 * 1024
_DONE = 8  # where in the header the acknowledgement stands
_EPOCH = re.compile(r"[0-9]+").fullmatch


class Segment:
    """A file of events, which goes when it is full and all of it is acknowledged.

    One thread may append while others acknowledge.
    Raises OSError when the disk has no room for the whole of it: blocks are reserved first,
    because writing into a mapping for which there is no block would kill the process.
    """

    def __init__(self, path: Path, size: int) -> None:
        self.path = path
        self._appended = 0
        self._done = 0
        self._full = False
        self._lock = threading.Lock()
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        crash.point("producer segment made")
        try:
            _reserve(descriptor, size)
            self._bytes = mmap.mmap(descriptor, size)
        finally:
            os.close(descriptor)
        self._end = 0

    def append(self, event: bytes) -> int | None:
        """Keep one event and return its place, or None when there is no room for it."""
        place = self._end
        start = place + _HEADER.size
        end = start + len(event)
        if end > len(self._bytes):
            return None
        self._bytes[start:end] = event
        crash.point("producer half spooled")
        # The header last: a process killed in between has recorded nothing.
        self._bytes[place:start] = _HEADER.pack(len(event), zlib.crc32(event), 0)
        self._end = end
        self._appended += 1
        return place

    def read(self, place: int) -> bytes:
        """The event at this place, which is not acknowledged yet."""
        length, _, _ = _HEADER.unpack_from(self._bytes, place)
        start = place + _HEADER.size
        return self._bytes[start : start + length]

    def acknowledge(self, place: int) -> None:
        """The event at this place is in Kafka."""
        with self._lock:
            self._bytes[place + _DONE] = 1
            self._done += 1
            if self._full and not self.left:
                self._remove()

    @property
    def left(self) -> int:
        """How many events are not acknowledged."""
        return self._appended - self._done

    def retire(self) -> None:
        """No more will come; at once, or with its last acknowledgement, the file goes."""
        with self._lock:
            if not self._full:
                self._full = True
                if not self.left:
                    self._remove()

    def recover(self) -> Iterator["Left"]:
        """Read what is still to send; nothing more may be appended.

        Where damage leaves no way to the next event, the rest comes as one that is not intact.
        """
        place, sequence = 0, int(self.path.stem)
        while place + _HEADER.size <= len(self._bytes):
            length, checksum, done = _HEADER.unpack_from(self._bytes, place)
            if not length:
                return
            start = place + _HEADER.size
            following = start + length
            event = self._bytes[start:following]
            intact = len(event) == length and zlib.crc32(event) == checksum
            lost = not intact and not self._sound(following)
            if lost:
                event = self._bytes[place:].rstrip(b"\0")
            if lost or not done:
                self._appended += 1
                yield Left(self, place, event, sequence, intact)
            if lost:
                return
            place, sequence = following, sequence + 1

    def _sound(self, place: int) -> bool:
        """Whether an event, or the end of all of them, is at this place."""
        start = place + _HEADER.size
        if start > len(self._bytes):
            return place <= len(self._bytes)
        length, checksum, _ = _HEADER.unpack_from(self._bytes, place)
        return not length or zlib.crc32(self._bytes[start : start + length]) == checksum

    def close(self) -> None:
        """Let go of the file."""
        self._bytes.close()

    def _remove(self) -> None:
        self.close()
        self.path.unlink()


class Left(NamedTuple):
    """An event that a dead process left, at its place; not `intact` when its checksum is wrong."""

    segment: Segment
    place: int
    event: bytes
    sequence: int
    intact: bool


class Spool:
    """The unacknowledged events of one epoch. Not thread-safe: its owner holds a lock.

    Raises BlockingIOError when another living process holds this epoch, FileNotFoundError when the
    one that held it has just let go and left nothing.
    """

    def __init__(self, producer: Path, epoch: int) -> None:
        self.epoch = epoch
        self._folder = producer / str(epoch)
        self._folder.mkdir(mode=0o700, exist_ok=True)
        self._lock = _hold(self._folder / "lock")
        self._segments: list[Segment] = []

    def append(self, sequence: int, event: bytes) -> tuple[Segment, int]:
        """Keep an event and say where. Raises OSError when the disk is full."""
        last = self._segments[-1] if self._segments else None
        place = last.append(event) if last is not None else None
        if last is not None and place is not None:
            return last, place
        size = max(SEGMENT_BYTES, _HEADER.size + len(event))
        segment = Segment(self._folder / f"{sequence:012}.log", size)
        if last is not None:
            last.retire()
        self._segments = [one for one in self._segments if one.left]
        self._segments.append(segment)
        place = segment.append(event)
        assert place is not None, "a segment has room for its first event"
        return segment, place

    def recover(self) -> Iterator[Left]:
        """Read what a dead process left behind, in the order in which it was recorded."""
        for path in sorted(self._folder.glob("*.log")):
            if not path.stat().st_size:
                path.unlink()  # killed before its blocks were reserved
                continue
            segment = Segment(path, path.stat().st_size)
            waiting = list(segment.recover())
            segment.retire()
            if waiting:
                self._segments.append(segment)
                yield from waiting

    def close(self) -> None:
        """Let go; what is all acknowledged leaves nothing behind."""
        try:
            for segment in self._segments:
                segment.retire()
                segment.close()
            if not any(one.name != "lock" for one in self._folder.iterdir()):
                (self._folder / "lock").unlink()
                with suppress(OSError):  # whoever takes it over in between removes it
                    self._folder.rmdir()
        finally:
            os.close(self._lock)

    def abandon(self) -> None:
        """Let go of the files without touching what is in them, as of a parent's after a fork."""
        for segment in self._segments:
            segment.close()
        os.close(self._lock)


def orphans(producer: Path) -> Iterator[Spool]:
    """Take over the spools whose processes are gone, oldest epoch first."""
    epochs = sorted(int(one.name) for one in producer.iterdir() if _EPOCH(one.name))
    for epoch in epochs:
        try:
            yield Spool(producer, epoch)
        except (BlockingIOError, FileNotFoundError):
            continue


def _hold(file: Path) -> int:
    """Lock a file, made at need, and return its descriptor; raises as `Spool` does."""
    descriptor = os.open(file, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        # Who held it may have removed it since it was opened; then this lock holds nothing.
        if not os.path.samestat(os.fstat(descriptor), file.stat()):
            raise FileNotFoundError(errno.ENOENT, "made anew by another process", str(file))
    except OSError:
        os.close(descriptor)
        raise
    return descriptor


def _reserve(descriptor: int, size: int) -> None:
    """Reserve blocks for a file of `size` bytes; what it holds stays. Raises OSError if full."""
    if hasattr(os, "posix_fallocate"):
        os.posix_fallocate(descriptor, 0, size)
        return
    # macOS has no posix_fallocate; zeros beyond the end take blocks too.
    end = os.lseek(descriptor, 0, os.SEEK_END)
    while end < size:
        end += os.write(descriptor, bytes(min(size - end, _ZEROS)))
