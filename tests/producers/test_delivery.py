"""The access log, the simulation and the replay with a real broker."""

import contextlib
import gc
import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections import Counter, defaultdict
from pathlib import Path

import psutil
import pytest
from click.testing import CliRunner
from kafka import KafkaAdminClient
from kafka.admin import NewTopic

from audit.topics import ACCESS_EVENTS
from gamsa.broker import running_broker
from gamsa.produce import simulate
from gamsa.replay import replay_log
from producers import city, simulation, truth
from producers.access_log import AccessLog
from producers.errors import UndeliveredError
from stream import topics
from tests.producers.conftest import ON, a_reading, all_of, away_log
from tests.waiting import eventually

# kafka-python forgets the sockets of connections that were refused; they go with the garbage.
pytestmark = [pytest.mark.slow, pytest.mark.filterwarnings("ignore:unclosed:ResourceWarning")]

WAITING = 60_000  # events


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
    """Every record of the access events, in the order of its partition."""
    return all_of(ACCESS_EVENTS, bootstrap)


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
    """One that its topic finds too large goes into quarantine; those beside it arrive."""
    with contextlib.closing(KafkaAdminClient(bootstrap_servers=kafka)) as admin:
        admin.create_topics([NewTopic("narrow", 1, 1, topic_configs={"max.message.bytes": 4000})])
    receipts = []
    log = AccessLog(
        "reservation",
        bootstrap=kafka,
        home=tmp_path,
        topic="narrow",
        acknowledged=receipts.append,
    )
    a_reading(log)
    large = a_reading(log, subject="x" * 5_000)
    with pytest.raises(UndeliveredError, match="refused for good"):
        log.confirm(large)
    log.confirm(a_reading(log))
    with pytest.raises(UndeliveredError, match=r"1 event .* is refused for good") as told:
        log.close()
    assert told.value.undelivered == told.value.refused == [(log.producer, 1, 1)]
    assert log.counts == (3, 2, 1, 0)
    assert {receipt.sequence for receipt in receipts} == {0, 2}
    (kept,) = (tmp_path / "producers" / log.producer / "quarantine").iterdir()
    assert json.loads(kept.read_bytes())["subject"] == "x" * 5_000
    with AccessLog("reservation", bootstrap=kafka, home=tmp_path, topic="narrow") as again:
        assert again.counts == (0, 0, 0, 0)


def test_what_failed_for_a_while_is_sent_again_in_its_order(tmp_path):
    """A broker that answers too late may get events twice, but never a later one first."""
    with running_broker(tmp_path / "kafka") as bootstrap:
        topics.ensure(bootstrap)
        with AccessLog("login", bootstrap=bootstrap, home=tmp_path) as first:
            a_reading(first)  # a broker's first answers take longest
        log = AccessLog(
            "reservation",
            bootstrap=bootstrap,
            home=tmp_path,
            request_timeout_ms=300,
            delivery_timeout_ms=400,
            linger_ms=1,
        )
        ids = [a_reading(log)]
        log.flush()
        (pid,) = (one.pid for one in psutil.process_iter() if listens(one, bootstrap))
        os.kill(pid, signal.SIGSTOP)
        try:
            ids += [a_reading(log) for _ in range(50)]
            assert eventually(lambda: log._carrier.trouble)
            for _ in range(200):
                ids.append(a_reading(log))
                threading.Event().wait(0.01)
        finally:
            os.kill(pid, signal.SIGCONT)
        ids += [a_reading(log) for _ in range(50)]
        log.close(timeout=120)
        found = [json.loads(record.value)["id"] for record in records(bootstrap)]
    assert [one for one in dict.fromkeys(found) if one in set(ids)] == ids


@contextlib.contextmanager
def paused(bootstrap):
    """While the broker at this address stands still."""
    (pid,) = [one.pid for one in psutil.process_iter() if listens(one, bootstrap)]
    os.kill(pid, signal.SIGSTOP)
    try:
        yield
    finally:
        os.kill(pid, signal.SIGCONT)


def anonymous_memory():
    """Bytes of this process's memory that are in no file, as those of a spool are."""
    rollup = Path("/proc/self/smaps_rollup").read_text(encoding="ascii")
    (line,) = [line for line in rollup.splitlines() if line.startswith("Anonymous:")]
    return int(line.split()[1]) * 1024


@pytest.mark.skipif(sys.platform != "linux", reason="the kernel's own figures are asked")
def test_a_broker_that_is_away_costs_a_service_little_memory(tmp_path):
    """What waits is on disk: 60,000 events take less than half of their size in memory."""
    with running_broker(tmp_path / "kafka") as bootstrap:
        topics.ensure(bootstrap)
        with AccessLog("reservation", bootstrap=bootstrap, home=tmp_path) as log:
            a_reading(log)
            log.flush()
            with paused(bootstrap):
                before, size = anonymous_memory(), 0
                for _ in range(WAITING):
                    a_reading(log, justification="j" * 1_500)
                size = log._outstanding.bytes
                grown = anonymous_memory() - before
            log.flush(timeout=250)
            assert log.counts == (WAITING + 1, WAITING + 1, 0, 0)
    assert size > WAITING * 1_500
    assert grown < size / 2


def listens(process, bootstrap):
    """Whether this child of ours is the broker at this address."""
    if process.ppid() != os.getpid() or process.status() == psutil.STATUS_ZOMBIE:
        return False
    return any(
        one.laddr.port == int(bootstrap.rpartition(":")[2])
        for one in process.net_connections(kind="tcp")
        if one.status == psutil.CONN_LISTEN
    )


def test_a_process_killed_while_it_emits_loses_nothing(kafka, tmp_path):
    """After `kill -9` and a restart every recorded event is in Kafka, numbered without a hole.

    What is there twice was sent and not yet heard to be acknowledged: never one that was.
    """
    said, acknowledged = tmp_path / "recorded", tmp_path / "acknowledged"
    process = subprocess.Popen([sys.executable, "-c", EMIT, kafka, tmp_path, said, acknowledged])
    assert eventually(lambda: acknowledged.exists() and acknowledged.stat().st_size > 3_000 * 37)
    process.kill()
    process.wait()
    recorded = whole_lines(said)
    assert len(recorded) > 3_000
    with AccessLog("reservation", bootstrap=kafka, home=tmp_path) as log:
        taken_over = log.counts.recorded
    found = Counter()
    numbers = {}
    for record in records(kafka):
        document = json.loads(record.value)
        if document["producer"] == log.producer:
            found[document["id"]] += 1
            numbers[document["id"]] = document["sequence"]
    assert not set(recorded) - set(found)
    assert not set(whole_lines(acknowledged)) - set(found)
    assert [numbers[one] for one in recorded] == list(range(len(recorded)))
    assert len(found) - len(recorded) <= 1  # recorded, and killed before it could say so
    repeated = {one for one, times in found.items() if times > 1}
    assert len(repeated) <= taken_over
    assert not repeated & set(whole_lines(acknowledged)[:-1])


EMIT = """
import itertools, sys
from producers.access_log import AccessLog
from producers.wire import Actor
kafka, home, said, acknowledged = sys.argv[1:]
with open(said, "w", 1) as recorded, open(acknowledged, "w", 1) as arrived:
    log = AccessLog("reservation", bootstrap=kafka, home=home,
                    acknowledged=lambda receipt: arrived.write(receipt.event_id + "\\n"))
    for number in itertools.count():
        recorded.write(log.record(actor=Actor(f"staff:{number % 50}", "staff", "x"), action="read",
                       file="f", items=("i",), purpose="p") + "\\n")
"""


def whole_lines(file):
    """The lines of a file whose writer was killed, without one that was cut."""
    return [
        line.strip() for line in file.read_text().splitlines(keepends=True) if line[-1] == "\n"
    ]


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
        mine = {(log.producer, 1) for log in logs.access.values()}
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


def test_the_replay_command_accounts_for_each_line_of_an_auth_log(kafka, tmp_path, monkeypatch):
    """Logins arrive, other lines are counted, and what cannot be read is named and kept."""
    monkeypatch.setenv("GAMSA_HOME", str(tmp_path))
    file, rejected = tmp_path / "auth.log", tmp_path / "rejected.log"
    head = "Nov 24 10:15:00 gate "
    failed = head + "sshd[7]: Failed password for root from 203.0.113.9 port 1 ssh2\n"
    file.write_text(failed + head + "CRON[9]: session opened\n" + "rubbish\n" + failed)
    asked = [str(file), "--format", "auth", "--year", "2025", "--rejected", str(rejected)]
    said = CliRunner().invoke(replay_log, [*asked, "--service", "ssh", "--bootstrap", kafka])
    assert said.exit_code == 1
    assert "replayed 2, acknowledged 2, passed over 1 lines that are no login" in said.stdout
    assert f"{file}:3: it does not begin with time, host and program" in said.stderr
    assert rejected.read_text() == "rubbish\n"
    held = [json.loads(record.value) for record in records(kafka)]
    times = [one["time"] for one in held if one["source"] == "/services/ssh"]
    assert times == ["2025-11-24T10:15:00+09:00"] * 2
