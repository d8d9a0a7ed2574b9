"""A policy version as an institution writes it: the model of one YAML file.

What the published text says stands here, each entry with the clause it rests on and a summary in
the institution's own words. Who inside the institution may do what is in `audit.access_rights`.
"""

from collections.abc import Iterator
from datetime import date
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from audit.judgement import Check

CLAUSE = r"^Art\. [1-9][0-9]*(\([1-9][0-9]*\)([1-9][0-9]*)?)?( (bullet|row) [1-9][0-9]*)?$"

ClauseRef = Annotated[
    str,
    StringConstraints(pattern=CLAUSE),
    Field(
        description="Art. article(paragraph)item, then `bullet n` or `row n` of a table within",
        examples=["Art. 1(1)3", "Art. 2(2)1 bullet 2", "Art. 4(1) row 1"],
    ),
]
Id = Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9_.:-]*$", max_length=100)]
Text = Annotated[str, StringConstraints(min_length=1)]
Period = Annotated[
    str,
    StringConstraints(pattern=r"^[1-9][0-9]{0,3} (months?|years?)$"),
    Field(description="calendar months or years", examples=["6 months", "5 years"]),
]
Severity = Literal["low", "medium", "high", "critical"]


def months(period: str) -> int:
    """A `Period` in calendar months."""
    number, unit = period.split()
    return int(number) * (12 if unit.startswith("year") else 1)


class Entry(BaseModel):
    """Strict, closed and frozen: what is not described here is an error."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)


class Words(Entry):
    """The same words in English and Korean."""

    en: Text
    ko: Text


class Example(Entry):
    """A small partial event over the rights file's sensible default.

    The entry that the example belongs to fills in its own name; `event` says what else differs.
    """

    case: Text = Field(description="what happens, in a few words")
    event: dict[str, Any] = Field(
        default={},
        description="attributes of the event and fields of its data, in one flat mapping",
        examples=[{"subject": "member:2", "purpose": "statistics.service"}],
    )
    received_at: str | None = Field(
        default=None, description="when it was received, if not when it happened"
    )


class AllowedExample(Example):
    """An access that must be judged allowed."""


class MisuseExample(Example):
    """An access that must be judged misuse, for exactly these checks."""

    checks: tuple[Check, ...] = Field(min_length=1)


class Examples(Entry):
    """What the entry allows and what it forbids; the loader runs them."""

    allowed: tuple[AllowedExample, ...] = Field(min_length=1)
    misuse: tuple[MisuseExample, ...] = Field(min_length=1)


class Cited(Entry):
    """An entry with the clause it rests on, and what that clause says in our own words."""

    clause: ClauseRef
    also: tuple[ClauseRef, ...] = Field(default=(), description="further clauses of the same")
    summary: Words


class Provision(Cited):
    """Anything the text lays down that has no more form than a clause and a summary."""

    id: Id


class Named(Provision):
    """A provision with a name people know it by."""

    title: Words


class Item(Named):
    """A kind of personal data. `in_text` is how the published text may call it."""

    in_text: tuple[Text, ...] = ()


class Purpose(Named):
    """What personal data may be used for."""

    every_file: bool = Field(default=False, description="a duty that touches every file")
    legal_basis: tuple[Id, ...] = Field(
        default=(), description="bases this purpose brings, beside those of the file"
    )
    examples: Examples


class FileItems(Entry):
    """The items of a file."""

    clause: ClauseRef
    required: tuple[Id, ...]
    optional: tuple[Id, ...] = ()


class Retention(Cited):
    """How long after collection a file's data may be used."""

    period: Period
    ended_by: tuple[Id, ...] = Field(default=(), description="events after which it is disposed")
    outlives: Words | None = Field(
        default=None, description="why what ends its neighbours' periods early does not end this"
    )


class File(Named):
    """A personal-information file: its items, purposes, legal bases and retention."""

    in_text: tuple[Text, ...] = ()
    items: FileItems
    purposes: tuple[Id, ...]
    legal_basis: tuple[Id, ...] = Field(min_length=1)
    retention: Retention | None = None
    examples: Examples


class Recipient(Named):
    """A party to which data may be provided."""

    in_text: tuple[Text, ...] = ()
    examples: Examples


class Member(Entry):
    """One member of a family of recipients."""

    id: Id
    title: Words


class RecipientFamily(Named):
    """Recipients of one kind, with ids `<family>:<member>`, which share their examples.

    Members whom the text names by category only are listed in the rights file.
    """

    in_text: tuple[Text, ...] = ()
    members: tuple[Member, ...] = ()
    examples: Examples


class Provided(Entry):
    """A file that may be provided, and which of its items."""

    file: Id
    clause: ClauseRef
    items: tuple[Id, ...]
    retention: Retention | None = None


class ThirdParties(Cited):
    """To whom data may be provided, what of it, and on which grounds."""

    recipients: tuple[Recipient, ...]
    families: tuple[RecipientFamily, ...] = ()
    files: tuple[Provided, ...]
    grounds: tuple[Named, ...] = Field(description="lawful grounds for providing data")
    provisions: tuple[Provision, ...] = ()


class Consignee(Named):
    """Who processes data for the institution, and the one task for which it may."""

    in_text: tuple[Text, ...] = ()
    task: Words
    file: Id
    purposes: tuple[Id, ...] = Field(min_length=1)
    examples: Examples


class Consignment(Cited):
    """Processing by others on the institution's behalf."""

    consignees: tuple[Consignee, ...]
    provisions: tuple[Provision, ...] = ()


class SubjectRights(Cited):
    """What data subjects may demand, and how."""

    purpose: Id = Field(description="the purpose of an access made to answer a request")
    rights: tuple[Named, ...]
    provisions: tuple[Provision, ...] = ()


class Contact(Named):
    """An office to turn to, by function; never a person's name."""

    department: Words | None = None
    contact: tuple[Text, ...] = ()


class Article(Entry):
    """An article of the published text."""

    number: Annotated[int, Field(ge=1)]
    title: Words


class CheckEntry(Cited):
    """What a failed check means here: its clause, how grave it is, and what to do about it."""

    title: Words
    severity: Severity
    runbook: Text


class PolicyDocument(Entry):
    """One version of an institution's privacy policy."""

    id: Id
    title: Words
    institution: Id
    effective_from: date = Field(description="in force from midnight of this day in `time_zone`")
    time_zone: Text = Field(examples=["Asia/Seoul"])
    supersedes: date | None = Field(default=None, description="the version before, by its date")
    text: str | None = Field(default=None, description="path to the published text, from here")
    access_rights: Text = Field(default="access-rights.yaml", description="path, from here")
    never_recorded: tuple[Literal["resident_registration_number"], ...] = Field(
        default=(), description="identifiers that may stand in no field of any event"
    )
    cookie_items: tuple[Id, ...] = Field(
        default=(), description="items that are not touched for a user who refuses cookies"
    )
    articles: tuple[Article, ...] = Field(min_length=1)
    legal_bases: tuple[Named, ...] = Field(min_length=1)
    items: tuple[Item, ...] = Field(min_length=1)
    purposes: tuple[Purpose, ...] = Field(min_length=1)
    files: tuple[File, ...] = Field(min_length=1)
    collection: tuple[Provision, ...] = ()
    retention: tuple[Provision, ...] = ()
    third_parties: ThirdParties | None = None
    consignment: Consignment | None = None
    subject_rights: SubjectRights | None = None
    disposal: tuple[Provision, ...] = ()
    safety_measures: tuple[Provision, ...] = ()
    cookies: tuple[Provision, ...] = ()
    officers: tuple[Contact, ...] = ()
    viewing_claims: tuple[Contact, ...] = ()
    relief_bodies: tuple[Contact, ...] = ()
    changes: tuple[Provision, ...] = ()
    checks: dict[Check, CheckEntry]


def cited(part: object) -> Iterator[Cited]:
    """Every entry with a clause within a part of a document, in the order of the file."""
    if isinstance(part, Cited):
        yield part
    if isinstance(part, BaseModel):
        for name in type(part).model_fields:
            yield from cited(getattr(part, name))
    elif isinstance(part, tuple):
        for entry in part:
            yield from cited(entry)
    elif isinstance(part, dict):
        for entry in part.values():
            yield from cited(entry)
