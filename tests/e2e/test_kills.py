"""Whatever is killed while events flow: each acknowledged event is stored once."""

import json
import os
import signal
import threading
import time
from uuid import uuid4

import pytest
from kafka import KafkaProducer

from audit.topics import ACCESS_EVENTS
from gamsa.local_stack import local_stack
from storage import ledger
from storage.trail import Trail, TrailUnavailableError, connect
from stream import topics
from tests.audit.test_codec import an_event
from tests.waiting import eventually

pytestmark = pytest.mark.slow


class Load(threading.Thread):
    """Sends events as fast as they are acknowledged, and remembers which were."""

    def __init__(self, bootstrap):
        super().__init__(daemon=True)
        self.acknowledged = []
        self.stopping = threading.Event()
        self.producer = KafkaProducer(
            bootstrap_servers=bootstrap,
            acks="all",
            linger_ms=5,
            delivery_timeout_ms=90_000,
            reconnect_backoff_max_ms=1_000,
        )

    def run(self):
        waiting = []
        while not self.stopping.is_set():
            event_id = str(uuid4())
            actor = {"id": f"staff:{event_id[:2]}", "kind": "staff", "role": "reservation_officer"}
            value = json.dumps(an_event(id=event_id, data_actor=actor)).encode()
            future = self.producer.send(ACCESS_EVENTS, value, key=actor["id"].encode())
            waiting.append((event_id, future))
            if len(waiting) >= 2_000:
                self._collect(waiting)
        self._collect(waiting)
        self.producer.close()

    def _collect(self, waiting):
        self.producer.flush()
        self.acknowledged += [event_id for event_id, future in waiting if future.succeeded()]
        waiting.clear()


def test_every_acknowledged_event_is_stored_once_whatever_is_killed(tmp_path):
    """Kill -9 of worker, endpoint and broker, each in turn under load; the ledger stays exact."""
    with local_stack(tmp_path / "home") as stack:
        load = Load(stack.kafka)
        load.start()
        for victim in ("worker-1", "clickhouse", "broker", "worker-1"):
            sent = len(load.acknowledged)
            eventually(lambda sent=sent: len(load.acknowledged) > sent + 4_000)
            _kill(stack, victim)
        assert _all_stored_once(stack, load) > 16_000


def test_a_worker_that_was_paused_writes_nothing_that_another_has_written(tmp_path):
    """Stopped for longer than its session while a second takes over, then woken, three times."""
    with local_stack(tmp_path / "home", workers=2) as stack:
        load = Load(stack.kafka)
        load.start()
        for victim in ("worker-1", "worker-2", "worker-1"):
            sent = len(load.acknowledged)
            eventually(lambda sent=sent: len(load.acknowledged) > sent + 4_000)
            pid = stack.pids[victim]
            os.kill(pid, signal.SIGSTOP)
            time.sleep(LONGER_THAN_A_SESSION)
            os.kill(pid, signal.SIGCONT)
            eventually(lambda pid=pid, victim=victim: stack.pids.get(victim, pid) != pid)
        assert _all_stored_once(stack, load) > 12_000


SUMMED_UP = """
SELECT sum(accesses) FROM (SELECT hour, count() AS accesses FROM v_access_hours GROUP BY hour)
SETTINGS force_optimize_projection = 1
"""
LONGER_THAN_A_SESSION = 9.0  # seconds; what is tested is time itself


def _all_stored_once(stack, load):
    """Stop the load; each acknowledged event must be stored once. Returns how many there are."""
    load.stopping.set()
    load.join(120)
    acknowledged = set(load.acknowledged)
    trail = eventually(lambda: _trail(stack))
    accounts = eventually(lambda: _caught_up(trail, stack), within=120)
    assert [(one.missing, one.duplicates) for one in accounts] == [(0, 0)] * len(accounts)
    rows = [event_id for (event_id,) in trail.rows("SELECT event_id FROM v_access_events")]
    stored = [event_id for event_id in rows if event_id in acknowledged]
    assert len(stored) == len(acknowledged)
    assert set(stored) == acknowledged
    assert trail.rows(SUMMED_UP) == [(len(rows),)]
    return len(acknowledged)


def _kill(stack, name):
    killed = eventually(lambda: _signalled(stack, name))
    eventually(lambda: stack.pids.get(name, killed) != killed)


def _signalled(stack, name):
    """The pid that was killed; None while the process is away, as one whose server was killed."""
    pid = stack.pids.get(name)
    try:
        return pid and (os.kill(pid, signal.SIGKILL) or pid)
    except ProcessLookupError:
        return None


def _trail(stack):
    try:
        return Trail(connect(stack.clickhouse))
    except TrailUnavailableError:
        time.sleep(0.5)
        return None


def _caught_up(trail, stack):
    try:
        accounts = ledger.account(trail, topics.log_ranges(stack.kafka))
    except (TrailUnavailableError, topics.KafkaUnavailableError):
        return None
    return accounts if all(one.lag == 0 for one in accounts) else None
