"""Nobody asks without grounds, and nobody is answered who is not on record."""

import json
from contextlib import suppress
from datetime import UTC, datetime

import pytest

from gamsa.ports import free_port
from investigate.errors import (
    NoGroundsError,
    NotRecordedError,
    NotThereError,
    WrongQuestionError,
)
from investigate.inquiry import LONGEST, Asked, Asker, Grounds, Inquiry
from producers.access_log import AccessLog
from producers.errors import UndeliveredError
from producers.wire import Actor, Client

ASKER = Asker(Actor("staff:9", "staff", "investigator"), Client(ip="192.0.2.9"))
GROUNDS = Grounds("audit.inspection", "2026-7", "a complaint")


@pytest.fixture(name="log")
def _log(tmp_path):
    """A log of which the broker is away."""
    log = AccessLog("investigate", bootstrap=f"127.0.0.1:{free_port()}", home=tmp_path)
    yield log
    with suppress(UndeliveredError):
        log.close(timeout=0)


def asked(tmp_path):
    """What stands in the spool: the events that wait for the broker."""
    raw = b"".join(path.read_bytes() for path in tmp_path.rglob("*") if path.is_file())
    start = raw.index(b'{"specversion"')
    return json.JSONDecoder().raw_decode(raw[start:].decode("utf-8", "replace"))[0]


@pytest.mark.parametrize("purpose", ["", "  "])
def test_no_question_is_put_without_a_purpose(log, purpose):
    """An inquiry without one cannot be made."""
    with pytest.raises(NoGroundsError, match="--purpose"):
        Inquiry(None, log, ASKER, Grounds(purpose))


def test_no_answer_is_given_that_is_not_on_record(log, tmp_path):
    """Kafka is away: the answer was found and is not told; what was asked waits in the spool."""
    inquiry = Inquiry(None, log, ASKER, GROUNDS, patience=0.2)
    with pytest.raises(NotRecordedError, match="no answer is given"):
        inquiry.answer(Asked("who-saw", "member:1", "read"), lambda: ["secret"], len)
    event = asked(tmp_path)
    data = event["data"]
    assert (event["subject"], data["actor"]["id"], data["action"]) == (
        "member:1",
        "staff:9",
        "read",
    )
    assert (data["purpose"], data["justification"]) == ("audit.inspection", "a complaint")
    assert data["usage"]["path"] == "/cases/2026-7/questions/who-saw"
    assert data.get("records", 1) == 1


@pytest.mark.parametrize(
    ("filters", "query"),
    [
        ({}, ""),
        ({"subject": "member:1", "actor": None}, ""),
        ({"ip": "203.0.113.9", "role": "a/b&c=d"}, "?ip=203.0.113.9&role=a%2Fb%26c%3Dd"),
        ({"start": datetime(2026, 1, 2, tzinfo=UTC)}, "?start=2026-01-02T00%3A00%3A00%2B00%3A00"),
        ({"by": ["day", "role"]}, "?by=day%2Crole"),
        ({"cookie": "c0ffee"}, "?cookie=~fb0288872031"),
        ({"session": "c0ffee"}, "?session=~fb0288872031"),
        ({"mac": "c0ffee"}, "?mac=~fb0288872031"),
        ({"actor": "staff:0417"}, "?actor=staff%3A0417"),
        ({"actor": "member:48213"}, "?actor=member%3A48213"),
        ({"actor": "member:somebody"}, "?actor=~d7f73aaaecd5"),
        ({"recipient": "member:somebody"}, "?recipient=~d7f73aaaecd5"),
        ({"recipient": "district:jongno"}, "?recipient=district%3Ajongno"),
    ],
)
def test_what_was_asked_stands_in_the_path(filters, query):
    """Filters are recorded as they are, secrets and names as a hash, the subject in the event."""
    assert Asked("where", filters=filters).path == f"questions/where{query}"


def test_a_path_keeps_its_parts(log, tmp_path):
    """A case's number cannot look like another question."""
    inquiry = Inquiry(None, log, ASKER, Grounds("audit.inspection", "1/../?x #가"), patience=0.2)
    with pytest.raises(NotRecordedError):
        inquiry.record(Asked("count", filters={"role": "é"}), 5)
    case, path = "1%2F..%2F%3Fx%20%23%EA%B0%80", asked(tmp_path)["data"]["usage"]["path"]
    assert path == f"/cases/{case}/questions/count?role=%C3%A9"


@pytest.mark.parametrize("filters", [{"role": "r" * LONGEST}, {"by": ["day"] * 500}])
def test_what_is_too_long_to_be_recorded_is_not_answered(log, filters):
    """Nothing is cut off: no filter can push another one out of the record."""
    inquiry = Inquiry(None, log, ASKER, GROUNDS, patience=0.2)
    question = Asked("count", filters={**filters, "actor": "staff:1"})
    with pytest.raises(WrongQuestionError, match="too long to be recorded"):
        inquiry.answer(question, lambda: ["secret"], len)
    assert log.counts.recorded == 0


def test_that_nothing_is_there_is_not_told_either(log, tmp_path):
    """That an event does not exist is an answer, of no rows."""

    def find():
        raise NotThereError("no such event")

    inquiry = Inquiry(None, log, ASKER, GROUNDS, patience=0.2)
    with pytest.raises(NotRecordedError):
        inquiry.answer(Asked("why"), find, len)
    assert asked(tmp_path)["data"]["records"] == 0


def test_nothing_is_taken_away_without_a_reason(log):
    """An export needs a justification, and is not recorded as one without."""
    inquiry = Inquiry(None, log, ASKER, Grounds("audit.inspection", justification=" "))
    with pytest.raises(NoGroundsError, match="--justification"):
        inquiry.record(Asked("export", action="export"), 5)
    assert log.counts.recorded == 0


def test_what_no_event_can_hold_is_refused(log):
    """A reason that is not text cannot be recorded, so nothing is answered."""
    inquiry = Inquiry(None, log, ASKER, Grounds("audit.inspection", justification="\udcff"))
    with pytest.raises(NoGroundsError, match="cannot be recorded"):
        inquiry.record(Asked("count"), 5)
