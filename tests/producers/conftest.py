"""A simulated day, and an access log whose broker is away."""

from contextlib import closing, contextmanager, suppress
from datetime import date

import pytest
from kafka import KafkaConsumer, TopicPartition

from producers import city
from producers.access_log import AccessLog
from producers.errors import UndeliveredError
from producers.wire import Actor, Client

ON = date(2026, 11, 22)
AWAY = "127.0.0.1:1"
OFFICER = Actor("staff:0417", "staff", "reservation_officer", "seoul-metropolitan-government")


@pytest.fixture(name="day", scope="session")
def _day():
    """Three thousand events of one day."""
    return list(city.day(seed=3, on=ON, events=3_000))


def all_of(topic, bootstrap):
    """Every record of a topic, in the order of its partition."""
    with closing(KafkaConsumer(bootstrap_servers=bootstrap)) as consumer:
        places = [
            TopicPartition(topic, number)
            for number in sorted(consumer.partitions_for_topic(topic))
        ]
        consumer.assign(places)
        consumer.seek_to_beginning(*places)
        ends, found = consumer.end_offsets(places), []
        while any(consumer.position(place) < ends[place] for place in places):
            for batch in consumer.poll(timeout_ms=1_000).values():
                found += batch
        return found


@contextmanager
def away_log(home, **settings):
    """An access log without a broker; what it records stays in its spool."""
    log = AccessLog("reservation", bootstrap=AWAY, home=home, bootstrap_timeout_ms=50, **settings)
    try:
        yield log
    finally:
        with suppress(UndeliveredError):
            log.close(timeout=0)


def a_reading(log, **changes):
    """Record an officer's ordinary reading, in which only `changes` matter."""
    ordinary = {
        "actor": OFFICER,
        "action": "read",
        "file": "user_personal_information",
        "items": ("name", "mobile"),
        "purpose": "reservation.processing",
        "legal_basis": "consent",
        "subject": "member:48213",
        "client": Client(ip="203.0.113.9"),
    }
    return log.record(**{**ordinary, **changes})
