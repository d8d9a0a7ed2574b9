"""The access log, the simulation and the replay with a real broker."""

import contextlib
import gc
import json
import time
from collections import defaultdict

import pytest
from click.testing import CliRunner
from kafka import KafkaConsumer
from kafka.structs import TopicPartition
from msgspec.structs import replace

from audit.topics import ACCESS_EVENTS
from gamsa.broker import running_broker
from gamsa.produce import replay_log, simulate
from producers import city, simulation, truth
from producers.access_log import AccessLog
from producers.errors import UndeliveredError
from stream import topics
from tests.producers.conftest import ON, a_reading, away_log

# kafka-python forgets the sockets of connections that were refused; they go with the garbage.
pytestmark = [pytest.mark.slow, pytest.mark.filterwarnings("ignore:unclosed:ResourceWarning")]


@pytest.fixture(autouse=True)
def _tidy():
    """Collect what kafka-python forgot before another test is blamed for it."""
    yield
    gc.collect()


@pytest.fixture(name="kafka", scope="module")
def _kafka(tmp_path_factory):
    """A broker with our topics."""
    with running_broker(tmp_path_factory.mktemp("kafka")) as bootstrap:
        topics.ensure(bootstrap)
        yield bootstrap


def records(bootstrap):
    """Every record of the topic, in the order of its partition."""
    with contextlib.closing(KafkaConsumer(bootstrap_servers=bootstrap)) as consumer:
        places = [
            TopicPartition(ACCESS_EVENTS, number)
            for number in sorted(consumer.partitions_for_topic(ACCESS_EVENTS))
        ]
        consumer.assign(places)
        consumer.seek_to_beginning(*places)
        ends, found = consumer.end_offsets(places), []
        while any(consumer.position(place) < ends[place] for place in places):
            for batch in consumer.poll(timeout_ms=1_000).values():
                found += batch
        return found


def by_producer(bootstrap):
    """The documents of the topic by (producer, epoch), in the order of their sequences."""
    found = defaultdict(list)
    for record in records(bootstrap):
        document = json.loads(record.value)
        assert record.key.decode() == document["data"]["actor"]["id"]
        found[document["producer"], document["epoch"]].append(document)
    return {
        name: sorted(documents, key=lambda document: document["sequence"])
        for name, documents in found.items()
    }


def test_everything_recorded_arrives_once_and_is_acknowledged(kafka, tmp_path):
    """The acknowledged set is the recorded set is what Kafka holds; the spool is empty."""
    receipts = []
    log = AccessLog("reservation", bootstrap=kafka, home=tmp_path, acknowledged=receipts.append)
    with log:
        ids = [a_reading(log) for _ in range(500)]
        log.flush()
        assert log.counts == (500, 500, 0, 0)
    held = by_producer(kafka)[log.producer, 1]
    assert [document["id"] for document in held] == ids
    assert [document["sequence"] for document in held] == list(range(500))
    assert {receipt.event_id for receipt in receipts} == set(ids)
    assert [one.name for one in (tmp_path / "producers" / log.producer).iterdir()] != []
    assert not list((tmp_path / "producers").rglob("*.log"))


def test_what_was_recorded_without_a_broker_arrives_at_the_next_start(kafka, tmp_path):
    """Events of an earlier epoch keep their numbers and come before new ones of their key."""
    with away_log(tmp_path) as away:
        ids = [a_reading(away) for _ in range(20)]
    with AccessLog("reservation", bootstrap=kafka, home=tmp_path) as log:
        ids.append(a_reading(log))
    held = by_producer(kafka)
    assert [one["id"] for one in held[log.producer, 1] + held[log.producer, 2]] == ids
    of_this = [
        json.loads(record.value)["id"]
        for record in records(kafka)
        if json.loads(record.value)["producer"] == log.producer
    ]
    assert of_this == ids


def test_an_event_that_kafka_refuses_is_named_and_stops_no_other(kafka, tmp_path):
    """One that is too large is in every report; those after it arrive."""
    log = AccessLog("reservation", bootstrap=kafka, home=tmp_path)
    huge = next(city.day(seed=1, on=ON, events=1)).event
    log.emit(replace(huge, subject="x" * (3 << 20)))
    a_reading(log)
    with pytest.raises(UndeliveredError, match="larger than") as told:
        log.close()
    assert told.value.undelivered == [(log.producer, 1, 0)]
    assert log.counts[1:] == (1, 1, 0)


def test_a_broker_that_comes_late_gets_everything(tmp_path):
    """The log starts before its broker, keeps what is recorded, and delivers it in order."""
    folder = tmp_path / "kafka"
    with running_broker(folder) as bootstrap:
        topics.ensure(bootstrap)
    log = AccessLog("reservation", bootstrap=bootstrap, home=tmp_path)
    ids = [a_reading(log) for _ in range(50)]
    with running_broker(folder):
        log.flush(timeout=60)
        ids += [a_reading(log) for _ in range(50)]
        log.flush(timeout=60)
    ids += [a_reading(log) for _ in range(50)]
    with running_broker(folder) as again:
        log.flush(timeout=60)
        assert [one["id"] for one in by_producer(again)[log.producer, 1]] == ids
        log.close()


def test_a_day_is_emitted_with_its_truth(kafka, tmp_path):
    """All three services emit, numbered each by itself, and the truth names planted events."""
    day = list(city.day(seed=5, on=ON, events=1_000))
    with simulation.open_logs(kafka, tmp_path) as logs:
        done = simulation.emit(day, logs)
        mine = {(log.producer, 1) for log in logs.values()}
    held = {name: one for name, one in by_producer(kafka).items() if name in mine}
    assert done[:3] == (1_000, 1_000, 0)
    assert len(held) == 3
    for documents in held.values():
        assert [one["sequence"] for one in documents] == list(range(len(documents)))
    ids = {document["id"] for documents in held.values() for document in documents}
    assert ids == {one.event.id for one in day}
    assert {one.event_id for one in done.planted} < ids


def test_emission_keeps_to_its_rate(kafka, tmp_path):
    """A hundred events at two hundred a second take half a second."""
    began = time.monotonic()
    with simulation.open_logs(kafka, tmp_path) as logs:
        simulation.emit(city.day(seed=6, on=ON, events=100), logs, rate=200)
    assert time.monotonic() - began >= 0.5


def test_the_simulate_command_says_what_became_of_the_day(kafka, tmp_path, monkeypatch):
    """It prints emitted, acknowledged and failed, and writes the truth."""
    monkeypatch.setenv("GAMSA_HOME", str(tmp_path))
    file = tmp_path / "truth.jsonl"
    said = CliRunner().invoke(
        simulate, ["--events", "600", "--truth", str(file), "--bootstrap", kafka]
    )
    assert said.exit_code == 0, said.output
    assert "emitted 600, acknowledged 600, failed 0" in said.stdout
    assert len(list(truth.read(file))) == len(city.VARIANTS)


def test_the_replay_command_names_what_it_cannot_read(kafka, tmp_path, monkeypatch):
    """Good lines arrive, the others are named by number and kept, and the status is 1."""
    monkeypatch.setenv("GAMSA_HOME", str(tmp_path))
    file, rejected = tmp_path / "access.log", tmp_path / "rejected.log"
    good = '1.2.3.4 - - [01/Jan/2026:00:00:00 +0900] "GET / HTTP/1.1" 200 1 "-" "x"\n'
    file.write_text(good + "rubbish\n" + good)
    said = CliRunner().invoke(
        replay_log, [str(file), "--rejected", str(rejected), "--bootstrap", kafka]
    )
    assert said.exit_code == 1
    assert "replayed 2, acknowledged 2" in said.stdout
    assert f"{file}:2: there is no time in brackets" in said.stderr
    assert rejected.read_text() == "rubbish\n"
