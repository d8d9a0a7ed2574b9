"""ClickHouse's HTTP interface, request by request."""

import base64
import gzip
import json
import shutil
import socket
import subprocess
import threading
import time
from http.client import HTTPConnection
from pathlib import Path
from urllib.parse import urlencode

import pytest

pytestmark = pytest.mark.slow
GO = Path(__file__).parent / "go"


def _ask(endpoint, sql="", body=b"", *, method="POST", headers=None, **url):
    """Return status, headers and body of one request."""
    connection = HTTPConnection(endpoint.host, endpoint.port, timeout=60)
    query = urlencode(({"query": sql} if sql else {}) | url)
    connection.request(method, f"/?{query}", body, headers or {})
    response = connection.getresponse()
    data = response.read()
    connection.close()
    return response.status, response.headers, data


def _basic(name, password):
    word = base64.b64encode(f"{name}:{password}".encode()).decode()
    return {"Authorization": f"Basic {word}"}


@pytest.mark.parametrize("path", ["/", "/ping", "/replicas_status"])
def test_health(endpoint, path):
    """The health pages say Ok."""
    connection = HTTPConnection(endpoint.host, endpoint.port)
    for _ in range(2):  # on one connection
        connection.request("GET", path)
        assert connection.getresponse().read() == b"Ok.\n"
    connection.close()


def test_headers_tell_about_the_query(endpoint):
    """Format, query id, time zone and counts are in the headers."""
    status, headers, body = _ask(
        endpoint, "SELECT number FROM numbers(3)", query_id="mine", default_format="JSONEachRow"
    )
    assert (status, body.count(b"\n")) == (200, 3)
    assert headers["X-ClickHouse-Query-Id"] == "mine"
    assert headers["X-ClickHouse-Format"] == "JSONEachRow"
    assert headers["X-ClickHouse-Timezone"]
    assert headers["X-ClickHouse-Server-Display-Name"]
    assert json.loads(headers["X-ClickHouse-Summary"])["read_rows"] == "3"


def test_a_client_that_stands_still_loses_its_turn(endpoint, client, table):
    """After http_receive_timeout seconds its insert is given up, and leaves nothing."""
    began = time.monotonic()
    with socket.create_connection((endpoint.host, endpoint.port), timeout=30) as still:
        query = urlencode({"query": f"INSERT INTO {table} FORMAT CSV", "http_receive_timeout": 1})
        head = f"POST /?{query} HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\n"
        still.sendall(head.encode() + b'1,"a"\n')
        answer = still.recv(1 << 16)
    assert b"X-ClickHouse-Exception-Code: 209" in answer
    assert 1.0 <= time.monotonic() - began < 20.0
    assert client.command(f"SELECT count() FROM {table}") == 0


def test_head_sends_no_body(endpoint):
    """HEAD answers with headers alone."""
    status, headers, body = _ask(endpoint, "SELECT 1", method="HEAD")
    assert (status, body) == (200, b"")
    assert headers["X-ClickHouse-Format"] == "TabSeparated"


@pytest.mark.parametrize(
    ("sql", "status", "code"),
    [
        ("SELEC", 400, "62"),
        ("SELECT * FROM nowhere", 404, "60"),
        ("SELECT throwIf(1)", 500, "395"),
        ("SELECT 1; SELECT 2", 400, "62"),
        ("SELECT 1 INTO OUTFILE '/tmp/x'", 500, "205"),
    ],
)
def test_status_and_code_of_errors(endpoint, sql, status, code):
    """The HTTP status follows the kind of error, and its code is in a header."""
    found, headers, body = _ask(endpoint, sql)
    assert (found, headers["X-ClickHouse-Exception-Code"]) == (status, code)
    assert body.startswith(f"Code: {code}. DB::Exception: ".encode())


def test_get_changes_nothing(endpoint):
    """GET implies readonly, as in ClickHouse."""
    status, headers, _ = _ask(endpoint, "CREATE TABLE g (a Int8) ENGINE = Memory", method="GET")
    assert (status, headers["X-ClickHouse-Exception-Code"]) == (500, "164")


@pytest.mark.parametrize("kind", ["JSON", "CSVWithNames", "Parquet", "XML", "JSONColumns"])
def test_framed_formats_are_one_document(endpoint, kind):
    """A long result has one beginning and one end in every format."""
    _, _, body = _ask(endpoint, f"SELECT number AS n FROM numbers(300000) FORMAT {kind}")
    marks = {"JSON": b'"meta"', "CSVWithNames": b'"n"\n', "XML": b"<meta>", "JSONColumns": b'"n"'}
    assert body.count(marks.get(kind, b"PAR1")) == (2 if kind == "Parquet" else 1)
    if kind == "JSON":
        assert json.loads(body)["rows"] == 300_000


def test_an_error_amid_the_body_breaks_it_off(endpoint):
    """The tagged exception ends the body, and no last chunk pretends that all is well."""
    sql = "SELECT throwIf(number = 2000000) FROM numbers(3000000)"
    with socket.create_connection((endpoint.host, endpoint.port), timeout=60) as wire:
        request = f"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: {len(sql)}\r\n\r\n{sql}"
        wire.sendall(request.encode())
        said = b"".join(iter(lambda: wire.recv(1 << 16), b""))
    assert said.startswith(b"HTTP/1.1 200")
    tag = said.split(b"X-ClickHouse-Exception-Tag: ")[1].split(b"\r\n")[0]
    assert b"\r\n__exception__\r\n" + tag + b"\r\nCode: 395." in said
    assert not said.endswith(b"0\r\n\r\n")


def test_wait_end_of_query_gives_errors_their_status(endpoint):
    """With wait_end_of_query an error after much output is still an error status."""
    sql = "SELECT throwIf(number = 2000000) FROM numbers(3000000)"
    assert _ask(endpoint, sql, wait_end_of_query="1")[0] == 500


def test_sessions_keep_temporary_tables(endpoint):
    """SET and temporary tables last within a session and are unknown outside."""
    session = {"session_id": "s1"}
    _ask(endpoint, "CREATE TEMPORARY TABLE kept (a Int8)", **session)
    _ask(endpoint, "INSERT INTO kept VALUES (5)", **session)
    assert _ask(endpoint, "SELECT * FROM kept", **session)[2] == b"5\n"
    assert _ask(endpoint, "SELECT * FROM kept")[0] == 404
    _, headers, _ = _ask(endpoint, "SELECT 1", session_id="s2", session_check="1")
    assert headers["X-ClickHouse-Exception-Code"] == "372"


def test_a_busy_session_is_locked(endpoint):
    """Two queries in one session at a time: the second is ClickHouse's error 373."""
    slow = "SELECT sum(sipHash64(number)) FROM numbers(30000000000)"
    ours = f"startsWith(query, '{slow[:60]}')"
    first = threading.Thread(target=_ask, args=(endpoint, slow), kwargs={"session_id": "busy"})
    first.start()
    _until(
        lambda: _ask(endpoint, f"SELECT count() FROM system.processes WHERE {ours}")[2] == b"1\n"
    )
    _, headers, _ = _ask(endpoint, "SELECT 1", session_id="busy")
    _ask(endpoint, f"KILL QUERY WHERE {ours} ASYNC")
    first.join()
    assert headers["X-ClickHouse-Exception-Code"] == "373"


READER = _basic("reader", "reads")


@pytest.mark.parametrize(
    "sql",
    [
        "CREATE TABLE r (a Int8) ENGINE = Memory",
        "INSERT INTO nowhere VALUES (1)",
        "SET readonly = 0",
        "SELECT 1 SETTINGS readonly = 0",
        "SELECT * FROM file('/etc/hostname', 'LineAsString')",
        "SELECT file('/etc/hostname')",
        'SELECT * FROM "/etc/hostname"',
        "SELECT 'x' IN \"/etc/hostname\"",
        "SELECT * FROM {t:Identifier}",
        "SELECT * FROM url('http://127.0.0.1:1/', 'CSV', 'a String')",
        "INSERT INTO FUNCTION file('x', 'CSV') SELECT 1",
        "KILL QUERY WHERE 1",
        "SYSTEM FLUSH LOGS",
    ],
)
@pytest.mark.parametrize("session", [{}, {"session_id": "reading"}])
def test_a_reader_only_reads(endpoint, sql, session):
    """A read-only user changes nothing and stays inside the database."""
    _, headers, _ = _ask(endpoint, sql, headers=READER, param_t="/etc/hostname", **session)
    assert headers["X-ClickHouse-Exception-Code"] in ("164", "497")
    assert _ask(endpoint, "SELECT 1", headers=READER, max_threads="1", **session)[2] == b"1\n"


def test_wrong_passwords_are_refused(endpoint):
    """A wrong password or an unknown user is ClickHouse's error 516, however it is given."""
    for ask in (
        {"headers": _basic("reader", "no")},
        {"headers": {"X-ClickHouse-User": "nobody", "X-ClickHouse-Key": "x"}},
        {"user": "reader", "password": "no"},
    ):
        status, headers, _ = _ask(endpoint, "SELECT 1", **ask)
        assert (status, headers["X-ClickHouse-Exception-Code"]) == (403, "516")
    assert _ask(endpoint, "SELECT 1", user="reader", password="reads")[0] == 200


def test_a_fast_query_stays_fast_beside_a_slow_one(endpoint):
    """A slow query does not block a fast one, and ends when its client goes away."""
    slow = "SELECT sum(sipHash64(number)) FROM numbers(20000000000)"
    running = f"SELECT count() FROM system.processes WHERE startsWith(query, '{slow[:60]}')"
    with socket.create_connection((endpoint.host, endpoint.port)) as wire:
        wire.sendall(
            f"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: {len(slow)}\r\n\r\n{slow}".encode()
        )
        _until(lambda: _ask(endpoint, running)[2] == b"1\n")
        assert _ask(endpoint, "SELECT 1")[2] == b"1\n"
        assert _ask(endpoint, running)[2] == b"1\n"
    _until(lambda: _ask(endpoint, running)[2] == b"0\n")


@pytest.mark.parametrize("url", [{}, {"session_id": "slow"}])
def test_an_insert_whose_constraint_asks_for_long_is_stored(endpoint, url):
    """What a constraint asks may take longer than the engine waits before it asks for interrupts.

    On a busy machine that is so for the constraint by which the trail keeps stale writers out.
    """
    asks = "a IN (SELECT number FROM numbers(10) WHERE sleepEachRow(0.05) = 0)"
    table = f"asked_{len(url)}"
    made = (
        f"CREATE TABLE {table} (a UInt8, CONSTRAINT c CHECK {asks}) ENGINE = MergeTree ORDER BY a"
    )
    assert _ask(endpoint, made)[0] == 200
    for rows, status in ((b"1\n2\n", 200), (b"3\n11\n", 500)):
        told = _ask(endpoint, f"INSERT INTO {table} FORMAT TSV", rows, **url)
        assert told[0] == status, told[2]
    assert _ask(endpoint, f"SELECT a FROM {table} ORDER BY a")[2] == b"1\n2\n"


@pytest.mark.parametrize(
    ("url", "settings"),
    [("?log_comment=panel", ""), ("?query_id={}", ""), ("", " SETTINGS log_comment = 'panel'")],
)
def test_only_the_query_of_the_client_that_went_away_is_stopped(endpoint, url, settings):
    """Two queries of one comment are two: the one whose client stays is not cancelled."""

    def slow(number):
        return f"SELECT {number}, sum(sipHash64(number)) FROM numbers(20000000000){settings}"

    def runs(number):
        ours = f"startsWith(query, '{slow(number)[:40]}')"
        said = _ask(endpoint, f"SELECT count() FROM system.processes WHERE {ours}")[2]
        return said == b"1\n"

    with _begun(endpoint, slow(52), url.format("ours")) as stays:
        with _begun(endpoint, slow(51), url.format("theirs")):
            _until(lambda: runs(51) and runs(52))
        _until(lambda: not runs(51))
        stays.settimeout(1)
        with pytest.raises(TimeoutError):
            stays.recv(1)  # no answer, and no error either
        assert runs(52)
    _until(lambda: not runs(52))


def _begun(endpoint, sql, url):
    """Send a query and leave its answer unread."""
    wire = socket.create_connection((endpoint.host, endpoint.port), timeout=60)
    head = f"POST /{url} HTTP/1.1\r\nHost: x\r\nContent-Length: {len(sql)}\r\n\r\n"
    wire.sendall(head.encode() + sql.encode())
    return wire


def _until(true):
    end = time.monotonic() + 30
    while not true():
        assert time.monotonic() < end


@pytest.mark.parametrize("quote", ["'", '"', "`", "/*"])
def test_an_unclosed_quote_holds_up_nobody(endpoint, quote):
    """While a megabyte of an unclosed quote is handled, others are answered."""
    text = f"INSERT INTO t {quote}".encode() + rb"\'" * 500_000
    asked = {"max_query_size": "2000000", "headers": READER}
    handled = threading.Thread(target=_ask, args=(endpoint, "", text), kwargs=asked)
    handled.start()
    connection = HTTPConnection(endpoint.host, endpoint.port, timeout=10)
    while handled.is_alive():
        connection.request("GET", "/ping")
        assert connection.getresponse().read() == b"Ok.\n"
    connection.close()
    handled.join()


RUBBISH = [
    b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: nine\r\n\r\nSELECT 1",
    b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 900\r\n\r\nSELECT 1",
    b"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\nSELECT 1\r\n",
    b"\x00\x01\x02\x03" * 100,
    b"POST / HTTP/1.1\r\nHost: x\r\nContent-Encoding: gzip\r\nContent-Length: 4\r\n\r\nabcd",
    b"POST /?decompress=1 HTTP/1.1\r\nHost: x\r\nContent-Length: 30\r\n\r\n" + b"\xff" * 30,
    b"POST /?param_%FF=1&query=SELECT+1 HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n",
    b"GET /" + b"x" * 2_000_000 + b" HTTP/1.1\r\nHost: x\r\n\r\n",
]


@pytest.mark.parametrize("rubbish", RUBBISH, ids=range(len(RUBBISH)))
def test_rubbish_never_kills_it(endpoint, rubbish):
    """After any rubbish the endpoint answers the next request."""
    with socket.create_connection((endpoint.host, endpoint.port), timeout=30) as wire:
        try:
            wire.sendall(rubbish)
            wire.shutdown(socket.SHUT_WR)
            wire.recv(1 << 16)
        except ConnectionError:
            pass
    assert _ask(endpoint, "SELECT 1")[2] == b"1\n"


@pytest.mark.parametrize(
    ("body", "url", "headers", "code"),
    [
        (b"SELECT '" + b"x" * (10 << 20) + b"'", {}, {}, "62"),
        (
            gzip.compress(b"1,x\n" * 9999)[:-9],
            {"query": "INSERT INTO FUNCTION null('a Int8, s String') FORMAT CSV"},
            {"Content-Encoding": "gzip"},
            "271",
        ),
        (b"SELECT 1", {}, {"Content-Encoding": "rot13"}, "89"),
        (b"SELECT '\xff'", {}, {}, "62"),
        (b"INSERT INTO FUNCTION null('a Int8') FORMAT Nope\n1", {}, {}, "73"),
        (b"", {}, {}, "62"),
        (b"SELECT 1", {"a b": "1"}, {}, "115"),
        (b"SELECT 1", {"session_id": "q", "session_timeout": "x"}, {}, "27"),
        (b"SELECT 1", {"database": "no`such'one"}, {}, "81"),
    ],
    ids=range(9),
)
def test_bad_requests_get_an_error(endpoint, body, url, headers, code):
    """What can't be read is answered with ClickHouse's error."""
    _, found, _ = _ask(endpoint, body=body, headers=headers, **url)
    assert found["X-ClickHouse-Exception-Code"] == code


@pytest.fixture(scope="session", name="go_program")
def _go_program(tmp_path_factory):
    if shutil.which("go") is None:
        pytest.skip("go is not on PATH")
    program = tmp_path_factory.mktemp("go") / "check"
    subprocess.run(["go", "build", "-o", program, "."], cwd=GO, check=True, timeout=280)
    return program


@pytest.mark.parametrize("method", ["none", "lz4", "zstd", "gzip", "deflate"])
def test_the_go_client(endpoint, go_program, method):
    """clickhouse-go over HTTP inserts, queries and sees errors with each compression."""
    address = f"{endpoint.host}:{endpoint.port}"
    ran = subprocess.run(
        [go_program, address, method], capture_output=True, text=True, timeout=60, check=False
    )
    assert (ran.stdout, ran.stderr) == ("ok\n", "")
