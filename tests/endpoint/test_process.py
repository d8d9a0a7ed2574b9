"""The endpoint as a process: its directory, its port, its end."""

import os
import shutil
import signal
import socket
import subprocess
import threading
import time
from http.client import HTTPConnection, HTTPException

import pytest

pytestmark = pytest.mark.slow

CHUNKED = "Transfer-Encoding: chunked\r\n\r\n3e8\r\n"


def _query(endpoint, sql):
    connection = HTTPConnection(endpoint.host, endpoint.port, timeout=60)
    try:
        connection.request("POST", "/", sql.encode())
        response = connection.getresponse()
        data = response.read().decode()
        assert response.status == 200, data
        return data
    finally:
        connection.close()


def test_every_acknowledged_insert_survives_kill(start, tmp_path):
    """After kill -9 amid inserts all acknowledged rows are there, none torn."""
    first = start(tmp_path)
    _query(first, "CREATE TABLE t (a UInt64) ENGINE = MergeTree ORDER BY a")
    acknowledged = []
    enough = threading.Event()

    def insert():
        number = 0
        try:
            while True:
                _query(first, f"INSERT INTO t SELECT {number} FROM numbers(100)")
                acknowledged.append(number)
                number += 1
                if number == 50:
                    enough.set()
        except (OSError, HTTPException):
            return

    writer = threading.Thread(target=insert)
    writer.start()
    assert enough.wait(60)
    first.stop(signal.SIGKILL)
    writer.join()
    found = _query(start(tmp_path), "SELECT a, count() FROM t GROUP BY a ORDER BY a")
    rows = dict(line.split("\t") for line in found.splitlines())
    assert set(map(str, acknowledged)) <= set(rows)
    assert set(rows.values()) == {"100"}


def test_a_second_process_is_refused(start, tmp_path):
    """A directory has one owner; the second gets a sentence and exit 3."""
    start(tmp_path)
    second = start(tmp_path)
    status, said = second.stop()
    assert status == 3
    assert "in use by another endpoint" in said
    assert said.count("\n") == 1


def test_a_taken_port_is_said(start, tmp_path):
    """A port that is taken gives a sentence and exit 3."""
    first = start(tmp_path / "a")
    second = start(tmp_path / "b", "--port", str(first.port))
    status, said = second.stop()
    assert status == 3
    assert "can't be listened on" in said


def test_a_terminated_endpoint_ends_its_inserts(start, tmp_path):
    """SIGTERM lets a running insert end, and the exit status is 0."""
    endpoint = start(tmp_path)
    _query(endpoint, "CREATE TABLE t (a UInt64) ENGINE = MergeTree ORDER BY a")
    connection = HTTPConnection(endpoint.host, endpoint.port, timeout=60)
    connection.putrequest("POST", "/?query=INSERT+INTO+t+FORMAT+TSV")
    connection.putheader("Content-Length", "4")
    connection.putheader("Expect", "100-continue")
    connection.endheaders(b"1\n")
    assert connection.sock.recv(25).startswith(b"HTTP/1.1 100")  # the insert has begun
    endpoint.process.send_signal(signal.SIGTERM)
    connection.send(b"2\n")
    assert connection.getresponse().status == 200
    connection.close()
    assert endpoint.stop() == (0, "")
    assert _query(start(tmp_path), "SELECT sum(a) FROM t") == "3\n"


def test_more_signals_change_nothing(start, tmp_path):
    """However often it is told to stop, the endpoint ends once, cleanly and without a word."""
    endpoint = start(tmp_path)
    end = time.monotonic() + 60
    while endpoint.process.poll() is None:
        assert time.monotonic() < end
        endpoint.process.send_signal(signal.SIGTERM)
        time.sleep(0.001)
    assert endpoint.stop() == (0, "")


@pytest.mark.parametrize(("durability", "syncs"), [("page-cache", False), ("fsync", True)])
def test_durability_is_what_it_says(start, tmp_path, durability, syncs):
    """With fsync an insert syncs its files and its directory; without it does not."""
    endpoint = start(tmp_path, "--durability", durability)
    _query(endpoint, "CREATE TABLE t (a UInt64) ENGINE = MergeTree ORDER BY a")
    counts = "SELECT sum(value) FROM system.events WHERE event IN ('FileSync', 'DirectorySync')"
    before = int(_query(endpoint, counts))
    _query(endpoint, "INSERT INTO t VALUES (1)")
    assert (int(_query(endpoint, counts)) > before) is syncs


def test_too_many_queries_are_refused(start, tmp_path):
    """Beyond the queue a query is ClickHouse's error 202."""
    endpoint = start(tmp_path, "--max-running", "1", "--max-waiting", "0")
    slow = HTTPConnection(endpoint.host, endpoint.port, timeout=60)
    slow.request("POST", "/", b"SELECT sum(sipHash64(number)) FROM numbers(30000000000)")
    end = time.monotonic() + 30
    code = None
    while code is None:
        assert time.monotonic() < end
        connection = HTTPConnection(endpoint.host, endpoint.port, timeout=60)
        connection.request("POST", "/", b"SELECT 1")
        response = connection.getresponse()
        code = response.getheader("X-ClickHouse-Exception-Code")
        response.read()
        connection.close()
    slow.close()
    assert code == "202"
    assert endpoint.stop() == (0, "")


@pytest.mark.parametrize("framing", ["Content-Length: 1000\r\n\r\n", CHUNKED])
def test_an_insert_cut_short_stores_nothing(start, tmp_path, framing):
    """A writer that dies while it sends has not written: half a chunk must not be stored."""
    endpoint = start(tmp_path)
    _query(endpoint, "CREATE TABLE t (a UInt64) ENGINE = MergeTree ORDER BY a")
    head = "POST /?query=INSERT+INTO+t+FORMAT+TSV HTTP/1.1\r\nHost: x\r\n"
    rows = "".join(f"{n}\n" for n in range(100))
    with socket.create_connection((endpoint.host, endpoint.port)) as connection:
        connection.sendall(f"{head}{framing}{rows}".encode())
        deadline = time.monotonic() + 30
        while not _inserts(endpoint) and time.monotonic() < deadline:
            time.sleep(0.05)
    while _inserts(endpoint) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not _inserts(endpoint)
    assert _query(endpoint, "SELECT count() FROM t") == "0\n"


def test_a_full_disk_acknowledges_nothing_that_is_not_stored(start, small_disk):
    """What does not fit is an error, not a 200; started again with room, it stores everything."""
    endpoint = start(small_disk / "data")
    _query(endpoint, "CREATE TABLE t (a UInt64, s String) ENGINE = MergeTree ORDER BY a")
    free = shutil.disk_usage(small_disk).free
    with (small_disk / "fill").open("wb") as fill:
        os.posix_fallocate(fill.fileno(), 0, free - 20_000)
    rows = "".join(f"{number}\t{'x' * 60}\n" for number in range(300))
    for _ in range(3):
        with pytest.raises(AssertionError, match="Code: 243"):
            _query(endpoint, f"INSERT INTO t FORMAT TSV\n{rows}")
    assert _query(endpoint, "SELECT count() FROM t") == "0\n"
    (small_disk / "fill").unlink()
    assert endpoint.process.wait(60) == 4
    endpoint = start(small_disk / "data")
    _query(endpoint, f"INSERT INTO t FORMAT TSV\n{rows}")
    assert _query(endpoint, "SELECT count() FROM t") == "300\n"


@pytest.fixture(name="small_disk")
def _small_disk(tmp_path):
    """A disk of 60 MB of its own, where we may mount one."""
    mount = ["mount", "-t", "tmpfs", "-o", "size=60m", "tmpfs", tmp_path]
    if shutil.which("mount") is None or subprocess.run(mount, capture_output=True).returncode:  # noqa: PLW1510
        pytest.skip("only root may mount a small disk")
    yield tmp_path
    # Lazily: the endpoint on it is stopped after this, or already.
    subprocess.run(["umount", "--lazy", tmp_path], check=True)


def _inserts(endpoint):
    query = "SELECT count() FROM system.processes WHERE query LIKE 'INSERT%'"
    return int(_query(endpoint, query))
