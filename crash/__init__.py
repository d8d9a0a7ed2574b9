"""Named points of the code at which a test can make the process die at once.

`arm` is called once, by a process's entry, with what GAMSA_CRASH holds: `NAME` dies at the first
visit of that point, `NAME:3` at the third. Unarmed, `point` compares two strings and returns.
"""

import os
from itertools import count
from typing import Literal, get_args

CRASH = "GAMSA_CRASH"
"""The environment variable that an entry reads."""

STATUS = 86
"""How a process that died at a point exits, so that it is known for no other death."""

Point = Literal[
    "producer epoch taken",  # counted on disk, nothing recorded with it yet
    "producer segment made",  # a file without blocks
    "producer half spooled",  # the event's bytes, not its header
    "producer spooled",  # on disk, not yet on its way
    "producer sent",  # on its way, not yet answered
    "producer acknowledged",  # the broker has it, the spool still holds it
    "producer spool taken over",  # some of a dead process's events are on their way again
    "worker partitions taken over",  # assigned, nothing read
    "worker partition claimed",  # nobody else may write it, nothing is known of it
    "worker decoded",  # a chunk is read, nothing is judged
    "worker published",  # rejects and findings are in Kafka, nothing is stored
    "worker held asked",  # it knows which offsets the trail has, and writes none
    "worker before insert",  # the rows are ready
    "worker mid insert",  # the server has some of the rows, or all but the end
    "worker between inserts",  # findings or rejects are stored, the events are not
    "worker stored",  # the trail has the chunk, Kafka is not told
    "worker committing",  # Kafka is about to be told
    "worker ledger asked",  # in the ledger's query, beside the storing
    "migration statement done",  # some of a migration's tables are there
    "migration unrecorded",  # all of them are, and nothing says so
    "endpoint directory taken",  # locked, the engine not started
    "endpoint insert begun",  # no row has come
    "endpoint insert received",  # all rows have come, none is stored
    "endpoint insert stored",  # stored, not answered
]
POINTS: tuple[Point, ...] = get_args(Point)

_armed = ""
_visits = count(1)
_last_visit = 1


def arm(text: str | None) -> None:
    """Die at the point, and the visit, that `text` says; nothing where it is empty.

    Raises ValueError for a point that there is not.
    """
    global _armed, _last_visit, _visits
    if not text:
        return
    name, _, visit = text.partition(":")
    if name not in POINTS:
        raise ValueError(f"{CRASH} names {name!r}; the points are {', '.join(POINTS)}")
    _armed, _last_visit, _visits = name, int(visit or 1), count(1)


def point(name: Point) -> None:
    """Die here if armed for it: no cleaning up, no flushing, as after `kill -9`."""
    if name == _armed and next(_visits) >= _last_visit:
        os._exit(STATUS)
