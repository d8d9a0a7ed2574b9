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

    @property
    def member(self) -> str:
        """Who this worker is in its group, the same after a restart; another home's is another."""
        home = hashlib.sha256(str(self.home.absolute()).encode()).hexdigest()[:8]
        return f"{self.group}-{self.name}-{home}"
