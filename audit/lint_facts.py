"""The facts of a catalogue against those of its published text, in both directions.

Facts are found by the labels under which the text knows them (`in_text`), in the clause that the
catalogue cites for them; nothing is guessed from the wording around them.
"""

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from datetime import date
from typing import Literal, NamedTuple

from audit.policy import Version
from audit.policy_document import (
    Consignee,
    Contact,
    File,
    PolicyDocument,
    Recipient,
    RecipientFamily,
    Retention,
)
from audit.policy_text import PublishedText, enclosing

_PERIOD = re.compile(r"([0-9]+ (?:month|year))s?\b")
_CONTACT = re.compile(
    r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+|\b(?:[a-z][a-z0-9-]*\.)+[a-z]{2,}\b|\+?\b\d[\d-]+\d\b"
)
_COUNT = re.compile(r"\b[0-9]+\b")
_ET_CETERA = {"", "etc.", "and so on"}


class Remark(NamedTuple):
    """One thing found: at which clause, and what."""

    level: Literal["problem", "note"]
    clause: str
    message: str


def facts(version: Version, text: PublishedText) -> Iterator[Remark]:
    """Every disagreement about items, periods, recipients, consignees, contacts and dates."""
    document = version.document
    for file in document.files:
        yield from _items(file, document, text)
        yield from _elsewhere(file, document, text)
        yield from _registered(file, document, text)
        if file.retention is None:
            message = f"the text gives no period for {file.id}; the rights file may"
            yield Remark("note", file.clause, message)
    yield from _periods(document, text)
    yield from _outlived(document)
    yield from _recipients(version, text)
    yield from _consignees(document, text)
    yield from _contacts(document, text)
    yield from _effective_date(document.effective_from, document, text)


def _labels(document: PolicyDocument) -> list[tuple[str, str]]:
    pairs = [(label, item.id) for item in document.items for label in item.in_text]
    return sorted(pairs, key=lambda pair: -len(pair[0]))


def _named(words: str, document: PolicyDocument) -> tuple[set[str], str]:
    """The items that a text names, and what is left of it without their labels."""
    found = set()
    for label, item in _labels(document):
        pattern = rf"(?<!\w){re.escape(label)}(?!\w)"
        words, times = re.subn(pattern, "\0", words)
        if times:
            found.add(item)
    return found, words


def _items(file: File, document: PolicyDocument, text: PublishedText) -> Iterator[Remark]:
    clause = file.items.clause
    required, optional = set(file.items.required), set(file.items.optional)
    for bullet in text.bullets(clause) or [text.quote(clause) or ""]:
        kind = bullet.split(":")[0]
        ids = {"Required": required, "Optional": optional}.get(kind, required | optional)
        yield from _agree(clause, bullet, ids, file.id, document)
    third = document.third_parties
    for one in third.files if third else ():
        if one.file == file.id:
            words = text.quote(one.clause) or ""
            yield from _agree(one.clause, words, set(one.items), file.id, document)


def _agree(
    clause: str, words: str, ids: set[str], file: str, document: PolicyDocument
) -> Iterator[Remark]:
    labelled = {item for _, item in _labels(document)}
    named, rest = _named(words, document)
    for item in sorted(named - ids):
        message = f"the text lists {item!r} for {file} and the catalogue does not; add it"
        yield Remark("problem", clause, message)
    for item in sorted((ids & labelled) - named):
        message = f"the catalogue lists {item!r} for {file} and the text does not; take it out"
        yield Remark("problem", clause, message)
    if not named:
        return
    for part in rest.rpartition(":")[2].split(","):
        if "\0" not in part and part.strip() not in _ET_CETERA:
            message = f"the text lists {part.strip()!r} for {file}, which is no item here; add it"
            yield Remark("problem", clause, message)


def _elsewhere(file: File, document: PolicyDocument, text: PublishedText) -> Iterator[Remark]:
    """Places that list the file's items again, where the text may disagree with itself."""
    ids = {*file.items.required, *file.items.optional}
    if not ids & {item for _, item in _labels(document)}:
        return
    provided = document.third_parties.files if document.third_parties else ()
    clauses = [file.clause, file.retention.clause if file.retention else ""]
    clauses += [one.retention.clause for one in provided if one.file == file.id and one.retention]
    for clause in clauses:
        named, _ = _named(text.quote(clause) or "", document)
        for item in sorted(named ^ ids) if named and clause != file.items.clause else ():
            verb = "lists" if item in named else "leaves out"
            message = f"the text {verb} {item!r} of {file.id} here, unlike in {file.items.clause}"
            yield Remark("note", clause, message)


def _registered(file: File, document: PolicyDocument, text: PublishedText) -> Iterator[Remark]:
    """A file is named in its clause; and in the table of files, if the text has one."""
    words = text.quote(file.clause) or ""
    if not file.in_text:
        return
    if not _any(file.in_text, words):
        message = f"the text does not call {file.id} {file.in_text[0]!r} here"
        yield Remark("problem", file.clause, message)
    tables = Counter(enclosing(one.clause) for one in document.files if " row " in one.clause)
    table = tables.most_common(1)[0][0] if tables else ""
    if table and not any(_any(file.in_text, row) for row in text.rows(table)):
        message = f"names {file.in_text[0]!r}, which the table in {table} does not have"
        yield Remark("note", file.clause, message)


def _periods(document: PolicyDocument, text: PublishedText) -> Iterator[Remark]:
    provided = document.third_parties.files if document.third_parties else ()
    kept: list[Retention] = [one.retention for one in document.files if one.retention]
    kept += [one.retention for one in provided if one.retention]
    for one in kept:
        told = set(_PERIOD.findall(text.quote(one.clause) or ""))
        if told != {one.period.removesuffix("s")}:
            message = f"the text says {', '.join(sorted(told)) or 'no period'}, the catalogue "
            yield Remark("problem", one.clause, f"{message}{one.period}; correct one")
    cited = {one.clause for one in kept}
    for clause, words in text.sentences.items():
        leaf = not text.bullets(clause)
        if leaf and clause not in cited and _PERIOD.search(words):
            message = "the text gives a period here that no retention cites; add it"
            yield Remark("problem", clause, message)


def _outlived(document: PolicyDocument) -> Iterator[Remark]:
    """Periods that nothing ends early, although something ends those beside them."""
    provided = document.third_parties.files if document.third_parties else ()
    kept = [(one.id, one.retention) for one in document.files if one.retention]
    kept += [(one.file, one.retention) for one in provided if one.retention]
    ended = {enclosing(one.clause) for _, one in kept if one.ended_by}
    for file, one in kept:
        if one.ended_by or enclosing(one.clause) not in ended:
            continue
        if one.outlives is not None:
            message = f"{file} outlives what ends the periods beside it: {one.outlives.en}"
            yield Remark("note", one.clause, message)
        else:
            message = f"nothing ends {file} early, unlike the periods beside it; add `ended_by`"
            yield Remark("problem", one.clause, f"{message}, or say why in `outlives`")


def _recipients(version: Version, text: PublishedText) -> Iterator[Remark]:
    third = version.document.third_parties
    if third is None:
        return
    labels: dict[str, list[str]] = {}
    parties: tuple[Recipient | RecipientFamily, ...] = (*third.recipients, *third.families)
    for one in parties:
        labels.setdefault(one.clause, []).extend(one.in_text)
        for label in one.in_text:
            if label not in (text.quote(one.clause) or ""):
                message = f"the text does not name {label!r} here, by which {one.id} is known"
                yield Remark("problem", one.clause, message)
    for family in third.families:
        told = [int(number) for label in family.in_text for number in _COUNT.findall(label)]
        if told and told != [len(family.members)]:
            message = f"the text counts {told[0]} of {family.id}, and {len(family.members)} are"
            yield Remark("problem", family.clause, f"{message} listed; correct `members`")
    for clause, known in labels.items():
        listed = (text.quote(clause) or "").rpartition(":")[2]
        for part in listed.split(",") if known else ():
            if not _any(known, part):
                message = f"the text names {part.strip()!r}, which is no recipient here; add it"
                yield Remark("problem", clause, message)


def _consignees(document: PolicyDocument, text: PublishedText) -> Iterator[Remark]:
    if document.consignment is None:
        return
    files = {file.id: file for file in document.files}
    by_clause: dict[str, list[Consignee]] = {}
    for one in document.consignment.consignees:
        by_clause.setdefault(one.clause, []).append(one)
        words = text.quote(one.clause) or ""
        for what, labels in ((one.id, one.in_text), (one.file, files[one.file].in_text)):
            if labels and not _any(labels, words):
                message = f"the text does not name {labels[0]!r} here, by which {what} is known"
                yield Remark("problem", one.clause, message)
    for clause, together in by_clause.items():
        told = (text.quote(clause) or "").count(",") + 1
        if " row " in clause and told != len(together):
            message = f"the text lists {told} consignees here, the catalogue {len(together)}"
            yield Remark("problem", clause, f"{message}; correct one")


def _contacts(document: PolicyDocument, text: PublishedText) -> Iterator[Remark]:
    contacts: tuple[Contact, ...] = (
        *document.officers,
        *document.viewing_claims,
        *document.relief_bodies,
    )
    listed: dict[str, set[str]] = {}
    for one in contacts:
        words = text.quote(one.clause) or ""
        listed.setdefault(one.clause, set()).update(one.contact)
        departments = one.department.en.split(", ") if one.department else []
        for told in (*departments, *one.contact):
            if told not in words:
                message = f"{told!r} of {one.id} does not stand in the text here; correct one"
                yield Remark("problem", one.clause, message)
    for clause, known in listed.items():
        for told in sorted(set(_CONTACT.findall(text.quote(clause) or "")) - known):
            message = f"the text gives the contact {told!r}, which no entry here has; add it"
            yield Remark("problem", clause, message)


def _effective_date(day: date, document: PolicyDocument, text: PublishedText) -> Iterator[Remark]:
    forms = {f"{day:%b}. {day.day}, {day.year}", f"{day:%B} {day.day}, {day.year}", f"{day}"}
    clauses = [one.clause for one in document.changes]
    words = " ".join(text.quote(clause) or "" for clause in clauses)
    if clauses and not _any(forms, words):
        message = f"the text does not say that it takes effect on {day}; correct `effective_from`"
        yield Remark("problem", clauses[0], message)


def _any(labels: Iterable[str], words: str) -> bool:
    return any(label in words for label in labels)
