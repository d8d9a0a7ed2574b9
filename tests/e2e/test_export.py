"""A download from a running console is whole, or its connection breaks."""

import json
import socket
from dataclasses import replace
from datetime import UTC, datetime
from uuid import uuid4

import httpx2
import pytest

from audit.topics import ACCESS_EVENTS
from investigate import export as taking
from tests.audit.test_codec import an_event
from tests.e2e.conftest import signed_in
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
    with httpx2.Client(base_url=served.address.url, headers=signed_in(served)) as client:
        kept = client.post("/grounds", data=GROUNDS)
        assert kept.status_code == 303
        yield client


def test_the_page_counts_before_it_gives(client, subject):
    """It says how many accesses there are, and its button downloads them with a reason."""
    asked = {"subject": subject, "actor": "", "since": "2020-01-01", "through": "", "lang": "en"}
    asked |= {"source": "/services/reservation"}  # to count is itself an access to the subject
    page = client.get("/export", params=asked).text
    assert "3 accesses" in page
    assert f'<input type="hidden" name="subject" value="{subject}">' in page
    given = {**asked, "format": "ndjson", "justification": "for the court"}
    answer = client.post("/export", data=given)
    assert answer.headers["content-disposition"] == 'attachment; filename="accesses.ndjson"'
    assert answer.headers["gamsa-rows"] == "3" == str(len(answer.text.splitlines()))
    assert "content-length" not in answer.headers
    assert client.post("/export", data=given | {"justification": " "}).status_code == 400


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
    with httpx2.Client(base_url=served.address.url, headers=signed_in(served)) as client:
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
