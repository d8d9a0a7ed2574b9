"""The floor: aiokafka's `getmany`, reading every record and dropping it."""

import asyncio
import sys
import time

from aiokafka import AIOKafkaConsumer

from audit.topics import ACCESS_EVENTS


async def read(bootstrap: str, events: int) -> float:
    """Seconds to read so many events from the start of the topic, joining not counted."""
    consumer = AIOKafkaConsumer(
        ACCESS_EVENTS,
        bootstrap_servers=bootstrap,
        auto_offset_reset="earliest",
        max_partition_fetch_bytes=8 << 20,
    )
    await consumer.start()
    try:
        left, started = events, time.perf_counter()
        while left > 0:
            batches = await consumer.getmany(timeout_ms=1_000)
            left -= sum(len(records) for records in batches.values())
        return time.perf_counter() - started
    finally:
        await consumer.stop()


if __name__ == "__main__":
    print(asyncio.run(read(sys.argv[1], int(sys.argv[2]))))
