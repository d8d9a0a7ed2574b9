"""Stored events judged anew by a draft of a policy: from their exact bytes, by the same code."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, NamedTuple

from audit.codec import Rejected, decode
from audit.judge import judge
from audit.policy import Policy, Version
from storage import history
from storage.history import Stored
from storage.rows import Place
from storage.trail import Trail

SAMPLES = 3
Reason = tuple[str, str]
"""A check and its clause."""


class Slice(NamedTuple):
    """Neighbouring offsets of a partition."""

    place: Place
    first: int
    last: int


@dataclass(slots=True)
class Change:
    """What a draft changes for one check and clause, in events; samples are event ids."""

    newly: int = 0
    no_longer: int = 0
    same: int = 0
    samples: list[str] = field(default_factory=list)

    def add(self, other: "Change") -> None:
        """Count what another slice has found as well."""
        self.newly += other.newly
        self.no_longer += other.no_longer
        self.same += other.same
        self.samples = [*self.samples, *other.samples][:SAMPLES]


@dataclass(slots=True)
class Rejudged:
    """How many events were judged anew, and what changes, by check and clause."""

    events: int = 0
    changes: dict[Reason, Change] = field(default_factory=lambda: defaultdict(Change))

    def add(self, other: "Rejudged") -> None:
        """Count what another slice has found as well."""
        self.events += other.events
        for reason, change in other.changes.items():
            self.changes[reason].add(change)


def as_if_always(draft: Version) -> Policy:
    """A policy of one version that had been in force all the time."""
    return Policy((replace(draft, effective_from=-(2**62)),))


def slices(trail: Trail, start: datetime, end: datetime, size: int) -> Iterator[Slice]:
    """All that was received in this time, in slices of so many offsets.

    Raises `TrailUnavailableError`.
    """
    for place, first, last in history.ranges(trail, start, end):
        for at in range(first, last + 1, size):
            yield Slice(place, at, min(at + size - 1, last))


def rejudge(trail: Trail, policy: Policy, part: Slice) -> Rejudged:
    """Judge one slice. Raises `TrailUnavailableError`."""
    rejudged = Rejudged()
    for stored in history.events(trail, part.place, part.first, part.last):
        rejudged.events += 1
        reasons = _reasons(stored, policy)
        if not stored.reasons and not reasons:
            continue
        _compare(stored.event_id, stored.reasons, reasons, rejudged.changes)
    return rejudged


def _reasons(stored: Stored, policy: Policy) -> Sequence[Reason]:
    received = decode(stored.raw, stored.received_at, stored.headers)
    if isinstance(received, Rejected):  # it was an event once: the contract has changed
        return ((received.reason, ""),)
    return [(reason.check.value, reason.clause) for reason in judge(received, policy).reasons]


def _compare(
    event_id: str,
    before: Sequence[Reason],
    after: Sequence[Reason],
    changes: Mapping[Reason, Any],
) -> None:
    for reason in {*before, *after}:
        change = changes[reason]
        if reason in before and reason in after:
            change.same += 1
            continue
        if reason in after:
            change.newly += 1
        else:
            change.no_longer += 1
        if len(change.samples) < SAMPLES:
            change.samples.append(event_id)
