"""What becomes of a case's findings in the trail."""

import logging
from dataclasses import replace

import pytest

from investigate.accounts.users import Role
from investigate.cases.case import Case, State, Step, Taken
from investigate.cases.statuses import STATUSES, Statuses, status
from investigate.questions import findings
from investigate.reading import Reader
from tests.casework.conftest import FINDING, HANDLER, NOON

SAID = "SELECT finding_id, status, changed_by FROM finding_statuses FINAL ORDER BY finding_id"


def a_case(state, *steps, number="2026-17"):
    taken = [
        Taken(at, step, NOON + at, "inspector", Role.INVESTIGATOR, "")
        for at, step in enumerate((Step.OPEN, *steps), 1)
    ]
    head = (number, "Reads", "audit.inspection", "", "inspector", NOON, state, len(taken))
    return Case(*head, HANDLER, None, taken, [FINDING])


@pytest.mark.parametrize(
    ("case", "said"),
    [
        (a_case(State.OPEN), "in_case"),
        (a_case(State.APPROVED, Step.ASK, Step.EXPLAIN, Step.APPROVE), "in_case"),
        (a_case(State.CLOSED, Step.CLOSE), "dismissed"),
        (a_case(State.CLOSED, Step.ASK, Step.EXPLAIN, Step.APPROVE, Step.CLOSE), "explained"),
        (a_case(State.CLOSED, Step.ASK, Step.ESCALATE, Step.CLOSE), "misuse"),
    ],
)
def test_a_closed_case_settles_its_findings(case, said):
    """As it was decided; until then they are in a case."""
    assert status(case) == said
    assert said in STATUSES


@pytest.mark.slow
def test_the_trail_says_what_the_last_step_made_of_a_finding(trail, database):
    """Whatever is told twice; what is settled is open no more, and is asked for by its status."""
    statuses = Statuses(database)
    statuses.tell([a_case(State.OPEN)])
    closed = a_case(State.CLOSED, Step.ASK, Step.ESCALATE, Step.CLOSE)
    statuses.tell([closed])
    statuses.tell([a_case(State.OPEN), closed])
    assert trail.rows(SAID) == [("f-1", "misuse", "staff:inspector")]


@pytest.mark.slow
def test_what_the_trail_did_not_take_is_told_later(trail, database, caplog):
    """A step is taken although ClickHouse is away; the next one tells of both."""
    away = Statuses("http://127.0.0.1:1")
    with caplog.at_level(logging.WARNING):
        away.tell([a_case(State.OPEN)])
    assert "findings of 2026-17 keep their status" in caplog.text
    back = replace(away, clickhouse=database)
    other = replace(a_case(State.CLOSED, Step.CLOSE), number="2026-18")
    back.tell([replace(other, findings=[replace(FINDING, finding_id="f-2")])])
    assert [row[:2] for row in trail.rows(SAID)] == [("f-1", "in_case"), ("f-2", "dismissed")]


@pytest.mark.parametrize("wrong", ["settled", "NEW", "' OR 1"])
def test_another_status_is_refused(wrong):
    """Before anything is asked, with those that there are."""
    with pytest.raises(findings.WrongQuestionError, match="open, new, in_case"):
        findings.open_findings(Reader(None), findings.Wanted(status=wrong), findings.Paging())
