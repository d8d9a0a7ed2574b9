"""The simulated city: coherent, repeatable, and judged as its truth says."""

import ipaddress
import re
from collections import defaultdict
from datetime import date, timedelta

import pytest

from audit import business, roster
from audit.codec import decode, microseconds
from audit.events import ReceivedEvent
from audit.judge import judge
from audit.judgement import Check
from policies import load_policy
from producers import city, truth
from producers.people import STAFF
from producers.wire import encode
from tests.producers.conftest import ON

NEXT_MORNING = microseconds((ON + timedelta(days=1)).isoformat() + "T07:00:00+09:00")
DOCUMENTATION = [
    ipaddress.ip_network(text)
    for text in ("192.0.2.0/24", "198.51.100.0/24", "203.0.113.0/24", "2001:db8::/32")
]


def ordinary(day):
    return [happening.event for happening in day if happening.planted is None]


def as_received(happening, at=NEXT_MORNING):
    return decode(encode(happening.event), at)


def test_the_same_seed_and_date_give_the_same_bytes(day):
    """A day lived again is the same, ids included."""
    again = list(city.day(seed=3, on=ON, events=3_000))
    assert [encode(one.event) for one in again] == [encode(one.event) for one in day]
    assert [one.planted for one in again] == [one.planted for one in day]


@pytest.mark.parametrize("changed", [{"seed": 4}, {"on": date(2026, 11, 21)}])
def test_another_seed_or_date_is_another_day(day, changed):
    """No event id is shared with another day."""
    other = city.day(**{"seed": 3, "on": ON, "events": 300, **changed})
    assert not {one.event.id for one in other} & {one.event.id for one in day}


@pytest.mark.parametrize("events", [1, 2, 19, 20, 499, 500, 2_000])
def test_a_day_has_exactly_as_many_events_as_asked(events):
    """Neither more nor fewer, and every id once."""
    ids = [one.event.id for one in city.day(seed=1, on=ON, events=events)]
    assert len(ids) == len(set(ids)) == events


def test_every_event_is_read_by_the_worker(day):
    """The worker's decoder accepts every event, misuse too."""
    assert all(isinstance(as_received(one), ReceivedEvent) for one in day)


def test_ordinary_events_come_in_the_order_of_their_times_within_the_day(day):
    """Events are emitted as they happen, and all of them on the day asked for."""
    times = [event.time for event in ordinary(day)]
    assert times == sorted(times)
    assert {time[:10] for time in times} == {ON.isoformat()}


def test_a_reservation_comes_before_its_payment_and_its_payment_before_its_refund(day):
    """Whatever is done about a case happens in the order in which it can."""
    moments = defaultdict(dict)
    for event in ordinary(day):
        usage = event.data.usage
        case = re.search(r"/(reservations|payments|refunds)/(\d+)$", usage.path)
        if case and event.data.actor.kind == "member":
            moments[case[2]].setdefault((usage.method, case[1]), event.time)
    paid = [one for one in moments.values() if ("POST", "payments") in one]
    cancelled = [one for one in moments.values() if ("DELETE", "reservations") in one]
    assert paid
    assert cancelled
    for one in paid:
        assert one["POST", "reservations"] < one["POST", "payments"]
    for one in cancelled:
        assert one["POST", "payments"] < one["DELETE", "reservations"] < one["PUT", "refunds"]


REFERS_TO = {
    "reservation.processing": "reservation_made",
    "reservation.guidance": "reservation_made",
    "reservation.cancellation_guidance": "reservation_cancelled",
    "billing.payment_record": "paid",
    "billing.cancellation_record": "refunded",
    "rights.request": "rights_requested",
    "disposal": "left",
}


def test_staff_read_what_a_business_event_before_it_refers_to(day):
    """Whoever works on a case finds that it was there: made, paid, asked for."""
    known = defaultdict(set)
    referring = 0
    for one in day:
        for fact in one.facts:
            known[fact.subject].add(fact.data.kind)
        access = one.event.data
        if one.planted is None and access.actor.kind in {"staff", "third_party", "consignee"}:
            if access.purpose in REFERS_TO and one.event.subject:
                referring += 1
                assert REFERS_TO[access.purpose] in known[one.event.subject], one
            elif access.purpose == "operation.maintenance":
                assert "ticket_opened" in known[None]
    assert referring > 200


def test_business_events_are_read_by_the_worker_and_repeat(day):
    """The contract's decoder accepts each; the same day lived again has the same."""
    facts = [encode(fact) for one in day for fact in one.facts]
    assert len(facts) > 500
    assert all(isinstance(business.decode(fact), business.BusinessEvent) for fact in facts)
    again = city.day(seed=3, on=ON, events=3_000)
    assert [encode(fact) for one in again for fact in one.facts] == facts


def test_nobody_acts_before_joining(day):
    """Who joins on this day has no affairs earlier; as a visitor one may accept cookies."""
    joined, seen = {}, {}
    for one in day:
        for fact in one.facts:
            if fact.data.kind == "joined":
                joined[fact.subject] = fact.time
            elif fact.subject and fact.data.kind != "cookies_accepted":
                seen.setdefault(fact.subject, fact.time)
    assert joined
    assert not [who for who, time in joined.items() if seen.get(who, time) < time]


def test_the_roster_names_every_account_that_is_not_a_members(day):
    """Whoever of staff, districts and consignees acts is in the roster, with role and team."""
    entries = list(city.roster(seed=3, on=ON, events=3_000))
    assert all(isinstance(roster.decode(encode(one)), roster.RosterEntry) for one in entries)
    said = {one.subject: one.data for one in entries}
    assert len(said) == len(entries)
    for event in ordinary(day):
        actor = event.data.actor
        if actor.kind not in {"member", "system"}:
            assert (said[actor.id].role, said[actor.id].kind) == (actor.role, "account")


def test_a_member_logs_in_before_logging_out(day):
    """Sessions open before they close."""
    inside = defaultdict(int)
    for event in ordinary(day):
        if event.data.action in {"login", "logout"} and event.data.actor.kind == "member":
            inside[event.data.actor.id] += 1 if event.data.action == "login" else -1
            assert inside[event.data.actor.id] >= 0


def test_people_in_offices_work_in_office_hours(day):
    """Staff and districts touch data between nine and six."""
    hours = {
        event.time[11:13]
        for event in ordinary(day)
        if event.data.actor.role in {*STAFF, "district_officer"}
    }
    assert hours <= {f"{hour:02}" for hour in range(9, 18)}


def test_addresses_are_those_reserved_for_documentation(day):
    """No address of the simulated city can belong to anybody; MACs are locally administered."""
    for event in ordinary(day):
        address = ipaddress.ip_address(event.data.client.ip)
        assert any(address in network for network in DOCUMENTATION)
        assert event.data.client.mac.startswith("02:")


@pytest.mark.parametrize("seed", [0, 3, 20_261_122])
def test_the_policy_finds_exactly_what_was_planted(seed):
    """Every ordinary event is allowed, and every planted one fails exactly its labelled checks."""
    policy = load_policy()
    for one in city.day(seed=seed, on=ON, events=2_500):
        found = {reason.check for reason in judge(as_received(one), policy).reasons}
        assert found == set(one.planted.checks if one.planted else ()), one


def test_every_check_is_planted_in_a_day_of_five_hundred_events():
    """No stateless kind of misuse is missing, even from a small day."""
    planted = [one.planted for one in city.day(seed=1, on=ON, events=500) if one.planted]
    assert {check for one in planted for check in one.checks} == set(Check)
    assert len({one.note for one in planted}) == len(planted)


def test_the_rate_of_misuse_is_as_asked(day):
    """Two of a hundred by default, none for nought."""
    assert sum(one.planted is not None for one in day) == max(60, len(set(city.VARIANTS)))
    assert not any(one.planted for one in city.day(seed=1, on=ON, events=600, misuse_rate=0))


def test_the_truth_never_enters_an_event(day):
    """No check's name and no note of the truth stands anywhere in an event's bytes."""
    notes = {one.planted.note for one in day if one.planted}
    assert len(notes) > len(Check)
    words = {"cookie_refused", "resident_registration_number"}  # a field and an item, too
    telling = [text.encode() for text in {*Check, *notes, "planted"} - words]
    for one in day:
        value = encode(one.event)
        assert not [text for text in telling if text in value], value


def test_the_truth_is_read_as_it_was_written(day, tmp_path):
    """The ground-truth file gives back every label."""
    planted = [one.planted for one in day if one.planted]
    truth.write(planted, tmp_path / "truth.jsonl")
    assert list(truth.read(tmp_path / "truth.jsonl")) == planted
