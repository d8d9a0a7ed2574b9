"""What producers numbered is reconciled with what is stored, through everything in between."""

import json
import os
import signal
import subprocess
import sys
import time
import urllib.request
from uuid import uuid4

import pytest
from kafka import KafkaConsumer

from audit.completeness import DETECTOR
from audit.topics import ACCESS_EVENTS, FINDINGS, PRODUCER_HEARTBEATS
from gamsa.emission import yesterday
from gamsa.reconcile import reconciled, summary
from producers import city, simulation
from tests.audit.test_codec import an_event
from tests.waiting import eventually

pytestmark = pytest.mark.slow

A_MINUTE = 60.0
FOUND = """
SELECT event_ids, severity, detail, count FROM v_findings
WHERE detector = 'sequence_hole' AND actor = {producer:String} ORDER BY finding_id
"""


def told(stack, producer):
    """What `gamsa reconcile --json` tells, of one producer."""
    found = summary(reconciled(stack.kafka, stack.clickhouse, 2))  # the hour may be over by now
    return {
        what: [one for one in found[what] if one["producer"] == producer]
        for what in ("hours", "holes", "silent")
    }


def send(producer, name, *sequences, **changes):
    """Write numbered events straight into Kafka, each keyed by an actor of its own."""
    for sequence in sequences:
        event = an_event(id=str(uuid4()), producer=name, epoch=1, sequence=sequence, **changes)
        producer.send(ACCESS_EVENTS, json.dumps(event).encode(), key=str(sequence).encode())
    producer.flush()


def missing(hole):
    return hole["first"], hole["last"]


def test_a_skipped_number_is_a_finding_within_a_minute_until_it_arrives(stack, trail, producer):
    """Producer and numbers are named in view, topic, metric and `gamsa reconcile`."""
    name = f"skipping-{uuid4().hex[:8]}"
    send(producer, name, 0, 1, 2, 4, 5, 8)
    began = time.monotonic()
    rows = eventually(lambda: two_of(trail.rows(FOUND, {"producer": name})), within=A_MINUTE)
    assert time.monotonic() - began < A_MINUTE
    assert sorted(row[0] for row in rows) == [[f"{name}/1/3"], [f"{name}/1/6-7"]]
    assert {row[1] for row in rows} == {"high"}
    assert {row[3] for row in rows} == {1}
    assert any("sequence 3;" in row[2] and name in row[2] for row in rows)
    assert {one["first_sequence"] for one in published(stack, name, 2)} == {3, 6}
    with urllib.request.urlopen(stack.metrics, timeout=10) as page:
        assert f'gamsa_producer_missing_events{{producer="{name}"}} 3.0' in page.read().decode()
    assert [missing(hole) for hole in told(stack, name)["holes"]] == [(3, 3), (6, 7)]
    send(producer, name, 3, 6, 7)
    eventually(lambda: not told(stack, name)["holes"])
    (hour,) = told(stack, name)["hours"]
    assert (hour["emitted"], hour["judged"], hour["stored"]) == (9, 9, 9)


def two_of(rows):
    return rows if len(rows) == 2 else None


def published(stack, name, wanted):
    """The findings of this producer in the topic, once there are as many."""
    found = {}
    with KafkaConsumer(
        FINDINGS, bootstrap_servers=stack.kafka, auto_offset_reset="earliest"
    ) as consumer:

        def read():
            for batch in consumer.poll(timeout_ms=500).values():
                for record in batch:
                    document = json.loads(record.value)
                    if document["detector"] == DETECTOR and document["producer"] == name:
                        found[document["finding_id"]] = document
            return len(found) >= wanted

        eventually(read)
    return list(found.values())


def test_a_rejected_record_is_accounted_for(stack, producer):
    """What has a number and is no access event leaves no hole."""
    name = f"rejected-{uuid4().hex[:8]}"
    send(producer, name, 0)
    send(producer, name, 1, data_actor=None)
    send(producer, name, 2)
    hours = eventually(lambda: [one for one in told(stack, name)["hours"] if one["judged"] == 3])
    assert (hours[0]["emitted"], hours[0]["stored"]) == (3, 3)
    assert not told(stack, name)["holes"]


def test_a_simulated_day_reconciles_completely(stack):
    """All four points are the same for each service, and each has ended with a word."""
    with simulation.open_logs(stack.kafka, stack.home) as logs:
        simulation.emit(city.day(seed=9, on=yesterday(), events=2_000), logs)
        names = [log.producer for log in logs.access.values()]

    def hours():
        found = [hour for name in names for hour in told(stack, name)["hours"]]
        return found if sum(hour["stored"] for hour in found) == 2_000 else None

    for hour in eventually(hours):
        points = {hour[point] for point in ("emitted", "in_kafka", "judged", "stored")}
        assert len(points) == 1
    for name in names:
        assert not told(stack, name)["holes"]
        assert not told(stack, name)["silent"]


RECORD_FOR_EVER = """
import sys
from producers.access_log import AccessLog
from producers.wire import Actor
log = AccessLog("killed", bootstrap=sys.argv[1], home=sys.argv[2])
print(log.producer, flush=True)
while not log.counts.recorded >= int(sys.argv[3]):
    log.record(actor=Actor("staff:1", "staff", "reservation_officer"), action="read",
               file="user_personal_information", items=["name"], purpose="reservation.processing")
if sys.argv[4] == "end":
    log.close()
else:
    log.flush()
    sys.stdin.read()
"""


def recorder(stack, home, events, then):
    """A service of its own process that records so many events, and then ends or waits."""
    command = [sys.executable, "-c", RECORD_FOR_EVER, stack.kafka, str(home), str(events), then]
    return subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)


def test_a_killed_producer_is_silent_until_its_next_epoch(stack, tmp_path):
    """Killed without a word it is named; started again, both epochs reconcile."""
    with recorder(stack, tmp_path, 500, "wait") as killed:
        name = killed.stdout.readline().strip()
        eventually(lambda: sum(hour["stored"] for hour in told(stack, name)["hours"]) == 500)
        os.kill(killed.pid, signal.SIGKILL)
    (silent,) = eventually(lambda: told(stack, name)["silent"], within=A_MINUTE + 20)
    assert (silent["producer"], silent["epoch"]) == (name, 1)
    page = eventually(
        lambda: metrics_of(stack, f'gamsa_producer_silent_seconds{{producer="{name}')
    )
    assert page
    with recorder(stack, tmp_path, 300, "end") as again:
        assert again.stdout.readline().strip() == name
    hours = eventually(lambda: two_of(told(stack, name)["hours"]))
    assert [(one["epoch"], one["emitted"], one["stored"]) for one in hours] == [
        (1, 500, 500),
        (2, 300, 300),
    ]
    assert not told(stack, name)["silent"]
    assert not told(stack, name)["holes"]


def metrics_of(stack, line):
    with urllib.request.urlopen(stack.metrics, timeout=10) as page:
        return line in page.read().decode()


def test_what_is_no_heartbeat_stalls_nothing(stack, producer):
    """It is counted by its reason, and the next heartbeat is stored."""
    name = f"odd-{uuid4().hex[:8]}"
    for raw in (None, b"\xff", b"{}", json.dumps(a_heartbeat(name, time="today")).encode()):
        producer.send(PRODUCER_HEARTBEATS, raw, key=name.encode()).get(30)
    heartbeat = json.dumps(a_heartbeat(name)).encode()
    producer.send(PRODUCER_HEARTBEATS, heartbeat, key=name.encode()).get(30)
    hours = eventually(lambda: told(stack, name)["hours"])
    assert (hours[0]["emitted"], hours[0]["in_kafka"], hours[0]["judged"]) == (7, 5, 0)
    eventually(lambda: metrics_of(stack, 'gamsa_rejected_heartbeats_total{reason="not_utf8"}'))


def a_heartbeat(name, **changes):
    """A foreign producer's heartbeat: seven numbered, five of them acknowledged."""
    now = time.strftime("%Y-%m-%dT%H:00:00Z", time.gmtime())
    hour = {"hour": now, "first_sequence": 0, "next_sequence": 7, "acknowledged": 5}
    return {
        "specversion": "1.0",
        "id": str(uuid4()),
        "source": "/services/foreign",
        "type": "gamsa.heartbeat.v1",
        "time": now,
        "producer": name,
        "epoch": 1,
        "sequence": 0,
        "data": {"next_sequence": 7, "settled": 5, "hours": [hour]},
        **changes,
    }
