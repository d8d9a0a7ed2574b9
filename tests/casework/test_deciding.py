"""Which step may follow, and whose it is."""

from dataclasses import replace
from datetime import UTC, date, datetime
from itertools import product
from zoneinfo import ZoneInfo

import pytest

from investigate.accounts.users import Role
from investigate.cases.case import Case, Person, State, Step, Taken, instant, key, told_to
from investigate.cases.deciding import (
    AFTER_THE_DEADLINE,
    FOLLOWS,
    UNLESS_ASKED,
    WHOSE,
    allowed,
    decide,
)
from investigate.cases.errors import NotTheirsError, RefusedStepError, UnknownCaseError
from tests.casework.conftest import (
    AUDITOR,
    CLERK,
    DAY,
    FINDING,
    HANDLER,
    INSPECTOR,
    NOON,
    OFFICER,
    OTHER,
)

ASKED = Taken(2, Step.ASK, NOON, "inspector", Role.INVESTIGATOR, "Why?", HANDLER, NOON + DAY)
OWN = {Role.INVESTIGATOR: INSPECTOR, Role.PRIVACY_OFFICER: OFFICER, Role.HANDLER: CLERK}


def a_case(state, taken=(ASKED,)):
    head = ("2026-17", "Reads", "audit.inspection", "", "inspector", NOON, state, 2)
    return Case(*head, HANDLER, NOON + DAY, taken, [FINDING])


@pytest.mark.parametrize(("state", "step"), list(product(State, Step)))
def test_a_step_follows_or_is_refused_with_a_reason(state, step):
    """Of whom the step is, it follows as the table says; else it is said what follows instead."""
    now = NOON + DAY if (state, step) in AFTER_THE_DEADLINE else NOON
    case, who = a_case(state, () if (state, step) == UNLESS_ASKED else (ASKED,)), OWN[WHOSE[step]]
    if (state, step) in FOLLOWS:
        assert decide(case, step, who, now) is FOLLOWS[state, step]
        assert step in allowed(case, who, now)
        return
    with pytest.raises(RefusedStepError, match=f"the case is {state}, and {step} does not follow"):
        decide(case, step, who, now)
    assert step not in allowed(case, who, now)


def test_every_state_can_be_reached_and_closed():
    """No state is a dead end but `closed`, and each is reached from an open case."""
    reached = {State.OPEN}
    for _ in State:
        reached |= {after for (before, _), after in FOLLOWS.items() if before in reached}
    assert reached == set(State)
    assert {before for before, _ in FOLLOWS} == set(State) - {State.CLOSED}


@pytest.mark.parametrize(
    ("step", "who"),
    [
        (step, who)
        for step, who in product(Step, (INSPECTOR, OFFICER, CLERK, AUDITOR))
        if who.role is not WHOSE[step]
    ],
    ids=str,
)
def test_a_step_is_of_one_role(step, who):
    """No other role takes it, in whatever state the case is."""
    for state in State:
        with pytest.raises(NotTheirsError, match=f"is for the role {WHOSE[step]}"):
            decide(a_case(state), step, who, NOON + DAY)


@pytest.mark.parametrize("step", sorted(step for _, step in AFTER_THE_DEADLINE))
def test_a_handler_has_their_time(step):
    """Until the deadline is over nobody asks again or escalates."""
    with pytest.raises(RefusedStepError, match="may still answer"):
        decide(a_case(State.ASKED), step, OWN[WHOSE[step]], NOON + DAY - 1)


def test_only_who_is_asked_answers():
    """Another handler's answer is refused, also of one who was asked before."""
    for state in (State.ASKED, State.ANSWERED):
        with pytest.raises(NotTheirsError, match="another handler is asked"):
            decide(a_case(state), Step.EXPLAIN, OTHER, NOON)


def test_who_asked_does_not_decide():
    """A privacy officer who asked when they were an investigator leaves it to another."""
    asked = replace(ASKED, name=OFFICER.name)
    for step in (Step.APPROVE, Step.ESCALATE):
        with pytest.raises(NotTheirsError, match="who asked does not decide"):
            decide(a_case(State.ANSWERED, [asked]), step, OFFICER, NOON)


@pytest.mark.parametrize("who", [INSPECTOR, OFFICER], ids=str)
def test_who_is_asked_decides_nothing(who):
    """Whoever was asked in a case, under another account, takes no step but to explain."""
    same = replace(who, actor=HANDLER)
    for step in (step for step in Step if WHOSE[step] is who.role):
        with pytest.raises(NotTheirsError, match="takes no other step"):
            decide(a_case(State.ANSWERED), step, same, NOON)


@pytest.mark.parametrize("actor", [f"staff:{OFFICER.name}", "staff:0777"])
def test_whose_findings_they_are_decides_nothing(actor):
    """Nobody takes a step in a case about themselves, be it what they asked here."""
    about = [replace(FINDING, actor=actor)]
    case, who = (
        replace(a_case(State.ANSWERED), findings=about),
        replace(OFFICER, actor="staff:0777"),
    )
    with pytest.raises(NotTheirsError, match="takes no other step"):
        decide(case, Step.APPROVE, who, NOON)


def test_nobody_asks_themselves():
    """An investigator who is a handler, too, cannot be the one whom they ask."""
    same = Person("inspector", Role.INVESTIGATOR, HANDLER)
    with pytest.raises(NotTheirsError, match="takes no other step"):
        decide(a_case(State.OPEN, []), Step.ASK, same, NOON, HANDLER)


def test_a_handler_is_told_their_own():
    """Who is asked after another sees their own request, and what follows it."""
    again = replace(ASKED, step=4, asked=OTHER.actor)
    said = Taken(3, Step.EXPLAIN, NOON, "clerk", Role.HANDLER, "It was a call.")
    done = Taken(5, Step.APPROVE, NOON, "desk.privacy", Role.PRIVACY_OFFICER, "")
    case = a_case(State.APPROVED, [ASKED, said, again, done])
    assert told_to(case, HANDLER) == [ASKED, said]
    assert told_to(case, OTHER.actor) == [again, done]
    assert told_to(case, "staff:0999") == []


@pytest.mark.parametrize(
    ("deadline", "over"),
    [
        (date(2026, 11, 30), datetime(2026, 11, 30, 15, tzinfo=UTC)),
        (datetime(2026, 11, 30, 9, 30, tzinfo=UTC), datetime(2026, 11, 30, 9, 30, tzinfo=UTC)),
    ],
)
def test_a_day_ends_where_the_institution_is(deadline, over):
    """A deadline that is a day lasts until that day is over in Seoul; an instant is one."""
    assert instant(deadline, ZoneInfo("Asia/Seoul")) == int(over.timestamp())


@pytest.mark.parametrize(
    "deadline",
    [
        date(9999, 12, 31),
        datetime(9999, 12, 31, 23, 59, 59, tzinfo=UTC),
        datetime(9999, 1, 1, tzinfo=UTC),
    ],
)
def test_a_deadline_is_one_that_pages_can_show(deadline):
    """The end of time is refused, which no zone has a day for."""
    with pytest.raises(RefusedStepError, match="no deadline"):
        instant(deadline, ZoneInfo("Asia/Seoul"))


@pytest.mark.parametrize(
    "number", ["", "17", "2026-0", "2026-017", "2026-", "2026-1 ", "\uff12026-1", "2026-1\n"]
)
def test_what_is_no_number_is_no_case(number):
    """A number has one way to be written."""
    with pytest.raises(UnknownCaseError):
        key(number)
