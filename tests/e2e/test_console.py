"""People ask in the console of a running stack, and are judged by the same policy."""

import csv
import hashlib
import io
import json
from datetime import UTC, datetime, timedelta
from urllib.parse import urlencode
from uuid import uuid4

import httpx2
import pyarrow.parquet as pq
import pytest

from audit.topics import ACCESS_EVENTS
from investigate.accounts.users import Role
from investigate.web.rights import may
from investigate.web.words import words
from policies import load_policy
from storage import detections
from stream.detectors.shared_cookie import SHARED_COOKIE
from tests.accounts.conftest import GOOD
from tests.audit.test_codec import an_event
from tests.e2e.conftest import console_with
from tests.local_stack.conftest import run_gamsa
from tests.waiting import eventually

pytestmark = pytest.mark.slow

HOSTILE = "=cmd|'/C calc'!A1 <script>alert(1)</script> '; DROP TABLE access_events; --"
COOKIE = "c0ffee-4711-0815-secret"
GROUNDS = {"purpose": "audit.inspection", "case": "2026-17", "justification": "a complaint"}
ASKED = """
SELECT verdict, role, purpose, justification, records, subject, action
FROM v_access_events
WHERE source = '/services/investigate' AND actor = {actor:String} AND path LIKE {path:String}
"""
NAMES = {
    "investigator": "inspector",
    "security_staff": "desk.security",
    "privacy_officer": "desk.privacy",
    "auditor": "desk.audit",
}


@pytest.fixture(name="address", scope="module")
def _address(stack, tmp_path_factory):
    """The console of the stack, which comes up once somebody may sign in."""
    people = {name: ["--role", role] for role, name in NAMES.items()}
    return console_with(stack, tmp_path_factory.mktemp("secret"), people)


@pytest.fixture(name="events", scope="module")
def _events(trail, producer):
    """Three accesses to one subject, one of them misuse, with hostile values in it."""
    subject, now = f"member:{uuid4().int}", datetime.now(UTC).isoformat()
    documents = [an_event(id=str(uuid4()), time=now, subject=subject) for _ in range(3)]
    for document in documents:
        document["data"]["client"] |= {"cookie": COOKIE}
    documents[1]["data"] |= {"purpose": "marketing", "justification": HOSTILE}
    documents[1]["data"]["client"] |= {"user_agent": HOSTILE}
    for document in documents:
        producer.send(ACCESS_EVENTS, json.dumps(document).encode(), key=b"staff:0417")
    producer.flush()
    query = "SELECT count() FROM v_access_events WHERE subject = {subject:String}"
    eventually(lambda: trail.rows(query, {"subject": subject})[0][0] == 3)
    return documents


@pytest.fixture(name="subject", scope="module")
def _subject(events):
    return events[0]["subject"]


@pytest.fixture(name="people", scope="module")
def _people(address):
    """Somebody of each role, signed in with a password, once."""
    people = {}
    for role, name in NAMES.items():
        client = httpx2.Client(base_url=address, timeout=60)
        told = client.post("/v1/session", json={"name": name, "password": GOOD})
        assert told.status_code == 200, told.text
        client.headers["X-CSRF-Token"] = told.json()["form_secret"]
        people[role] = client
    yield people
    for client in people.values():
        client.close()


@pytest.fixture(name="inspector")
def _inspector(people):
    return people["investigator"]


def recorded(trail, actor, path):
    """The question as the trail has it, judged."""
    where = {"actor": f"staff:{actor}", "path": path}
    rows = eventually(lambda: trail.rows(ASKED, where))
    names = ("verdict", "role", "purpose", "justification", "records", "subject", "action")
    return [dict(zip(names, row, strict=True)) for row in rows]


def test_a_question_is_answered_and_is_an_allowed_access(trail, inspector, subject, events):
    """The accesses come, and the trail has the signed-in user's question, judged allowed."""
    grounds = GROUNDS | {"case": "first"}
    told = inspector.get("/v1/who-saw", params={"subject": subject, **grounds}).json()
    assert {one["id"] for one in events} <= {row["event_id"] for row in told["rows"]}
    (asked,) = recorded(trail, "inspector", "/cases/first/questions/who-saw")
    assert (asked["verdict"], asked["role"]) == ("allowed", "investigator")
    assert (asked["subject"], asked["records"]) == (subject, len(told["rows"]))


def test_every_role_asks_as_itself(trail, people):
    """What each role may ask is, for that role, an allowed access."""
    for role, client in people.items():
        answer = client.get(
            "/v1/findings", params={"purpose": "audit.inspection", "case": "roles"}
        )
        assert answer.status_code == 200, answer.text
        (asked,) = recorded(trail, NAMES[role], "/cases/roles/questions/findings?status=open")
        assert (asked["role"], asked["verdict"]) == (role, "allowed")


def test_a_wrong_purpose_is_misuse(trail, inspector, subject):
    """A purpose that is not an investigator's is answered, recorded, and judged misuse."""
    given = {"subject": subject, "purpose": "statistics.service", "case": "wrong"}
    assert inspector.get("/v1/life", params=given).status_code == 200
    (asked,) = recorded(trail, "inspector", "/cases/wrong/questions/life")
    assert (asked["verdict"], asked["purpose"]) == ("misuse", "statistics.service")


@pytest.mark.parametrize("grounds", [{}, {"purpose": " "}, {"case": "2026-17"}])
def test_no_purpose_no_answer(inspector, subject, grounds):
    """Without a purpose nothing is answered."""
    answer = inspector.get("/v1/who-saw", params={"subject": subject, **grounds})
    assert answer.status_code == 400
    assert "purpose" in answer.json()["detail"]


@pytest.mark.parametrize(
    ("path", "given"),
    [
        ("life", {"subject": "SUBJECT"}),
        ("actor", {"actor": "staff:0417"}),
        ("where", {"cookie": COOKIE}),
        ("session-of", {"session": "s-77"}),
        ("request-of", {"request_id": "r-81a2"}),
        ("touched", {"file": "user_personal_information", "item": "name"}),
        ("recipient", {"recipient": "district:jongno"}),
        ("count", {"by": ["verdict", "purpose"]}),
        ("findings", {"status": "all", "lang": "ko"}),
        ("why", {"event": "EVENT"}),
    ],
)
def test_every_question_is_answered(inspector, subject, events, path, given):
    """Each question of the command line is one of the API, too."""
    places = {"SUBJECT": subject, "EVENT": events[1]["id"]}
    asked = {name: places.get(str(value), value) for name, value in given.items()}
    answer = inspector.get(f"/v1/{path}", params={**asked, **GROUNDS})
    assert answer.status_code == 200, answer.text


def test_pages_follow_one_another(inspector, subject):
    """Pages of one row hold each access once, and a cursor of another question is refused."""
    ids, cursor = [], None
    while True:
        asked = {
            "subject": subject,
            "limit": 1,
            **GROUNDS,
            **({"cursor": cursor} if cursor else {}),
        }
        told = inspector.get("/v1/who-saw", params=asked).json()
        ids += [row["event_id"] for row in told["rows"]]
        if not told["next"]:
            break
        cursor = told["next"]
    assert len(ids) == len(set(ids)) >= 3
    wrong = inspector.get("/v1/life", params={"subject": subject, "cursor": cursor, **GROUNDS})
    assert wrong.status_code == 400


def test_a_masked_value_is_shown_for_a_reason(trail, inspector, subject, events):
    """A cookie is masked in lists; who says why sees it, and that is on record."""
    rows = inspector.get("/v1/who-saw", params={"subject": subject, **GROUNDS}).json()["rows"]
    assert not any(COOKIE in json.dumps(row) for row in rows)
    wanted = {"event": events[0]["id"], "field": "cookie", "purpose": "audit.inspection"}
    assert inspector.post("/v1/unmask", json=wanted).status_code == 400
    wanted |= {"case": "unmask", "justification": "to follow the browser"}
    assert inspector.post("/v1/unmask", json=wanted).json()["value"] == COOKIE
    (asked,) = recorded(trail, "inspector", "/cases/unmask/questions/unmask/cookie?event%id=%")
    assert asked["justification"] == "to follow the browser"
    assert (asked["subject"], asked["verdict"]) == (subject, "allowed")


@pytest.mark.parametrize("format_", ["ndjson", "csv", "parquet"])
def test_an_export_is_whole_and_recorded(trail, inspector, subject, format_):
    """An export holds the accesses, harmless to a spreadsheet, and its size is on record."""
    given = {"subject": subject, "verdict": "misuse", "format": format_, **GROUNDS}
    given["case"] = f"export-{format_}"
    answer = inspector.get("/v1/export", params=given)
    assert answer.status_code == 200, answer.text
    rows = {
        "ndjson": lambda body: [json.loads(line) for line in body.splitlines()],
        "csv": lambda body: list(csv.DictReader(io.StringIO(body.decode()))),
        "parquet": lambda body: pq.read_table(io.BytesIO(body)).to_pylist(),
    }[format_](answer.content)
    (row,) = [one for one in rows if one["purpose"] == "marketing"]
    assert row["user_agent"].lstrip("'") == HOSTILE
    assert format_ != "csv" or row["user_agent"].startswith("'=")
    (asked,) = recorded(
        trail, "inspector", f"/cases/export-{format_}/questions/export?verdict=misuse"
    )
    assert (asked["action"], asked["records"]) == ("export", len(rows))


def test_an_export_wants_a_reason(inspector, subject):
    """Nothing is taken away without a justification."""
    given = {"subject": subject, "format": "csv", "purpose": "audit.inspection"}
    answer = inspector.get("/v1/export", params=given)
    assert answer.status_code == 400
    assert answer.headers["content-type"] == "application/problem+json"


def test_the_auditor_sees_who_asked_what(people, inspector, subject):
    """The auditor reads the questions of others with their grounds, and asks none of them."""
    inspector.get("/v1/who-saw", params={"subject": subject, **GROUNDS})
    auditor = people["auditor"]

    def asked():
        told = auditor.get("/v1/inquiries", params={"actor": "staff:inspector", **GROUNDS}).json()
        return [row for row in told["rows"] if row["path"].endswith("/who-saw")]

    assert eventually(asked)[0]["justification"] == "a complaint"
    refused = auditor.get("/v1/who-saw", params={"subject": subject, **GROUNDS})
    assert refused.status_code == 403


def test_hostile_values_are_values(people):
    """Whatever stands in any parameter, a question is answered or refused, and nothing fails.

    What may be asked is read from the API's own description.
    """
    officer = people["privacy_officer"]
    paths = officer.get("/v1/openapi.json").json()["paths"]
    mine = {path for path in paths if may(Role.PRIVACY_OFFICER, "GET", path)}
    asked = {path: one["get"] for path, one in paths.items() if path in mine}
    questions = {path: one["parameters"] for path, one in asked.items() if "parameters" in one}
    assert len(questions) > 10
    for path, parameters in questions.items():
        names = {one["name"] for one in parameters}
        for hostile in (HOSTILE, "\x00\u202e\\' {x:String} %s", "é" * 512):
            given = dict.fromkeys(names - {"start", "end", "limit", "cursor"}, hostile) | GROUNDS
            choices = {"format": "csv", "by": "verdict", "lang": "ko", "severity": "high"}
            choices["verdict"] = "misuse"
            given |= {name: value for name, value in choices.items() if name in names}
            answer = officer.get(path, params=given)
            assert answer.status_code in {200, 400, 404}, (path, answer.text)


def test_what_is_not_there_is_said(inspector):
    """An unknown event and an empty export are a problem 404, which names no file of ours."""
    answer = inspector.get("/v1/why", params={"event": str(uuid4()), **GROUNDS})
    assert answer.status_code == 404
    nothing = {"subject": f"member:{uuid4().int}", "format": "csv", **GROUNDS}
    answer = inspector.get("/v1/export", params=nothing)
    assert answer.status_code == 404
    assert "/" not in answer.json()["detail"]


@pytest.fixture(name="reader")
def _reader(inspector):
    """The same person with grounds for the pages, as a browser."""
    secret = inspector.headers["X-CSRF-Token"]
    kept = inspector.post("/grounds", data={"csrf": secret, **GROUNDS})
    assert kept.headers["location"] == "/"
    return inspector


@pytest.mark.parametrize("lang", ["en", "ko"])
def test_the_pages_show_what_was_asked(reader, subject, events, lang):
    """The search box leads to the page of a subject, a handler, a cookie and an event."""
    typed = {subject: "user_personal_information", "staff:0417": 'class="heat"'}
    typed |= {f"cookie:{COOKIE}": "staff:0417", events[1]["id"]: "blockquote"}
    for text, shown in typed.items():
        found = reader.get("/search", params={"q": text})
        page = reader.get(f"{found.headers['location']}&lang={lang}")
        assert page.status_code == 200, page.text
        assert shown in page.text
        assert f'lang="{lang}"' in page.text
        assert "<script" not in page.text


def test_the_dashboards_of_the_stack_lead_here(stack, address):
    """Copies of the dashboards in the home know where this console is."""
    told = run_gamsa(stack.home, "status", COLUMNS="200").stdout
    folder = stack.home / "grafana" / "dashboards"
    assert f"GF_GAMSA_DASHBOARDS={folder}" in told
    assert address in (folder / "people.json").read_text(encoding="utf-8")


def test_a_page_is_about_the_time_that_was_asked_for(reader, subject, trail):
    """What was outside of the time is not shown; the question is on record with it."""
    now = datetime.now(load_policy().newest.zone)
    inside = {"id": subject, "start": (now - timedelta(days=1)).isoformat(), "end": ""}
    shown = reader.get("/subject", params=inside).text
    assert "user_personal_information" in shown
    begun = f"{now - timedelta(days=1):%Y-%m-%dT%H:%M:%S}"
    assert f'name="start" type="datetime-local" step="1" value="{begun}"' in shown
    later = {"start": f"{now + timedelta(days=1):%Y-%m-%dT%H:%M}"}
    for path, given in (("/subject", {"id": subject}), ("/where", {"cookie": COOKIE})):
        page = reader.get(path, params=given | later)
        assert page.status_code == 200
        assert "user_personal_information" not in page.text
        assert "staff:0417" not in page.text
    assert recorded(trail, "inspector", "%/questions/who-saw?start=%")
    assert reader.get("/handler", params=inside | {"id": "staff:0417"}).status_code == 200
    assert reader.get("/findings", params={"severity": "critical"}).status_code == 200
    assert reader.get("/findings", params={"severity": "all"}).status_code == 400


def test_a_page_is_narrowed_as_the_dashboard_was_that_led_to_it(reader, subject, trail):
    """It says to what, leads to the whole, and is on record with it."""
    for name, value, seen in (
        ("role", "reservation_officer", True),
        ("role", "All", True),
        ("role", "another<br>", False),
        ("file", "another", False),
    ):
        page = reader.get(
            "/subject", params={"id": subject, f"var-{name}": value, "lang": "en"}
        ).text
        assert ("user_personal_information" in page) == seen
        assert (">Show all<" in page) == (value != "All")
        assert ("another&lt;br&gt;" in page) == ("<" in value)
    assert f'href="/subject?{urlencode({"id": subject})}">Show all' in page
    assert recorded(trail, "inspector", "%/questions/who-saw?among_file=another")
    wide = reader.get("/handler", params={"id": "staff:0417"}).text
    narrow = reader.get(
        "/handler", params={"id": "staff:0417", "var-file": "user_personal_information"}
    ).text
    assert "usual" in wide
    assert "usual" not in narrow


def test_a_page_unmasks_for_a_reason(reader, events):
    """The event's page masks the cookie, and its form shows it to who says why."""
    page = reader.get("/event", params={"id": events[0]["id"]}).text
    assert COOKIE not in page
    assert '<option value="cookie">' in page
    given = {"event": events[0]["id"], "field": "cookie", "justification": "to follow it"}
    given["csrf"] = reader.headers["X-CSRF-Token"]
    assert COOKIE in reader.post("/unmask", data=given).text
    assert f'name="source" value="{events[0]["source"]}"' in page
    assert reader.post("/unmask", data={**given, "source": "/services/other"}).status_code == 404


def test_findings_and_inquiries_are_pages(trail, people, reader):
    """The inbox of findings is for everyone, who asked what is for the auditor."""
    assert reader.get("/findings").status_code == 200
    assert reader.get("/inquiries").status_code == 403
    assert recorded(trail, "inspector", "%findings?status=open")
    auditor = people["auditor"]
    auditor.post("/grounds", data={"csrf": auditor.headers["X-CSRF-Token"], **GROUNDS})

    def shown():
        page = auditor.get("/inquiries").text
        return "staff:inspector" in page and "/questions/findings?status=open" in page

    assert eventually(shown)


def test_a_finding_shows_no_cookie(trail, people, reader):
    """Of a stolen cookie every role reads what was found, and not the cookie."""
    members, now = f"member:1, member:{uuid4().int}", datetime.now(UTC)
    given = {"key": COOKIE, "who": members, "networks_seen": 2}
    event = detections.Event("t", 0, 1, str(uuid4()), now, "member:1", "/services/reservation")
    found = detections.Detection(
        *(str(uuid4()), "shared_cookie", "high", "Art. 9(3)2", "", COOKIE, now, now),
        *(SHARED_COOKIE.title.en, SHARED_COOKIE.title.ko),
        *(SHARED_COOKIE.sentence.en.format(**given), SHARED_COOKIE.sentence.ko.format(**given)),
        *(SHARED_COOKIE.runbook, False, (event,)),
    )
    detections.store(trail, [found])
    for client in people.values():
        for lang in ("en", "ko"):
            asked = {"detector": "shared_cookie", "lang": lang, **GROUNDS}
            told = client.get("/v1/findings", params=asked).text
            assert members in told
            assert COOKIE not in told
    page = reader.get("/findings").text
    assert members in page
    assert COOKIE not in page


def test_what_was_asked_is_on_record(trail, people, inspector):
    """The auditor reads which handler was asked about, and of a cookie that it was the same."""
    grounds = GROUNDS | {"case": "a/b"}
    assert inspector.get("/v1/where", params={"cookie": COOKIE, **grounds}).status_code == 200
    hashed = hashlib.sha256(COOKIE.encode()).hexdigest()[:12]
    path = f"/cases/a%2Fb/questions/where?cookie=~{hashed}"
    assert recorded(trail, "inspector", "/cases/a_2Fb/questions/where?cookie=%")
    told = people["auditor"].get("/v1/inquiries", params=GROUNDS).json()["rows"]
    assert path in [row["path"] for row in told]


@pytest.mark.parametrize(("lang", "scheme"), [("en", "light"), ("ko", "dark")])
def test_a_browser_finds_its_way(chromium, address, events, lang, scheme):
    """Without scripts, by keyboard, somebody signs in, says the grounds, and reads why."""
    context = chromium.new_context(color_scheme=scheme, java_script_enabled=False)
    page, said = context.new_page(), []
    page.on("console", lambda message: said.append(message.text))
    page.goto(f"{address}/sign-in?lang={lang}")
    assert words(lang)["sign_in"] in page.title()
    page.fill("#name", NAMES["investigator"])
    page.fill("#password", GOOD)
    page.press("#password", "Enter")
    page.select_option("#purpose", "audit.inspection")
    page.fill("#justification", HOSTILE)
    page.press("#case", "Enter")
    page.fill("#q", events[1]["id"])
    page.press("#q", "Enter")
    page.wait_for_url("**/event?**")
    assert page.locator("html").get_attribute("lang") == lang
    assert page.locator(".big .misuse").count() == 1
    assert page.locator("blockquote").count() >= 1
    assert HOSTILE in page.locator(".facts").text_content()
    unnamed = "input:not([type=hidden]):not([id]), select:not([id]), table:not(:has(thead th))"
    assert page.locator(unnamed).count() == 0
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth") is True
    assert said == []
    context.close()
