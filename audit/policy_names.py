"""Names within a policy: each leads somewhere, none is given twice."""

from collections.abc import Collection, Iterable, Iterator

from audit.access_rights import AccessRights
from audit.judgement import Check
from audit.policy_document import Entry, PolicyDocument, ThirdParties
from audit.policy_file import Field, unknown_name

Found = tuple[Field, str]


def document_problems(document: PolicyDocument, rights: AccessRights) -> Iterator[Found]:
    """What does not fit within the policy file, as (field, message)."""
    items = {item.id for item in document.items}
    purposes = {purpose.id for purpose in document.purposes}
    bases = {basis.id for basis in document.legal_bases}
    files = {file.id for file in document.files}
    yield from _twice(document)
    yield from _checks(document)
    yield from _unknown(("cookie_items",), document.cookie_items, items, "item", "items")
    for place, purpose in enumerate(document.purposes):
        at: Field = ("purposes", place, "legal_basis")
        yield from _unknown(at, purpose.legal_basis, bases, "legal basis", "legal_bases")
    for place, file in enumerate(document.files):
        here: Field = ("files", place)
        for group in ("required", "optional"):
            words = getattr(file.items, group)
            yield from _unknown((*here, "items", group), words, items, "item", "items")
        yield from _unknown((*here, "purposes"), file.purposes, purposes, "purpose", "purposes")
        at = (*here, "legal_basis")
        yield from _unknown(at, file.legal_basis, bases, "legal basis", "legal_bases")
    if document.third_parties is not None:
        provided = (one.file for one in document.third_parties.files)
        yield from _repeated(("third_parties", "files"), provided)
        yield from _provided(document.third_parties, files, items)
        yield from _families(document.third_parties, rights)
    if document.consignment is not None:
        for place, consignee in enumerate(document.consignment.consignees):
            here = ("consignment", "consignees", place)
            yield from _unknown((*here, "file"), consignee.file, files, "file", "files")
            yield from _unknown(
                (*here, "purposes"), consignee.purposes, purposes, "purpose", "purposes"
            )
    if document.subject_rights is not None:
        at = ("subject_rights", "purpose")
        yield from _unknown(at, document.subject_rights.purpose, purposes, "purpose", "purposes")


def rights_problems(document: PolicyDocument, rights: AccessRights) -> Iterator[Found]:
    """What in the rights file does not fit the policy file, as (field, message)."""
    purposes = {purpose.id for purpose in document.purposes}
    files = {file.id for file in document.files}
    yield from _twice(rights)
    for place, role in enumerate(rights.roles):
        for number, grant in enumerate(role.grants):
            here: Field = ("roles", place, "grants", number)
            yield from _unknown((*here, "files"), grant.files, files, "file", "files")
            yield from _unknown(
                (*here, "purposes"), grant.purposes, purposes, "purpose", "purposes"
            )
    for name in ("purpose", "overdue_purposes"):
        words = getattr(rights.disposal, name) or ()
        yield from _unknown(("disposal", name), words, purposes, "purpose", "purposes")
    yield from _repeated(("file_retention",), (one.file for one in rights.file_retention))
    yield from _repeated(("family_members",), (one.family for one in rights.family_members))
    kept = {file.id for file in document.files if file.retention is not None}
    for place, arranged in enumerate(rights.file_retention):
        here = ("file_retention", place, "file")
        yield from _unknown(here, arranged.file, files, "file", "files")
        if arranged.file in kept:
            yield here, f"the policy itself gives a period for {arranged.file!r}; take this out"
    for place, required in enumerate(rights.access_record.required):
        for group in ("only", "unless"):
            for number, circumstance in enumerate(getattr(required, group)):
                here = ("access_record", "required", place, group, number, "purposes")
                words = circumstance.purposes or ()
                yield from _unknown(here, words, purposes, "purpose", "purposes")


def _provided(
    third: ThirdParties, files: Collection[str], items: Collection[str]
) -> Iterator[Found]:
    for place, provided in enumerate(third.files):
        here: Field = ("third_parties", "files", place)
        yield from _unknown((*here, "file"), provided.file, files, "file", "files")
        yield from _unknown((*here, "items"), provided.items, items, "item", "items")


def _families(third: ThirdParties, rights: AccessRights) -> Iterator[Found]:
    listed = {one.family for one in rights.family_members}
    families = {family.id for family in third.families}
    for place, family in enumerate(third.families):
        if not family.members and family.id not in listed:
            message = "has no member; list them here or under `family_members` of the rights file"
            yield ("third_parties", "families", place, "members"), message
    for unknown in sorted(listed - families):
        message = f"the rights file lists members of {unknown!r}, which is no family here; add it"
        yield ("third_parties", "families"), message


def _checks(document: PolicyDocument) -> Iterator[Found]:
    for check in Check:
        if check not in document.checks:
            message = f"has no entry for {check.value!r}; add its clause, severity and runbook"
            yield ("checks",), message


def _twice(entry: Entry, at: Field = ()) -> Iterator[Found]:
    """Every id that a list of entries has twice, however deep the list is."""
    for name in type(entry).model_fields:
        value, here = getattr(entry, name), (*at, name)
        if isinstance(value, Entry):
            yield from _twice(value, here)
        elif isinstance(value, tuple):
            yield from _repeated(here, (one.id for one in value if hasattr(one, "id")))
            for place, one in enumerate(value):
                if isinstance(one, Entry):
                    yield from _twice(one, (*here, place))


def _repeated(field: Field, words: Iterable[str]) -> Iterator[Found]:
    seen: set[str] = set()
    for place, word in enumerate(words):
        if word in seen:
            yield (*field, place), f"{word!r} is given twice; rename or remove one"
        seen.add(word)


def _unknown(
    field: Field, words: str | tuple[str, ...], known: Collection[str], what: str, where: str
) -> Iterator[Found]:
    if isinstance(words, str):
        if words not in known:
            yield field, unknown_name(words, known, what, f"`{where}`")
        return
    for place, word in enumerate(words):
        if word not in known:
            yield (*field, place), unknown_name(word, known, what, f"`{where}`")
