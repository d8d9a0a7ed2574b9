"""One local stack for all end-to-end tests: real broker, real engine, one worker.

Prometheus watches it where it is installed.
"""

import pytest
from kafka import KafkaProducer

from gamsa.local_stack import local_stack
from storage.trail import Trail, connect


@pytest.fixture(name="stack", scope="package")
def _stack(tmp_path_factory):
    with local_stack(tmp_path_factory.mktemp("stack"), monitored=True) as stack:
        yield stack


@pytest.fixture(name="trail", scope="package")
def _trail(stack):
    client = connect(stack.clickhouse)
    yield Trail(client)
    client.close()


@pytest.fixture(name="producer", scope="package")
def _producer(stack):
    """A producer that sends whatever it is given."""
    producer = KafkaProducer(bootstrap_servers=stack.kafka, max_request_size=17 << 20)
    yield producer
    producer.close()
