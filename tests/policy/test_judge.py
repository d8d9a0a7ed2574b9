"""Judging: total, deterministic, closed against the unknown."""

import json
from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from audit.codec import decode
from audit.events import ReceivedEvent
from audit.judge import LONGEST_REMEMBERED, REMEMBERED, _is_short_address, judge
from audit.judgement import Check
from audit.policy_examples import example_document
from tests.policy.conftest import an_access, checks_of

FEW = settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
ODD = st.one_of(
    TEXTS.filter(bool),
    st.sampled_from(["\x00", "\uff19", "a" * 2000, "member", "consent", "unknown"]),
)


def events(policy):
    """Documents that decode: anything in every field, known names among it."""
    version = policy.newest
    known = [*version.files, *version.purposes, *version.roles, *version.recipients]
    words = st.one_of(ODD, st.sampled_from([*known, *version.items, *version.consignees]))
    maybe = st.one_of(st.none(), words)
    times = st.sampled_from(
        ["1901-01-01T00:00:00Z", "2021-06-01T00:00:00+09:00", "2298-12-31T23:59:59Z"]
    )
    request = {"right": words, "under_14": st.booleans(), "representative": maybe}
    changes = {
        "subject": maybe,
        "time": times,
        "actor": st.fixed_dictionaries(
            {"id": words, "kind": words, "role": words, "organization": maybe}
        ),
        "client": st.fixed_dictionaries({"ip": maybe, "cookie": maybe}),
        "items": st.lists(st.one_of(TEXTS, words), max_size=4),
        "records": st.sampled_from([0, 1, 2**63 - 1]),
        "collected_at": st.one_of(st.none(), times),
        "ended_at": st.one_of(st.none(), times),
        "request": st.one_of(st.none(), st.fixed_dictionaries(request)),
        "x": st.recursive(maybe, lambda inner: st.lists(inner, max_size=3), max_leaves=4),
    }
    changes |= dict.fromkeys(("action", "file", "purpose", "outcome"), words)
    changes |= dict.fromkeys(("legal_basis", "recipient", "justification", "approval"), maybe)
    return st.fixed_dictionaries({}, optional=changes)


@FEW
@given(data=st.data(), received_at=st.integers(-(2**70), 2**70))
def test_judging_is_total_and_deterministic(data, received_at, seoul):
    """Whatever decodes gets one judgement, the same each time and in a cleared cache."""
    document = example_document(seoul.newest, data.draw(events(seoul)))
    received = decode(json.dumps(document).encode(), received_at)
    assert isinstance(received, ReceivedEvent)
    first = judge(received, seoul)
    seoul.newest.combinations.clear()
    assert judge(received, seoul) == first == judge(received, seoul)
    assert (first.verdict == "allowed") == (not first.reasons)
    order = [list(Check).index(reason.check) for reason in first.reasons]
    assert order == sorted(order)
    assert all(len(reason.detail) < 1000 for reason in first.reasons)


@FEW
@given(data=st.data())
def test_adding_a_purpose_to_a_file_never_makes_misuse(data, seoul):
    """What was allowed stays allowed when a file may serve one more purpose."""
    version = seoul.newest
    file = data.draw(st.sampled_from(sorted(version.files)))
    purpose = data.draw(st.sampled_from(sorted(version.purposes)))
    rule = version.files[file]
    wider = replace(rule, purposes=rule.purposes | {purpose})
    changed = replace(version, files={**version.files, file: wider}, combinations={})
    received = an_access(seoul, data.draw(events(seoul)))
    if judge(received, seoul).verdict == "allowed":
        assert judge(received, replace(seoul, versions=(changed,))).verdict == "allowed"


UNKNOWN = {
    "file": (Check.UNKNOWN_FILE, lambda word: {"file": word}),
    "purpose": (Check.UNKNOWN_PURPOSE, lambda word: {"purpose": word}),
    "item": (Check.UNKNOWN_ITEM, lambda word: {"items": ["name", word]}),
    "organization": (
        Check.ROLE_WITHOUT_RIGHT,
        lambda word: {"actor": {"organization": word}},
    ),
    "organization of a third party": (
        Check.RECIPIENT_NOT_LISTED,
        lambda word: {
            "actor": {"kind": "third_party", "role": "district_officer", "organization": word},
            "recipient": "district:jongno",
            "legal_basis": "separate_consent",
        },
    ),
    "organization of a consignee": (
        Check.CONSIGNEE_OUTSIDE_TASK,
        lambda word: {
            "actor": {"kind": "consignee", "role": "consignee_operator", "organization": word},
            "purpose": "operation.maintenance",
        },
    ),
    "role": (Check.UNKNOWN_ROLE, lambda word: {"actor": {"role": word}}),
    "action": (Check.UNKNOWN_ACTION, lambda word: {"action": word}),
    "kind": (Check.UNKNOWN_ACTOR_KIND, lambda word: {"actor": {"kind": word}}),
    "basis": (Check.UNKNOWN_LEGAL_BASIS, lambda word: {"legal_basis": word}),
    "outcome": (Check.UNKNOWN_OUTCOME, lambda word: {"outcome": word}),
    "recipient": (
        Check.RECIPIENT_NOT_LISTED,
        lambda word: {"recipient": word, "legal_basis": "contract"},
    ),
    "right": (
        Check.UNKNOWN_RIGHT,
        lambda word: {"request": {"right": word, "identity_verified": True}},
    ),
}


@pytest.mark.parametrize("what", UNKNOWN)
@settings(FEW, max_examples=15)
@given(word=ODD)
def test_an_unknown_anything_is_misuse(what, word, seoul):
    """A name that the policy does not have is never allowed."""
    check, event = UNKNOWN[what]
    word = f"no-{word}"
    assert check.value in checks_of(an_access(seoul, event(word)), seoul)


def test_an_organization_is_named_unless_the_rights_say_otherwise(library):
    """Unless the rights file says more, staff must name the institution, and no other."""
    version = library.newest
    strict = replace(
        version, organizations={"staff": frozenset({"hillside-library"})}, combinations={}
    )
    received = an_access(library)
    assert checks_of(received, library) == []
    assert checks_of(received, replace(library, versions=(strict,))) == ["role_without_right"]
    named = an_access(library, {"actor": {"organization": "hillside-library"}})
    assert checks_of(named, replace(library, versions=(strict,))) == []


def test_the_version_in_force_at_the_time_judges(library):
    """A purpose that was given up is judged by the version of its day."""
    before = an_access(library, {"purpose": "reminding", "time": "2025-02-28T23:59:59-05:00"})
    after = an_access(library, {"purpose": "reminding", "time": "2025-03-01T00:00:00-05:00"})
    assert judge(before, library).verdict == "allowed"
    assert checks_of(after, library) == ["unknown_purpose"]
    assert judge(before, library).policy_revision == library.oldest.revision


def test_another_institution_brings_its_own_rules(library):
    """No IP address, no legal grounds, thirteen digits: what is not asked for is not checked."""
    received = an_access(library, {"justification": "900101-1234568", "client": {}})
    assert judge(received, library).verdict == "allowed"


@pytest.mark.parametrize("escaped", ["\\u0039", "\\u0039\\u0030", "\uff19", "\\uFF19"])
def test_no_escape_hides_a_resident_registration_number(escaped, seoul):
    """However JSON writes the digits, they are found, in extra fields too."""
    raw = an_access(seoul).raw
    hidden = raw.replace(b'"data"', f'"extra": ["{escaped}'.encode() + b'"], "data"', 1)
    digits = "900101-1234568".removeprefix("90" if escaped.count("u00") == 2 else "9")
    hidden = hidden.replace(escaped.encode() + b'"', f'{escaped}{digits}"'.encode())
    received = decode(hidden, an_access(seoul).received_at)
    assert isinstance(received, ReceivedEvent)
    assert checks_of(received, seoul) == ["resident_registration_number"]


def test_a_number_in_the_headers_of_a_binary_event_is_found(seoul):
    """Attributes that are not in the bytes are looked at too."""
    document = json.loads(an_access(seoul).raw)
    value = json.dumps(document.pop("data")).encode()
    document["subject"] = "900101-1234568"
    headers = [(f"ce_{name}", str(text).encode()) for name, text in document.items()]
    received = decode(value, an_access(seoul).received_at, headers)
    assert isinstance(received, ReceivedEvent)
    assert checks_of(received, seoul) == ["resident_registration_number"]


def test_the_number_is_not_repeated_in_the_judgement(seoul):
    """A judgement is read by more people than the event."""
    received = an_access(seoul, {"justification": "900101-1234568"})
    assert "1234568" not in judge(received, seoul).reasons[0].detail


def test_hostile_names_do_not_fill_the_memory(seoul):
    """Long combinations are not remembered, and the number of short ones is bounded."""
    remembered = seoul.newest.combinations
    remembered.clear()
    judge(an_access(seoul, {"purpose": "x" * (LONGEST_REMEMBERED + 1)}), seoul)
    assert not remembered
    known = judge(an_access(seoul), seoul)
    [(key, combination)] = remembered.items()
    remembered.update({(*key[:-1], str(number)): combination for number in range(REMEMBERED)})
    judge(an_access(seoul, {"purpose": "other"}), seoul)
    assert len(remembered) == 1
    assert judge(an_access(seoul), seoul) == known


def test_a_text_too_long_for_an_address_is_not_remembered(seoul):
    """Addresses of a megabyte leave no trace in the memory."""
    _is_short_address.cache_clear()
    for number in range(20):
        received = an_access(seoul, {"client": {"ip": f"{number}" + "1" * 100_000}})
        assert checks_of(received, seoul) == ["access_record_incomplete"]
    assert _is_short_address.cache_info().currsize == 0


def test_a_reason_without_a_published_sentence_is_told_by_its_own_check(library):
    """Other entries that cite the same clause do not speak for the check."""
    [reason] = judge(an_access(library, purpose="advertising"), library).reasons
    assert library.newest.text is None
    assert library.newest.say(reason) == library.newest.checks[reason.check].summary.en
