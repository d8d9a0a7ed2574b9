"""A hole in a producer's numbers, as a finding."""

from msgspec import Struct

from audit.findings import identity

DETECTOR = "sequence_hole"
SEVERITY = "high"
TITLE = "Events that a producer numbered are missing"
TITLE_KO = "번호가 매겨진 접속기록의 누락"
RUNBOOK = "docs/runbooks/sequence_hole.md"


class Hole(Struct, frozen=True, gc=False):
    """A run of a producer's numbers, both ends inclusive, that never reached the trail.

    `others`: how many more numbers of the epoch are missing outside of this run.
    """

    source: str
    producer: str
    epoch: int
    first: int
    last: int
    others: int = 0

    @property
    def finding_id(self) -> str:
        """Derived from where the hole begins, so that whoever sees it says the same."""
        return identity(DETECTOR, self.producer, str(self.epoch), str(self.first))

    @property
    def name(self) -> str:
        """What is missing, as `producer/epoch/sequence` or a range of them."""
        run = str(self.first) if self.first == self.last else f"{self.first}-{self.last}"
        return f"{self.producer}/{self.epoch}/{run}"

    def __str__(self) -> str:
        run = f"sequence {self.first}"
        if self.last > self.first:
            run = f"sequences {self.first} to {self.last}, {self.last - self.first + 1} numbers"
        more = f"; {self.others} more are missing in this epoch" if self.others else ""
        return f"producer {self.producer}, epoch {self.epoch}, {run}{more}"
