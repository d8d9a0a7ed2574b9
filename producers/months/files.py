"""The city's months as files of JSON lines: each line is a record's value, as Kafka would have it.

`access.jsonl`, `business.jsonl` and `roster.jsonl` are in the order in which the records reach the
broker; `truth.jsonl` holds the planted cases (`producers.plots.truth.Case`), and nothing of it is
in the others.
"""

from collections.abc import Callable, Iterable
from contextlib import ExitStack
from pathlib import Path

from producers.months.life import Lived
from producers.plots.truth import Case
from producers.wire import AccessEvent, BusinessEvent, RosterEntry, encode

FILES = {AccessEvent: "access", BusinessEvent: "business", RosterEntry: "roster", Case: "truth"}


def write(
    lived: Iterable[Lived], folder: Path, progress: Callable[[int], None] = lambda _: None
) -> dict[str, int]:
    """Write all of it; returns how many lines each file has. `progress` is told each time.

    Raises OSError where the folder cannot be written.
    """
    folder.mkdir(parents=True, exist_ok=True)
    lines = dict.fromkeys(FILES.values(), 0)
    with ExitStack() as stack:
        files = {
            kind: stack.enter_context((folder / f"{name}.jsonl").open("wb"))
            for kind, name in FILES.items()
        }
        for at, what in lived:
            kind = type(what)
            files[kind].write(encode(what) + b"\n")
            lines[FILES[kind]] += 1
            progress(at)
    return lines
