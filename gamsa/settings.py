"""The environment, read once at the entry and passed down; no other module of ours reads it."""

import os
from dataclasses import dataclass
from pathlib import Path

from gamsa.home import default_home


@dataclass(frozen=True, slots=True)
class Settings:
    """What a process was told by its environment."""

    home: Path
    kafka: str | None = None
    """Bootstrap servers of a running Kafka to use instead of our own broker (GAMSA_KAFKA)."""
    clickhouse: str | None = None
    """URL of a running ClickHouse to use instead of our own endpoint (GAMSA_CLICKHOUSE)."""
    policy: str | None = None
    """Folder of the policy catalogue (GAMSA_POLICY); the packaged Seoul one when unset."""
    java_home: str | None = None


def from_environment() -> Settings:
    """Read GAMSA_HOME, GAMSA_KAFKA, GAMSA_CLICKHOUSE, GAMSA_POLICY and JAVA_HOME."""
    home = os.environ.get("GAMSA_HOME")
    return Settings(
        home=Path(home).expanduser().absolute() if home else default_home(),
        kafka=os.environ.get("GAMSA_KAFKA") or None,
        clickhouse=os.environ.get("GAMSA_CLICKHOUSE") or None,
        policy=os.environ.get("GAMSA_POLICY") or None,
        java_home=os.environ.get("JAVA_HOME") or None,
    )
