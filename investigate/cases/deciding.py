"""Which step may follow in a case, and whose it is."""

from collections.abc import Iterable, Mapping

from investigate.accounts.users import Role
from investigate.cases.case import Case, Kept, Person, State, Step
from investigate.cases.errors import NotTheirsError, RefusedStepError

WHOSE: Mapping[Step, Role] = {
    Step.OPEN: Role.INVESTIGATOR,
    Step.ADD: Role.INVESTIGATOR,
    Step.ASK: Role.INVESTIGATOR,
    Step.EXPLAIN: Role.HANDLER,
    Step.APPROVE: Role.PRIVACY_OFFICER,
    Step.ESCALATE: Role.PRIVACY_OFFICER,
    Step.CLOSE: Role.INVESTIGATOR,
}

FOLLOWS: Mapping[tuple[State, Step], State] = {
    (State.OPEN, Step.ADD): State.OPEN,
    (State.OPEN, Step.ASK): State.ASKED,
    (State.OPEN, Step.CLOSE): State.CLOSED,
    (State.ASKED, Step.ASK): State.ASKED,
    (State.ASKED, Step.EXPLAIN): State.ANSWERED,
    (State.ASKED, Step.ESCALATE): State.ESCALATED,
    # What is added was not asked about: it is asked anew.
    (State.ANSWERED, Step.ADD): State.OPEN,
    (State.ANSWERED, Step.ASK): State.ASKED,
    (State.ANSWERED, Step.EXPLAIN): State.ANSWERED,
    (State.ANSWERED, Step.APPROVE): State.APPROVED,
    (State.ANSWERED, Step.ESCALATE): State.ESCALATED,
    (State.APPROVED, Step.CLOSE): State.CLOSED,
    (State.ESCALATED, Step.CLOSE): State.CLOSED,
}
"""The state after a step; what is not here does not follow."""

AFTER_THE_DEADLINE = frozenset({(State.ASKED, Step.ASK), (State.ASKED, Step.ESCALATE)})
"""What only follows when the handler let the time pass."""

UNLESS_ASKED = State.OPEN, Step.CLOSE
"""What does not follow once somebody was asked: a privacy officer decides then."""


def decide(case: Case, step: Step, who: Person, now: int, asked: str | None = None) -> State:
    """The state after this step of this person; `asked` is whom they ask.

    Raises NotTheirsError for what is somebody else's, RefusedStepError for what does not follow.
    """
    _theirs(case, step, who, asked)
    after = FOLLOWS.get((case.state, step))
    if after is None:
        follows = possible(case.state)
        raise RefusedStepError(
            f"the case is {case.state}, and {step} does not follow; "
            f"{'what does: ' + ', '.join(follows) if follows else 'nothing does'}"
        )
    if (case.state, step) in AFTER_THE_DEADLINE and not case.overdue(now):
        raise RefusedStepError(f"the handler may still answer: {step} when the deadline is over")
    if (case.state, step) == UNLESS_ASKED and _askers(case):
        raise RefusedStepError(
            "a handler was asked: ask about what was added, and let it be decided"
        )
    return after


def possible(state: State) -> list[Step]:
    """The steps that may follow in this state, of whomever."""
    return [step for known, step in FOLLOWS if known is state]


def allowed(case: Case, who: Person, now: int) -> frozenset[Step]:
    """The steps that this person may take."""

    def is_allowed(step: Step) -> bool:
        try:
            decide(case, step, who, now)
        except (NotTheirsError, RefusedStepError):
            return False
        return True

    return frozenset(filter(is_allowed, Step))


def check_apart(who: Person, findings: Iterable[Kept]) -> None:
    """Raise NotTheirsError for somebody whose own findings are among these."""
    if who.own & {one.actor for one in findings}:
        raise NotTheirsError("who is found here takes no other step; leave it to others")


def _theirs(case: Case, step: Step, who: Person, asked: str | None) -> None:
    if who.role is not WHOSE[step]:
        raise NotTheirsError(f"to {step} is for the role {WHOSE[step]}, not {who.role}")
    if step is Step.EXPLAIN:
        if who.actor != case.asked:
            raise NotTheirsError("another handler is asked; what was said stays")
        return
    check_apart(who, case.findings)
    if who.own & {asked, *(one.asked for one in case.taken)}:
        raise NotTheirsError("who is asked to explain takes no other step; leave it to others")
    if step in {Step.APPROVE, Step.ESCALATE} and who.name in _askers(case):
        raise NotTheirsError("who asked does not decide; leave it to another privacy officer")


def _askers(case: Case) -> frozenset[str]:
    return frozenset(one.name for one in case.taken if one.what is Step.ASK)
