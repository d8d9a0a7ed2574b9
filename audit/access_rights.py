"""Who inside an institution may do what: the model of `access-rights.yaml`.

The published text names no role. Roles, the parts an access record must have, and the trail's own
retention are the institution's arrangement, and stand in this second file.
"""

from typing import Annotated, Any, Literal

from pydantic import Field

from audit.policy_document import Entry, Examples, Id, Member, Period, Words

Action = Literal[
    "create",
    "read",
    "search",
    "update",
    "delete",
    "export",
    "disclose",
    "login",
    "logout",
    "dispose",
    "request",
]
ActorKind = Literal["member", "staff", "system", "consignee", "third_party"]
Outcome = Literal["success", "failure", "denied"]


class Grant(Entry):
    """Every one of these actions, on every one of these files, for every one of these purposes."""

    files: tuple[Id, ...] = Field(min_length=1)
    purposes: tuple[Id, ...] = Field(min_length=1)
    actions: tuple[Action, ...] = Field(min_length=1)


class Role(Entry):
    """A role, the kinds of actor that may hold it, and what it may do."""

    id: Id
    title: Words
    kinds: tuple[ActorKind, ...] = Field(min_length=1)
    own_data_only: bool = Field(
        default=False, description="may touch only the subject that is the actor"
    )
    grants: tuple[Grant, ...] = Field(min_length=1)
    examples: Examples


class Circumstance(Entry):
    """Holds when everything it names holds."""

    kinds: tuple[ActorKind, ...] | None = None
    actions: tuple[Action, ...] | None = None
    outcomes: tuple[Outcome, ...] | None = None
    purposes: tuple[Id, ...] | None = None
    records_over: Annotated[int, Field(ge=0)] | None = Field(
        default=None, description="the access touched more records than this"
    )


class RequiredPart(Entry):
    """A part that an access record must have, and when it may be missing."""

    part: Literal["ip", "subject", "items", "cookie", "session", "justification", "organization"]
    only: tuple[Circumstance, ...] = Field(
        default=(), description="if given, required only in these circumstances"
    )
    unless: tuple[Circumstance, ...] = Field(
        default=(), description="not required in any of these circumstances"
    )


class AccessRecord(Entry):
    """What an access record must hold to be one."""

    required: tuple[RequiredPart, ...]
    clock_tolerance_seconds: Annotated[int, Field(ge=0, le=86_400)] = Field(
        default=300, description="how far an event's time may be ahead of the broker's"
    )


class FileRetention(Entry):
    """How long a file is kept about which the published text gives no period."""

    file: Id
    period: Period


class FamilyMembers(Entry):
    """The members of a family of recipients that the text names by category only."""

    family: Id
    members: tuple[Member, ...] = Field(min_length=1)


class Organizations(Entry):
    """Whose people the actors of these kinds are, beside the institution's own.

    A kind of which nothing is said must name the institution. Consignees and third parties are
    held against the policy instead.
    """

    kinds: tuple[Literal["member", "staff", "system"], ...] = Field(min_length=1)
    others: tuple[Id, ...] = ()
    may_be_missing: bool = Field(
        default=False, description="who names no organization is of the institution"
    )


class Disposal(Entry):
    """How disposal works here."""

    purpose: Id | None = Field(
        default=None, description="every action for it that carries out disposal needs approval"
    )
    overdue_purposes: tuple[Id, ...] = Field(
        default=(), description="may still touch data whose time is over, where a role grants it"
    )
    grace_days: Annotated[int, Field(ge=0, le=366)] = Field(
        default=0, description="days from the end of membership until disposal must be done"
    )
    actions: tuple[Action, ...] = Field(
        default=("dispose", "delete"), description="what carries it out, so is right when due"
    )


class Trail(Entry):
    """The audit trail's own clock: the law's for access records, not the files'."""

    retention: Period


class AccessRights(Entry):
    """The institution's own arrangement, beside its published policy."""

    id: Id
    title: Words
    trail: Trail
    access_record: AccessRecord
    organizations: tuple[Organizations, ...] = ()
    disposal: Disposal = Disposal()
    file_retention: tuple[FileRetention, ...] = ()
    family_members: tuple[FamilyMembers, ...] = ()
    roles: tuple[Role, ...] = Field(min_length=1)
    example: dict[str, Any] = Field(
        description="a sensible event, over which the examples lay what differs"
    )
