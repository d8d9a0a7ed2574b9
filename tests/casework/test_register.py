"""Cases in a database: numbered without holes, taken further by one at a time, never by halves."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from threading import Barrier, Thread

import pytest
from sqlalchemy import event

from investigate.accounts import database
from investigate.accounts.tables import users
from investigate.cases.case import Kept, State, Step
from investigate.cases.errors import (
    NotTheirsError,
    OvertakenError,
    RefusedStepError,
    UnknownCaseError,
)
from investigate.cases.lookup import Wanted
from investigate.cases.register import Found, Said
from investigate.cursor import Paging
from investigate.errors import NotRecordedError, WrongQuestionError
from investigate.web import metrics
from tests.casework.conftest import (
    AUDITOR,
    CLERK,
    DAY,
    FINDING,
    HANDLER,
    INSPECTOR,
    NEW,
    NOON,
    OFFICER,
    OTHER,
    Recorder,
    asks,
)


def test_a_case_goes_its_way(register, record, case, clock):
    """From opened to closed each step is recorded, and its row names its event."""
    register.take(case, Step.ASK, INSPECTOR, asks(), record)
    clock.pass_(60)
    register.take(case, Step.EXPLAIN, CLERK, Said("A caller asked."), record)
    register.take(case, Step.EXPLAIN, CLERK, Said("The caller was the member."), record)
    register.take(case, Step.APPROVE, OFFICER, Said("Plausible."), record)
    told = register.take(case, Step.CLOSE, INSPECTOR, Said(), record)
    steps = ["open", "ask", "explain", "explain", "approve", "close"]
    assert [(case, step) for step in steps] == record.steps
    assert [one.event_id for one in told.taken] == [f"event-{n}" for n in range(1, 7)]
    assert [one.name for one in told.taken][:3] == ["inspector", "inspector", "clerk"]
    assert (told.number, told.state, told.subject) == ("2026-1", State.CLOSED, "member:1")
    assert told.findings == [FINDING]
    assert told.taken[2].at == NOON + 60


def test_the_year_is_the_institutions(register, record, clock):
    """A case opened in the first hours of the year in Seoul has that year's first number."""
    register.open(INSPECTOR, NEW, record)
    clock.seconds = NOON + 32 * DAY + 12 * 3600  # 2026-12-31 15:00 UTC
    assert register.open(INSPECTOR, NEW, record).number == "2027-1"


def test_what_is_not_recorded_does_not_take_place(register, record, case):
    """Where the trail does not take a step it is not there, and its number is not lost."""

    def away(*_):
        raise NotRecordedError("Kafka is away")

    with pytest.raises(NotRecordedError):
        register.open(INSPECTOR, NEW, away)
    with pytest.raises(NotRecordedError):
        register.take(case, Step.ASK, INSPECTOR, asks(), away)
    assert register.find(case).state is State.OPEN
    assert len(register.find(case).taken) == 1
    assert register.open(INSPECTOR, NEW, record).number == "2026-2"


def test_numbers_have_no_holes(register, record):
    """Of many who open cases at once each has a number of their own, and none is left out."""
    barrier = Barrier(4)

    def first(number, subject, taken):
        if number == "2026-1":
            barrier.wait(10)  # all four have asked for the first number
        return record(number, subject, taken)

    with ThreadPoolExecutor(4) as pool:
        numbers = list(pool.map(lambda _: register.open(INSPECTOR, NEW, first).number, range(4)))
    assert sorted(numbers) == [f"2026-{n}" for n in range(1, 5)]
    known = {register.find(number).taken[0].event_id for number in numbers}
    assert len(known) == 4


def test_of_two_at_once_one_succeeds(register, record, case):
    """Two who decide at the same moment do not both: the second is told to look again."""
    register.take(case, Step.ASK, INSPECTOR, asks(), record)
    register.take(case, Step.EXPLAIN, CLERK, Said("A caller asked."), record)
    barrier = Barrier(2)

    def together(number, subject, taken):
        barrier.wait(10)
        return record(number, subject, taken)

    def act(step):
        try:
            return register.take(case, step, OFFICER, Said("Seen."), together).state
        except OvertakenError:
            return None

    with ThreadPoolExecutor(2) as pool:
        states = set(pool.map(act, (Step.APPROVE, Step.ESCALATE)))
    told = register.find(case)
    assert states == {None, told.state}
    assert len(told.taken) == told.steps == 4


def test_a_refused_step_is_not_recorded(register, record, case):
    """What is not theirs, does not follow or is no deadline never comes to the trail."""
    before = len(record.steps)
    refused = [
        (Step.ASK, AUDITOR, asks(), NotTheirsError),
        (Step.CLOSE, OFFICER, Said(), NotTheirsError),
        (Step.APPROVE, OFFICER, Said(), RefusedStepError),
        (Step.ASK, INSPECTOR, asks(deadline=NOON), RefusedStepError),
        (Step.ASK, INSPECTOR, asks(handler="staff:nobody"), RefusedStepError),
        (Step.EXPLAIN, CLERK, Said("Unasked."), NotTheirsError),
    ]
    for step, who, said, error in refused:
        with pytest.raises(error):
            register.take(case, step, who, said, record)
    with pytest.raises(NotTheirsError):
        register.open(OFFICER, NEW, record)
    own = replace(INSPECTOR, actor=HANDLER)
    with pytest.raises(NotTheirsError, match="leave it to others"):
        register.open(own, NEW, record)
    more = Found("", [Kept("f-2", "purpose_not_allowed", "low", f"staff:{INSPECTOR.name}")])
    with pytest.raises(NotTheirsError, match="leave it to others"):
        register.take(case, Step.ADD, INSPECTOR, Said(), record, lambda _: more)
    with pytest.raises(RefusedStepError, match="from findings"):
        register.open(INSPECTOR, replace(NEW, found=Found("", [])), record)
    with pytest.raises(UnknownCaseError):
        register.take("2026-99", Step.CLOSE, INSPECTOR, Said(), record)
    assert len(record.steps) == before


def test_findings_are_added_once(register, record, case):
    """What a case has is not added again; after an answer what is added is asked about anew."""
    more = Found("", [FINDING, Kept("f-2", "many_handlers", "medium", "")])

    def add():
        return register.take(case, Step.ADD, INSPECTOR, Said(), record, lambda _: more)

    told = add()
    assert [one.finding_id for one in told.findings] == ["f-1", "f-2"]
    assert told.subject == ""
    with pytest.raises(RefusedStepError, match="already"):
        add()
    register.take(case, Step.ASK, INSPECTOR, asks(), record)
    register.take(case, Step.EXPLAIN, CLERK, Said("A caller asked."), record)
    more.findings.append(Kept("f-3", "bulk", "low", HANDLER))
    assert add().state is State.OPEN
    with pytest.raises(RefusedStepError, match="let it be decided"):
        register.take(case, Step.CLOSE, INSPECTOR, Said(), record)


def shown(register):
    """What the page of metrics says, by name and state."""
    return {
        (sample.name, tuple(sample.labels.values())): sample.value
        for metric in metrics.Cases(register).collect()
        for sample in metric.samples
    }


def test_it_is_known_in_which_cases_a_finding_is(register, record, case):
    """Of a finding the numbers of its cases are told, of another nothing."""
    other = register.open(INSPECTOR, NEW, record).number
    assert register.having(["f-1", "f-2"]) == {"f-1": [case, other]}
    assert register.having([]) == {}


def test_overdue_is_what_waits_beyond_its_time(register, record, case, clock):
    """An explanation is overdue from its deadline until it comes, or the privacy officer acts."""
    register.take(case, Step.ASK, INSPECTOR, asks(), record)
    assert register.overdue() == 0
    clock.pass_(DAY)
    assert register.overdue() == 1
    assert shown(register)["gamsa_explanations_overdue", ()] == 1
    assert shown(register)["gamsa_cases", ("asked",)] == 1
    assert shown(register)["gamsa_cases", ("closed",)] == 0
    page = register.listed(Wanted(overdue=True), Paging())
    assert [head.number for head in page.rows] == [case]
    register.take(case, Step.ESCALATE, OFFICER, Said("No answer."), record)
    assert register.overdue() == 0
    assert register.counts()[State.ESCALATED] == 1
    assert register.counts()[State.ASKED] == 0


def test_pages_of_cases_follow_one_another(register, record):
    """Each case is on one page, the newest first, though others are opened meanwhile."""
    numbers = [register.open(INSPECTOR, NEW, record).number for _ in range(11)]
    seen, cursor = [], None
    while True:
        page = register.listed(Wanted(mine="inspector"), Paging(cursor, 4))
        seen += [head.number for head in page.rows]
        register.open(INSPECTOR, NEW, record)
        if not page.following:
            break
        cursor = page.following
    assert seen == numbers[::-1]
    assert register.listed(Wanted(mine="nobody"), Paging()).rows == []
    with pytest.raises(WrongQuestionError):
        register.listed(Wanted(state=State.OPEN), Paging(cursor, 4))


def test_a_handler_is_told_what_they_are_asked(register, record, case):
    """The newest question of each case, and whether it still waits for this handler."""
    register.take(case, Step.ASK, INSPECTOR, asks(text="Why?"), record)
    other = register.open(INSPECTOR, NEW, record).number
    register.take(other, Step.ASK, INSPECTOR, asks(handler=OTHER.actor), record)
    register.take(case, Step.EXPLAIN, CLERK, Said("A caller asked."), record)
    register.take(case, Step.ASK, INSPECTOR, asks(text="And then?"), record)
    (asked,) = register.requests_to(HANDLER)
    assert (asked.number, asked.question, asked.awaited) == (case, "And then?", True)
    register.take(case, Step.EXPLAIN, CLERK, Said("Nothing."), record)
    register.take(case, Step.APPROVE, OFFICER, Said(), record)
    assert [one.awaited for one in register.requests_to(HANDLER)] == [False]
    assert [one.number for one in register.requests_to(OTHER.actor)] == [other]
    assert register.requests_to("staff:0999") == []


@pytest.mark.parametrize(("answered", "state"), [(True, State.ANSWERED), (False, State.CLOSED)])
def test_a_handler_sees_nothing_of_a_later_request(register, case, clock, answered, state):
    """Once another is asked, what was theirs is answered or over, however far the other is."""
    register.take(case, Step.ASK, INSPECTOR, asks(), Recorder())
    if answered:
        register.take(case, Step.EXPLAIN, CLERK, Said("A caller asked."), Recorder())
    clock.pass_(DAY)
    later = asks(handler=OTHER.actor, deadline=NOON + 2 * DAY)
    register.take(case, Step.ASK, INSPECTOR, later, Recorder())
    assert [one.state for one in register.requests_to(HANDLER)] == [state]
    assert [one.state for one in register.requests_to(OTHER.actor)] == [State.ASKED]
    register.take(case, Step.EXPLAIN, OTHER, Said("A slip."), Recorder())
    register.take(case, Step.ESCALATE, OFFICER, Said("Not enough."), Recorder())
    assert [one.state for one in register.requests_to(HANDLER)] == [state]
    assert [one.state for one in register.requests_to(OTHER.actor)] == [State.ESCALATED]


def test_whoever_was_removed_is_not_asked(register, accounts, record, case):
    """A handler who may not sign in any more cannot answer, and so is not asked."""
    with accounts.begin() as connection:
        connection.execute(users.update().where(users.c.name == "clerk").values(removed_at=NOON))
    assert register.handlers() == {OTHER.actor}
    with pytest.raises(RefusedStepError, match="--actor staff:0417"):
        register.take(case, Step.ASK, INSPECTOR, asks(), record)


def test_a_backup_has_the_cases(register, record, case, tmp_path):
    """A copy of the accounts holds the cases with their steps and findings."""
    register.take(case, Step.ASK, INSPECTOR, asks(), record)
    kept = database.engine(database.sqlite_url(tmp_path / "kept.sqlite"))
    database.migrate(kept)
    assert database.copy(register.database, kept) == 5
    assert replace(register, database=kept).find(case) == register.find(case)
    kept.dispose()


def test_a_backup_is_of_one_moment(register, record, case, tmp_path):
    """A step that is taken while it is copied is not in it by halves: it can be taken there."""
    step = Thread(target=lambda: register.take(case, Step.ASK, INSPECTOR, asks(), record))

    def meanwhile(_connection, _cursor, statement, *_):
        if "FROM case_steps" not in statement or step.ident is not None:
            return
        step.start()
        step.join(1)  # SQLite lets it end after the copy

    kept = database.engine(database.sqlite_url(tmp_path / "kept.sqlite"))
    database.migrate(kept)
    event.listen(register.database, "before_cursor_execute", meanwhile)
    database.copy(register.database, kept)
    event.remove(register.database, "before_cursor_execute", meanwhile)
    step.join()
    copied = replace(register, database=kept)
    assert copied.take(case, Step.ASK, INSPECTOR, asks(), record).steps == 2
    assert register.find(case).steps == 2
    kept.dispose()
