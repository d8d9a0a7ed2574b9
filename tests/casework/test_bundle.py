"""A case taken away: whole, its digests right, its bytes those of the log, harmless to open."""

import hashlib
import io
import json
import re
import zipfile
from base64 import b64decode
from datetime import UTC, datetime
from html.parser import HTMLParser
from uuid import uuid4
from zoneinfo import ZoneInfo

import pytest

import policies
from gamsa import catalogue
from investigate.accounts.users import Role
from investigate.cases.bundle import Evidence, Export, Institution, collect, packed, take
from investigate.cases.case import Case, Kept, State, Step, Taken
from investigate.errors import NoGroundsError
from investigate.inquiry import Asker, Grounds, Inquiry
from investigate.questions.accesses import COLUMNS
from investigate.questions.findings import Finding
from producers.wire import Actor, Client
from tests.casework.conftest import DAY, HANDLER, NOON
from tests.investigate.conftest import _reader, _shared_trail, access, store  # noqa: F401  fixtures

HOSTILE = (
    "=cmd|'/C calc'!A1 <script>alert(1)</script> <img src=x onerror=alert(1)> \u202e\x1b[2J 가"
)
POLICY = policies.load_policy()
SEOUL = Institution(POLICY, catalogue.files(policies.SEOUL_RESERVATION), ZoneInfo("Asia/Seoul"))
EXPORT = Export(NOON, "staff:inspector", "investigator", HOSTILE, "event-9")


def a_case(findings):
    taken = [
        Taken(1, Step.OPEN, NOON, "inspector", Role.INVESTIGATOR, HOSTILE),
        Taken(
            *(2, Step.ASK, NOON, "inspector", Role.INVESTIGATOR, f"{HOSTILE}\nsecond line"),
            *(HANDLER, NOON + DAY, "event-2"),
        ),
    ]
    head = ("2026-17", HOSTILE, "audit.inspection", HOSTILE, "inspector", NOON, State.ASKED, 2)
    return Case(*head, HANDLER, NOON + DAY, taken, findings)


def opened(body):
    """The files of a bundle, each held against its digest."""
    with zipfile.ZipFile(io.BytesIO(body)) as whole:
        files = {name: whole.read(name) for name in whole.namelist()}
    manifest = json.loads(files["manifest.json"])
    assert list(files) == ["manifest.json", *sorted(manifest["files"])]
    for name, told in manifest["files"].items():
        assert told["sha256"] == hashlib.sha256(files[name]).hexdigest()
        assert told["bytes"] == len(files[name])
    return manifest, files


def lines(body):
    return [json.loads(line) for line in body.splitlines()]


@pytest.mark.slow
def test_a_bundle_holds_the_exact_bytes(shared_trail, reader):
    """Every event of the findings is there with its own bytes, and the judgement beside it."""
    actor = f"staff:{uuid4().int}"
    documents = [access(n, data_purpose="marketing") for n in range(3)]
    for document in documents:
        document["data"]["actor"] |= {"id": actor}
    documents[1]["data"] |= {"justification": HOSTILE}
    store(shared_trail, [*documents, access(9)])
    ids = reader.rows("SELECT finding_id FROM v_findings WHERE actor = {a:String}", {"a": actor})
    case = a_case([Kept(one, "purpose", "high", actor) for (one,) in ids])
    evidence = collect(reader, case)
    manifest, files = opened(packed(case, evidence, SEOUL, EXPORT, "ko"))
    assert (manifest["events"], manifest["findings"]) == (3, len(ids))
    events = {row["event_id"]: row for row in lines(files["events.ndjson"])}
    assert events.keys() == {document["id"] for document in documents}
    for document in documents:
        row = events[document["id"]]
        raw = row["document"].encode() or b64decode(row["document_base64"])
        assert raw == json.dumps(document, ensure_ascii=False).encode()
    judged = lines(files["judgements.ndjson"])
    assert {row["verdict"] for row in judged} == {"misuse"}
    (version,) = json.loads(files["policy/versions.json"])
    assert {row["policy_revision"] for row in judged} == {version["revision"]}
    assert (version["at_hand"], version["effective_from"]) == (True, "2021-01-01")
    assert json.loads(files["findings.json"])[0]["title_ko"]
    assert {len(one["event_ids"]) for one in json.loads(files["findings.json"])} == {3}
    assert documents[0]["id"] in files["report.html"].decode()


@pytest.fixture(name="evidence")
def _evidence():
    """A finding and an event in which everything is hostile."""
    moment, several = datetime(2026, 11, 24, 1, tzinfo=UTC), [HOSTILE]
    finding = dict.fromkeys((*Finding.__struct_fields__, "title_ko", "sentence_ko"), HOSTILE)
    finding |= {"severity": "high", "count": 1}
    finding |= {"first_occurred_at": moment, "last_occurred_at": moment}
    event = dict.fromkeys(COLUMNS, HOSTILE) | {"items": several, "clauses": several}
    event |= {"occurred_at": moment, "verdict": "misuse", "policy_revision": "unknown"}
    return Evidence([finding], [event])


class Page(HTMLParser):
    """The tags of a page, the attributes of each, and the text of its cells."""

    def __init__(self, text):
        super().__init__()
        self.tags, self.cells, self._in_cell = set(), [], False
        self.attributes = set()
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        self.tags.add(tag)
        self.attributes |= {name for name, _ in attrs}
        self._in_cell = tag == "td"

    def handle_data(self, data):
        if self._in_cell:
            self.cells.append(data)
            self._in_cell = False


@pytest.mark.parametrize("lang", ["en", "ko"])
def test_the_report_is_harmless(evidence, lang):
    """What was watched becomes no markup, no turned writing, and no formula of a spreadsheet."""
    _, files = opened(packed(a_case([]), evidence, SEOUL, EXPORT, lang))
    text = files["report.html"].decode()
    page = Page(text)
    assert f'<html lang="{lang}">' in text
    assert not page.tags & {"script", "img", "iframe", "object", "link", "form", "a"}
    assert not {name for name in page.attributes if name.startswith("on")}
    assert not re.search(r"https?://|\u202e|\x1b", text)
    assert "default-src 'none'" in text
    assert not [cell for cell in page.cells if cell.lstrip()[:1] in "=+-@" and cell.strip()]
    assert "\\u202e" in text
    assert "second line" in text


def test_other_files_hold_nothing_that_a_terminal_obeys(evidence):
    """Documents escape control characters and marks of direction, and keep the values."""
    _, files = opened(packed(a_case([]), evidence, SEOUL, EXPORT, "en"))
    for name, body in files.items():
        if not name.startswith("policy/"):
            assert not re.search("[\u202e\x1b]", body.decode())
    assert json.loads(files["findings.json"])[0]["sentence"] == HOSTILE
    assert json.loads(files["steps.json"])[0]["text"] == HOSTILE


def test_the_same_case_gives_the_same_bytes(evidence):
    """Exported at the same time, a bundle is the same to the byte."""
    case = a_case([])
    assert packed(case, evidence, SEOUL, EXPORT, "en") == packed(
        case, evidence, SEOUL, EXPORT, "en"
    )


def test_a_version_that_is_not_at_hand_is_said_to_be(evidence):
    """Of an unknown revision the bundle says so; the catalogue's files are those we have."""
    _, files = opened(packed(a_case([]), evidence, SEOUL, EXPORT, "en"))
    (version,) = json.loads(files["policy/versions.json"])
    assert version == {"revision": "unknown", "at_hand": False}
    own = policies.SEOUL_RESERVATION / "2021-01-01.yaml"
    assert files["policy/2021-01-01.yaml"] == own.read_bytes()


@pytest.mark.parametrize(
    ("count", "copies", "known", "complete"),
    [(1, 1, True, True), (2, 2, True, True), (2, 1, True, False), (1, 1, False, False)],
)
def test_a_bundle_says_whether_it_is_short(evidence, count, copies, known, complete):
    """In its manifest and in its report: of a finding with more accesses, or one that is gone."""
    found = evidence.findings[0] | {"finding_id": "f-1", "event_ids": ["e"], "count": count}
    events = [evidence.events[0] | {"event_id": "e"}] * copies
    case = a_case([Kept("f-1" if known else "f-2", "purpose", "high", HANDLER)])
    manifest, files = opened(packed(case, Evidence([found], events), SEOUL, EXPORT, "en"))
    assert manifest["complete"] is complete
    assert ("Not every finding" in files["report.html"].decode()) is not complete


def test_a_bundle_wants_a_reason():
    """Without a justification nothing is asked of the trail, and nothing is taken away."""
    asker = Asker(Actor("staff:9", "staff", "investigator"), Client())
    inquiry = Inquiry(None, None, asker, Grounds("audit.inspection", "2026-17", " "))
    with pytest.raises(NoGroundsError, match="justification"):
        take(inquiry, a_case([]), SEOUL, NOON)
