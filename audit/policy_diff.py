"""What changed between two versions of a policy, in plain words."""

from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import Literal, NamedTuple

from audit.policy import Version
from audit.policy_document import File
from audit.policy_text import PublishedText


class Change(NamedTuple):
    """One change: what kind of thing, which one, and what about it."""

    change: Literal["added", "removed", "changed"]
    what: str
    id: str
    detail: str = ""


def compare(old: Version, new: Version) -> list[Change]:
    """Every change from `old` to `new` that can change a judgement, and of the published text."""
    return [
        *_named("purpose", _titles(old, "purposes"), _titles(new, "purposes")),
        *_named("item", _titles(old, "items"), _titles(new, "items")),
        *_named("legal basis", _titles(old, "legal_bases"), _titles(new, "legal_bases")),
        *_files(old, new),
        *_named("recipient", old.recipients.keys(), new.recipients.keys()),
        *_named("ground", old.grounds, new.grounds),
        *_provided(old, new),
        *_consignees(old, new),
        *_rules(old, new),
        *_checks(old, new),
        *_roles(old, new),
        *_texts(old.text, new.text),
    ]


def _titles(version: Version, group: str) -> Mapping[str, str]:
    return {entry.id: entry.title.en for entry in getattr(version.document, group)}


def _named(what: str, old: Collection[str], new: Collection[str]) -> Iterator[Change]:
    for name in sorted(set(new) - set(old)):
        yield Change("added", what, name, new[name] if isinstance(new, Mapping) else "")
    for name in sorted(set(old) - set(new)):
        yield Change("removed", what, name, old[name] if isinstance(old, Mapping) else "")


def _files(old: Version, new: Version) -> Iterator[Change]:
    before = {file.id: file for file in old.document.files}
    after = {file.id: file for file in new.document.files}
    yield from _named("file", _titles(old, "files"), _titles(new, "files"))
    for name in sorted(before.keys() & after.keys()):
        yield from _file(before[name], after[name])
        periods = old.files[name].months, new.files[name].months
        if periods[0] != periods[1]:
            yield Change("changed", "period", name, _from_to(*map(_months, periods)))
        ended = _ended_by(before[name]), _ended_by(after[name])
        yield from _set(f"early end of {name}", *ended)


def _file(old: File, new: File) -> Iterator[Change]:
    yield from _set(f"purpose of {old.id}", old.purposes, new.purposes)
    yield from _set(f"required item of {old.id}", old.items.required, new.items.required)
    yield from _set(f"optional item of {old.id}", old.items.optional, new.items.optional)
    yield from _set(f"legal basis of {old.id}", old.legal_basis, new.legal_basis)


def _provided(old: Version, new: Version) -> Iterator[Change]:
    yield from _set("file provided to third parties", old.provided, new.provided)
    for name in sorted(old.provided.keys() & new.provided.keys()):
        items = old.provided[name].items, new.provided[name].items
        yield from _set(f"item of {name} provided to third parties", *items)


def _consignees(old: Version, new: Version) -> Iterator[Change]:
    yield from _named("consignee", old.consignees.keys(), new.consignees.keys())
    for name in sorted(old.consignees.keys() & new.consignees.keys()):
        before, after = old.consignees[name], new.consignees[name]
        if before.file != after.file:
            yield Change(
                "changed", f"file of consignee {name}", name, _from_to(before.file, after.file)
            )
        yield from _set(f"task of consignee {name}", before.purposes, after.purposes)


def _rules(old: Version, new: Version) -> Iterator[Change]:
    yield from _set("right of subjects", old.requestable, new.requestable)
    numbers = old.document.never_recorded, new.document.never_recorded
    yield from _set("identifier never recorded", *numbers)
    for name, before, after in (
        (
            "days until disposal is due",
            old.rights.disposal.grace_days,
            new.rights.disposal.grace_days,
        ),
        ("retention of the trail", old.rights.trail.retention, new.rights.trail.retention),
        ("access record", old.rights.access_record, new.rights.access_record),
    ):
        if before != after:
            plain = isinstance(before, (int, str))
            yield Change("changed", name, "", _from_to(before, after) if plain else "")


def _checks(old: Version, new: Version) -> Iterator[Change]:
    for check in old.checks.keys() & new.checks.keys():
        before, after = old.checks[check], new.checks[check]
        for name in ("clause", "severity", "runbook"):
            told = getattr(before, name), getattr(after, name)
            if told[0] != told[1]:
                yield Change("changed", f"{name} of check", check.value, _from_to(*told))


def _roles(old: Version, new: Version) -> Iterator[Change]:
    yield from _named("role", old.roles.keys(), new.roles.keys())
    for name in sorted(old.roles.keys() & new.roles.keys()):
        before, after = old.roles[name], new.roles[name]
        yield from _set(f"kind of {name}", before.kinds, after.kinds)
        if before.own_data_only != after.own_data_only:
            told = {True: "own data only", False: "anybody's data"}
            detail = _from_to(told[before.own_data_only], told[after.own_data_only])
            yield Change("changed", "role", name, detail)
        grants = (map(_grant, before.grants), map(_grant, after.grants))
        yield from _set(f"right of {name}", *grants)


def _texts(old: PublishedText | None, new: PublishedText | None) -> Iterator[Change]:
    if old is None or new is None:
        return
    yield from _named("clause of the text", old.sentences.keys(), new.sentences.keys())
    for clause in old.sentences.keys() & new.sentences.keys():
        if old.quote(clause) != new.quote(clause):
            yield Change("changed", "clause of the text", clause, "is worded differently")


def _set(what: str, old: Iterable[str], new: Iterable[str]) -> Iterator[Change]:
    before, after = set(old), set(new)
    yield from (Change("added", what, name) for name in sorted(after - before))
    yield from (Change("removed", what, name) for name in sorted(before - after))


def _ended_by(file: File) -> tuple[str, ...]:
    return file.retention.ended_by if file.retention else ()


def _months(months: int | None) -> str:
    return "no period" if months is None else f"{months} months"


def _grant(grant: tuple[str, str, str]) -> str:
    file, purpose, action = grant
    return f"{action} {file} for {purpose}"


def _from_to(old: object, new: object) -> str:
    return f"from {old} to {new}"
