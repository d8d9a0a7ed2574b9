"""A partition has one writer because ClickHouse refuses every other, whatever those believe."""

import json
import os
import signal
import socket
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from urllib.parse import quote

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import policies
from storage import ledger
from storage.chunks import Chunk
from storage.rows import ACCESS_EVENTS, Place
from storage.trail import Trail, TrailUnavailableError, connect
from stream.auditing import audit
from tests.audit.test_codec import an_event
from tests.storage import stale_writer
from tests.stream.test_auditing import PLACE, a_record
from tests.waiting import eventually

pytestmark = pytest.mark.slow

POLICY = policies.load_policy()
EVENT, MISUSE = json.dumps(an_event()).encode(), json.dumps(an_event(data_purpose="x")).encode()


def a_chunk(offsets, value=EVENT, place=PLACE):
    """A chunk with this record at each offset."""
    return audit(place, [a_record(offset, value) for offset in offsets], POLICY)


@pytest.mark.parametrize("table", ["access_events", "rejected_events", "findings"])
def test_a_former_writer_is_refused_and_leaves_nothing(trail, table):
    """Each of the tables refuses what begins after another's claim, and takes the other's."""
    former = trail.claim(PLACE)
    latest = trail.claim(PLACE)
    chunk = {
        "access_events": a_chunk(range(3)),
        "rejected_events": a_chunk(range(3), b"rubbish"),
        "findings": Chunk(PLACE, ACCESS_EVENTS.empty_table(), [], a_chunk(range(3), MISUSE).found),
    }[table]
    count = partial(trail.rows, f"SELECT count() FROM {table}")
    with pytest.raises(TrailUnavailableError, match="latest_writer"):
        trail.append(chunk, writer=former)
    assert count() == [(0,)]
    trail.append(chunk, writer=latest)
    assert count()[0][0] >= 3


def test_a_writer_of_one_partition_does_not_disturb_another(trail):
    """Claims count by partition and by the topic's id."""
    here, there = PLACE, Place(PLACE.topic_id, 7)
    ours = trail.claim(here)
    trail.append(a_chunk(range(2), place=there), writer=trail.claim(there))
    trail.append(a_chunk(range(2), place=here), writer=ours)
    assert [entry.rows for entry in ledger.read(trail)] == [2, 2]


def test_a_claim_that_arrives_late_takes_nothing_back(trail):
    """A request that was sent again, or was long on its way, says a number that has passed."""
    former = trail.claim(PLACE)
    latest = trail.claim(PLACE)
    row = [PLACE.topic_id, PLACE.partition, former]
    trail.client.insert("writers", [row], ["topic_id", "partition", "writer"])
    trail.append(a_chunk(range(2)), writer=latest)
    with pytest.raises(TrailUnavailableError, match="latest_writer"):
        trail.append(a_chunk(range(2, 4)), writer=former)


def test_nobody_writes_without_a_claim(trail):
    """Rows of no writer are refused, also those of an administrator's hand."""
    with pytest.raises(TrailUnavailableError, match="latest_writer"):
        trail.append(a_chunk(range(2)), writer="somebody")
    assert ledger.read(trail) == []


def test_an_insert_of_20_000_events_is_one_part(trail):
    """The look at the writer neither cuts an insert nor loses the server's own column."""
    trail.append(a_chunk(range(20_000)))
    parts = "SELECT count() FROM system.parts WHERE table = 'access_events' AND active AND "
    assert trail.rows(parts + "database = currentDatabase()") == [(1,)]
    fresh = "SELECT min(ingested_at) > now() - INTERVAL 1 MINUTE FROM access_events"
    assert trail.rows(fresh) == [(1,)]


def test_who_claims_waits_for_what_the_former_writer_has_begun(trail, database):
    """An insert that began before the claim may end after it: what it stored is held."""
    former = trail.claim(PLACE)
    host, _, name = database.removeprefix("http://").partition("/")
    address, port = host.split(":")
    columns = "(topic_id, partition, offset, received_at, writer)"
    query = quote(f"INSERT INTO access_events {columns} FORMAT JSONEachRow")
    row = json.dumps(
        {"topic_id": PLACE.topic_id, "partition": 2, "offset": 7, "writer": former}
    ).encode()
    head = (
        f"POST /?database={name}&query_id=gamsa-{PLACE.topic_id}-2-x&query={query} HTTP/1.1\r\n"
        f"Host: x\r\nContent-Length: {len(row)}\r\n\r\n"
    )
    with socket.create_connection((address, int(port))) as slow, ThreadPoolExecutor() as pool:
        slow.sendall(head.encode() + row[:10])
        running = "SELECT count() FROM system.processes WHERE query LIKE 'INSERT INTO access%'"
        eventually(lambda: trail.rows(running) == [(1,)])
        latest = trail.claim(PLACE)
        held = pool.submit(trail.held, PLACE, 0)
        with pytest.raises(TimeoutError):
            held.result(0.5)
        slow.sendall(row[10:])
        assert held.result(30) == {7}
        assert b"200 OK" in slow.recv(4096)
    trail.append(a_chunk([6, 7, 8]).without({7}), writer=latest)
    (entry,) = ledger.read(trail)
    assert (entry.rows, entry.missing, entry.duplicates) == (3, 0, 0)


class Writer:
    """One of several who each believe that a partition is theirs."""

    def __init__(self, trail, place, size):
        self.trail, self.place, self.size = trail, place, size
        self.name, self.held, self.next = "", None, 0

    def step(self, last):
        """Claim and ask, or store the next chunk; whether everything up to `last` is stored."""
        try:
            if self.held is None:
                self.name = self.trail.claim(self.place)
                self.held = self.trail.held(self.place, 0)
                return False
            stop = min(self.next + self.size, last)
            chunk = a_chunk(range(self.next, stop), place=self.place).without(self.held)
            self.trail.append(chunk, writer=self.name)
        except TrailUnavailableError:
            self.held = None
            return False
        self.next = stop
        return stop == last


@settings(
    max_examples=25,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(
    turns=st.lists(st.integers(0, 2), max_size=25),
    sizes=st.tuples(*[st.integers(1, 6)] * 3),
    partition=st.integers(0, 2**32 - 1),
)
def test_writers_who_take_turns_store_each_offset_once(trail, turns, sizes, partition):
    """Three who all believe to own the partition, in any order of their steps."""
    place = Place("turns", partition)
    trail.client.command("TRUNCATE TABLE access_events")
    writers = [Writer(trail, place, size) for size in sizes]
    for who in turns:
        writers[who].step(20)
    while not writers[0].step(20):
        pass
    (entry,) = [each for each in ledger.read(trail) if each.partition == partition]
    assert (entry.first_offset, entry.last_offset) == (0, 19)
    assert (entry.rows, entry.missing, entry.duplicates) == (20, 0, 0)


def test_writers_at_the_same_time_store_each_offset_once(trail, database):
    """Three at once, each claiming again when it is refused, until all have seen the end."""

    def write(size):
        client = connect(database)
        writer = Writer(Trail(client), PLACE, size)
        while not writer.step(300):
            pass
        client.close()

    with ThreadPoolExecutor() as pool:
        list(pool.map(write, (7, 10, 13)))
    (entry,) = ledger.read(trail)
    assert (entry.rows, entry.missing, entry.duplicates) == (300, 0, 0)


def test_a_process_that_was_stopped_and_woken_is_refused(trail, database):
    """Stopped between two chunks, it wakes in another's time and looks at nothing before it."""
    place, rows = stale_writer.PLACE, stale_writer.ROWS
    command = [sys.executable, "-m", "tests.storage.stale_writer", database, "100000"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as stale:
        for _ in range(5):
            assert stale.stdout.readline().startswith("stored")
        os.kill(stale.pid, signal.SIGSTOP)
        name = trail.claim(place)
        held = trail.held(place, 0)
        mine = a_chunk(range(max(held) + 1, max(held) + 1 + 5 * rows), place=place)
        trail.append(mine, writer=name)
        os.kill(stale.pid, signal.SIGCONT)
        said = stale.stdout.read().splitlines()
    assert said[-1].startswith("refused")
    assert "latest_writer" in said[-1]
    assert stale.returncode == 1
    (entry,) = ledger.read(trail)
    assert (entry.missing, entry.duplicates) == (0, 0)
    assert entry.rows == max(held) + 1 + 5 * rows
