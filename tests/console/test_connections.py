"""Connections on which no request comes do not keep others out; a long answer is not cut off."""

import asyncio
import socket
import time
from contextlib import closing, contextmanager

import httpx2
import pytest

from gamsa.ports import free_port
from investigate.web import connections
from investigate.web.connections import Connection
from tests.serving import serving
from tests.waiting import eventually

SECONDS = 1.0
HEAD = b"POST / HTTP/1.1\r\nHost: x\r\n"


async def answer(scope, receive, send):
    """Read the body, think for longer than a request may take, and answer in two pieces."""
    while (await receive()).get("more_body"):
        pass
    await send({"type": "http.response.start", "status": 200, "headers": []})
    if scope["path"] == "/long":
        for _ in range(2):
            await send({"type": "http.response.body", "body": b"piece", "more_body": True})
            await asyncio.sleep(SECONDS)
    await send({"type": "http.response.body", "body": b"end"})


@pytest.fixture(name="port", scope="module")
def _port():
    port = free_port()
    quiet = {"lifespan": "off", "log_level": "critical", "limit_concurrency": 8}
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(connections, "SECONDS", SECONDS)
        with serving(answer, port, http=Connection, ws="none", **quiet):
            yield port


@contextmanager
def opened(port, said=b""):
    with closing(socket.create_connection(("127.0.0.1", port), timeout=20)) as one:
        one.sendall(said)
        yield one


def is_cut_off(connection):
    """Whether the other side ends it, while we say nothing more."""
    try:
        return connection.recv(1) == b""
    except ConnectionResetError:
        return True


def drip(connection, times):
    for _ in range(times):
        connection.sendall(b"X-Drop: 1\r\n")
        time.sleep(SECONDS / 10)


@pytest.mark.parametrize(
    "said",
    [b"", b"GET / HT", HEAD + b"Content-Length: 5\r\n\r\nab"],
    ids=["nothing", "half a head", "half a body"],
)
def test_a_request_that_does_not_come_whole_is_not_waited_for(port, said):
    """Silence, or a beginning."""
    with opened(port, said) as connection:
        assert is_cut_off(connection)


def test_what_comes_in_drops_is_not_waited_for_either(port):
    """Each byte is no new beginning."""
    with opened(port, HEAD) as connection, pytest.raises(ConnectionError):
        drip(connection, 100)


def test_the_second_request_of_a_connection_has_to_come_whole_too(port):
    """That the first did says nothing of it."""
    first = HEAD + b"Content-Length: 0\r\n\r\n"
    with opened(port, first + HEAD + b"Content-Length: 5\r\n\r\nab") as connection:
        assert connection.recv(12) == b"HTTP/1.1 200"
        while connection.recv(4096):
            pass


def test_silent_connections_keep_nobody_out_for_long(port):
    """As many as are served at all; whoever asks after them is answered."""
    silent = [socket.create_connection(("127.0.0.1", port)) for _ in range(8)]
    eventually(lambda: httpx2.get(f"http://127.0.0.1:{port}/").status_code == 200)
    for one in silent:
        one.close()


def test_a_long_answer_is_not_cut_off(port):
    """An export takes as long as it takes."""
    assert httpx2.get(f"http://127.0.0.1:{port}/long").text == "piecepieceend"


def test_another_machine_has_its_share_of_connections(port, monkeypatch):
    """One more than that is cut off at once; when one ends there is room again."""
    monkeypatch.setattr(connections, "SECONDS", 60.0)
    monkeypatch.setattr(connections, "MOST", 2)
    monkeypatch.setattr(connections, "_counted", lambda _: "203.0.113.9")
    with opened(port) as first, opened(port):
        eventually(lambda: Connection._open["203.0.113.9"] == 2)
        with opened(port) as third:
            assert is_cut_off(third)
        first.close()
        eventually(lambda: Connection._open["203.0.113.9"] < 2)
        assert httpx2.get(f"http://127.0.0.1:{port}/").status_code == 200
    eventually(lambda: not Connection._open)


@pytest.mark.parametrize(
    ("client", "counted"),
    [
        (("127.0.0.1", 1), None),
        (("::1", 1), None),
        (None, None),
        (("203.0.113.9", 1), "203.0.113.9/32"),
        (("2001:db8::1:2", 1), "2001:db8::/64"),
        (("fe80::1%eth0", 1), "fe80::/64"),
    ],
)
def test_connections_count_for_an_address_or_a_network(client, counted):
    """Those of this machine do not count: there a proxy may stand."""
    assert connections._counted(client) == counted
