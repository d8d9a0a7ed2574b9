"""Months of the simulated city: repeatable, coherent, ordinary where nothing is planted."""

from collections import defaultdict
from datetime import date
from itertools import islice

import pytest
from click.testing import CliRunner

from audit import business, roster
from audit.codec import decode, microseconds
from audit.events import ReceivedEvent
from audit.judge import judge
from gamsa.months import simulate_months
from policies import load_policy
from producers.months import files
from producers.months.calendar import LARGEST_DRIFT, is_worked
from producers.months.city import months
from producers.plots.kinds import KINDS, RELATED, VARIANTS
from producers.plots.truth import Case, read
from producers.wire import AccessEvent, BusinessEvent, RosterEntry, encode
from tests.producers.test_city import REFERS_TO

DAYS = 100


@pytest.fixture(name="lived", scope="module")
def _lived():
    """A hundred days of a small city."""
    return list(months(seed=2, days=DAYS, members=600, staff=20))


@pytest.fixture(name="cases", scope="module")
def _cases(lived):
    """What is planted in them."""
    return [one.what for one in lived if isinstance(one.what, Case)]


@pytest.fixture(name="ordinary", scope="module")
def _ordinary(lived, cases):
    """The accesses that belong to no case."""
    planted = {event for case in cases for event in case.events}
    return [
        one for one in lived if isinstance(one.what, AccessEvent) and one.what.id not in planted
    ]


def told(lived, kind):
    return [one for one in lived if isinstance(one.what, kind)]


def test_the_same_seed_gives_the_same_bytes(lived):
    """Months lived again are the same, ids included."""
    again = months(seed=2, days=DAYS, members=600, staff=20)
    assert all(
        (one.at, encode(one.what)) == (other.at, encode(other.what))
        for one, other in zip(lived, again, strict=True)
    )


@pytest.mark.parametrize("changed", [{"seed": 3}, {"first_day": date(2026, 3, 4)}])
def test_another_seed_or_day_is_another_city(lived, changed):
    """No event id is shared."""
    other = months(**{"seed": 2, "days": DAYS, "members": 600, "staff": 20, **changed})
    ids = {one.what.id for one in islice(other, 3_000)}
    assert not ids & {one.what.id for one in told(lived, AccessEvent)}


@pytest.mark.parametrize(("days", "members", "staff"), [(1, 20, 1), (60, 40, 1), (3, 5_000, 90)])
def test_a_city_may_have_any_size(days, members, staff):
    """From a day of twenty members on; an id is never used twice."""
    lived = list(months(seed=1, days=days, members=members, staff=staff))
    ids = [one.what.id for one in lived if not isinstance(one.what, Case)]
    assert len(ids) == len(set(ids)) > members // 10


def test_everything_comes_in_the_order_in_which_it_reaches_the_broker(lived):
    """Services' clocks are off by no more than seconds."""
    happened = [one for one in lived if not isinstance(one.what, Case)]
    assert [one.at for one in happened] == sorted(one.at for one in happened)
    for one in told(lived, AccessEvent):
        assert abs(microseconds(one.what.time) - one.at) <= LARGEST_DRIFT
    for one in told(lived, BusinessEvent):
        assert abs(microseconds(one.what.time) - one.at) < 1_000


def test_the_worker_reads_everything(lived):
    """Access events, business events and entries are what their contracts want."""
    for one in lived:
        if isinstance(one.what, AccessEvent):
            assert isinstance(decode(encode(one.what), one.at), ReceivedEvent)
        elif isinstance(one.what, BusinessEvent):
            read = business.decode(encode(one.what))
            assert isinstance(read, business.BusinessEvent)
            assert read.data.kind in business.KINDS
        elif isinstance(one.what, RosterEntry):
            assert isinstance(roster.decode(encode(one.what)), roster.RosterEntry)


def test_the_policy_allows_whatever_is_ordinary(ordinary):
    """No access that is not planted is misuse by itself, however long the city is watched."""
    policy = load_policy()
    for one in ordinary:
        received = decode(encode(one.what), one.at)
        assert not judge(received, policy).reasons, one


def test_staff_read_what_a_business_event_before_it_refers_to(lived, cases):
    """In ordinary stories there is a reservation, payment or request before each access."""
    planted = {event for case in cases for event in case.events}
    known, opened, referring = defaultdict(set), set(), 0
    for _, what in lived:
        if isinstance(what, BusinessEvent):
            known[what.subject].add(what.data.kind)
            if what.data.kind == "ticket_opened":
                opened.add(what.data.reference)
        if not isinstance(what, AccessEvent) or what.id in planted:
            continue
        access = what.data
        if access.actor.kind in {"member", "system"} or not what.subject:
            continue
        if access.purpose == "operation.maintenance":
            ticket = access.justification.split(":")[0].replace("ticket ", "ticket:")
            assert ticket in opened
        elif access.purpose in REFERS_TO:
            referring += 1
            assert REFERS_TO[access.purpose] in known[what.subject], what
    assert referring > 1_000


def test_nothing_happens_to_a_member_before_joining_or_after_leaving(lived, ordinary):
    """But that the privacy officer disposes of what is left."""
    times = defaultdict(dict)
    for one in told(lived, BusinessEvent):
        times[one.what.data.kind].setdefault(one.what.subject, one.at)
    assert times["joined"]
    assert times["left"]
    affairs = [
        *((one.what.subject, one.at, one.what.data.kind) for one in told(lived, BusinessEvent)),
        *((one.what.subject, one.at, one.what.data.action) for one in ordinary),
    ]
    for subject, at, kind in affairs:
        if kind not in {"dispose", "disposed", "left"}:
            assert at - 5_000_000 <= times["left"].get(subject, at), (subject, kind)
        if kind in business.KINDS and kind != "cookies_accepted":
            assert at >= times["joined"].get(subject, at), (subject, kind)


def test_offices_are_empty_in_the_night_on_free_days_and_of_those_on_leave(lived, ordinary):
    """Ordinary work is done between eight and seven, by accounts that the roster has there."""
    accounts = {}
    entries = told(lived, RosterEntry)
    known = iter([*entries, None])
    entry = next(known)
    for one in ordinary:
        while entry is not None and entry.at <= one.at:
            accounts[entry.what.subject] = entry.what.data
            entry = next(known)
        actor = one.what.data.actor
        if actor.kind not in {"staff", "third_party"}:
            continue
        when = one.what.time
        assert is_worked(date.fromisoformat(when[:10]))
        assert "07:59:5" < when[11:] < "19:10", when
        said = accounts[actor.id]
        assert said.until is None or when < said.until, one
        assert not [leave for leave in said.leave if leave.first <= when < leave.until], one
        assert said.role == actor.role


def test_labels_name_accesses_that_exist(lived, cases):
    """Every kind is planted in every variant; no event belongs to two cases; times are right."""
    times = {one.what.id: one.what.time for one in told(lived, AccessEvent)}
    assert {(case.detector, case.variant) for case in cases} == {
        (kind, variant) for kind in KINDS for variant in VARIANTS
    }
    of_accesses = [case for case in cases if case.detector != "service_silent"]  # begins anywhere
    events = [event for case in of_accesses for event in case.events]
    assert len(events) == len(set(events)) < len(times) / 10
    for case in cases:
        assert case.keys, case
        assert set(case.events) <= set(times), case.case_id
        assert case.last == times[case.events[-1]]
    assert set(RELATED) == set(KINDS)
    assert {kind for kinds in RELATED.values() for kind in kinds} <= set(KINDS)


def test_the_truth_never_enters_an_event(lived, cases):
    """No kind, no hint of a plot stands anywhere in an event's bytes."""
    telling = [text.encode() for text in (*KINDS, "adversarial", "planted", "plot")]
    for one in lived:
        if not isinstance(one.what, Case):
            value = encode(one.what)
            assert not [text for text in telling if text in value], value
    assert cases


def test_the_ordinary_city_has_what_only_looks_like_misuse(lived, ordinary):
    """Retries, families on one cookie, wrong passwords, rushes, long leave, called-off leave."""
    logins = [one.what for one in ordinary if one.what.data.action == "login"]
    by_cookie = defaultdict(set)
    for event in logins:
        by_cookie[event.data.client.cookie].add(event.data.actor.id)
    assert any(len(members) > 1 for cookie, members in by_cookie.items() if cookie)
    assert any(event.data.outcome == "failure" for event in logins)
    content = defaultdict(list)
    for one in ordinary:
        content[encode(one.what.data)].append(one.at)
    repeated = [times for times in content.values() if len(times) > 1]
    assert any(times[-1] - times[0] < 6_000_000 for times in repeated)
    kinds = {one.what.data.kind for one in told(lived, BusinessEvent)}
    assert {"programme_opened", "processing_resumed", "cookies_refused"} <= kinds
    leaves = [one.what.data.leave for one in told(lived, RosterEntry)]
    assert any(leave for leave in leaves)


def test_the_command_writes_what_is_lived(tmp_path):
    """Each file holds the values of records, and the truth its cases."""
    options = {"--seed": 2, "--days": DAYS, "--members": 600, "--staff": 20}
    arguments = [str(text) for option in options.items() for text in option]
    said = CliRunner().invoke(simulate_months, [str(tmp_path / "out"), *arguments])
    assert said.exit_code == 0, said.output
    lived = months(seed=2, days=DAYS, members=600, staff=20)
    expected = defaultdict(list)
    for one in lived:
        expected[files.FILES[type(one.what)]].append(encode(one.what))
    for name, values in expected.items():
        file = tmp_path / "out" / f"{name}.jsonl"
        assert file.read_bytes().splitlines() == values
        assert f"{name}.jsonl: {len(values)}" in said.stdout.replace("\n", "")
    assert list(read(tmp_path / "out" / "truth.jsonl"))


def test_a_folder_that_cannot_be_written_is_wrong_use(tmp_path):
    """Status 2 and a sentence with its name."""
    (tmp_path / "file").touch()
    said = CliRunner().invoke(simulate_months, [str(tmp_path / "file" / "out"), "--days", "1"])
    assert said.exit_code == 2
    assert "cannot be written" in said.stderr
