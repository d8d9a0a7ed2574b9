"""What a worker is told when it starts; it reads nothing else."""

import hashlib
from dataclasses import dataclass
from pathlib import Path

GROUP = "gamsa-worker"
"""The consumer group of the workers, whose committed offsets say what is stored."""


@dataclass(frozen=True, slots=True)
class Settings:
    """One worker's settings. `kafka` is `host:port[,host:port]`, `clickhouse` a URL."""

    name: str
    kafka: str
    clickhouse: str
    policy: Path
    home: Path
    metrics_port: int
    group: str = GROUP
    metrics_host: str = "127.0.0.1"
    """The address on which the metrics page is served; it is nobody's who has no need of it."""

    def member(self, topic_id: str) -> str:
        """Who this worker is in its group, the same after a restart.

        Another home's is another; so is one that reads a topic made anew: a member who comes back
        gets what it had, and the partitions of a topic that was gone are not among that.
        """
        home = hashlib.sha256(f"{self.home.absolute()} {topic_id}".encode()).hexdigest()[:8]
        return f"{self.group}-{self.name}-{home}"
