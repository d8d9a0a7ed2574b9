"""From a policy file and the rights file beside it to a version that judges."""

import hashlib
import json
from collections.abc import Iterator
from datetime import tzinfo
from itertools import pairwise, product

from audit.access_rights import AccessRights, Role
from audit.calendar import midnight
from audit.judgement import Check
from audit.policy import (
    DAY,
    ConsigneeRule,
    FileRule,
    Policy,
    ProvidedRule,
    PurposeRule,
    RoleRule,
    Version,
)
from audit.policy_document import File, PolicyDocument, months
from audit.policy_file import PolicyError, PolicyFile, Problem
from audit.policy_names import document_problems, rights_problems
from audit.policy_text import PublishedText

PATHS = frozenset({"text", "access_rights"})
"""The fields of a version that only say where a file lies."""


def compile_version(
    file: PolicyFile, rights_file: PolicyFile, zone: tzinfo, text: PublishedText | None = None
) -> Version:
    """Check that both files fit together and compile them.

    Raises `PolicyError` with every field of either file that does not fit; or else with every name
    that leads nowhere, every id given twice and every check without an entry.
    """
    unfit = misfits(file, rights_file)
    if unfit:
        raise PolicyError(unfit)
    document = file.validated(PolicyDocument)
    rights = rights_file.validated(AccessRights)
    problems = [
        *(file.problem(*found) for found in document_problems(document, rights)),
        *(rights_file.problem(*found) for found in rights_problems(document, rights)),
    ]
    if problems:
        raise PolicyError(problems)
    return _compiled(document, rights, zone, text)


def misfits(file: PolicyFile, rights_file: PolicyFile | None = None) -> list[Problem]:
    """Every field of both files that does not have the form it should."""
    rights = rights_file.misfits(AccessRights) if rights_file is not None else []
    return [*file.misfits(PolicyDocument), *rights]


def compile_policy(versions: list[tuple[PolicyFile, Version]]) -> Policy:
    """All versions of one institution; raises `PolicyError` where they clash."""
    ordered = sorted(versions, key=lambda pair: pair[1].effective_from)
    problems: list[Problem] = []
    for (_, before), (file, version) in pairwise(ordered):
        starts = before.document.effective_from
        if before.effective_from == version.effective_from:
            message = f"{starts} is also the start of another version; give each its own day"
            problems.append(file.problem(("effective_from",), message))
        elif version.document.supersedes != starts:
            message = f"the version before takes effect on {starts}; write `supersedes: {starts}`"
            problems.append(file.problem(("supersedes",), message))
        if before.document.id != version.document.id:
            message = f"the other versions in this folder are of {before.document.id!r}"
            problems.append(file.problem(("id",), message))
    if problems:
        raise PolicyError(problems)
    return Policy(tuple(version for _, version in reversed(ordered)))


def revision_of(document: PolicyDocument, rights: AccessRights) -> str:
    """SHA-256 (hex) of what both files say, whatever their layout and where the text lies."""
    content = {
        "policy": document.model_dump(mode="json", exclude={*PATHS}),
        "access_rights": rights.model_dump(mode="json"),
    }
    canonical = json.dumps(content, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(canonical.encode()).hexdigest()


def recipients(document: PolicyDocument, rights: AccessRights) -> Iterator[tuple[str, str]]:
    """Every party to which data may be provided, families written out, with its clause."""
    if document.third_parties is None:
        return
    for recipient in document.third_parties.recipients:
        yield recipient.id, recipient.clause
    listed = {one.family: one.members for one in rights.family_members}
    for family in document.third_parties.families:
        for member in (*family.members, *listed.get(family.id, ())):
            yield f"{family.id}:{member.id}", family.clause


def _compiled(
    document: PolicyDocument, rights: AccessRights, zone: tzinfo, text: PublishedText | None
) -> Version:
    third, consigned, requests = (
        document.third_parties,
        document.consignment,
        document.subject_rights,
    )
    grounds = frozenset(ground.id for ground in third.grounds) if third else frozenset()
    return Version(
        document=document,
        rights=rights,
        revision=revision_of(document, rights),
        effective_from=midnight(document.effective_from, zone),
        zone=zone,
        text=text,
        files={one.id: _file_rule(one, document, rights) for one in document.files},
        purposes={
            one.id: PurposeRule(one.clause, frozenset(one.legal_basis))
            for one in document.purposes
        },
        items=frozenset(item.id for item in document.items),
        roles={role.id: _role_rule(role) for role in rights.roles},
        bases=frozenset(basis.id for basis in document.legal_bases) | grounds,
        grounds=grounds,
        recipients=dict(recipients(document, rights)),
        provided={one.file: ProvidedRule(one.clause, frozenset(one.items)) for one in third.files}
        if third
        else {},
        consignees={
            one.id: ConsigneeRule(one.clause, one.file, frozenset(one.purposes))
            for one in consigned.consignees
        }
        if consigned
        else {},
        organizations=_organizations(document, rights),
        required=rights.access_record.required,
        rights_purpose=requests.purpose if requests else None,
        requestable=frozenset(one.id for one in requests.rights) if requests else frozenset(),
        disposal_actions=frozenset(rights.disposal.actions),
        grace=rights.disposal.grace_days * DAY,
        tolerance=rights.access_record.clock_tolerance_seconds * 1_000_000,
        watches_numbers="resident_registration_number" in document.never_recorded,
        cookie_items=frozenset(document.cookie_items),
        checks=document.checks,
    )


def _file_rule(file: File, document: PolicyDocument, rights: AccessRights) -> FileRule:
    duties = {purpose.id for purpose in document.purposes if purpose.every_file}
    arranged = {one.file: one.period for one in rights.file_retention}
    kept = file.retention
    period = kept.period if kept else arranged.get(file.id)
    return FileRule(
        id=file.id,
        clause=file.clause,
        items_clause=file.items.clause,
        retention_clause=(kept or document.checks[Check.RETENTION_EXPIRED]).clause,
        purposes=frozenset(file.purposes) | duties,
        items=frozenset((*file.items.required, *file.items.optional)),
        bases=frozenset(file.legal_basis),
        months=months(period) if period else None,
        ended=bool(kept and kept.ended_by),
    )


def _organizations(
    document: PolicyDocument, rights: AccessRights
) -> dict[str, frozenset[str | None]]:
    """What members, staff and systems may name as theirs: the institution unless told more."""
    named: dict[str, set[str | None]] = {
        kind: {document.institution} for kind in ("member", "staff", "system")
    }
    for one in rights.organizations:
        for kind in one.kinds:
            named[kind] |= {*one.others, *((None,) if one.may_be_missing else ())}
    return {kind: frozenset(names) for kind, names in named.items()}


def _role_rule(role: Role) -> RoleRule:
    granted = frozenset(
        triple
        for grant in role.grants
        for triple in product(grant.files, grant.purposes, grant.actions)
    )
    return RoleRule(frozenset(role.kinds), role.own_data_only, granted)
