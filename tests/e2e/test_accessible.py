"""Every page of the console, as people with and without sight or mouse find it: axe-core's rules.

With GAMSA_SCREENSHOTS=FOLDER each page is also kept there as a picture, to be looked at.
"""

import json
import os
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import urlsplit
from uuid import uuid4

import httpx2
import pytest

from audit.topics import ACCESS_EVENTS
from tests.audit.test_codec import an_event
from tests.e2e.conftest import CLERK, HANDLER, INSPECTOR, OFFICER, signed_in
from tests.waiting import eventually

pytestmark = pytest.mark.slow

SUBJECT, EVENT, COOKIE = f"member:{uuid4().int}", str(uuid4()), f"c0ffee-{uuid4().hex}"
FILE, RECIPIENT = "user_personal_information", f"district:{uuid4().hex}"
LONG = "같은 회원의 예약을 여러 번 조회한 이유를 설명해 주십시오. " * 8
PAGES = {
    "sign-in": (None, "/sign-in"),
    "home": (OFFICER, "/?grounds=missing"),
    "subject": (OFFICER, f"/subject?id={SUBJECT}"),
    "handler": (OFFICER, f"/handler?id={HANDLER}"),
    "where": (OFFICER, f"/where?cookie={COOKIE}"),
    "life": (OFFICER, f"/life?id={SUBJECT}"),
    "session": (OFFICER, "/session?id=s-77"),
    "request": (OFFICER, "/request?id=r-81a2"),
    "touched": (OFFICER, f"/touched?file={FILE}&item=name"),
    "recipient": (OFFICER, f"/recipient?id={RECIPIENT}"),
    "count": (OFFICER, f"/count?by=purpose&by=day&by=weekday&subject={SUBJECT}"),
    "count-form": (OFFICER, "/count?verdict=misuse"),
    "event": (OFFICER, f"/event?id={EVENT}"),
    "findings": (INSPECTOR, "/findings"),
    "inquiries": (OFFICER, "/inquiries"),
    "export": (OFFICER, f"/export?subject={SUBJECT}&since=2020-01-01"),
    "cases": (OFFICER, "/cases"),
    "case-officer": (OFFICER, "/cases/{number}"),
    "case-inspector": (INSPECTOR, "/cases/{number}"),
    "explanations": (CLERK, "/explanations"),
    "explanation": (CLERK, "/explanations/{number}"),
    "problem": (OFFICER, "/event?id=nothing"),
}
SERIOUS = {"serious", "critical"}


@pytest.fixture(name="number", scope="module")
def _number(trail, producer, served):
    """The case of a finding that somebody is asked to explain."""
    document = an_event(id=EVENT, time=datetime.now(UTC).isoformat(), subject=SUBJECT)
    document["data"] |= {"purpose": "marketing", "justification": "<b>a & b</b>"}
    document["data"] |= {"recipient": RECIPIENT}
    document["data"]["client"] |= {"cookie": COOKIE}
    producer.send(ACCESS_EVENTS, json.dumps(document).encode(), key=HANDLER.encode())
    producer.flush()
    query = "SELECT finding_id FROM v_findings WHERE has(event_ids, {event:String})"
    ((finding,), *_) = eventually(lambda: trail.rows(query, {"event": EVENT}))
    until = (datetime.now(UTC) + timedelta(days=3)).isoformat()
    opening = {"title": "마케팅 목적 조회", "findings": [finding], "purpose": "audit.inspection"}
    question = {"handler": HANDLER, "question": LONG, "deadline": until}
    with httpx2.Client(
        base_url=served.address.url, headers=signed_in(served, INSPECTOR), timeout=60
    ) as inspector:
        opened = inspector.post("/v1/cases", json=opening)
        assert opened.status_code == 201, opened.text
        number = opened.json()["number"]
        asked = inspector.post(f"/v1/cases/{number}/ask", json=question)
        assert asked.status_code == 200, asked.text
    return number


@pytest.fixture(name="visit")
def _visit(chromium, served):
    """A page of this person's, with grounds, as a browser of this kind shows it."""
    contexts = []

    def visit(who, path, **kind):
        context = chromium.new_context(base_url=served.address.url, **kind)
        contexts.append(context)
        if who is not None:
            given = signed_in(served, who)
            name, _, token = given["Cookie"].partition("=")
            context.add_cookies([{"name": name, "value": token, "url": served.address.url}])
            served.sessions.set_grounds(token, "audit.inspection", "2026-17", "a complaint")
        page = context.new_page()
        answer = page.goto(path)
        assert answer.status == (404 if path.startswith("/event?id=nothing") else 200)
        assert urlsplit(page.url).path == urlsplit(path).path
        return page

    yield visit
    for context in contexts:
        context.close()


@pytest.mark.parametrize(("lang", "scheme"), [("en", "light"), ("ko", "dark")])
@pytest.mark.parametrize("name", PAGES)
def test_a_page_has_no_serious_fault(visit, number, name, lang, scheme):
    """No serious or critical violation in either language and scheme, on wide and narrow screens.

    Nothing is wider than a telephone, either.
    """
    axe = pytest.importorskip("axe_playwright_python.sync_playwright").Axe()
    who, path = PAGES[name]
    path = path.format(number=number)
    page = visit(who, f"{path}{'&' if '?' in path else '?'}lang={lang}", color_scheme=scheme)
    for width in (1280, 360):
        page.set_viewport_size({"width": width, "height": 800})
        keep(page, f"{name}-{lang}-{scheme}-{width}")
        found = axe.run(page).response["violations"]
        told = [(one["id"], [node["html"] for node in one["nodes"]]) for one in found]
        assert {one["impact"] for one in found}.isdisjoint(SERIOUS), told
        assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_a_serious_fault_is_seen(visit):
    """The check can fail: a page without a language is one that nobody can read aloud."""
    axe = pytest.importorskip("axe_playwright_python.sync_playwright").Axe()
    page = visit(None, "/sign-in")
    page.evaluate("document.documentElement.removeAttribute('lang')")
    found = axe.run(page).response["violations"]
    assert [one["id"] for one in found if one["impact"] in SERIOUS] == ["html-has-lang"]


def keep(page, name):
    """A picture of the page, where somebody wants to look at it."""
    folder = os.environ.get("GAMSA_SCREENSHOTS")
    if folder:
        page.screenshot(path=Path(folder, f"{name}.png"), full_page=True)
