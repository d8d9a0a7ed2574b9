"""From a service to the view that people read, through everything in between."""

import json
import os
import subprocess
import urllib.request
from datetime import datetime
from uuid import uuid4

import pytest
from cloudevents.core.bindings import kafka
from cloudevents.core.formats.json import JSONFormat
from cloudevents.core.v1.event import CloudEvent
from kafka import KafkaConsumer, KafkaProducer

from audit.topics import ACCESS_EVENTS, ACCESS_EVENTS_DLQ, FINDINGS
from gamsa.home import default_home
from gamsa.kafka_jars import jars, java
from producers.access_log import AccessLog
from producers.wire import Actor, Client
from stream import topics
from tests.audit.test_codec import RUBBISH, an_event
from tests.waiting import eventually

pytestmark = pytest.mark.slow

STORED = "SELECT {columns} FROM v_access_events WHERE event_id = {{id:String}}"


def stored(trail, event_id, columns="verdict"):
    """The event's row in the view, once it is there."""
    query = STORED.format(columns=columns)
    return eventually(lambda: trail.rows(query, {"id": event_id}))[0]


def test_an_access_recorded_in_one_line_is_judged_and_stored(stack, trail, tmp_path):
    """What a service says is what the view shows, with a verdict."""
    with AccessLog("reservation", bootstrap=stack.kafka, home=tmp_path) as log:
        event_id = log.record(
            actor=Actor("staff:0417", "staff", "reservation_officer"),
            client=Client(ip="203.0.113.9"),
            subject="member:48213",
            action="read",
            file="user_personal_information",
            items=["name", "mobile"],
            purpose="marketing",
        )
    columns = "actor, subject, ip, items, purpose, verdict, reasons, producer, sequence"
    row = stored(trail, event_id, columns)
    assert row[:5] == (
        "staff:0417",
        "member:48213",
        "203.0.113.9",
        ["name", "mobile"],
        "marketing",
    )
    assert row[5] == "misuse"
    assert "unknown_purpose" in row[6]
    assert row[7:] == (log.producer, 0)


@pytest.mark.parametrize("to_message", [kafka.to_structured, kafka.to_binary])
def test_an_event_of_the_cloudevents_sdk_is_judged_like_ours(trail, producer, to_message):
    """Both content modes reach the trail; the exact bytes and headers are kept."""
    document = an_event(id=str(uuid4()))
    data, at = document.pop("data"), datetime.fromisoformat(document["time"])
    message = to_message(CloudEvent(attributes={**document, "time": at}, data=data), JSONFormat())
    headers = list(message.headers.items())
    producer.send(ACCESS_EVENTS, message.value, key=b"staff:0417", headers=headers).get(30)
    verdict, raw, names = stored(trail, document["id"], "verdict, hex(raw), headers.name")
    assert verdict == "allowed"
    assert bytes.fromhex(raw) == message.value
    assert names == [name for name, _ in headers]


def test_kafkas_own_console_producer_is_judged_like_ours(stack, trail):
    """Another program, in another language, from the same jars."""
    event_id = str(uuid4())
    command = [
        java(None),
        "-cp",
        f"{jars(default_home())}/*",
        "org.apache.kafka.tools.ConsoleProducer",
    ]
    subprocess.run(
        [*command, "--bootstrap-server", stack.kafka, "--topic", ACCESS_EVENTS],
        input=json.dumps(an_event(id=event_id, data_purpose="marketing")) + "\n",
        text=True,
        check=True,
        capture_output=True,
        timeout=60,
    )
    assert stored(trail, event_id) == ("misuse",)


def test_rubbish_is_kept_and_stalls_nothing(stack, trail, producer):
    """Each kind is in the view and the dead letters with its bytes; what follows is judged."""
    places = {}
    largest = os.urandom(topics.MAX_RECORD_BYTES - 120)  # as large as the topic takes
    for name, (raw, reason) in {**RUBBISH, "largest": (largest, "too_large")}.items():
        at = producer.send(ACCESS_EVENTS, raw, key=b"rubbish").get(30)
        places[at.partition, at.offset] = name, raw or b"", reason
    good = an_event(id=str(uuid4()))
    producer.send(ACCESS_EVENTS, json.dumps(good).encode(), key=b"rubbish").get(30)
    assert stored(trail, good["id"]) == ("allowed",)
    query = "SELECT partition, offset, reason, hex(raw) FROM v_rejected_events"
    rows = {(row[0], row[1]): (row[2], bytes.fromhex(row[3])) for row in trail.rows(query)}
    letters = dead_letters(stack, len(places))
    for place, (name, raw, reason) in places.items():
        assert rows[place] == (reason, raw), name
        assert letters[place] == (reason, raw), name


def test_a_record_larger_than_any_topic_takes_is_kept_whole(stack, trail):
    """Compressed it fits into the log; the dead letter shows its beginning, the trail all."""
    raw = b"a" * (40 << 20)
    producer = KafkaProducer(
        bootstrap_servers=stack.kafka, compression_type="gzip", max_request_size=64 << 20
    )
    at = producer.send(ACCESS_EVENTS, raw, key=b"rubbish").get(60)
    producer.close()
    query = (
        "SELECT length(raw) FROM v_rejected_events "
        "WHERE partition = {partition:UInt32} AND offset = {offset:UInt64}"
    )
    place = {"partition": at.partition, "offset": at.offset}
    assert eventually(lambda: trail.rows(query, place))[0][0] == len(raw)


class HeaderName(str):
    """A header name with a byte that is not UTF-8, as a producer in another language may send."""

    __slots__ = ()

    def encode(self, *_):
        return super().encode("latin-1")


def test_a_header_name_that_is_not_utf8_is_kept_and_stalls_nothing(trail, producer):
    """The event beside it in the batch is judged as well, and the name's bytes are in the view."""
    odd = [(HeaderName("caf\xe9"), b"1")]
    documents = [an_event(id=str(uuid4())) for _ in range(3)]
    for document in documents:
        value = json.dumps(document).encode()
        producer.send(ACCESS_EVENTS, value, key=b"odd", headers=odd)
    attributes = an_event()
    data = json.dumps(attributes.pop("data")).encode()
    binary = [(f"ce_{name}", str(value).encode()) for name, value in attributes.items()]
    binary.append((HeaderName("ce_\xe9"), b"1"))
    for value, headers in ((b"{", odd), (data, binary)):
        producer.send(ACCESS_EVENTS, value, key=b"odd", headers=headers).get(30)
    for document in documents:
        columns = "verdict, hex(headers[1].1)"
        assert stored(trail, document["id"], columns) == ("allowed", b"caf\xe9".hex().upper())
    query = "SELECT reason FROM v_rejected_events WHERE hex(headers[-1].1) = {name:String}"
    name = {"name": b"ce_\xe9".hex().upper()}
    assert eventually(lambda: trail.rows(query, name)) == [("not_utf8",)]


def dead_letters(stack, wanted):
    """Reason and bytes of every dead letter, by the place it came from."""
    consumer = KafkaConsumer(
        ACCESS_EVENTS_DLQ,
        bootstrap_servers=stack.kafka,
        auto_offset_reset="earliest",
        max_partition_fetch_bytes=topics.MAX_LETTER_BYTES,
    )
    letters = {}

    def read():
        for batch in consumer.poll(timeout_ms=500).values():
            for record in batch:
                headers = dict(record.headers)
                place = int(headers["gamsa-partition"]), int(headers["gamsa-offset"])
                letters[place] = headers["gamsa-reason"].decode(), record.value
        return len(letters) >= wanted

    with consumer:
        eventually(read)
    return letters


@pytest.mark.parametrize(
    "odd",
    [
        {"time": "1901-01-01T00:00:00+14:00", "data_collected_at": None},
        {"time": "2298-12-31T23:59:59-12:00"},
        {"subject": "member:\x00\x1b[31m", "source": "\x00", "data_justification": "\n" * 100_000},
        {"data_items": ["name"] * 100_000},
        {"sequence": 2**63 - 1, "epoch": 2**63 - 1, "data_records": 2**63 - 1},
    ],
    ids=["1901", "2298", "control characters", "many items", "large numbers"],
)
def test_an_odd_event_is_stored_like_any_other(trail, producer, odd):
    """What can be read can be judged and stored, at the edges of every type."""
    document = an_event(id=str(uuid4()), **odd)
    producer.send(ACCESS_EVENTS, json.dumps(document).encode(), key=b"odd").get(30)
    (same,) = stored(trail, document["id"], "length(raw)")
    assert same == len(json.dumps(document).encode())


def test_misuse_repeated_within_the_hour_is_one_finding(stack, trail, producer):
    """The view counts the events; the topic tells of each."""
    actor = {"id": f"staff:{uuid4()}", "kind": "staff", "role": "reservation_officer"}
    ids = [str(uuid4()) for _ in range(3)]
    for event_id in ids:
        document = an_event(id=event_id, data_actor=actor, data_purpose="marketing")
        producer.send(ACCESS_EVENTS, json.dumps(document).encode(), key=actor["id"].encode())
    producer.flush()
    query = (
        "SELECT finding_id, count, event_ids, severity, runbook FROM v_findings "
        "WHERE actor = {actor:String} AND detector = 'unknown_purpose'"
    )
    rows = eventually(
        lambda: [row for row in trail.rows(query, {"actor": actor["id"]}) if row[1] == 3]
    )
    assert len(rows) == 1
    finding_id, _, event_ids, severity, runbook = rows[0]
    assert sorted(event_ids) == sorted(ids)
    assert severity
    assert runbook
    told = KafkaConsumer(FINDINGS, bootstrap_servers=stack.kafka, auto_offset_reset="earliest")
    heard = set()

    def all_heard():
        for batch in told.poll(timeout_ms=500).values():
            heard.update(
                json.loads(record.value)["event_id"]
                for record in batch
                if record.key.decode() == finding_id
            )
        return heard == set(ids)

    with told:
        eventually(all_heard)


def test_an_event_of_before_the_policy_is_never_allowed(trail, producer):
    """Where no version was in force, that is the reason."""
    document = an_event(id=str(uuid4()), time="2015-05-17T10:05:03Z", data_collected_at=None)
    producer.send(ACCESS_EVENTS, json.dumps(document).encode(), key=b"staff:0417")
    assert stored(trail, document["id"], "verdict, reasons") == ("misuse", ["no_policy_in_force"])


def test_the_worker_tells_its_metrics(stack, trail, producer):
    """Events, misuse, lag, stages and the policy revision can be scraped."""
    document = an_event(id=str(uuid4()), data_purpose="marketing")
    producer.send(ACCESS_EVENTS, json.dumps(document).encode(), key=b"staff:0417")
    stored(trail, document["id"])
    with urllib.request.urlopen(stack.metrics, timeout=10) as page:
        text = page.read().decode()
    assert 'gamsa_events_total{file="user_personal_information",purpose="unknown"' in text
    assert 'gamsa_misuse_total{check="unknown_purpose"' in text
    for name in ("gamsa_lag_records", "gamsa_stage_seconds_bucket", "gamsa_policy_info"):
        assert f"\n{name}{{" in text
    assert "marketing" not in text
