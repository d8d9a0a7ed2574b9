"""What only shows over time is found while it happens, also by a worker that is killed."""

import json
import os
import signal
from datetime import UTC, datetime
from uuid import uuid4

import pytest
from kafka import KafkaConsumer

from audit.topics import ACCESS_EVENTS, BUSINESS_EVENTS, FINDINGS
from tests.audit.test_codec import an_event
from tests.waiting import eventually

pytestmark = pytest.mark.slow

SECONDS = 60.0
FOUND = """
SELECT finding_id, count, sentence, sentence_ko, status, length(event_ids)
FROM v_findings WHERE detector = 'bulk_reading' AND actor = {actor:String}
"""


def read_many(producer, actor, people):
    """So many people's records, read at this moment by one account."""
    now = datetime.now(UTC).isoformat(timespec="microseconds")
    for person in people:
        event = an_event(id=str(uuid4()), time=now, subject=f"member:{person}")
        event["data"]["actor"]["id"] = actor
        producer.send(ACCESS_EVENTS, json.dumps(event).encode(), key=actor.encode())
    producer.flush()


def found(trail, actor, events):
    """The findings of the account, once one of them rests on so many events."""
    rows = trail.rows(FOUND, {"actor": actor})
    return rows if rows and max(row[1] for row in rows) == events else None


def published(stack, finding_id, events):
    """Wait until the topic tells of the finding with so many events."""
    with KafkaConsumer(
        FINDINGS, bootstrap_servers=stack.kafka, auto_offset_reset="earliest"
    ) as consumer:

        def told():
            return [
                document
                for batch in consumer.poll(timeout_ms=500).values()
                for document in map(json.loads, (record.value for record in batch))
                if document["finding_id"] == finding_id and document.get("count") == events
            ]

        return eventually(told)[0]


def test_bulk_reading_is_found_while_it_happens(stack, trail, producer):
    """In view and topic, with every event, in words, and open to an investigator."""
    actor = f"staff:{uuid4().hex[:8]}"
    read_many(producer, actor, range(400))
    rows = eventually(lambda: found(trail, actor, 400), within=SECONDS)
    finding_id, _, sentence, sentence_ko, status, named = rows[0]
    assert actor in sentence
    assert actor in sentence_ko
    assert (status, named) == ("new", 400)
    assert len(published(stack, finding_id, 400)["event_ids"]) == 400


def test_a_killed_worker_finds_what_it_had_begun_to_find(stack, trail, producer):
    """The finding keeps its id, and every event is counted once."""
    actor = f"staff:{uuid4().hex[:8]}"
    read_many(producer, actor, range(70))
    before = eventually(lambda: found(trail, actor, 70), within=SECONDS)
    os.kill(stack.pids["worker-1"], signal.SIGKILL)
    read_many(producer, actor, range(70, 150))
    after = eventually(lambda: found(trail, actor, 150), within=SECONDS)
    assert {row[0] for row in before} <= {row[0] for row in after}


def test_business_events_are_kept_and_what_is_none_stalls_nothing(trail, producer):
    """They are rows once each; what cannot be read stays in the topic."""
    subject = f"member:{uuid4().hex[:8]}"
    for raw in (b"rubbish", json.dumps(a_payment(subject)).encode()):
        producer.send(BUSINESS_EVENTS, raw, key=subject.encode())
    producer.flush()
    query = "SELECT kind, reference FROM v_business_events WHERE subject = {subject:String}"
    rows = eventually(lambda: trail.rows(query, {"subject": subject}))
    assert [tuple(row) for row in rows] == [("paid", "reservation:1")]


def a_payment(subject):
    return {
        "specversion": "1.0",
        "id": str(uuid4()),
        "source": "/services/billing",
        "type": "gamsa.business.v1",
        "time": datetime.now(UTC).isoformat(),
        "subject": subject,
        "data": {"kind": "paid", "reference": "reservation:1"},
    }
