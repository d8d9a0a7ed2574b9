"""Each question has the answer that the trail holds."""

from datetime import timedelta
from uuid import uuid4
from zoneinfo import ZoneInfo

import pytest
from msgspec import structs

from investigate.cursor import Paging
from investigate.errors import CostLimitError, NotThereError, WrongQuestionError
from investigate.filters import AMONG, LONGEST, Filters, conditions
from investigate.questions import accesses, counting, explaining, findings, handler, life
from investigate.reading import Limits, Reader
from storage import institution
from tests.investigate.conftest import BEGIN, access, store

pytestmark = pytest.mark.slow

EVER, ALL = Filters(), Paging()
TIMES = Filters(start=BEGIN, end=BEGIN + timedelta(minutes=3))


def a_name(kind):
    return f"{kind}:{uuid4().hex[:10]}"


def by(actor, role="reservation_officer"):
    return {
        "id": actor,
        "kind": "staff",
        "role": role,
        "organization": "seoul-metropolitan-government",
    }


def ids(rows):
    return [row.event_id for row in rows]


def test_who_saw_a_person_is_told_newest_first(shared_trail, reader):
    """Every access to the subject, when, for what, and whether it was allowed; no other's."""
    subject = a_name("member")
    told = [access(n, subject=subject) for n in range(3)]
    told[1]["data"]["purpose"] = "marketing.campaign"
    store(shared_trail, [*told, access(1, subject=a_name("member"))])
    page = accesses.to_subject(reader, subject, EVER, ALL)
    assert ids(page.rows) == [one["id"] for one in reversed(told)]
    assert [row.verdict for row in page.rows] == ["allowed", "misuse", "allowed"]
    assert page.rows[1].purpose == "marketing.campaign"
    assert page.rows[2].occurred_at == BEGIN
    assert page.following is None


@pytest.mark.parametrize(
    "event_id",
    [
        "019ab0f2-6c1e-7d31-8f0a-3c1d5e7f9a10",
        "019AB0F2-6C1E-7D31-8F0A-3C1D5E7F9A10",
        "019ab0f2-6c1e-4d31-8f0a-3c1d5e7f9a10",
        "00000000-0000-7000-8000-000000000001",
        "00000000-0000-0000-0000-000000000000",
        "ffffffff-ffff-7fff-bfff-ffffffffffff",
        "019ab0f26c1e7d318f0a3c1d5e7f9a10",
        "{019ab0f2-6c1e-7d31-8f0a-3c1d5e7f9a10}",
        "e-1",
        "' OR 1 = 1 --",
    ],
)
def test_an_event_is_found_by_its_id_whatever_it_looks_like(shared_trail, reader, event_id):
    """Ids with and without a time in them, each twice among others; not the like of them."""
    subject = a_name("member")
    document = access(0, subject=subject) | {"id": event_id}
    store(shared_trail, [document, access(1), document])
    found = accesses.listed(reader, Filters(event_id=event_id, subject=subject), ALL).rows
    assert ids(found) == [event_id] * 2


def test_a_time_is_from_its_begin_to_before_its_end(shared_trail, reader):
    """The first moment counts and the last does not."""
    actor = a_name("staff")
    told = [access(n, data_actor=by(actor)) for n in range(5)]
    store(shared_trail, told)
    page = accesses.by_actor(reader, actor, TIMES, ALL)
    assert ids(page.rows) == [one["id"] for one in reversed(told[:3])]


def test_what_is_common_is_found_however_far_back_it_is(shared_trail, reader):
    """A handler's page is filled from days, then a month, then from all that is before."""
    actor = a_name("staff")
    told = [access(-minutes, data_actor=by(actor)) for minutes in (0, 5_000, 300_000, 600_000)]
    store(shared_trail, told)
    first = accesses.by_actor(reader, actor, EVER, Paging(size=3))
    second = accesses.by_actor(reader, actor, EVER, Paging(first.following, 3))
    assert ids([*first.rows, *second.rows]) == [one["id"] for one in told]


def test_a_cursor_goes_on_however_its_time_is_written(shared_trail, reader):
    """The same moment of another zone is the same question; another moment is another."""
    actor = a_name("staff")
    store(shared_trail, [access(n, data_actor=by(actor)) for n in range(2)])
    first = accesses.by_actor(reader, actor, Filters(start=BEGIN), Paging(size=1))
    in_seoul = Filters(start=BEGIN.astimezone(ZoneInfo("Asia/Seoul")))
    second = accesses.by_actor(reader, actor, in_seoul, Paging(first.following))
    assert [row.occurred_at for row in second.rows] == [BEGIN]
    later = Filters(start=BEGIN + timedelta(days=1))
    with pytest.raises(WrongQuestionError, match="does not belong"):
        accesses.by_actor(reader, actor, later, Paging(first.following))


def test_a_session_and_a_request_are_told_in_order(shared_trail, reader):
    """Oldest first, whoever acted."""
    name = a_name("s")
    usage = {"session": name, "request_id": name}
    told = [access(n, data_usage=usage, data_actor=by(a_name("staff"))) for n in (0, 1)]
    store(shared_trail, told)
    for ask in (accesses.in_session, accesses.in_request):
        assert ids(ask(reader, name, EVER, ALL).rows) == [one["id"] for one in told]


def test_a_file_is_asked_by_item_and_purpose(shared_trail, reader):
    """Only accesses that touched the item, for the purpose."""
    source = f"/services/{uuid4().hex}"
    told = [access(n, source=source) for n in range(3)]
    told[0]["data"]["items"] = ["address"]
    told[1]["data"]["purpose"] = "reservation.guidance"
    store(shared_trail, told)
    of = Filters(source=source, purpose="reservation.guidance")
    found = accesses.of_file(reader, "user_personal_information", "mobile", of, ALL)
    assert ids(found.rows) == [told[1]["id"]]


def test_a_recipient_is_told_with_the_ground(shared_trail, reader):
    """What went there, and on which legal basis."""
    recipient = f"district:{uuid4().hex[:8]}"
    sent = access(0, data_recipient=recipient, data_legal_basis="public_duty")
    store(shared_trail, [sent])
    (row,) = accesses.to_recipient(reader, recipient, EVER, ALL).rows
    assert (row.event_id, row.legal_basis) == (sent["id"], "public_duty")


@pytest.mark.parametrize("trace", ["cookie", "ip", "mac"])
def test_a_trace_is_told_with_whom_it_was_seen(shared_trail, reader, trace):
    """One group for each actor and client, the most frequent first."""
    often, once = a_name("staff"), a_name("staff")
    name = uuid4().hex
    client = {"ip": "203.0.113.1", trace: name}
    store(
        shared_trail,
        [access(n, data_client=client, data_actor=by(often)) for n in range(2)]
        + [access(9, data_client=client, data_actor=by(once))],
    )
    rows = counting.sightings(reader, Filters(**{trace: name}), ALL).rows
    assert [(row.key[0], row.accesses, row.first) for row in rows] == [
        (often, 2, BEGIN),
        (once, 1, BEGIN + timedelta(minutes=9)),
    ]


@pytest.mark.parametrize(
    ("network", "inside"),
    [
        ("198.51.100.0/24", ["198.51.100.7", "198.51.100.8"]),
        ("198.51.100.7/31", ["198.51.100.7"]),
        ("2001:db8:7::/48", ["2001:db8:7:1::1"]),
        ("2001:db8:7::%eth0/48", ["2001:db8:7:1::1"]),
        ("198.51.100.9/255.255.255.0", ["198.51.100.7", "198.51.100.8"]),
    ],
)
def test_a_network_is_asked_as_an_address_is(shared_trail, reader, network, inside):
    """All its addresses are in it, and what is no address is in none."""
    actor = a_name("staff")
    addresses = (
        "198.51.100.7",
        "198.51.100.8",
        "198.51.101.7",
        "2001:db8:7:1::1",
        "2001:db8:8::1",
        "?",
    )
    told = [
        access(n, data_client={"ip": ip}, data_actor=by(actor)) for n, ip in enumerate(addresses)
    ]
    store(shared_trail, told)
    rows = counting.counted(reader, Filters(ip=network, actor=actor), ["ip"], ALL).rows
    assert sorted(key for row in rows for key in row.key) == inside


@pytest.mark.parametrize(
    ("name", "stored", "asked"),
    [
        ("ip", "203.0.113.9", "::ffff:203.0.113.9"),
        ("ip", "203.0.113.9", "::ffff:cb00:7109"),
        ("ip", "::FFFF:203.0.113.9", "203.0.113.9"),
        ("ip", "2001:db8::1f", "2001:DB8::1F"),
        ("ip", "2001:db8::1f", "2001:db8:0:0:0:0:0:1f"),
        ("ip", "2001:0DB8:0000:0000:0000:0000:0000:001F", "2001:db8::1f"),
        ("mac", "02:00:00:ab:cd:ef", "02-00-00-AB-CD-EF"),
        ("mac", "02-00-00-AB-CD-EF", "02:00:00:ab:cd:ef"),
    ],
)
def test_an_address_is_found_however_it_is_written(shared_trail, reader, name, stored, asked):
    """It is stored as its service wrote it; its index is used."""
    actor = a_name("staff")
    store(shared_trail, [access(0, data_client={name: stored}, data_actor=by(actor))])
    filters = Filters(actor=actor, **{name: asked})
    assert [row.key for row in counting.counted(reader, filters, [name], ALL).rows] == [[stored]]
    sql, bound = conditions(Filters(**{name: asked}))
    question = f"SELECT offset FROM access_events WHERE {sql[0]}"
    plan = reader.rows(f"SELECT explain FROM (EXPLAIN indexes = 1 {question})", bound)
    assert any(f"by_{name}" in line for (line,) in plan)


@pytest.mark.parametrize("wrong", ["203.0.113.0/33", "x/24", "203.0.113.9/"])
def test_what_is_no_network_is_refused(reader, wrong):
    """It is named, with one as it should be."""
    with pytest.raises(WrongQuestionError, match="is no network, as"):
        counting.sightings(reader, Filters(ip=wrong), ALL)


@pytest.mark.parametrize("name", AMONG)
def test_answers_are_narrowed_as_dashboards_are(shared_trail, reader, name):
    """To accesses that have one of several values, hostile ones among them."""
    subject = a_name("member")
    values = tuple(f"{HOSTILE}{uuid4()}" for _ in range(2))
    column = AMONG[name][-1]
    told = [hostile(column, one) for one in (*values, "another")]
    store(shared_trail, [one | {"subject": subject} for one in told])
    filters = Filters(among={name: (*values, "none")})
    found = accesses.to_subject(reader, subject, filters, ALL).rows
    assert sorted(getattr(row, column) for row in found) == sorted(values)
    assert len(accesses.to_subject(reader, subject, EVER, ALL).rows) == 3


def test_any_filters_are_counted_by_any_groups(shared_trail, reader):
    """Accesses, subjects and misuse of each group; days and hours are those of Seoul."""
    source = f"/services/{uuid4().hex}"
    told = [access(n, source=source, subject=f"member:{n % 2}") for n in range(3)]
    told[2]["data"]["purpose"] = "x"
    store(shared_trail, told)
    rows = counting.counted(reader, Filters(source=source), ("purpose", "hour"), ALL).rows
    hour = "2026-11-23 10:00"
    assert [(row.key, row.accesses, row.subjects, row.misuse) for row in rows] == [
        (["reservation.processing", hour], 2, 2, 0),
        (["x", hour], 1, 1, 1),
    ]


def test_every_group_can_be_counted(reader):
    """No name in the list is one that the engine does not know."""
    for name in counting.GROUPS:
        counting.counted(reader, EVER, (name,), ALL)


def test_a_handler_is_told_beside_what_is_usual(shared_trail, reader):
    """Totals, hours of the week, and the days of others in the role."""
    actor, role = a_name("staff"), uuid4().hex
    told = [access(n, data_actor=by(actor, role), subject=f"member:{n}") for n in range(4)]
    store(shared_trail, told)
    columns = ["day", "actor", "actor_kind", "role", "accesses", "subjects"]
    usual = [[BEGIN.replace(hour=0), f"staff:{n}", "staff", role, n, n // 2] for n in (10, 20, 30)]
    shared_trail.insert("account_days", columns, usual)
    profile = handler.profile(
        reader, Filters(actor=actor, start=BEGIN - timedelta(days=2), end=TIMES.end)
    )
    assert (profile.accesses, profile.subjects, profile.days, profile.misuse) == (3, 3, 1, 3)
    assert profile.hours == {(1, 10): 3}
    assert profile.by["purpose"] == {"reservation.processing": 3}
    assert (profile.usual[role].days, profile.usual[role].accesses) == (3, 20)


def test_a_handler_who_did_nothing_is_not_there(reader):
    """It is said, and not shown as a row of zeros."""
    with pytest.raises(NotThereError, match="no access by 'nobody'"):
        handler.profile(reader, Filters(actor="nobody"))


def test_misuse_is_explained_by_the_policys_words(shared_trail, reader, policy):
    """Clause, sentence, version in force, and the neighbours in time on either side."""
    actor, subject = a_name("staff"), a_name("member")
    of_actor = [access(n, data_actor=by(actor)) for n in (0, 1, 2)]
    of_actor[1]["subject"] = subject
    of_actor[1]["data"]["purpose"] = "marketing"
    of_subject = [access(n, subject=subject) for n in (-9, 9)]
    store(shared_trail, [*of_actor, *of_subject])
    found = explaining.why(reader, policy, of_actor[1]["id"])
    (ground,) = found.grounds
    assert (found.event.verdict, ground.check) == ("misuse", "unknown_purpose")
    assert ground.clause == policy.check("unknown_purpose").clause
    assert ground.says == policy.newest.quote(ground.clause)
    assert ground.quoted == policy.newest.is_quoted(ground.clause)
    assert found.in_force.effective_from == "2021-01-01"
    assert ids(found.by_actor) == [of_actor[0]["id"], of_actor[2]["id"]]
    assert ids(found.of_subject) == [one["id"] for one in of_subject]


def test_an_allowed_access_is_explained_as_well(shared_trail, reader, policy):
    """By the clauses of its purpose and its file, in Korean where that is asked."""
    told = access(0)
    store(shared_trail, [told])
    found = explaining.why(reader, policy, told["id"], "ko")
    assert found.event.verdict == "allowed"
    assert [ground.clause for ground in found.grounds] == list(
        dict.fromkeys(
            (
                policy.newest.purposes["reservation.processing"].clause,
                policy.newest.files["user_personal_information"].clause,
            )
        )
    )
    assert all(ground.says for ground in found.grounds)


def test_an_event_that_was_sent_again_says_so(shared_trail, reader, policy):
    """It is one event at two places of the log."""
    told = access(0)
    store(shared_trail, [told, told])
    assert explaining.why(reader, policy, told["id"]).times_stored == 2


def test_another_services_event_of_the_same_id_is_another_event(shared_trail, reader, policy):
    """The page and the value that is unmasked on it are of one event, which was sent once."""
    first = access(0, source="/services/reservation")
    other = access(1, source="/services/billing") | {"id": first["id"]}
    store(shared_trail, [other, first])
    found = explaining.why(reader, policy, first["id"])
    assert (found.event.source, found.times_stored) == (first["source"], 1)
    assert explaining.copies(reader, first["id"])[0] == found.event
    (one,) = explaining.copies(reader, first["id"], other["source"])
    assert one.source == other["source"]
    with pytest.raises(NotThereError):
        explaining.copies(reader, first["id"], "/services/other")
    assert found.others == [other["source"]]
    named = explaining.why(reader, policy, first["id"], source=other["source"])
    assert (named.event.source, named.others) == (other["source"], [first["source"]])
    with pytest.raises(NotThereError, match="of '/services/other'"):
        explaining.why(reader, policy, first["id"], source="/services/other")


def test_an_event_that_is_not_there_is_said(reader, policy):
    """The id is named."""
    with pytest.raises(NotThereError, match="no event 'e-0'"):
        explaining.why(reader, policy, "e-0")


def test_open_misuse_is_told_with_what_is_known(shared_trail, reader):
    """Clause, severity, count, events and words; one that is settled is open no more."""
    actor = a_name("staff")
    told = [access(n, data_actor=by(actor), data_purpose="marketing") for n in range(2)]
    store(shared_trail, told)
    wanted = findings.Wanted(actor=actor)
    (found,) = findings.open_findings(reader, wanted, ALL).rows
    assert (found.detector, found.count) == ("unknown_purpose", 2)
    assert sorted(found.event_ids) == sorted(one["id"] for one in told)
    assert found.title
    assert found.sentence
    (korean,) = findings.open_findings(reader, wanted, ALL, korean=True).rows
    assert korean.title != found.title
    late = BEGIN + timedelta(minutes=1)  # of the second access
    for time, seen in (
        ({"start": late}, True),
        ({"start": late + timedelta(seconds=1)}, False),
        ({"end": BEGIN}, False),
        ({"end": BEGIN + timedelta(seconds=1)}, True),
        ({"start": BEGIN, "end": late}, True),
    ):
        rows = findings.open_findings(reader, structs.replace(wanted, **time), ALL).rows
        assert bool(rows) == seen, time
    columns = ["finding_id", "status", "changed_by"]
    shared_trail.insert("finding_statuses", columns, [[found.finding_id, "dismissed", "staff:1"]])
    assert not findings.open_findings(reader, wanted, ALL).rows


def test_a_life_is_told_in_order_with_the_affairs_behind_it(shared_trail, reader):
    """Accesses and business events of one subject, oldest first, page by page."""
    subject = a_name("member")
    told = [access(n, subject=subject) for n in (0, 2)]
    store(shared_trail, told)
    row = ["b", 0, 0, BEGIN, "paid-1", BEGIN + timedelta(minutes=1), "/services/billing", subject]
    columns = ["topic_id", "partition", "offset", "received_at", "event_id", "occurred_at"]
    columns += ["source", "subject", "kind"]
    shared_trail.insert("business_events", columns, [[*row, "paid"]])
    filters, seen, cursor = Filters(subject=subject), [], None
    while True:
        page = life.life(reader, filters, Paging(cursor, 1))
        seen += page.rows
        cursor = page.following
        if cursor is None:
            break
    assert ids(seen) == [told[0]["id"], "paid-1", told[1]["id"]]
    assert [(step.is_access, step.what) for step in seen] == [
        (True, "read"),
        (False, "paid"),
        (True, "read"),
    ]


def test_a_question_that_costs_too_much_says_what_to_do(shared_trail, reader):
    """Rows, time and memory have limits, and the message names the one that was hit."""
    store(shared_trail, [access(n) for n in range(50)])
    few = Reader(reader.client, Limits(rows=10))
    with pytest.raises(CostLimitError, match=r"reads more than 10 rows.*--from"):
        counting.counted(few, EVER, ("actor",), ALL)
    little = Reader(reader.client, Limits(memory=1_000))
    with pytest.raises(CostLimitError, match="needs more memory"):
        counting.counted(little, EVER, ("actor",), ALL)


@pytest.mark.parametrize("names", [("actor FROM writers --",), (), ("day", "role", "day")])
def test_a_group_that_is_not_in_the_list_is_refused(reader, names):
    """No name that is given becomes SQL, and none stands twice."""
    with pytest.raises(WrongQuestionError, match="count by some of"):
        counting.counted(reader, EVER, names, ALL)


HOSTILE = "'; DROP TABLE access_events; -- \\' \" {x:String} %s %(x)s \t\n\0 \u202e 한 \U0001f600 "


NOT_SAID = {"verdict", "reason", "clause", "start", "end", "among"}


@pytest.mark.parametrize("name", sorted(set(Filters.__struct_fields__) - NOT_SAID))
def test_a_hostile_value_is_only_a_value(shared_trail, reader, name):
    """SQL, quotes, control characters: what an event holds is found by it, and nothing breaks."""
    value = f"{HOSTILE}{uuid4()}"
    store(shared_trail, [hostile(name, value)])
    filters = Filters(**{name: value})
    (row,) = accesses.listed(reader, filters, ALL).rows
    assert value in (row.items if name == "item" else (getattr(row, name),))
    groups = tuple({name, "subject"} & counting.GROUPS.keys())
    (count,) = counting.counted(reader, filters, groups, Paging(size=1)).rows
    assert count.accesses == 1


def hostile(name, value):
    """An access whose field of this name says this."""
    places = {
        "actor": ("data", "actor", "id"),
        "actor_kind": ("data", "actor", "kind"),
        "event_id": ("id",),
        "item": ("data", "items", 0),
        **{each: ("data", "actor", each) for each in ("role", "organization")},
        **{each: ("data", "client", each) for each in ("ip", "cookie", "mac")},
        **{each: ("data", "usage", each) for each in ("session", "request_id")},
        **{each: (each,) for each in ("subject", "source")},
    }
    document = access(0)
    *path, last = places.get(name, ("data", name))
    inner = document
    for step in path:
        inner = inner[step]
    inner[last] = value
    return document


def test_long_values_in_all_filters_are_read(shared_trail, reader):
    """However much is asked for at once, the trail gets it whole and answers."""
    subject, actor = (a_name(kind).ljust(LONGEST, "가") for kind in ("member", "staff"))
    store(shared_trail, [access(0, subject=subject, data_actor=by(actor))])
    assert len(accesses.listed(reader, Filters(subject=subject, actor=actor), ALL).rows) == 1
    names = set(Filters.__struct_fields__) - {"start", "end", "verdict", "among"}
    long = Filters(**dict.fromkeys(names, "가" * LONGEST), verdict="misuse")
    assert counting.counted(reader, long, ["verdict"], ALL).rows == []
    assert accesses.listed(reader, long, ALL).rows == []


@pytest.mark.parametrize(
    ("zone", "hour"),
    [("UTC", "2026-11-23 01:00"), ("Asia/Seoul", "2026-11-23 10:00"), (None, "2026-11-23 01:00")],
)
def test_days_and_hours_are_the_institutions(trail, policy, zone, hour):
    """They go by the clock that a worker told, or by UTC as long as none did."""
    store(trail, [access(0)])
    if zone is not None:
        institution.tell(trail, policy, zone, [])
    (group,) = counting.counted(Reader(trail.client), EVER, ("hour",), ALL).rows
    assert group.key == [hour]
