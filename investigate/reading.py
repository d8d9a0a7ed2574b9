"""Asking the trail's views, within what one question may cost."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import pyarrow as pa
from clickhouse_connect.driver.client import Client
from clickhouse_connect.driver.exceptions import ClickHouseError
from urllib3.exceptions import HTTPError

from investigate.errors import CostLimitError
from storage.trail import TrailUnavailableError

_EXCEEDED = {
    158: "reads more than {rows:,} rows",  # TOO_MANY_ROWS
    159: "takes longer than {seconds} s",  # TIMEOUT_EXCEEDED
    160: "takes longer than {seconds} s",  # TOO_SLOW
    241: "needs more memory than {memory_mib:,} MiB",  # MEMORY_LIMIT_EXCEEDED
    396: "answers more rows than may be answered",  # TOO_MANY_ROWS_OR_BYTES
}


@dataclass(frozen=True, slots=True)
class Limits:
    """What one question may cost: rows read after indexes, seconds, and bytes of memory."""

    rows: int = 250_000_000
    seconds: int = 60
    memory: int = 2 << 30

    @property
    def settings(self) -> Mapping[str, Any]:
        """The limits as ClickHouse knows them."""
        return {
            "max_rows_to_read": self.rows,
            "read_overflow_mode": "throw",
            "max_execution_time": self.seconds,
            "timeout_overflow_mode": "throw",
            "max_memory_usage": self.memory,
        }


@dataclass(frozen=True, slots=True)
class Reader:
    """The trail as it may be asked."""

    client: Client
    limits: Limits = Limits()

    def rows(self, query: str, parameters: Mapping[str, object]) -> Sequence[Sequence[Any]]:
        """The answer's rows, every value bound by the server.

        Raises `CostLimitError`, or `TrailUnavailableError`.
        """
        with self._limited():
            asked = self.client.query(
                query,
                parameters=dict(parameters),
                settings=dict(self.limits.settings),
                tz_mode="aware",
            )
            return asked.result_rows

    def table(self, query: str, parameters: Mapping[str, object]) -> pa.Table:
        """The answer as columns. Raises as `rows` does."""
        with self._limited():
            return self.client.query_arrow(
                query,
                parameters=dict(parameters),
                settings=dict(self.limits.settings),
                use_strings=True,
            )

    def moment(self) -> int:
        """The trail's own clock, in milliseconds since 1970. Raises as `rows` does."""
        ((now,),) = self.rows("SELECT toUnixTimestamp64Milli(now64(3))", {})
        return int(now)

    def zone(self) -> str:
        """The institution's time zone, as a worker told it. Raises as `rows` does."""
        ((zone,),) = self.rows("SELECT zone FROM v_institution", {})
        return str(zone)

    @contextmanager
    def _limited(self) -> Iterator[None]:
        try:
            yield
        except (ClickHouseError, HTTPError, OSError) as error:
            limit = _EXCEEDED.get(getattr(error, "code", None) or 0)
            if limit is None:
                raise TrailUnavailableError(str(error)) from error
            exceeded = limit.format(
                rows=self.limits.rows,
                seconds=self.limits.seconds,
                memory_mib=self.limits.memory >> 20,
            )
            raise CostLimitError(
                f"the question {exceeded}, which no question may; ask for less: a shorter time "
                "(--from, --to), or a subject, an actor or an address"
            ) from error
