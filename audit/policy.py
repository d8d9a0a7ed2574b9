"""A policy compiled for judging: every version, each with its lookups, made once when loaded."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import tzinfo
from functools import cached_property
from typing import Literal

from audit.access_rights import AccessRights, RequiredPart
from audit.judgement import Check, Judgement, Reason
from audit.policy_document import CheckEntry, PolicyDocument, Words, cited
from audit.policy_text import PublishedText, enclosing

Language = Literal["en", "ko"]
Key = tuple[str, str, str | None, str, str, tuple[str, ...], str, str | None, str | None, str]

DAY = 86_400_000_000  # microseconds


@dataclass(frozen=True, slots=True)
class FileRule:
    """A file: what may be done with which of its items, on which basis, how long.

    `months` is None where no period is laid down; `ended` says whether the end of the membership
    ends the retention too.
    """

    id: str
    clause: str
    items_clause: str
    retention_clause: str
    purposes: frozenset[str]
    items: frozenset[str]
    bases: frozenset[str]
    months: int | None
    ended: bool


@dataclass(frozen=True, slots=True)
class PurposeRule:
    """A purpose, and the legal bases that it brings to any file."""

    clause: str
    bases: frozenset[str]


@dataclass(frozen=True, slots=True)
class ConsigneeRule:
    """A consignee's one task."""

    clause: str
    file: str
    purposes: frozenset[str]


@dataclass(frozen=True, slots=True)
class ProvidedRule:
    """What of a file may be provided to third parties."""

    clause: str
    items: frozenset[str]


@dataclass(frozen=True, slots=True)
class RoleRule:
    """What a role may do: (file, purpose, action) triples."""

    kinds: frozenset[str]
    own_data_only: bool
    grants: frozenset[tuple[str, str, str]]


@dataclass(frozen=True, slots=True)
class Combination:
    """The judgement of everything that does not differ between two events of one combination.

    `closer` asks to look at what else the event must hold (a rights request, an approval);
    `disposes` asks for an approval, `may_be_overdue` allows what is past its time; `surely_kept`
    is a time in microseconds after collection within which retention cannot have expired.
    """

    judgement: Judgement
    file: FileRule | None
    own_data_only: bool
    needs_ip: bool
    needs_subject: bool
    closer: bool
    disposes: bool
    may_be_overdue: bool
    surely_kept: int


@dataclass(frozen=True, eq=False)
class Version:
    """One version of a policy with the access rights beside it, compiled.

    `effective_from` is in microseconds since 1970; `revision` is the SHA-256 of the content.
    `organizations` says of a kind of actor which it may name; None stands for naming none.
    """

    document: PolicyDocument
    rights: AccessRights
    revision: str
    effective_from: int
    zone: tzinfo
    text: PublishedText | None
    files: Mapping[str, FileRule]
    purposes: Mapping[str, PurposeRule]
    items: frozenset[str]
    roles: Mapping[str, RoleRule]
    bases: frozenset[str]
    grounds: frozenset[str]
    recipients: Mapping[str, str]
    provided: Mapping[str, ProvidedRule]
    consignees: Mapping[str, ConsigneeRule]
    organizations: Mapping[str, frozenset[str | None]]
    required: tuple[RequiredPart, ...]
    rights_purpose: str | None
    requestable: frozenset[str]
    disposal_actions: frozenset[str]
    grace: int
    tolerance: int
    watches_numbers: bool
    cookie_items: frozenset[str]
    checks: Mapping[Check, CheckEntry]
    combinations: dict[Key, Combination] = field(default_factory=dict)

    def reason(self, check: Check, detail: str, clause: str | None = None) -> Reason:
        """A failed check, with the given clause or the one the catalogue cites for it."""
        return Reason(check, clause or self.checks[check].clause, detail)

    def quote(self, clause: str, language: Language = "en") -> str:
        """The published sentence the clause leads to; where there is none, our summary."""
        sentence = self.text.quote(clause) if self.text is not None else None
        return sentence or self.summary(clause, language)

    def say(self, reason: Reason, language: Language = "en") -> str:
        """The published sentence behind a reason; where there is none, what its check means.

        Several entries may cite one clause, and the first of them need not be about this check.
        """
        if self.is_quoted(reason.clause):
            return self.quote(reason.clause, language)
        return str(getattr(self.checks[reason.check].summary, language))

    def is_quoted(self, clause: str) -> bool:
        """Whether `quote` gives the published sentence itself."""
        return self.text is not None and self.text.quote(clause) is not None

    def summary(self, clause: str, language: Language = "en") -> str:
        """What the catalogue says in its own words about a clause, or about what is around it."""
        while clause:
            if clause in self.summaries:
                return str(getattr(self.summaries[clause], language))
            clause = enclosing(clause)
        return ""

    @cached_property
    def summaries(self) -> Mapping[str, Words]:
        """Every cited clause with its first summary."""
        return {entry.clause: entry.summary for entry in reversed(list(cited(self.document)))}


@dataclass(frozen=True, eq=False)
class Policy:
    """All versions of one institution's policy, newest first."""

    versions: tuple[Version, ...]

    def in_force(self, at: int) -> Version | None:
        """The version in force at a time in microseconds since 1970, if any was."""
        for version in self.versions:
            if at >= version.effective_from:
                return version
        return None

    @property
    def newest(self) -> Version:
        """The version that takes effect last."""
        return self.versions[0]

    @property
    def oldest(self) -> Version:
        """The version that took effect first."""
        return self.versions[-1]

    def version(self, revision: str) -> Version | None:
        """The version with this revision, in full or its first characters."""
        found = [one for one in self.versions if one.revision.startswith(revision)]
        return found[0] if revision and len(found) == 1 else None

    def check(self, check: Check, revision: str = "") -> CheckEntry:
        """Clause, severity, runbook, title and summary of a check, for findings."""
        return (self.version(revision) or self.newest).checks[check]

    def quote(self, clause: str, language: Language = "en", revision: str = "") -> str:
        """The sentence a clause leads to, or its summary; of the newest version by default."""
        return (self.version(revision) or self.newest).quote(clause, language)
