"""What `gamsa policy diff` tells: every field that changes, and by a rule what is judged by."""

import json
from dataclasses import fields
from types import NoneType
from typing import get_args
from zoneinfo import ZoneInfo

import pytest
from pydantic import ValidationError

from audit.access_rights import Action, ActorKind
from audit.judgement import Check
from audit.policy import Version
from audit.policy_compile import PATHS, _compiled
from audit.policy_diff import Change, compare
from audit.policy_file import _field_names
from policies import load_policy

VERSION, RIGHTS = "2025-03-01.yaml", "rights-2025.yaml"
DISPOSAL = "{actions: [dispose], purpose: inviting, overdue_purposes: [inviting]}"

# Values of which one suits any field: text, ids, clauses, periods, days, and what is chosen from.
VALUES = (
    *(True, False, 7, "UTC", "other", "Art. 99", "7 months", "2031-02-03", "low", "high", "ip"),
    *("resident_registration_number", "failure", *get_args(ActorKind), *get_args(Action)),
    *({"en": "other", "ko": "other"}, {"kinds": ["staff"]}, {"other": 1}, None),
)
CHECKS = frozenset(Check)
SPARED = CHECKS - {Check.RETENTION_EXPIRED, Check.TIME_IN_FUTURE}
NOT_JUDGED = {"document", "rights", "revision", "effective_from", "text", "combinations"}


def compiled(document, rights):
    """A version of two models, whether or not their names fit together."""
    return _compiled(document, rights, ZoneInfo(document.time_zone), None)


def judged_by(version):
    """All that `judge` looks at, but for the day from which the version is in force."""
    disposal = version.rights.disposal
    own = {one.name: getattr(version, one.name) for one in fields(Version)}
    kept = {name: value for name, value in own.items() if name not in NOT_JUDGED}
    kept["zone"] = str(version.zone)
    kept["checks"] = {
        name: (entry.clause, entry.severity, entry.runbook)
        for name, entry in version.checks.items()
    }
    # Where a listed party is written does not change what becomes of an event.
    kept["recipients"] = set(version.recipients)
    kept["purposes"] = {name: rule.bases for name, rule in version.purposes.items()}
    also = (version.document.institution, disposal.purpose, set(disposal.overdue_purposes))
    return kept, also


def places(data, path=()):
    """Every field and every entry of a list in a document, as the way to it."""
    if path:
        yield path
    if isinstance(data, dict):
        for name, value in data.items():
            yield from places(value, (*path, name))
    elif isinstance(data, list):
        for number, value in enumerate(data):
            yield from places(value, (*path, number))


def shape(path):
    """Which field of the model is at a place, whichever entry or check it belongs to."""
    return tuple("*" if step in CHECKS or isinstance(step, int) else step for step in path)


def short(data):
    """The same with two entries of a list at most, two checks, and events that say nothing."""
    if isinstance(data, dict):
        kept = {name: value for name, value in data.items() if name not in SPARED}
        return {name: {} if name == "event" else short(value) for name, value in kept.items()}
    return [short(value) for value in data[:2]] if isinstance(data, list) else data


def shortened(model):
    return type(model).model_validate_json(json.dumps(short(model.model_dump(mode="json"))))


def put(data, path, value):
    """A copy in which one place has another value."""
    if not path:
        return value
    copy = dict(data) if isinstance(data, dict) else list(data)
    copy[path[0]] = put(data[path[0]], path[1:], value)
    return copy


def other_values(value):
    """What could stand there instead."""
    if isinstance(value, list):
        yield value[:-1]
        yield from ([*value, one] for one in VALUES)
    else:
        yield from (one for one in VALUES if value is None or type(one) in {type(value), NoneType})


def changes(model):
    """The model with one field after the other changed, each once."""
    data = model.model_dump(mode="json")
    for where, path in {shape(path): path for path in places(data)}.items():
        value = data
        for step in path:
            value = value[step]
        for other in other_values(value):
            try:
                changed = type(model).model_validate_json(json.dumps(put(data, path, other)))
            except ValidationError:
                continue
            if changed != model:
                yield where, changed
                break


@pytest.mark.parametrize(
    ("name", "before", "after", "said"),
    [
        (
            RIGHTS,
            "kinds: [staff], may_be",
            "kinds: [staff, system], others: [annex], may_be",
            [
                "added other organization of staff annex",
                "changed organization of system from must be named to may be missing",
                "added other organization of system annex",
            ],
        ),
        (
            RIGHTS,
            "roles:",
            f"disposal: {DISPOSAL}\nroles:",
            [
                "removed action of disposal delete",
                "changed purpose of disposal from nothing to inviting",
                "added purpose for what is overdue inviting",
            ],
        ),
        (
            VERSION,
            "    title: {en: Lending",
            "    every_file: true\n    legal_basis: [membership]\n    title: {en: Lending",
            [
                "changed purpose lending from files that name it to every file",
                "added legal basis of purpose lending membership",
            ],
        ),
        (
            VERSION,
            "articles:",
            "cookie_items: [loans]\narticles:",
            ["added item of cookies loans"],
        ),
        (VERSION, "ko: 안내 데스크", "ko: 데스크", ["changed field officers"]),
        (RIGHTS, "ko: 봉사자", "ko: 자원봉사자", ["changed field of the access rights roles"]),
    ],
)
def test_a_change_is_told_in_plain_words(folder, library, name, before, after, *, said):
    """One sentence for each thing, and the field alone where nothing is judged by it."""
    path = folder / name
    text = path.read_text(encoding="utf-8")
    assert before in text
    path.write_text(text.replace(before, after, 1), encoding="utf-8")
    told = compare(library.newest, load_policy(folder).newest)
    assert [" ".join(filter(None, change)) for change in told] == said


def test_the_day_is_told_and_hides_no_field(folder, library):
    """A new version that only says something anew names what it says anew."""
    path = folder / VERSION
    text = path.read_text(encoding="utf-8").replace("ko: 안내 데스크", "ko: 데스크")
    text = text.replace("effective_from: 2025-03-01", "effective_from: 2026-03-01")
    path.write_text(text, encoding="utf-8")
    told = compare(library.newest, load_policy(folder).newest)
    assert told == [
        Change("changed", "effective date", "", "from 2025-03-01 to 2026-03-01"),
        Change("changed", "field", "officers"),
    ]


@pytest.mark.parametrize("of", ["document", "rights"])
def test_no_field_changes_untold(seoul, of):
    """Whatever the field, there is a change; what is judged by is told in words of its own."""
    both = {
        "document": shortened(seoul.newest.document),
        "rights": shortened(seoul.newest.rights),
    }
    old, seen = compiled(**both), set()
    for where, changed in changes(both[of]):
        seen |= {*where}
        new = compiled(**{**both, of: changed})
        told = compare(old, new)
        assert bool(told) == (old.revision != new.revision), where
        if judged_by(old) != judged_by(new):
            assert not any(change.what.startswith("field") for change in told), (where, told)
    assert not _field_names(type(both[of])) - seen - {*PATHS}
