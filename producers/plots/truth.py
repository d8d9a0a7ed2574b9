"""What is planted over months, kept apart from the events: the cases that detectors must find."""

from collections.abc import Iterator
from pathlib import Path

import msgspec
from msgspec import Struct


class Case(Struct):
    """One planted misuse: which detector must find it, by whom or about whom, in which events.

    `detector` is the detector's id, `variant` easy, hard or adversarial. `keys` name the actor,
    subject, cookie, ip or service that it is about. `events` are its accesses, by id; of a silence
    those before and after it. `first` and `last`: from when to when, RFC 3339.
    """

    case_id: str
    detector: str
    variant: str
    keys: dict[str, str]
    events: list[str] = []
    first: str = ""
    last: str = ""


_decoder = msgspec.json.Decoder(Case)


def read(file: Path) -> Iterator[Case]:
    """Read cases, one JSON object a line; raises msgspec.ValidationError on anything else."""
    with file.open("rb") as lines:
        for line in lines:
            yield _decoder.decode(line)
