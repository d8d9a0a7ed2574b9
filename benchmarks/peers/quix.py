"""The same work with Quix Streams: judged event by event, stored by a batching sink.

Decode, judge and columns are Gamsa's own functions; the sink gets what a checkpoint gathered of
one partition and inserts it at once. Nothing makes it exact.
Run: `python -m benchmarks.peers.quix KAFKA CLICKHOUSE POLICY FOLDER GROUP`.
"""

import sys
from types import SimpleNamespace
from typing import Any

from quixstreams import Application, message_context
from quixstreams.sinks.base import BatchingSink, SinkBatch

import policies
from audit.topics import ACCESS_EVENTS
from benchmarks.peers.storing import Storing
from stream.auditing import Sifted, read, sift

EVERY, WITHIN = 20_000, 1.0  # events, seconds


class ClickHouseSink(BatchingSink):
    """One insert for each partition and checkpoint."""

    def __init__(self, storing: Storing) -> None:
        super().__init__()
        self._storing = storing

    def write(self, batch: SinkBatch) -> None:
        self._storing.insert(batch.partition, [item.value for item in batch])


def main(kafka: str, clickhouse: str, policy_folder: str, folder: str, group: str) -> None:
    policy = policies.load_policy(policy_folder)
    app = Application(
        broker_address=kafka,
        consumer_group=group,
        auto_offset_reset="earliest",
        commit_every=EVERY,
        commit_interval=WITHIN,
        state_dir=folder,
        loglevel="WARNING",
    )

    def judge_one(value: bytes, key: bytes, timestamp: int, headers: Any) -> Sifted:
        record = SimpleNamespace(
            offset=message_context().offset,
            timestamp=timestamp,
            key=key,
            value=value,
            headers=headers or (),
        )
        return sift(read([record]), policy)

    topic = app.topic(ACCESS_EVENTS, key_deserializer="bytes", value_deserializer="bytes")
    events = app.dataframe(topic).apply(judge_one, metadata=True)
    events.sink(ClickHouseSink(Storing(kafka, clickhouse)))
    app.run()


if __name__ == "__main__":
    main(*sys.argv[1:])
