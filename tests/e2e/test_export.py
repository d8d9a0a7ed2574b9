"""A download from a running console is whole, or its connection breaks."""

import json
import re
import socket
from dataclasses import replace
from datetime import UTC, datetime
from urllib.parse import urlencode
from uuid import uuid4

import httpx2
import pytest

from audit.topics import ACCESS_EVENTS
from investigate import export as taking
from storage.trail import TrailUnavailableError
from tests.audit.test_codec import an_event
from tests.e2e.conftest import INSPECTOR, signed_in
from tests.waiting import eventually

pytestmark = pytest.mark.slow

GROUNDS = {"purpose": "audit.inspection", "case": "download", "justification": "a test"}
FORMATS = "csv", "ndjson", "parquet"


@pytest.fixture(name="subject", scope="module")
def _subject(trail, producer):
    """Somebody with three accesses."""
    subject, now = f"member:{uuid4().int}", datetime.now(UTC).isoformat()
    for _ in range(3):
        document = an_event(id=str(uuid4()), time=now, subject=subject)
        producer.send(ACCESS_EVENTS, json.dumps(document).encode(), key=b"staff:0417")
    producer.flush()
    query = "SELECT count() FROM v_access_events WHERE subject = {subject:String}"
    eventually(lambda: trail.rows(query, {"subject": subject})[0][0] == 3)
    return subject


@pytest.fixture(name="client", scope="module")
def _client(served):
    """A browser of the privacy officer, with grounds."""
    with httpx2.Client(
        base_url=served.address.url, headers=signed_in(served), timeout=60
    ) as client:
        kept = client.post("/grounds", data=GROUNDS)
        assert kept.status_code == 303
        yield client


def test_the_page_counts_before_it_gives(client, served, subject):
    """It says how many accesses there are, and its button downloads them with a reason."""
    asked = {"subject": subject, "actor": "", "since": "2020-01-01", "through": "", "lang": "en"}
    asked |= {"source": "/services/reservation"}  # to count is itself an access to the subject
    page = client.get("/export", params=asked).text
    assert "3 accesses" in page
    assert f'<input type="hidden" name="subject" value="{subject}">' in page
    given = {**asked, "format": "ndjson", "justification": "for the court"}
    with client.stream("POST", "/export", data=given) as told:
        lines = told.iter_text()
        page = next(lines)
        assert 'max="3" value="0"' in page
        place = ticket(page)
        with httpx2.Client(
            base_url=client.base_url, headers=signed_in(served, INSPECTOR), timeout=60
        ) as other:
            assert other.get(place).status_code == 404
        answer = client.get(place)
        page += "".join(lines)
    assert 'max="3" value="3"' in page
    assert "all of it is given" in page
    assert page.rstrip().endswith("</html>")
    assert answer.headers["content-disposition"] == 'attachment; filename="accesses.ndjson"'
    assert answer.headers["gamsa-rows"] == "3" == str(len(answer.text.splitlines()))
    assert "content-length" not in answer.headers
    assert client.get(place).status_code == 404
    assert client.post("/export", data=given | {"justification": " "}).status_code == 400


def ticket(page):
    """Where the page has the browser fetch the file."""
    return re.search(r'<iframe [^>]*src="(/export/[\w-]+)"', page)[1]


def test_a_page_says_that_its_download_broke_off(client, subject, monkeypatch):
    """The file has not all rows, and is not taken for whole."""
    pages = taking.pages
    monkeypatch.setattr(taking, "pages", lambda *of: broken(pages(*of)))
    given = {"subject": subject, "format": "csv", "justification": "a test", "lang": "en"}
    with client.stream("POST", "/export", data=given) as told:
        lines = told.iter_text()
        page = next(lines)
        with pytest.raises(httpx2.RemoteProtocolError):
            client.get(ticket(page))
        page = "".join(lines)
    assert "it broke off" in page
    assert "all of it is given" not in page


def broken(pages):
    """Pages of which none is whole."""
    for page in pages:
        yield page.slice(1)
    raise TrailUnavailableError("the trail went away")


def test_a_browser_saves_the_file_and_shows_how_far_it_is(client, served, subject, chromium):
    """With no script at all: the page that takes it away stays, and the file is whole."""
    cookie = client.headers["Cookie"].partition("=")
    with chromium.new_context(java_script_enabled=False, accept_downloads=True) as context:
        where = {"url": served.address.url, "httpOnly": True, "sameSite": "Strict"}
        context.add_cookies([{"name": cookie[0], "value": cookie[2], **where}])
        page = context.new_page()
        asked = {"subject": subject, "source": "/services/reservation", "lang": "en"}
        page.goto(f"{served.address.url}/export?{urlencode(asked)}")
        page.locator("#justification").fill("for the court")
        with page.expect_download() as waiting:
            page.get_by_role("button", name="Download").click()
        saved = waiting.value
        assert saved.suggested_filename == "accesses.csv"
        assert len(saved.path().read_text(encoding="utf-8-sig").splitlines()) == 1 + 3
        page.get_by_text("all of it is given").wait_for()
        assert page.get_by_role("progressbar").count() == 1  # of the lines, the last one


@pytest.mark.parametrize(
    "wrong",
    [{"since": "yesterday"}, {"verdict": "maybe"}, {"format": "xlsx"}, {"role": "é" * 513}],
)
def test_a_wrong_field_is_refused(client, subject, wrong):
    """What is no day, verdict, format or value is a problem 400."""
    given = {"subject": subject, "format": "csv", "justification": "a test", **wrong}
    assert client.post("/export", data=given).status_code == 400


def test_nobody_counts_without_grounds(served, subject):
    """Without a purpose the page leads to where it is said."""
    with httpx2.Client(
        base_url=served.address.url, headers=signed_in(served), timeout=60
    ) as client:
        answer = client.get("/export", params={"subject": subject})
        assert answer.status_code == 303
        assert answer.headers["location"].startswith("/?grounds=missing&next=%2Fexport%3Fsubject")
        assert client.get("/export").status_code == 200


@pytest.mark.parametrize("format_", FORMATS)
def test_a_download_that_is_not_whole_breaks_off(client, subject, monkeypatch, format_):
    """The trail has another row than is on record: no client takes what came for the whole."""
    prepare = taking.prepare

    def too_many(*given):
        export = prepare(*given)
        return replace(export, held=[replace(one, rows=one.rows + 1) for one in export.held])

    monkeypatch.setattr(taking, "prepare", too_many)
    # Only what the service did: questions about the subject come in by themselves.
    asked = {"subject": subject, "source": "/services/reservation", "format": format_}
    with pytest.raises(httpx2.RemoteProtocolError):
        client.get("/v1/export", params=asked | GROUNDS)


def test_by_an_old_protocol_there_is_no_download(served, subject):
    """HTTP/1.0 cannot tell a broken download from a whole one: it is refused, with the remedy."""
    query = httpx2.QueryParams({"subject": subject, "format": "csv", **GROUNDS})
    host = served.address.url.removeprefix("http://")
    lines = [f"GET /v1/export?{query} HTTP/1.0", f"Host: {host}"]
    lines += [f"{name}: {value}" for name, value in signed_in(served).items()]
    name, _, port = host.partition(":")
    with socket.create_connection((name, int(port)), timeout=60) as connection:
        connection.sendall("\r\n".join([*lines, "", ""]).encode())
        answer = b"".join(iter(lambda: connection.recv(65536), b""))
    assert answer.split(b"\r\n")[0].split()[1] == b"505"
    assert b"proxy_http_version 1.1" in answer
