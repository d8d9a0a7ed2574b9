"""Does the catalogue say what the published text says? Checked in both directions.

A `problem` is a disagreement between catalogue and text. A `note` is worth knowing and nobody's
error here: mostly, a place where the text disagrees with itself.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from pydantic import BaseModel

from audit.lint_facts import Remark, facts
from audit.policy import Version
from audit.policy_document import PolicyDocument
from audit.policy_file import Field, written
from audit.policy_text import PublishedText, article, enclosing


@dataclass(frozen=True, slots=True)
class Lint:
    """All remarks about one version, and how much was checked."""

    remarks: tuple[Remark, ...]
    checked: dict[str, int] = field(default_factory=dict)

    @property
    def good(self) -> bool:
        """Whether nothing disagrees."""
        return not any(remark.level == "problem" for remark in self.remarks)


def lint(version: Version, *, without_text: bool = False) -> Lint:
    """Hold a version against its published text.

    That the text it names cannot be read is a problem, because nothing was proved then; with
    `without_text` it is a note.
    """
    document, text = version.document, version.text
    citations = list(cited_clauses(document, ()))
    if text is None:
        unread = _unread(document.text, without_text=without_text)
        return Lint((unread, *_undeclared(citations, document)))
    remarks = [
        *_citations(citations, text),
        *_coverage({clause for _, clause in citations}, document, text),
        *facts(version, text),
    ]
    checked = {
        "citations": len(citations),
        "articles": len(text.titles),
        "clauses": len(text.sentences),
        "files": len(document.files),
        "recipients": len(version.recipients),
        "consignees": len(version.consignees),
    }
    return Lint(tuple(dict.fromkeys(remarks)), checked)


def _unread(where: str | None, *, without_text: bool) -> Remark:
    unchecked = "names and examples were checked, citations and facts were not"
    if where is None:
        return Remark("note", "", f"the catalogue names no published text: {unchecked}")
    message = f"the published text {where} is not there, or not UTF-8: {unchecked}"
    if without_text:
        return Remark("note", "", message)
    mend = "put it there, correct `text:`, or lint with --without-text"
    return Remark("problem", "", f"{message}; {mend}")


def _undeclared(
    citations: Iterable[tuple[Field, str]], document: PolicyDocument
) -> Iterator[Remark]:
    """Citations of articles that the catalogue does not have: all that shows without a text."""
    numbers = {one.number for one in document.articles}
    for at, clause in citations:
        if article(clause) not in numbers:
            message = f"{written(at)} cites it, and `articles` has no such number; correct one"
            yield Remark("problem", clause, message)


def cited_clauses(part: object, at: Field) -> Iterator[tuple[Field, str]]:
    """Every clause that a document cites, with the field that cites it."""
    if isinstance(part, BaseModel):
        for name in type(part).model_fields:
            value = getattr(part, name)
            if name == "clause":
                yield (*at, name), value
            elif name == "also":
                yield from (((*at, name, place), one) for place, one in enumerate(value))
            else:
                yield from cited_clauses(value, (*at, name))
    elif isinstance(part, tuple):
        for place, entry in enumerate(part):
            yield from cited_clauses(entry, (*at, place))
    elif isinstance(part, dict):
        for key, entry in part.items():
            yield from cited_clauses(entry, (*at, str(key)))


def _citations(citations: Iterable[tuple[Field, str]], text: PublishedText) -> Iterator[Remark]:
    for at, clause in citations:
        if text.quote(clause) is None:
            message = f"{written(at)} cites it, and the text has no such clause; correct one"
            yield Remark("problem", clause, message)


def _coverage(cited: set[str], document: PolicyDocument, text: PublishedText) -> Iterator[Remark]:
    numbers = {one.number for one in document.articles}
    for number, title in text.titles.items():
        if number not in numbers:
            message = f"the text's article {title!r} is not under `articles`; add it"
            yield Remark("problem", f"Art. {number}", message)
    for number in sorted(numbers - text.titles.keys()):
        message = "is under `articles`, and the text has no such article; take it out"
        yield Remark("problem", f"Art. {number}", message)
    used = {article(clause) for clause in cited}
    for clause in text.sentences:
        if clause in cited or (" bullet " in clause and enclosing(clause) in cited):
            continue
        if clause == f"Art. {article(clause)}" and article(clause) in used:
            continue
        yield Remark("problem", clause, "no entry cites this clause of the text; add one")
