"""What a detector is: a question to the trail, as data.

The trail holds each event once, so a question to it has one answer, however events came there and
whoever asks. A detector keeps nothing of its own that could be lost, doubled or go astray.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import timedelta
from enum import Enum
from typing import Any, Literal

from stream.detectors.example import Example
from stream.windows import Window

Severity = Literal["low", "medium", "high", "critical"]


class Opens(Enum):
    """When a window may be looked at.

    What is found in a window that is not closed must stay found, whatever comes after.
    """

    AT_ONCE = "more events only add findings"
    ONCE_BEGUN = "so they do, beside what had happened before the window began"
    ONCE_CLOSED = "events that are still to come can take a finding back"


@dataclass(frozen=True, slots=True)
class Words:
    """The same in English and Korean. Braces name what is filled in."""

    en: str
    ko: str


@dataclass(frozen=True, slots=True)
class Thresholds:
    """What an institution may set; each detector has fields of its own, bound in its SQL."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Detector:
    """One question, asked of each window.

    `events`: SQL for the events that may matter, with at least the columns of `accesses` that say
    where an event lies, `key` (whom or what a finding is about) and `window_start`. It reads the
    names of `stream.questions`, and binds the fields of `thresholds`.
    `when`: what makes a key's events in a window a finding, over `measures`, which are aggregates.
    `actor`: an aggregate that tells who acted, if that can be one; `sentence` fills in `key`,
    `actor`, `events` (their number), the measures and the thresholds.
    `ahead`: for how long after a window what happens is read, too.
    `most_evidence`: of a finding that rests on a whole service, so many events are named.
    """

    id: str
    title: Words
    sentence: Words
    severity: Severity
    clause: str
    window: Window
    opens: Opens
    events: str
    thresholds: Thresholds = field(default_factory=Thresholds)
    measures: Mapping[str, str] = field(default_factory=dict)
    when: str = "count() > 0"
    actor: str = "''"
    ahead: timedelta = timedelta(0)
    most_evidence: int | None = None
    examples: tuple[Example, ...] = ()
    off: bool = False
    shadow: bool = False

    @property
    def name(self) -> str:
        """Its id, and the length of its windows: what cursors and findings are known by."""
        return f"{self.id}/{self.window.name}"

    @property
    def runbook(self) -> str:
        """The page for whoever looks into a finding."""
        return f"docs/runbooks/{self.id}.md"

    @property
    def settings(self) -> dict[str, Any]:
        """The thresholds by name, as they are bound in SQL."""
        return {
            name: list(value) if isinstance(value, tuple) else value
            for name, value in asdict(self.thresholds).items()
        }
