"""The examples beside each entry of a policy: small events, allowed and misuse."""

import json
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from pydantic import BaseModel

from audit.access_rights import Role
from audit.codec import InvalidTimeError, Rejected, decode, microseconds
from audit.events import EVENT_TYPE, Access, AccessEvent
from audit.judge import judge
from audit.policy import DAY, Policy, Version
from audit.policy_document import (
    AllowedExample,
    Consignee,
    Examples,
    File,
    MisuseExample,
    Purpose,
    Recipient,
    RecipientFamily,
)
from audit.policy_file import Field, PolicyFile, Problem

Event = Mapping[str, Any]

_ATTRIBUTES = frozenset(AccessEvent.__struct_fields__) - {"data"}
_FIELDS = frozenset(Access.__struct_fields__)
_NOON_AFTER_A_YEAR = 365 * DAY + DAY // 2
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def example_problems(
    file: PolicyFile, rights_file: PolicyFile, version: Version
) -> Iterator[Problem]:
    """Run every example of a version by that version; each that fails is a problem at its line."""
    policy = Policy((version,))
    for source, part in ((file, version.document), (rights_file, version.rights)):
        for field, entry, examples in _with_examples(part, ()):
            for filled in _filled(entry, version):
                for kind in ("allowed", "misuse"):
                    for place, example in enumerate(getattr(examples, kind)):
                        wrong = _wrong(example, filled, version, policy)
                        if wrong:
                            at = (*field, "examples", kind, place)
                            yield source.problem(at, f"{example.case!r} {wrong}")


def example_document(version: Version, *layers: Event) -> dict[str, Any]:
    """A whole event: the version's default, with each layer's attributes and fields over it."""
    happens = _EPOCH + timedelta(microseconds=version.effective_from + _NOON_AFTER_A_YEAR)
    document: dict[str, Any] = {
        "specversion": "1.0",
        "type": EVENT_TYPE,
        "id": "example",
        "source": "/example",
        "time": happens.isoformat(),
        "data": {},
    }
    for layer in (version.rights.example, *layers):
        for name, value in layer.items():
            part = document if name in _ATTRIBUTES else document["data"]
            part[name] = _merged(part.get(name), value)
    return document


def _merged(under: Any, over: Any) -> Any:
    if isinstance(under, dict) and isinstance(over, dict):
        return {**under, **{name: _merged(under.get(name), over[name]) for name in over}}
    return over


def _wrong(
    example: AllowedExample | MisuseExample, filled: Event, version: Version, policy: Policy
) -> str | None:
    """How an example comes out other than it says, if it does, and what to do."""
    unknown = sorted(set(example.event) - _ATTRIBUTES - _FIELDS)
    if unknown:
        return f"names {unknown[0]!r}, which is no field of an access event; correct the name"
    document = example_document(version, filled, example.event)
    try:
        received_at = microseconds(example.received_at or str(document["time"]))
    except InvalidTimeError as error:
        return f"has a time that cannot be read: {error}; write it as 2021-02-01T09:00:00+09:00"
    received = decode(json.dumps(document).encode(), received_at)
    if isinstance(received, Rejected):
        return f"is not an access event: {received.detail}; correct that field"
    found = judge(received, policy)
    expected = set(example.checks) if isinstance(example, MisuseExample) else set()
    if {reason.check for reason in found.reasons} == expected:
        return None
    told = "; ".join(f"{reason.check} ({reason.detail})" for reason in found.reasons)
    wanted = f"misuse for {', '.join(sorted(expected))}" if expected else "allowed"
    return f"is to be {wanted}, and is {found.verdict} {told}".rstrip() + (
        "; correct the example or the entry"
    )


def _filled(entry: BaseModel, version: Version) -> list[dict[str, Any]]:
    """What an entry itself says about its examples; of a family, once for each member."""
    filled: list[dict[str, Any]] = [{}]
    match entry:
        case File():
            filled = [_of_file(entry)]
        case Purpose():
            filled = [{"purpose": entry.id}]
        case Recipient():
            filled = [{"recipient": entry.id}]
        case RecipientFamily():
            members = [name for name in version.recipients if name.startswith(f"{entry.id}:")]
            filled = [{"recipient": name} for name in members]
        case Role():
            filled = [{"actor": {"role": entry.id, "kind": entry.kinds[0]}}]
        case Consignee():
            [file] = (one for one in version.document.files if one.id == entry.file)
            actor = {"kind": "consignee", "organization": entry.id}
            filled = [{**_of_file(file), "purpose": entry.purposes[0], "actor": actor}]
    return filled


def _of_file(file: File) -> dict[str, Any]:
    return {
        "file": file.id,
        "items": list(file.items.required),
        "legal_basis": file.legal_basis[0],
        **({"purpose": file.purposes[0]} if file.purposes else {}),
    }


def _with_examples(part: Any, field: Field) -> Iterator[tuple[Field, BaseModel, Examples]]:
    if isinstance(part, tuple):
        for place, entry in enumerate(part):
            yield from _with_examples(entry, (*field, place))
    if not isinstance(part, BaseModel):
        return
    for name in type(part).model_fields:
        value = getattr(part, name)
        if isinstance(value, Examples):
            yield field, part, value
        else:
            yield from _with_examples(value, (*field, name))
