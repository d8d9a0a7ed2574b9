"""What is written to the trail, on the real engine."""

import json
import socket
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import pytest

import policies
from audit.codec import Headers, Rejected
from storage import ledger, rows
from storage.chunks import Chunk
from storage.ledger import Entry, LogRange
from storage.rows import Place, Refused
from storage.trail import Trail, TrailUnavailableError, connect
from stream.auditing import audit
from tests.audit.test_codec import an_event
from tests.stream.test_auditing import PLACE, RECEIVED, a_record
from tests.waiting import eventually

pytestmark = pytest.mark.slow


@pytest.fixture(name="policy", scope="module")
def _policy():
    return policies.load_policy()


@pytest.fixture(name="chunk")
def _chunk(policy):
    """Four judged events, two of them misuse, and a refused record between them."""
    documents = [an_event(), an_event(data_purpose="x"), an_event(), an_event(data_purpose="x")]
    values = [json.dumps(document).encode() for document in documents]
    values.insert(2, b"\x00\xffrubbish")
    return audit(PLACE, [a_record(n, raw) for n, raw in enumerate(values)], policy)


def test_an_event_is_stored_as_it_was_said(trail, policy):
    """Every column of the view holds what the event holds, and the bytes are the same."""
    raw = json.dumps(an_event(), ensure_ascii=False).encode()
    headers: Headers = [("trace", b"\xff\x00")]
    trail.append(audit(PLACE, [a_record(5, raw, headers=headers)], policy))
    query = "SELECT * EXCEPT (ingested_at), raw = unhex({raw:String}) AS same FROM v_access_events"
    result = trail.client.query(query, parameters={"raw": raw.hex()})
    row = dict(zip(result.column_names, result.result_rows[0], strict=True))
    assert row["same"]
    assert (row["topic_id"], row["partition"], row["offset"]) == (PLACE.topic_id, 2, 5)
    assert row["received_at"].timestamp() * 1000 == RECEIVED
    assert row["occurred_at"].isoformat() == "2026-11-23T01:15:00.123456"
    assert row["collected_at"].isoformat() == "2026-09-01T00:00:00"
    assert (row["subject"], row["actor"], row["role"]) == (
        "member:48213",
        "staff:0417",
        "reservation_officer",
    )
    assert (row["ip"], row["cookie"]) == ("203.0.113.9", "c0ffee5e7f9a10")
    assert (row["path"], row["referrer"], row["items"]) == (
        "/reservations/812",
        "",
        ["name", "mobile"],
    )
    assert (row["producer"], row["epoch"], row["sequence"]) == ("reservation-7f", 3, 90211)
    assert (row["verdict"], row["reasons"]) == ("allowed", [])


def test_what_the_table_numbers_is_sent_as_numbers(trail):
    """The columns that are packed are those of low cardinality; the writer always is one text."""
    query = "SELECT name FROM system.columns WHERE database = currentDatabase() "
    query += "AND table = 'access_events' AND type = 'LowCardinality(String)'"
    assert {name for (name,) in trail.rows(query)} == {*rows.LOW_CARDINALITY, "writer"}


def test_what_is_stored_is_held(trail, chunk):
    """The trail knows which offsets it has, judged or refused."""
    trail.append(chunk)
    assert trail.held(PLACE, 0) == {0, 1, 2, 3, 4}
    assert trail.held(PLACE, 3) == {3, 4}
    assert trail.held(Place(PLACE.topic_id, 0), 0) == frozenset()


def test_a_repeated_chunk_leaves_nothing_twice(trail, chunk):
    """A worker that asks first adds only what is missing, and findings count events once."""
    half = chunk.without({3, 4})
    trail.append(half)
    trail.append(chunk.without(trail.held(PLACE, 0)))
    trail.append(Chunk(PLACE, rows.ACCESS_EVENTS.empty_table(), [], chunk.found))
    assert ledger.read(trail) == [Entry(PLACE.topic_id, 2, 0, 4, 5, 0, 0)]
    counts = trail.rows("SELECT count FROM v_findings WHERE detector = 'unknown_purpose'")
    assert [count for (count,) in counts] == [2]


def test_the_ledger_counts_what_is_missing_and_what_is_double(trail, chunk):
    """A hole and a repeat are told apart."""
    trail.append(chunk.without({1}))
    trail.append(chunk.without({0, 1, 2, 4}))
    (entry,) = ledger.read(trail)
    assert (entry.rows, entry.missing, entry.duplicates) == (5, 1, 1)


def test_the_ledger_is_held_against_kafkas_offsets(trail, chunk):
    """What Kafka keeps before the first stored offset is missing, after the last one it is lag."""
    trail.append(chunk.without({0}))
    (account,) = ledger.account(trail, {PLACE: LogRange(0, 9, 5)})
    assert (account.missing, account.duplicates, account.lag) == (1, 0, 4)


def test_the_ledger_of_a_partition_with_nothing_stored_is_all_lag(trail):
    """Not stored yet is not missing."""
    (account,) = ledger.account(trail, {PLACE: LogRange(3, 9, 0)})
    assert (account.rows, account.missing, account.lag) == (0, 0, 6)


def test_a_tail_that_was_said_to_be_stored_is_missing(trail, chunk):
    """Rows taken from the end, or a trail emptied, are missing and not lag."""
    log = {PLACE: LogRange(0, 9, 7)}  # 0 to 6 were said to be stored, 7 and 8 not yet
    (empty,) = ledger.account(trail, log)
    assert (empty.rows, empty.missing, empty.lag) == (0, 7, 2)
    trail.append(chunk)
    (cut,) = ledger.account(trail, log)
    assert (cut.rows, cut.missing, cut.lag) == (5, 2, 2)


def test_rejected_bytes_are_kept_exactly(trail, chunk):
    """The view shows the bytes that came, whatever they are."""
    trail.append(chunk)
    query = "SELECT hex(raw), reason, offset FROM v_rejected_events"
    assert list(trail.rows(query)) == [(b"\x00\xffrubbish".hex().upper(), "not_utf8", 2)]


def test_ten_mebibytes_of_rubbish_are_kept(trail):
    """Size is no reason to lose a record."""
    raw = b"[" * (10 << 20)
    refused = Refused(0, RECEIVED * 1000, Rejected("too_large", "10 MiB"), b"", (), raw)
    trail.append(Chunk(PLACE, rows.ACCESS_EVENTS.empty_table(), [refused], []))
    assert list(trail.rows("SELECT length(raw) FROM v_rejected_events")) == [(10 << 20,)]


def test_a_cut_connection_does_not_replay_an_insert(trail, chunk, database):
    """The server stored the rows and the answer got lost: the client must not send them again."""
    with _cutting_proxy(database) as url:
        broken = Trail(connect(url))
        _cut.set()
        with pytest.raises(TrailUnavailableError):
            broken.append(Chunk(PLACE, chunk.judged, [], []), writer=trail.claim(PLACE))
    assert trail.held(PLACE, 0) == {0, 1, 3, 4}
    (entry,) = ledger.read(trail)
    assert entry.duplicates == 0


@contextmanager
def _running_insert(trail, database, partitions):
    """An insert into these partitions that has begun and does not end."""
    host, _, name = database.removeprefix("http://").partition("/")
    address, port = host.split(":")
    head = (
        f"POST /?database={name}&query_id=gamsa-{PLACE.topic_id}-{partitions}-x"
        "&query=INSERT+INTO+access_events+FORMAT+JSONEachRow HTTP/1.1\r\n"
        "Host: x\r\nContent-Length: 1000\r\n\r\n{"
    )
    with socket.create_connection((address, int(port))) as writer:
        writer.sendall(head.encode())
        running = "SELECT count() FROM system.processes WHERE query LIKE 'INSERT INTO access%'"
        eventually(lambda: trail.rows(running)[0][0] == 1)
        yield writer


@pytest.mark.parametrize("partitions", ["12", "0.22.3"])
def test_who_takes_over_waits_for_nobody_elses_insert(trail, database, partitions):
    """Other partitions' inserts go on and on."""
    with _running_insert(trail, database, partitions):
        assert trail.held(PLACE, 0) == frozenset()


@pytest.mark.parametrize("partitions", ["2", "0.2.13"])
def test_who_takes_over_waits_for_the_insert_of_the_one_before(trail, database, partitions):
    """A killed writer may leave an insert running; what is held is known when it has ended."""
    with _running_insert(trail, database, partitions) as writer, ThreadPoolExecutor() as pool:
        held = pool.submit(trail.held, PLACE, 0)
        with pytest.raises(TimeoutError):
            held.result(0.5)
        writer.close()
        assert held.result(30) == frozenset()


_cut = threading.Event()


class _cutting_proxy:  # noqa: N801 (used as a function)
    """Passes connections on; once `_cut` is set it drops every answer and closes."""

    def __init__(self, database):
        host, _, self.path = database.removeprefix("http://").partition("/")
        self.address = (host.split(":")[0], int(host.split(":")[1]))

    def __enter__(self):
        _cut.clear()
        self.listener = socket.create_server(("127.0.0.1", 0))
        threading.Thread(target=self._accept, daemon=True).start()
        return f"http://127.0.0.1:{self.listener.getsockname()[1]}/{self.path}"

    def __exit__(self, *_):
        self.listener.close()

    def _accept(self):
        while True:
            try:
                client, _ = self.listener.accept()
            except OSError:
                return
            server = socket.create_connection(self.address)
            threading.Thread(target=_pass, args=(client, server), daemon=True).start()
            threading.Thread(target=_answer, args=(server, client), daemon=True).start()


def _pass(source, sink):
    try:
        while data := source.recv(65536):
            sink.sendall(data)
    except OSError:
        return


def _answer(server, client):
    try:
        while data := server.recv(65536):
            if _cut.is_set():  # the server has stored and answers: nobody hears it
                break
            client.sendall(data)
    except OSError:
        pass
    client.shutdown(socket.SHUT_RDWR)
    client.close()
    server.close()
