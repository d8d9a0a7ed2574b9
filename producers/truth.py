"""What was planted, kept apart from the events: which checks each planted misuse must fail."""

from collections.abc import Iterable, Iterator
from pathlib import Path

import msgspec
from msgspec import Struct

from audit.judgement import Check


class Planted(Struct, frozen=True):
    """One planted misuse: exactly these checks, no more and no fewer, must fail for the event."""

    event_id: str
    checks: tuple[Check, ...]
    note: str


_decoder = msgspec.json.Decoder(Planted)


def write(planted: Iterable[Planted], file: Path) -> None:
    """Write one JSON object a line."""
    with file.open("wb") as lines:
        for one in planted:
            lines.write(msgspec.json.encode(one) + b"\n")


def read(file: Path) -> Iterator[Planted]:
    """Read what `write` wrote; raises msgspec.ValidationError on anything else."""
    with file.open("rb") as lines:
        for line in lines:
            yield _decoder.decode(line)
