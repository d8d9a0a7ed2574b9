"""What becomes of a case's findings in the trail."""

import logging
from dataclasses import replace

import pytest

from investigate.accounts.users import Role
from investigate.cases.case import Case, Kept, State, Step, Taken
from investigate.cases.register import Found, Said
from investigate.cases.statuses import STATUSES, Statuses, settled, status
from investigate.questions import findings
from investigate.reading import Reader
from tests.casework.conftest import (
    DAY,
    FINDING,
    HANDLER,
    INSPECTOR,
    NEW,
    NOON,
    OFFICER,
    Recorder,
    asks,
)

SAID = "SELECT finding_id, status, changed_by FROM finding_statuses FINAL ORDER BY finding_id"


OTHERS = Kept("f-2", "bulk", "low", "staff:0555")
NOBODYS = Kept("f-3", "many_handlers", "low", "")


def a_case(state, *steps, at=0):
    taken = [
        Taken(
            step, what, NOON + at + step, "inspector", Role.INVESTIGATOR, "",
            asked=HANDLER if what is Step.ASK else None,
        )
        for step, what in enumerate((Step.OPEN, *steps), 1)
    ]  # fmt: skip
    head = ("2026-17", "Reads", "audit.inspection", "", "inspector", NOON, state, len(taken))
    return Case(*head, HANDLER, None, taken, [FINDING, OTHERS, NOBODYS])


OPENED = a_case(State.OPEN, at=500)
DISMISSED = a_case(State.CLOSED, Step.CLOSE, at=600)
APPROVED = a_case(State.CLOSED, Step.ASK, Step.EXPLAIN, Step.APPROVE, Step.CLOSE)
ESCALATED = a_case(State.CLOSED, Step.ASK, Step.ESCALATE, Step.CLOSE, at=100)


@pytest.mark.parametrize(
    ("case", "said"),
    [
        (OPENED, "in_case"),
        (a_case(State.APPROVED, Step.ASK, Step.EXPLAIN, Step.APPROVE), "in_case"),
        (DISMISSED, "dismissed"),
        (APPROVED, "explained"),
        (ESCALATED, "misuse"),
    ],
)
def test_a_closed_case_settles_its_findings(case, said):
    """As it was decided; until then they are in a case."""
    assert status(case, FINDING) == said
    assert said in STATUSES


def test_who_was_not_asked_is_not_found_guilty():
    """A decision settles the findings of who was asked, and of nobody; others stay in a case."""
    assert [status(ESCALATED, one) for one in ESCALATED.findings] == ["misuse", None, "misuse"]
    assert settled([ESCALATED], OTHERS.finding_id)[0] == "in_case"
    assert settled([ESCALATED, DISMISSED], OTHERS.finding_id)[0] == "dismissed"


@pytest.mark.parametrize(
    ("cases", "said"),
    [
        ([ESCALATED, OPENED, DISMISSED], "misuse"),
        ([APPROVED, DISMISSED], "explained"),
        ([APPROVED, ESCALATED], "misuse"),
        ([DISMISSED, OPENED], "in_case"),
    ],
)
def test_nobody_alone_turns_a_decision_around(cases, said):
    """Of the cases that have a finding the latest decision counts, whatever is closed after."""
    assert settled(cases, FINDING.finding_id)[0] == said
    assert settled(cases[::-1], FINDING.finding_id)[0] == said


@pytest.mark.slow
def test_the_trail_says_what_the_last_step_made_of_a_finding(
    trail, database, register, case, clock
):
    """Whatever is told twice, and whatever an investigator does alone after a decision."""
    statuses = Statuses(database)
    statuses.tell(register, [case])
    assert trail.rows(SAID) == [("f-1", "in_case", "staff:inspector")]
    register.take(case, Step.ASK, INSPECTOR, asks(), Recorder())
    clock.pass_(DAY)
    register.take(case, Step.ESCALATE, OFFICER, Said("No answer."), Recorder())
    register.take(case, Step.CLOSE, INSPECTOR, Said(), Recorder())
    statuses.tell(register, [case])
    assert trail.rows(SAID) == [("f-1", "misuse", "staff:inspector")]
    clock.pass_(60)
    again = register.open(INSPECTOR, NEW, Recorder()).number
    statuses.tell(register, [again])
    register.take(again, Step.CLOSE, INSPECTOR, Said(), Recorder())
    statuses.tell(register, [again])
    statuses.tell(register, register.numbers())
    assert trail.rows(SAID) == [("f-1", "misuse", "staff:inspector")]


@pytest.mark.slow
def test_what_the_trail_did_not_take_is_told_later(trail, database, register, case, caplog):
    """A step is taken although ClickHouse is away; the next one tells of both."""
    away = Statuses("http://127.0.0.1:1")
    with caplog.at_level(logging.WARNING):
        away.tell(register, [case])
    assert "findings of 2026-1 keep their status" in caplog.text
    found = Found("", [replace(FINDING, finding_id="f-2")])
    other = register.open(INSPECTOR, replace(NEW, found=found), Recorder()).number
    register.take(other, Step.CLOSE, INSPECTOR, Said(), Recorder())
    replace(away, clickhouse=database).tell(register, [other])
    assert [row[:2] for row in trail.rows(SAID)] == [("f-1", "in_case"), ("f-2", "dismissed")]


@pytest.mark.parametrize("wrong", ["settled", "NEW", "' OR 1"])
def test_another_status_is_refused(wrong):
    """Before anything is asked, with those that there are."""
    with pytest.raises(findings.WrongQuestionError, match="open, new, in_case"):
        findings.open_findings(Reader(None), findings.Wanted(status=wrong), findings.Paging())
