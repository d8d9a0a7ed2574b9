"""What a worker is told when it starts; it reads nothing else."""

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Settings:
    """One worker's settings. `kafka` is `host:port[,host:port]`, `clickhouse` a URL."""

    name: str
    kafka: str
    clickhouse: str
    policy: Path
    home: Path
    metrics_port: int
    group: str = "gamsa-worker"
