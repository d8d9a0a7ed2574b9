"""Events on disk until the broker has acknowledged them, so that a dead process loses none.

One folder per epoch, held by a lock as long as its process lives. A segment `N.log` holds the
events numbered N*8192 and up, one behind the other: length, CRC-32, bytes. `N.done` has one byte
for each, 1 when acknowledged; a segment goes when all of it is. The page cache holds what was
written: it survives `kill -9`, not a power cut.
"""

import fcntl
import mmap
import os
import re
import struct
import zlib
from collections.abc import Iterator
from errno import ENOSPC
from pathlib import Path

SEGMENT = 8192
_HEADER = struct.Struct(">II")
_EPOCH = re.compile(r"[0-9]+").fullmatch


class Segment:
    """The events of up to 8192 successive sequence numbers."""

    def __init__(self, folder: Path, number: int) -> None:
        self._log = folder / f"{number}.log"
        self._done = folder / f"{number}.done"
        self._descriptor = os.open(self._log, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        done = os.open(self._done, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        os.ftruncate(done, SEGMENT)
        self._acknowledged = mmap.mmap(done, SEGMENT)
        os.close(done)
        self._size = os.fstat(self._descriptor).st_size
        self.left = SEGMENT

    def append(self, event: bytes) -> None:
        """Write one event whole, or raise OSError and leave the segment as it was."""
        entry = _HEADER.pack(len(event), zlib.crc32(event)) + event
        written = 0
        try:
            written = os.pwrite(self._descriptor, entry, self._size)
        finally:
            if written != len(entry):
                os.ftruncate(self._descriptor, self._size)
        if written != len(entry):
            raise OSError(ENOSPC, f"no room for {len(entry)} bytes", str(self._log))
        self._size += written

    def acknowledge(self, place: int) -> None:
        """Remember that the event at this place is in Kafka."""
        self._acknowledged[place] = 1
        self.left -= 1

    def unacknowledged(self) -> Iterator[tuple[int, bytes]]:
        """Read what is still to send; stops at the first entry that is torn or damaged."""
        held = os.pread(self._descriptor, self._size, 0)
        start = place = 0
        while start + _HEADER.size <= len(held) and place < SEGMENT:
            length, checksum = _HEADER.unpack_from(held, start)
            start += _HEADER.size
            event = held[start : start + length]
            if len(event) != length or zlib.crc32(event) != checksum:
                return
            start += length
            if not self._acknowledged[place]:
                yield place, event
            place += 1

    def close(self) -> None:
        """Let go of the files."""
        self._acknowledged.close()
        os.close(self._descriptor)

    def remove(self) -> None:
        """Take the files away: everything in them is acknowledged."""
        self.close()
        self._log.unlink()
        self._done.unlink()


class Spool:
    """The unacknowledged events of one epoch. Not thread-safe: its owner holds a lock.

    Raises BlockingIOError when another living process holds this epoch.
    """

    def __init__(self, producer: Path, epoch: int) -> None:
        self.epoch = epoch
        self._folder = producer / str(epoch)
        self._folder.mkdir(mode=0o700, exist_ok=True)
        self._lock = os.open(self._folder / "lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            os.close(self._lock)
            raise
        self._segments: dict[int, Segment] = {}

    def append(self, sequence: int, event: bytes) -> None:
        """Keep an event; sequences count from 0. Raises OSError when the disk is full."""
        number = sequence // SEGMENT
        segment = self._segments.get(number)
        if segment is None:
            segment = self._segments[number] = Segment(self._folder, number)
        segment.append(event)

    def acknowledge(self, sequence: int) -> None:
        """The event is in Kafka; its segment goes when it was the last one."""
        number, place = divmod(sequence, SEGMENT)
        segment = self._segments[number]
        segment.acknowledge(place)
        if not segment.left:
            self._segments.pop(number).remove()

    def recover(self) -> Iterator[tuple[int, bytes]]:
        """Read what a dead process left behind, in the order in which it was recorded."""
        numbers = sorted(int(log.stem) for log in self._folder.glob("*.log"))
        for number in numbers:
            segment = self._segments[number] = Segment(self._folder, number)
            waiting = list(segment.unacknowledged())
            segment.left = len(waiting)
            if not waiting:
                self._segments.pop(number).remove()
            yield from ((number * SEGMENT + place, event) for place, event in waiting)

    def close(self, *, empty: bool) -> None:
        """Let go. An `empty` spool, whose events are all acknowledged, leaves nothing behind."""
        for segment in self._segments.values():
            if empty:
                segment.remove()
            else:
                segment.close()
        if empty:
            (self._folder / "lock").unlink()
            self._folder.rmdir()
        os.close(self._lock)

    def abandon(self) -> None:
        """In a forked child: let go of the parent's files without touching what is in them."""
        for segment in self._segments.values():
            segment.close()
        os.close(self._lock)


def orphans(producer: Path) -> Iterator[Spool]:
    """Take over the spools whose processes are gone, oldest epoch first."""
    epochs = sorted(int(one.name) for one in producer.iterdir() if _EPOCH(one.name))
    for epoch in epochs:
        try:
            yield Spool(producer, epoch)
        except BlockingIOError:
            continue
