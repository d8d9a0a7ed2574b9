"""Where the trail is asked, and where it is recorded that it was."""

import threading
from collections.abc import Mapping
from dataclasses import dataclass, field

from clickhouse_connect.driver.client import Client

from audit.policy import Policy
from investigate.reading import Reader
from producers.access_log import AccessLog
from storage.trail import connect


@dataclass(slots=True)
class Archive:
    """Where the trail is, where questions are recorded, and what they are judged by."""

    clickhouse: str
    log: AccessLog
    policy: Policy
    patience: float = 15.0
    """Seconds that Kafka may take to acknowledge a question."""
    catalogue: Mapping[str, bytes] = field(default_factory=dict)
    """The files of the policy's catalogue, by name, as they were when the policy was read."""
    _client: Client | None = None
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def reader(self) -> Reader:
        """Open the trail where it is not open yet; raises TrailUnavailableError."""
        with self._lock:
            if self._client is None:
                self._client = connect(self.clickhouse)
            return Reader(self._client)

    def close(self) -> None:
        """Let go of the trail."""
        if self._client is not None:
            self._client.close()
