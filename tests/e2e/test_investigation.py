"""Investigators ask on the command line, and are judged by the same policy."""

import base64
import csv
import json
import re
from datetime import UTC, datetime
from uuid import uuid4

import pyarrow.parquet as pq
import pytest
from click.testing import CliRunner

from audit.topics import ACCESS_EVENTS
from gamsa.cli import gamsa
from gamsa.ports import free_port
from tests.audit.test_codec import an_event
from tests.local_stack.conftest import run_gamsa
from tests.waiting import eventually

pytestmark = pytest.mark.slow

HOSTILE = "=cmd|'/C calc'!A1 \x1b[2J\u202e'; DROP TABLE access_events; --"
ASKED = """
SELECT event_id, verdict, reasons, role, purpose, justification, records, subject, action, path
FROM v_access_events
WHERE source = '/services/investigate' AND actor = {actor:String} AND path LIKE {path:String}
"""
GROUNDS = ("--purpose", "audit.inspection", "--case", "2026-7", "--justification", "a complaint")


@pytest.fixture(name="subject", scope="module")
def _subject(stored):
    return stored[0]["subject"]


@pytest.fixture(name="stored", scope="module")
def _stored(trail, producer):
    """Three accesses to one subject, one of them misuse, with hostile values in one."""
    subject, now = f"member:{uuid4().hex}", datetime.now(UTC).isoformat()
    documents = [an_event(id=str(uuid4()), time=now, subject=subject) for _ in range(3)]
    documents[1]["data"] |= {"purpose": "marketing", "justification": HOSTILE}
    documents[1]["data"]["client"] |= {"user_agent": HOSTILE, "cookie": HOSTILE}
    for document in documents:
        producer.send(ACCESS_EVENTS, json.dumps(document).encode(), key=b"staff:0417")
    producer.flush()
    query = "SELECT count() FROM v_access_events WHERE subject = {subject:String}"
    eventually(lambda: trail.rows(query, {"subject": subject})[0][0] == 3)
    return documents


@pytest.fixture(name="ask")
def _ask(stack, monkeypatch):
    """The command as an investigator of one's own gives it, in this process: it starts sooner."""
    actor = f"staff:{uuid4().hex[:8]}"
    for name in ("GAMSA_KAFKA", "GAMSA_CLICKHOUSE", "GAMSA_POLICY"):
        monkeypatch.delenv(name, raising=False)
    told = {"GAMSA_HOME": str(stack.home), "GAMSA_INVESTIGATOR": actor, "COLUMNS": "300"}

    def run(*arguments):
        return CliRunner(env=told).invoke(gamsa, arguments)

    run.actor = actor
    return run


def recorded(trail, ask, path):
    """The question as the trail has it, judged."""
    where = {"actor": ask.actor, "path": path}
    (row,) = eventually(lambda: trail.rows(ASKED, where))
    names = ("id", "verdict", "reasons", "role", "purpose", "justification", "records")
    return dict(zip((*names, "subject", "action", "path"), row, strict=True))


def test_who_saw_answers_and_the_question_is_an_allowed_access(trail, ask, subject, stored):
    """The answer lists the accesses, and the trail has the question, its grounds and its size."""
    said = ask("who-saw", subject, "--json", *GROUNDS)
    assert said.exit_code == 0, said.stderr
    told = json.loads(said.stdout)
    assert {one["id"] for one in stored} <= {row["event_id"] for row in told["rows"]}
    asked = recorded(trail, ask, "%who-saw")
    assert (asked["verdict"], asked["reasons"]) == ("allowed", [])
    size = len(told["rows"])
    assert (asked["subject"], asked["records"], asked["action"]) == (subject, size, "read")
    assert (asked["role"], asked["justification"]) == ("investigator", "a complaint")
    assert asked["path"] == "/cases/2026-7/questions/who-saw"


def test_a_question_for_a_wrong_purpose_is_misuse(trail, ask, subject):
    """Investigators may inspect; to ask for the sake of a reservation is misuse, and found."""
    said = ask("who-saw", subject, "--json", "--purpose", "reservation.processing")
    assert said.exit_code == 0, said.stderr
    asked = recorded(trail, ask, "/questions/who-saw")
    assert asked["verdict"] == "misuse"
    assert "purpose_not_allowed" in asked["reasons"]
    query = "SELECT count() FROM v_findings WHERE actor = {actor:String}"
    assert eventually(lambda: trail.rows(query, {"actor": ask.actor})[0][0])


def test_who_asked_about_a_person_is_asked_like_all_else(trail, ask, subject):
    """The question of one investigator is among the answers of the next."""
    assert ask("who-saw", subject, *GROUNDS).exit_code == 0
    asked = recorded(trail, ask, "%who-saw")
    told = json.loads(ask("who-saw", subject, "--json", *GROUNDS).stdout)
    assert asked["id"] in [row["event_id"] for row in told["rows"]]


def test_a_question_about_a_handler_is_one_about_a_person(trail, ask, stored):
    """The handler is its subject, so that who asked about a handler can be asked as well."""
    handler = stored[0]["data"]["actor"]["id"]
    assert ask("actor", handler, *GROUNDS).exit_code == 0
    assert recorded(trail, ask, "%actor?%")["subject"] == handler


def test_what_follows_of_a_handler_is_of_the_same_month(ask, stored, tomorrow):
    """It is told with which --from a cursor still fits after midnight."""
    question = "actor", stored[0]["data"]["actor"]["id"], *GROUNDS, "--json", "--limit", "1"
    told = json.loads(ask(*question).stdout)
    (more,) = re.findall("--from .*", ask(*(one for one in question if one != "--json")).stderr)
    assert more.startswith(f"--from {told['start']} --cursor ")
    tomorrow()
    said = ask(*question, *more.split())
    assert said.exit_code == 0, said.stderr
    (row,) = json.loads(said.stdout)["rows"]
    assert row["event_id"] != told["rows"][0]["event_id"]


def test_no_purpose_no_answer(ask, subject):
    """It is wrong use: status 2, and nothing is told."""
    said = ask("who-saw", subject)
    assert said.exit_code == 2
    assert "--purpose" in said.stderr
    assert said.stdout == ""


def test_no_record_no_answer(stack, subject, tmp_path):
    """While Kafka is away nothing is told: status 3, nothing but the sentence that says so."""
    away = {"GAMSA_KAFKA": f"127.0.0.1:{free_port()}"}
    for arguments in (("who-saw", subject), ("export", str(tmp_path / "x.csv"))):
        said = run_gamsa(stack.home, *arguments, *GROUNDS, **away)
        assert said.returncode == 3, said.stderr
        assert "not recorded that it was asked" in said.stderr
        assert said.stdout == ""
    assert list(tmp_path.iterdir()) == []


def test_why_quotes_the_clause(trail, ask, stored):
    """Event, clause, check and version, for people and for programs; the subject is on record."""
    event = stored[1]["id"]
    told = json.loads(ask("why", event, "--json", *GROUNDS).stdout)
    assert told["grounds"][0]["check"] == "unknown_purpose"
    assert told["in_force"]["policy"] == "seoul-reservation"
    assert recorded(trail, ask, "%why?%")["subject"] == stored[1]["subject"]
    said = ask("why", event, "--lang", "ko", *GROUNDS)
    assert said.exit_code == 0, said.stderr
    assert told["grounds"][0]["clause"] in said.stdout
    assert ask("why", "no-such-event", *GROUNDS).exit_code == 1


@pytest.mark.parametrize(
    "arguments",
    [
        ("life", "{subject}"),
        ("actor", "staff:0417"),
        ("where", "--ip", "203.0.113.9"),
        ("where", "--cookie", HOSTILE),
        ("session", "s-77"),
        ("touched", "user_personal_information", "--item", "mobile"),
        ("recipient", "district:jongno"),
        ("count", "--by", "purpose", "--by", "day", "--subject", "{subject}"),
        ("findings", "--lang", "ko"),
    ],
    ids=lambda arguments: arguments[0],
)
def test_every_question_is_answered_to_people(ask, subject, arguments):
    """As a table or a page of text in which no character is one that a terminal obeys."""
    said = ask(*(one.format(subject=subject) for one in arguments), *GROUNDS)
    assert said.exit_code == 0, said.stderr
    assert said.stdout
    assert all(line.isprintable() for line in said.stdout.splitlines())


@pytest.mark.parametrize("ending", ["ndjson", "csv", "parquet"])
def test_evidence_is_taken_away_whole(trail, ask, stored, tmp_path, ending):
    """Every access with its exact bytes, for its owner alone, and the export is on record."""
    file = tmp_path / f"evidence.{ending}"
    of = ("--subject", stored[0]["subject"], "--source", stored[0]["source"])
    said = ask("export", str(file), *of, *GROUNDS)
    assert said.exit_code == 0, said.stderr
    rows = read_back(file)
    assert [json.loads(row["document"]) for row in rows] == stored
    assert file.stat().st_mode & 0o777 == 0o600
    assert list(tmp_path.iterdir()) == [file]
    asked = recorded(trail, ask, "%export?%")
    assert (asked["action"], asked["records"], asked["verdict"]) == ("export", 3, "allowed")
    again = ask("export", str(file), *of, *GROUNDS)
    assert (again.exit_code, "is there already" in again.stderr) == (2, True)


def test_a_spreadsheet_gets_no_formula_from_the_trail(ask, stored, tmp_path):
    """What an event holds as a formula is text in the CSV, and whole in the other formats."""
    for ending in ("csv", "ndjson"):
        file = str(tmp_path / f"e.{ending}")
        assert ask("export", file, "--event-id", stored[1]["id"], *GROUNDS).exit_code == 0
    (row,) = read_back(tmp_path / "e.csv")
    assert row["user_agent"] == f"'{HOSTILE}"
    (row,) = read_back(tmp_path / "e.ndjson")
    assert row["user_agent"] == HOSTILE
    assert "\x1b" not in (tmp_path / "e.ndjson").read_text()


def read_back(file):
    """The rows of an export."""
    if file.suffix == ".parquet":
        rows = pq.read_table(file).to_pylist()
    elif file.suffix == ".csv":
        with file.open(newline="") as text:
            rows = list(csv.DictReader(text))
    else:
        rows = [json.loads(line) for line in file.read_text().splitlines()]
    return rows


def test_a_cookie_is_masked_until_somebody_says_why(trail, ask, subject, stored):
    """In tables and JSON it is hidden; to see it takes a reason, and is on record."""
    cookie = stored[0]["data"]["client"]["cookie"]
    for arguments in (("who-saw", subject), ("why", stored[0]["id"]), ("actor", "staff:0417")):
        said = ask(*arguments, "--json", *GROUNDS)
        assert said.exit_code == 0, said.stderr
        assert cookie not in said.stdout
    refused = ask("who-saw", subject, "--json", "--unmask", *GROUNDS[:4])
    assert (refused.exit_code, "--justification" in refused.stderr) == (2, True)
    shown = ask("who-saw", subject, "--json", "--unmask", *GROUNDS)
    assert cookie in shown.stdout
    asked = recorded(trail, ask, "%who-saw?unmask=all")
    assert (asked["verdict"], asked["justification"]) == ("allowed", "a complaint")


def test_groups_by_cookie_are_masked_and_their_pages_follow(ask, subject, stored):
    """A cookie is neither in a row nor in a cursor; who names it sees it."""
    cookies = [one["data"]["client"]["cookie"] for one in stored[:2]]
    by, seen, cursor = ("--by", "cookie", "--by", "user_agent", "--subject", subject), [], ()
    while True:
        said = ask("count", *by, "--limit", "1", "--json", *cursor, *GROUNDS)
        told = json.loads(said.stdout)
        seen += [row["key"][0] for row in told["rows"]]
        if told["next"] is None:
            break
        assert not any(one.encode() in base64.urlsafe_b64decode(told["next"]) for one in cookies)
        cursor = ("--cursor", told["next"])
    assert len(set(seen)) == len(seen) >= 2
    assert set(seen).isdisjoint(cookies)
    named = json.loads(ask("where", "--cookie", cookies[1], "--json", *GROUNDS).stdout)
    assert cookies[1] in {row["key"][3] for row in named["rows"]}


def test_pages_follow_each_other(ask, subject, stored):
    """The cursor of one page leads to the next, and fits no other question."""
    first = json.loads(ask("who-saw", subject, "--json", "--limit", "2", *GROUNDS).stdout)
    second = json.loads(
        ask("who-saw", subject, "--json", "--cursor", first["next"], *GROUNDS).stdout
    )
    seen = [row["event_id"] for row in first["rows"] + second["rows"]]
    assert {one["id"] for one in stored} <= set(seen)
    assert len(seen) == len(set(seen))
    wrong = ask("who-saw", "member:other", "--cursor", first["next"], *GROUNDS)
    assert wrong.exit_code == 2
    assert "does not belong to this question" in wrong.stderr
