"""A case from its findings to its end, in the console of a running stack, each step on record."""

import hashlib
import io
import json
import re
import stat
import zipfile
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import httpx2
import pytest
from click.testing import CliRunner

from audit.topics import ACCESS_EVENTS
from gamsa.cli import gamsa
from tests.accounts.conftest import GOOD
from tests.audit.test_codec import an_event
from tests.e2e.conftest import console_with
from tests.waiting import eventually

pytestmark = pytest.mark.slow

HOSTILE = "=cmd|'/C calc'!A1 <script>alert(1)</script> '; DROP TABLE cases; --"
HANDLER, OTHER = f"staff:{uuid4().int}", f"staff:{uuid4().int}"
SECRET = "c0ffee-0815-4711-secret"
NAMES = {
    "investigator": "case.inspector",
    "privacy_officer": "case.privacy",
    "auditor": "case.audit",
    "handler": "case.clerk",
    "other": "case.other",
}
STATUSES = "SELECT actor, status FROM v_findings WHERE finding_id IN {ids:Array(String)}"
STEP = """
SELECT event_id, verdict, role, purpose, subject, method, path FROM v_access_events
WHERE source = '/services/investigate' AND path LIKE {path:String} ORDER BY occurred_at
"""


@pytest.fixture(name="address", scope="module")
def _address(stack, tmp_path_factory):
    """The console of the stack, with accounts for this module."""
    bound = {"handler": ["--actor", HANDLER], "other": ["--actor", OTHER]}
    people = {
        name: ["--role", role.replace("other", "handler"), *bound.get(role, [])]
        for role, name in NAMES.items()
    }
    return console_with(stack, tmp_path_factory.mktemp("secret"), people)


@pytest.fixture(name="people", scope="module")
def _people(address):
    """Somebody of each role, signed in, with grounds where their role has any."""
    people = {}
    for role, name in NAMES.items():
        client = httpx2.Client(base_url=address, timeout=60)
        told = client.post("/v1/session", json={"name": name, "password": GOOD})
        assert told.status_code == 200, told.text
        secret = told.json()["form_secret"]
        client.headers["X-CSRF-Token"] = secret
        if told.json()["role"] != "handler":
            client.post("/grounds", data={"csrf": secret, "purpose": "audit.inspection"})
        people[role] = client
    yield people
    for client in people.values():
        client.close()


@pytest.fixture(name="findings", scope="module")
def _findings(trail, producer):
    """The findings of two handlers who read the same person for no purpose of the policy."""
    subject, now = f"member:{uuid4().int}", datetime.now(UTC).isoformat()
    for actor in (HANDLER, OTHER):
        document = an_event(id=str(uuid4()), time=now, subject=subject)
        document["data"] |= {"purpose": "marketing", "justification": HOSTILE}
        document["data"]["actor"] |= {"id": actor}
        document["data"]["client"] |= {"cookie": SECRET}
        producer.send(ACCESS_EVENTS, json.dumps(document).encode(), key=actor.encode())
    producer.flush()
    query = "SELECT finding_id FROM v_findings WHERE actor IN {actors:Array(String)}"

    def found():
        rows = [row for (row,) in trail.rows(query, {"actors": [HANDLER, OTHER]})]
        return rows if len(rows) >= 2 else None

    return sorted(eventually(found)), subject


def opened(people, findings, title="Reads for marketing"):
    given = {"title": title, "findings": findings[0], "purpose": "audit.inspection"}
    answer = people["investigator"].post("/v1/cases", json=given)
    assert answer.status_code == 201, answer.text
    number = answer.json()["number"]
    assert answer.headers["location"] == f"/v1/cases/{number}"
    return number


def asked(people, number, question="Why did you read this?", handler=HANDLER):
    until = (datetime.now(UTC) + timedelta(days=3)).isoformat()
    given = {"handler": handler, "question": question, "deadline": until}
    answer = people["investigator"].post(f"/v1/cases/{number}/ask", json=given)
    assert answer.status_code == 200, answer.text
    return answer.json()


def act(people, role, number, step, **given):
    return people[role].post(f"/v1/cases/{number}/{step}", json=given)


def test_a_case_goes_its_way_on_record(trail, people, findings):
    """Opened, asked, answered, approved, closed: every step is an allowed access in the trail."""
    number = opened(people, findings)
    assert asked(people, number)["state"] == "asked"
    assert act(people, "handler", number, "explain", text="A caller asked.").status_code == 200
    assert act(people, "privacy_officer", number, "approve", text="Plausible.").status_code == 200
    assert act(people, "investigator", number, "close").json()["state"] == "closed"
    told = people["auditor"].get(f"/v1/cases/{number}").json()
    assert [one["what"] for one in told["steps"]] == ["open", "ask", "explain", "approve", "close"]
    assert told["allowed"] == []
    ids = {"ids": [one["finding_id"] for one in told["findings"]]}
    # Who was not asked is not explained.
    assert set(trail.rows(STATUSES, ids)) == {(HANDLER, "explained"), (OTHER, "in_case")}
    assert {one["actor"] for one in told["findings"]} == {HANDLER, OTHER}

    def recorded():
        rows = trail.rows(STEP, {"path": f"/cases/{number}/steps/%"})
        # Another file's console counts its cases from one, too, in the same trail.
        mine = [row for row in rows if row[4] == findings[1]]
        return mine if len(mine) == 5 else None

    rows = eventually(recorded)
    assert [row[0] for row in rows] == [one["event_id"] for one in told["steps"]]
    assert {row[1] for row in rows} == {"allowed"}
    roles = ["investigator", "investigator", "handler", "privacy_officer", "investigator"]
    assert [row[2] for row in rows] == roles
    assert {row[3:6] for row in rows} == {("audit.inspection", findings[1], "POST")}
    digest = hashlib.sha256(b"A caller asked.").hexdigest()
    assert rows[2][6].endswith(f"/steps/explain?step=3&text_sha256={digest}")


def test_a_handler_sees_their_own_alone(trail, people, findings):
    """The handler sees the question and their own accesses, masked; others see no such case."""
    number = opened(people, findings)
    assert people["handler"].get(f"/v1/explanations/{number}").status_code == 404
    asked(people, number)
    told = people["handler"].get(f"/v1/explanations/{number}").json()
    (event,) = told["events"]
    assert (event["verdict"], event["purpose"]) == ("misuse", "marketing")
    assert SECRET not in json.dumps(told)
    assert OTHER not in json.dumps(told)
    assert told["awaited"] is True
    (mine,) = [
        row
        for row in people["handler"].get("/v1/explanations").json()["rows"]
        if row["number"] == number
    ]
    assert (mine["question"], mine["awaited"]) == ("Why did you read this?", True)
    other = people["other"]
    assert other.get(f"/v1/explanations/{number}").status_code == 404
    assert other.get(f"/explanations/{number}").status_code == 404
    assert act(people, "other", number, "explain", text="I did not.").status_code == 404
    assert number not in other.get("/v1/explanations").text
    for path in ("/v1/findings?purpose=audit.inspection", f"/v1/cases/{number}", "/findings"):
        assert people["handler"].get(path).status_code == 403
    seen = {"path": f"/cases/{number}/questions/explanation%"}
    assert eventually(lambda: trail.rows(STEP, seen))[0][1:3] == ("allowed", "handler")


def test_what_does_not_follow_is_said(people, findings):
    """A step out of its turn, for nobody, or until a time that is over is a problem 409."""
    number = opened(people, findings)
    assert act(people, "privacy_officer", number, "approve").status_code == 409
    late = {"handler": HANDLER, "question": "Why?", "deadline": "2020-01-01"}
    refused = act(people, "investigator", number, "ask", **late)
    assert (refused.status_code, refused.json()["detail"][:12]) == (409, "the deadline")
    nobody = late | {"deadline": "2999-01-01", "handler": "staff:nobody"}
    assert act(people, "investigator", number, "ask", **nobody).status_code == 409
    naive = late | {"deadline": "2999-01-01T09:00:00"}
    assert act(people, "investigator", number, "ask", **naive).status_code == 400
    again = act(people, "investigator", number, "findings", findings=findings[0])
    assert again.status_code == 409
    unknown = act(people, "investigator", number, "findings", findings=["no such finding"])
    assert unknown.status_code == 404
    for wrong in ({"text": " \u202e\x00 "}, {"text": "é" * 4001}, {}):
        assert act(people, "handler", number, "explain", **wrong).status_code == 400


def test_cases_are_listed(trail, people, findings):
    """Lists are filtered and paged, and who asked for one is on record."""
    numbers = {opened(people, findings) for _ in range(3)}
    asked_for = {"purpose": "audit.inspection", "case": "list", "limit": 2, "mine": True}
    seen, cursor = [], None
    while True:
        more = {"cursor": cursor} if cursor else {}
        told = people["investigator"].get("/v1/cases", params=asked_for | more).json()
        seen += [row["number"] for row in told["rows"]]
        if not (cursor := told["next"]):
            break
    assert len(seen) == len(set(seen))
    assert numbers <= set(seen)
    late = people["auditor"].get("/v1/cases?overdue=true&purpose=audit.inspection").json()
    assert not numbers & {row["number"] for row in late["rows"]}
    path = "/cases/list/questions/cases?mine=case.inspector"
    assert eventually(lambda: trail.rows(STEP, {"path": path}))


@pytest.mark.parametrize("lang", ["en", "ko"])
def test_the_pages_lead_through_a_case(people, findings, lang):
    """By forms alone a case is opened, asked and answered; what people write stays text."""
    reader, clerk, officer = (
        people[role] for role in ("investigator", "handler", "privacy_officer")
    )
    csrf = {role: people[role].headers["X-CSRF-Token"] for role in people}
    inbox = reader.get(f"/findings?lang={lang}&status=all").text
    assert f'name="finding:{findings[0][0]}"' in inbox
    chosen = {f"finding:{one}": "on" for one in findings[0][:1]}
    given = chosen | {"csrf": csrf["investigator"], "title": HOSTILE}
    place = reader.post("/cases", data=given).headers["location"]
    number = place.rpartition("/")[2]
    more = {f"finding:{findings[0][1]}": "on", "number": number, "csrf": csrf["investigator"]}
    assert reader.post("/cases", data=more).headers["location"] == place
    assert f'<a href="{place}">{number}</a>' in reader.get("/findings?status=all").text
    page = reader.get(place).text
    assert f'<option value="{HANDLER}">{HANDLER}</option>' in page
    question = {"handler": HANDLER, "question": HOSTILE, "deadline": "2999-01-01"}
    told = reader.post(f"{place}/ask", data=question | {"csrf": csrf["investigator"]})
    assert told.headers["location"] == place, told.text
    assert clerk.get("/").headers["location"] == "/explanations"
    assert f'href="/explanations/{number}"' in clerk.get("/explanations").text
    answer = {"text": f"{HOSTILE}\r\nsecond line", "csrf": csrf["handler"]}
    told = clerk.post(f"/explanations/{number}", data=answer)
    assert told.headers["location"] == f"/explanations/{number}"
    escalated = {"text": HOSTILE, "csrf": csrf["privacy_officer"]}
    assert officer.post(f"{place}/escalate", data=escalated).headers["location"] == place
    for client, path in (
        *((reader, place), (reader, "/cases?state=escalated"), (officer, "/cases")),
        *((clerk, f"/explanations/{number}"), (clerk, "/explanations")),
    ):
        answer = client.get(f"{path}{'&' if '?' in path else '?'}lang={lang}")
        assert answer.status_code == 200, answer.text
        assert "&lt;script&gt;alert(1)&lt;/script&gt;" in answer.text
        assert not re.search(r"<script|style=|\son\w+=|https?://", answer.text)
        assert f'lang="{lang}"' in answer.text
    assert "second line" in reader.get(place).text


@pytest.fixture(name="run")
def _run(stack, monkeypatch):
    """Give a command on the stack's machine, in this process."""
    for name in ("GAMSA_KAFKA", "GAMSA_CLICKHOUSE", "GAMSA_POLICY", "GAMSA_ACCOUNTS"):
        monkeypatch.delenv(name, raising=False)
    told = {"GAMSA_HOME": str(stack.home), "GAMSA_INVESTIGATOR": "staff:console", "COLUMNS": "300"}
    return lambda *arguments: CliRunner(env=told).invoke(gamsa, arguments)


def test_a_case_is_taken_away(trail, people, findings, run, tmp_path):
    """The API, the button and the command each give a bundle, for a reason, and on record."""
    number = opened(people, findings)
    path = f"/v1/cases/{number}/bundle"
    assert people["auditor"].get(f"{path}?justification=x").status_code == 403
    assert people["investigator"].get(path).status_code == 400
    assert people["investigator"].get(f"{path}?justification=%20").status_code == 400
    answer = people["investigator"].get(f"{path}?justification=for+the+board&lang=ko")
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-disposition"] == f'attachment; filename="case-{number}.zip"'
    form = {"csrf": people["privacy_officer"].headers["X-CSRF-Token"], "justification": "board"}
    page = people["privacy_officer"].post(f"/cases/{number}/bundle", data=form)
    assert page.headers["content-type"] == "application/zip"
    file = tmp_path / "case.zip"
    taken = run("case", "bundle", number, str(file), "--justification", "board")
    assert taken.exit_code == 0, taken.output
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    exports = set()
    for body in (answer.content, page.content, file.read_bytes()):
        with zipfile.ZipFile(io.BytesIO(body)) as whole:
            manifest = json.loads(whole.read("manifest.json"))
            assert manifest["case"]["number"] == number
            assert manifest["events"] == 2
            for name, one in manifest["files"].items():
                assert hashlib.sha256(whole.read(name)).hexdigest() == one["sha256"]
        exports.add(manifest["event_id"])

    def recorded():
        rows = trail.rows(STEP, {"path": f"/cases/{number}/questions/bundle%"})
        return rows if len(rows) == 3 else None

    assert {row[0] for row in eventually(recorded)} == exports
    listed = run("case", "list", "--purpose", "audit.inspection", "--json")
    assert number in [row["number"] for row in json.loads(listed.stdout)["rows"]]
    shown = run("case", "show", number)
    assert "case.inspector" in shown.output
    assert run("case", "show", "2026-99999").exit_code == 1
