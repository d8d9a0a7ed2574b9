"""A web server's log, line by line, as usage history."""

import hashlib
from pathlib import Path

import pytest

from audit.codec import decode
from audit.events import ReceivedEvent
from producers import web_log
from producers.web_log import Log, Request, Unreadable, parse
from producers.wire import encode

REAL = Path(__file__).parents[3] / "shared" / "data" / "apache_access.log"
LOG = Log("0" * 64, "web", "statistics.access")
LINE = (
    b'203.0.113.7 - - [17/May/2015:10:05:03 +0000] "GET /a?b=c HTTP/1.1" 200 17 '
    b'"http://example.org/" "Mozilla/5.0"'
)


def events(*lines):
    return [event for _, _, event in web_log.events(lines, LOG)]


def test_every_field_is_as_the_server_wrote_it():
    """Host, time, method, path, referrer and user agent."""
    assert parse(LINE) == Request(
        "203.0.113.7",
        "-",
        "2015-05-17T10:05:03+00:00",
        "GET",
        "/a?b=c",
        "200",
        "http://example.org/",
        "Mozilla/5.0",
    )


@pytest.mark.parametrize(
    ("request_line", "method", "path"),
    [
        (b"GET / HTTP/1.1", "GET", "/"),
        (b"GET /old", "GET", "/old"),
        (b"GET /with space HTTP/1.1", "GET", "/with space"),
        (b"PROPFIND * HTTP/1.1", "PROPFIND", "*"),
        (b"-", None, "-"),
        (b"", None, ""),
        (rb"\x16\x03\x01", None, r"\x16\x03\x01"),
        (rb"GET /\"quoted\" HTTP/1.0", "GET", r"/\"quoted\""),
        ("GET /서울 HTTP/1.1".encode(), "GET", "/서울"),
        (b"GET /\xe9t\xe9 HTTP/1.1", "GET", r"/\xe9t\xe9"),
    ],
)
def test_odd_request_lines_are_kept(request_line, method, path):
    """What is no request line stays whole as the path; escapes and odd bytes stay visible."""
    read = parse(LINE.replace(b"GET /a?b=c HTTP/1.1", request_line))
    assert isinstance(read, Request)
    assert (read.method, read.path) == (method, path)


@pytest.mark.parametrize("agent", [b"-", b"", rb"say \"hi\"", b"(cut off"])
def test_odd_user_agents_are_kept(agent):
    """A hyphen, nothing, escaped quotes."""
    read = parse(LINE.replace(b"Mozilla/5.0", agent))
    assert isinstance(read, Request)
    assert read.user_agent == agent.decode()


def test_a_line_that_was_cut_in_its_user_agent_is_read():
    """The closing quote may be missing at the end of the line."""
    read = parse(LINE[:-3])
    assert isinstance(read, Request)
    assert read.user_agent == "Mozilla/5"


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        (b"rubbish", "no time in brackets"),
        (LINE.replace(b"May", b"Mai"), "the time"),
        (LINE.replace(b"17/May/2015:10:05:03 +0000", b"yesterday"), "the time"),
        (LINE[:60], "quotation marks"),
        (LINE.replace(b" 200 ", b" ok "), "the fields are not"),
    ],
)
def test_a_line_that_is_no_request_says_why(line, reason):
    """It becomes a reason, not an exception."""
    read = parse(line)
    assert isinstance(read, Unreadable)
    assert reason in read.reason


def test_the_worker_reads_a_replayed_line():
    """A line is an access of the visitor to traces of their own."""
    (event,) = events(LINE)
    read = decode(encode(event), 0)
    assert isinstance(read, ReceivedEvent)
    assert read.event.subject == read.event.data.actor.id == "visitor:203.0.113.7"
    assert read.event.data.items == ("ip_address", "service_use_history")


def test_a_second_replay_has_the_same_ids_and_another_log_has_others():
    """An id comes from the log's content and the line's number, empty lines counted."""
    first = events(LINE, b"\n", LINE)
    assert [one.id for one in first] == [one.id for one in events(LINE, b"\n", LINE)]
    assert first[0].id != first[1].id
    assert first[1].data.usage.request_id == "line-3"
    other = web_log.events([LINE], LOG._replace(digest="1" * 64))
    assert next(other)[2].id != first[0].id


@pytest.mark.parametrize(
    ("status", "outcome"),
    [(b"200", "success"), (b"304", "success"), (b"403", "denied"), (b"404", "failure")],
)
def test_the_status_is_the_outcome(status, outcome):
    """Refused and failed requests are told apart."""
    (event,) = events(LINE.replace(b"200", status))
    assert event.data.outcome == outcome


@pytest.mark.skipif(not REAL.exists(), reason="the log of a real server is not beside the project")
def test_ten_thousand_real_lines_are_read_as_they_stand():
    """Host, path, referrer and user agent equal those of a simple split at the quotes."""
    content = REAL.read_bytes()
    log = LOG._replace(digest=hashlib.sha256(content).hexdigest())
    lines = content.splitlines(keepends=True)
    read = [event for _, _, event in web_log.events(lines, log)]
    assert len(read) == 10_000
    assert len({event.id for event in read}) == 10_000
    for line, event in zip(lines, read, strict=True):
        assert isinstance(decode(encode(event), 0), ReceivedEvent)
        head, request, _, referrer, _, agent, *_ = line.decode().rstrip("\n").split('"')
        assert event.data.client.ip == head.split()[0]
        assert event.data.usage.path == request.split(" ")[1]
        assert event.data.usage.referrer == referrer
        assert event.data.client.user_agent == agent
        assert event.time[11:19] == head.split(":", 1)[1][:8]
