"""While a server is away the worker waits in its group, and then it goes on where it was."""

import asyncio
import json
import os
import subprocess
import sys
import threading
from contextlib import ExitStack, contextmanager
from functools import partial
from pathlib import Path

import psutil
import pytest
from kafka import KafkaAdminClient, KafkaProducer

import policies
from audit.topics import ACCESS_EVENTS, FINDINGS
from gamsa import broker
from gamsa.home import default_home
from gamsa.ports import LOOPBACK, free_port
from gamsa.programs import is_working, metrics_url, pings
from storage import ledger, migrate
from storage.trail import Trail, TrailUnavailableError, connect
from stream import metrics, topics
from stream.__main__ import LONGEST_STOP
from stream.app import make_app
from stream.inserts import Inserts
from stream.publishing import publish
from stream.settings import GROUP, Settings
from stream.storing import Lane
from tests.audit.test_codec import an_event
from tests.producers.conftest import all_of
from tests.stream.test_auditing import a_record
from tests.stream.test_storing import work_of
from tests.waiting import eventually

pytestmark = pytest.mark.slow

POLICY = Path(policies.__file__).parent / "seoul-reservation"
MOST_GROWTH = 200e6  # bytes
GOOD, MISUSE = (json.dumps(an_event(**more)).encode() for more in ({}, {"data_purpose": "x"}))


class Part:
    """A server or worker that can be killed and started again where it was."""

    def __init__(self, command, log, **environment):
        self.command, self.log = command, log
        self.environment = os.environ | environment
        self.start()

    def start(self):
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                self.command, stdout=log, stderr=log, env=self.environment
            )

    def kill(self):
        self.process.kill()
        self.process.wait()


class Parts:
    """A broker, an endpoint and what runs against them, in one folder."""

    def __init__(self, folder, stack):
        self.folder, self.stack = folder, stack
        self.kafka, command = broker.prepare(folder / "broker", cache=default_home())
        self.broker = self._part("broker", command)
        eventually(lambda: broker.answers(self.kafka))
        topics.ensure(self.kafka)

    def _part(self, name, command, **environment):
        part = Part(command, self.folder / f"{name}.log", **environment)
        self.stack.callback(part.kill)
        return part

    def add_clickhouse(self):
        port = free_port()
        self.clickhouse = f"http://{LOOPBACK}:{port}"
        data = ["--path", str(self.folder / "clickhouse"), "--port", str(port)]
        self.endpoint = self._part("endpoint", [sys.executable, "-m", "storage.embedded", *data])
        eventually(lambda: pings(self.clickhouse))
        client = connect(self.clickhouse)
        migrate.apply(client)
        self.trail = Trail(client)

    def add_worker(self, module="stream"):
        port = free_port()
        self.worker = self._part(
            "worker",
            [sys.executable, "-m", module, "--metrics-port", str(port)],
            GAMSA_KAFKA=self.kafka,
            GAMSA_CLICKHOUSE=self.clickhouse,
            GAMSA_POLICY=str(POLICY),
            GAMSA_HOME=str(self.folder),
        )
        eventually(lambda: is_working(metrics_url(port)))

    def send(self, events, value=GOOD):
        """Events to all partitions, acknowledged when this returns."""
        producer = KafkaProducer(bootstrap_servers=self.kafka, linger_ms=20)
        sent = [producer.send(ACCESS_EVENTS, value, key=b"%d" % n) for n in range(events)]
        producer.flush()
        producer.close()
        assert all(future.succeeded() for future in sent)

    def members(self):
        """Who is in the workers' group, each with a name that joining anew changes."""
        admin = KafkaAdminClient(bootstrap_servers=self.kafka)
        try:
            group = admin.describe_groups([GROUP])[GROUP]
            return {member["member_id"] for member in group["members"]}
        finally:
            admin.close()

    def rows(self):
        try:
            return sum(entry.rows for entry in ledger.read(self.trail))
        except TrailUnavailableError:
            return 0

    def memory(self):
        return psutil.Process(self.worker.process.pid).memory_info().rss

    def assert_exact(self, rows):
        """Every event stands in the trail once, and the worker is the process it was."""
        eventually(lambda: self.rows() >= rows, within=120)
        accounts = ledger.account(self.trail, topics.log_ranges(self.kafka))
        assert [(one.missing, one.duplicates, one.lag) for one in accounts] == [(0, 0, 0)] * 4
        assert self.rows() == rows
        assert self.worker.process.poll() is None


@pytest.fixture(name="parts")
def _parts(tmp_path):
    with ExitStack() as stack:
        yield Parts(tmp_path, stack)


@contextmanager
def sampled_growth(parts):
    """How much more memory the worker has had at any time than at the beginning."""
    growth, before, ended = [0], parts.memory(), threading.Event()

    def sample():
        while not ended.wait(0.1):
            growth.append(parts.memory() - before)

    thread = threading.Thread(target=sample, daemon=True)
    thread.start()
    try:
        yield growth
    finally:
        ended.set()
        thread.join()


def test_a_worker_waits_for_clickhouse_in_its_group_and_catches_up(parts):
    """It reads no further than it can hold, stays the same member, and loses nothing."""
    parts.add_clickhouse()
    parts.add_worker()
    parts.send(20_000)
    eventually(lambda: parts.rows() == 20_000)
    members = parts.members()
    parts.endpoint.kill()
    with sampled_growth(parts) as growth:
        for _ in range(5):  # longer than a session each, and more than is held in memory
            parts.send(30_000)
            eventually(_seconds(4))
    assert max(growth) < MOST_GROWTH
    assert parts.members() == members
    parts.endpoint.start()
    parts.assert_exact(170_000)
    assert parts.members() == members


def test_what_keeps_a_waiting_worker_in_its_group_is_the_limit_we_set(parts):
    """With a short limit it is soon in no group: so it would be with Faust's 1,000 seconds."""
    parts.add_clickhouse()
    parts.add_worker("tests.e2e.impatient_worker")
    members = parts.members()
    parts.endpoint.kill()
    for _ in range(3):
        parts.send(30_000)
    assert members
    eventually(lambda: not parts.members())


def test_a_worker_waits_for_kafka_and_goes_on_or_ends_as_told(parts):
    """It stays, as small as it was, goes on when the broker is back, and stops without one too."""
    parts.add_clickhouse()
    parts.add_worker()
    parts.send(20_000)
    eventually(lambda: parts.rows() == 20_000)
    parts.broker.kill()
    with sampled_growth(parts) as growth:
        eventually(_seconds(20))
    assert max(growth) < MOST_GROWTH
    assert parts.worker.process.poll() is None
    parts.broker.start()
    eventually(lambda: broker.answers(parts.kafka))
    parts.send(20_000)
    parts.assert_exact(40_000)
    parts.broker.kill()
    parts.worker.process.terminate()
    assert parts.worker.process.wait(LONGEST_STOP + 10) == 3


def test_a_finding_waits_for_kafka_before_its_event_is_stored(parts, trail_apart):
    """ClickHouse is there and Kafka is not: nothing is stored that was not published."""
    settings = Settings("w", parts.kafka, "", POLICY, parts.folder, 0)
    acknowledged = []

    async def run():
        producer = make_app(settings, "a topic").producer
        await producer.start()
        await asyncio.to_thread(parts.broker.kill)
        lane = Lane(Inserts(trail_apart), partial(publish, producer))
        records = [a_record(offset, MISUSE) for offset in range(3)]
        before = metrics.RETRIES._value.get()
        await lane.store(work_of(records, lambda: acknowledged.append(1)))
        waits = metrics.RETRIES._value
        await asyncio.to_thread(eventually, lambda: waits.get() > before)
        assert ledger.read(trail_apart) == []
        await asyncio.to_thread(parts.broker.start)
        await lane.empty()
        await producer.stop()

    asyncio.run(run())
    assert acknowledged == [1]
    (entry,) = ledger.read(trail_apart)
    assert (entry.rows, entry.missing, entry.duplicates) == (3, 0, 0)
    found = {json.loads(one.value)["finding_id"] for one in all_of(FINDINGS, parts.kafka)}
    stored = {row[0] for row in trail_apart.rows("SELECT DISTINCT finding_id FROM findings")}
    assert found == stored != set()


@pytest.fixture(name="trail_apart")
def _trail_apart(database):
    client = connect(database)
    migrate.apply(client)
    yield Trail(client)
    client.close()


def _seconds(seconds):
    """A condition that comes true after this time: what is tested is time itself."""
    ended = threading.Event()
    timer = threading.Timer(seconds, ended.set)
    timer.daemon = True
    timer.start()
    return ended.is_set
