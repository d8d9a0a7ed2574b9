"""What changed between two versions of a policy, in plain words."""

from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import Literal, NamedTuple

from audit.policy import FileRule, Version
from audit.policy_compile import PATHS
from audit.policy_document import File
from audit.policy_text import PublishedText


class Change(NamedTuple):
    """One change: what kind of thing, which one, and what about it."""

    change: Literal["added", "removed", "changed"]
    what: str
    id: str
    detail: str = ""


def compare(old: Version, new: Version) -> list[Change]:
    """Every change from `old` to `new` that can change a judgement, and of the published text.

    Where there is none but that of the day, the fields of either file whose content differs.
    """
    found = [
        *_whose(old, new),
        *_purposes(old, new),
        *_named("item", _titles(old, "items"), _titles(new, "items")),
        *_named("legal basis", _titles(old, "legal_bases"), _titles(new, "legal_bases")),
        *_files(old, new),
        *_named("recipient", old.recipients.keys(), new.recipients.keys()),
        *_named("ground", old.grounds, new.grounds),
        *_provided(old, new),
        *_consignees(old, new),
        *_organizations(old, new),
        *_rules(old, new),
        *_checks(old, new),
        *_roles(old, new),
        *_texts(old.text, new.text),
    ]
    return [*_day(old, new), *(found or _fields(old, new))]


def _titles(version: Version, group: str) -> Mapping[str, str]:
    return {entry.id: entry.title.en for entry in getattr(version.document, group)}


def _named(what: str, old: Collection[str], new: Collection[str]) -> Iterator[Change]:
    for name in sorted(set(new) - set(old)):
        yield Change("added", what, name, new[name] if isinstance(new, Mapping) else "")
    for name in sorted(set(old) - set(new)):
        yield Change("removed", what, name, old[name] if isinstance(old, Mapping) else "")


def _day(old: Version, new: Version) -> Iterator[Change]:
    days = old.document.effective_from, new.document.effective_from
    yield from _value("effective date", "", *days)


def _whose(old: Version, new: Version) -> Iterator[Change]:
    for what, name in (("institution", "institution"), ("time zone", "time_zone")):
        yield from _value(what, "", getattr(old.document, name), getattr(new.document, name))


def _purposes(old: Version, new: Version) -> Iterator[Change]:
    yield from _named("purpose", _titles(old, "purposes"), _titles(new, "purposes"))
    before = {purpose.id: purpose for purpose in old.document.purposes}
    after = {purpose.id: purpose for purpose in new.document.purposes}
    told = {True: "every file", False: "files that name it"}
    for name in sorted(before.keys() & after.keys()):
        duty = told[before[name].every_file], told[after[name].every_file]
        yield from _value("purpose", name, *duty)
        bases = before[name].legal_basis, after[name].legal_basis
        yield from _set(f"legal basis of purpose {name}", *bases)


def _files(old: Version, new: Version) -> Iterator[Change]:
    before = {file.id: file for file in old.document.files}
    after = {file.id: file for file in new.document.files}
    yield from _named("file", _titles(old, "files"), _titles(new, "files"))
    for name in sorted(before.keys() & after.keys()):
        yield from _file(before[name], after[name])
        yield from _cited(old.files[name], new.files[name])
        periods = old.files[name].months, new.files[name].months
        yield from _value("period", name, *map(_months, periods))
        ended = _ended_by(before[name]), _ended_by(after[name])
        yield from _set(f"early end of {name}", *ended)


def _file(old: File, new: File) -> Iterator[Change]:
    yield from _set(f"purpose of {old.id}", old.purposes, new.purposes)
    yield from _set(f"required item of {old.id}", old.items.required, new.items.required)
    yield from _set(f"optional item of {old.id}", old.items.optional, new.items.optional)
    yield from _set(f"legal basis of {old.id}", old.legal_basis, new.legal_basis)


def _cited(old: FileRule, new: FileRule) -> Iterator[Change]:
    yield from _value("clause of file", old.id, old.clause, new.clause)
    yield from _value("clause of items of", old.id, old.items_clause, new.items_clause)
    yield from _value("clause of period of", old.id, old.retention_clause, new.retention_clause)


def _provided(old: Version, new: Version) -> Iterator[Change]:
    yield from _set("file provided to third parties", old.provided, new.provided)
    for name in sorted(old.provided.keys() & new.provided.keys()):
        before, after = old.provided[name], new.provided[name]
        what = f"{name} provided to third parties"
        yield from _set(f"item of {what}", before.items, after.items)
        yield from _value(f"clause of {what}", "", before.clause, after.clause)


def _consignees(old: Version, new: Version) -> Iterator[Change]:
    yield from _named("consignee", old.consignees.keys(), new.consignees.keys())
    for name in sorted(old.consignees.keys() & new.consignees.keys()):
        before, after = old.consignees[name], new.consignees[name]
        yield from _value("clause of consignee", name, before.clause, after.clause)
        yield from _value(f"file of consignee {name}", name, before.file, after.file)
        yield from _set(f"task of consignee {name}", before.purposes, after.purposes)


def _organizations(old: Version, new: Version) -> Iterator[Change]:
    told = {True: "may be missing", False: "must be named"}
    for kind in sorted(old.organizations.keys() & new.organizations.keys()):
        before, after = old.organizations[kind], new.organizations[kind]
        yield from _value("organization of", kind, told[None in before], told[None in after])
        yield from _set(f"other organization of {kind}", _others(old, kind), _others(new, kind))


def _others(version: Version, kind: str) -> set[str]:
    own = version.document.institution
    return {name for name in version.organizations[kind] if name is not None and name != own}


def _rules(old: Version, new: Version) -> Iterator[Change]:
    yield from _set("right of subjects", old.requestable, new.requestable)
    numbers = old.document.never_recorded, new.document.never_recorded
    yield from _set("identifier never recorded", *numbers)
    yield from _value("purpose of rights", "", old.rights_purpose, new.rights_purpose)
    yield from _set("item of cookies", old.cookie_items, new.cookie_items)
    before, after = old.rights, new.rights
    days = before.disposal.grace_days, after.disposal.grace_days
    yield from _value("days until disposal is due", "", *days)
    yield from _set("action of disposal", old.disposal_actions, new.disposal_actions)
    yield from _value("purpose of disposal", "", before.disposal.purpose, after.disposal.purpose)
    overdue = before.disposal.overdue_purposes, after.disposal.overdue_purposes
    yield from _set("purpose for what is overdue", *overdue)
    yield from _value("retention of the trail", "", before.trail.retention, after.trail.retention)
    if before.access_record != after.access_record:
        yield Change("changed", "access record", "")


def _checks(old: Version, new: Version) -> Iterator[Change]:
    for check in old.checks.keys() & new.checks.keys():
        before, after = old.checks[check], new.checks[check]
        for name in ("clause", "severity", "runbook"):
            told = getattr(before, name), getattr(after, name)
            yield from _value(f"{name} of check", check.value, *told)


def _roles(old: Version, new: Version) -> Iterator[Change]:
    yield from _named("role", old.roles.keys(), new.roles.keys())
    for name in sorted(old.roles.keys() & new.roles.keys()):
        before, after = old.roles[name], new.roles[name]
        yield from _set(f"kind of {name}", before.kinds, after.kinds)
        told = {True: "own data only", False: "anybody's data"}
        yield from _value("role", name, told[before.own_data_only], told[after.own_data_only])
        grants = (map(_grant, before.grants), map(_grant, after.grants))
        yield from _set(f"right of {name}", *grants)


def _texts(old: PublishedText | None, new: PublishedText | None) -> Iterator[Change]:
    if old is None or new is None:
        return
    yield from _named("clause of the text", old.sentences.keys(), new.sentences.keys())
    for clause in old.sentences.keys() & new.sentences.keys():
        if old.quote(clause) != new.quote(clause):
            yield Change("changed", "clause of the text", clause, "is worded differently")


def _fields(old: Version, new: Version) -> Iterator[Change]:
    told = {*PATHS, "effective_from"}
    for what, before, after in (
        ("field", old.document, new.document),
        ("field of the access rights", old.rights, new.rights),
    ):
        for name in type(before).model_fields:
            if name not in told and getattr(before, name) != getattr(after, name):
                yield Change("changed", what, name)


def _value(what: str, name: str, old: object, new: object) -> Iterator[Change]:
    if old != new:
        told = ("nothing" if value is None else value for value in (old, new))
        yield Change("changed", what, name, "from {} to {}".format(*told))


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
