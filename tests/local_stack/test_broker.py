"""The local broker by itself."""

import pytest
from kafka import KafkaConsumer, KafkaProducer
from kafka.admin import KafkaAdminClient, NewTopic

from gamsa.broker import LARGEST_MESSAGE, running_broker

pytestmark = pytest.mark.slow

TEN_MIB = 10 * 1024 * 1024


def test_a_broker_keeps_its_address_and_its_records(tmp_path):
    """Started again on its folder, a broker is found where it was, with a 10 MiB record whole."""
    with running_broker(tmp_path) as bootstrap:
        admin = KafkaAdminClient(bootstrap_servers=bootstrap)
        admin.create_topics([NewTopic("kept", 1, 1)])
        admin.close()
        producer = KafkaProducer(bootstrap_servers=bootstrap, max_request_size=LARGEST_MESSAGE)
        sent = producer.send("kept", b"x" * TEN_MIB, timestamp_ms=1).get(timeout=30)
        producer.close()
        assert sent.offset == 0
    with running_broker(tmp_path) as again:
        assert again == bootstrap
        with KafkaConsumer(
            "kept", bootstrap_servers=again, auto_offset_reset="earliest"
        ) as consumer:
            record = next(consumer)
    assert len(record.value) == TEN_MIB
    assert record.timestamp > 1  # the broker's clock, whatever the producer claims
