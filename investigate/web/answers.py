"""What the API answers, as its description says it: every field with its type and its unit.

A value that is not known is an empty string, never missing; what may be null says so. Values that
are masked end in `•••`, or are that alone.
"""

from datetime import date, datetime
from typing import Annotated, Generic, Literal, TypeVar

from pydantic import BaseModel, ConfigDict, Field, NonNegativeInt

Row = TypeVar("Row")
Moment = Annotated[datetime, Field(description="UTC, to the microsecond.")]
Second = Annotated[datetime, Field(description="UTC, to the second.")]
Number = Annotated[NonNegativeInt, Field(description="A number of accesses.")]
Masked = Annotated[str, Field(description="Masked, unless it was asked for.")]
Severity = Literal["low", "medium", "high", "critical"]


class Answer(BaseModel):
    """What is answered holds exactly these fields."""

    model_config = ConfigDict(extra="forbid")


class Problem(Answer):
    """Why a request is not answered, as RFC 9457 says it."""

    title: str = Field(description="What the status means.")
    status: int = Field(description="The HTTP status.", ge=400, le=599)
    detail: str = Field(description="Why, in one sentence for people.")


class Rows(Answer, Generic[Row]):
    """A page of an answer."""

    rows: list[Row]
    next: str | None = Field(description="`cursor` of the following page; null after the last.")


class Access(Answer):
    """One access to personal data, as the trail has it."""

    occurred_at: Moment
    received_at: Moment
    topic_id: str = Field(description="Where it lies in the log: the topic,")
    partition: NonNegativeInt = Field(description="the partition in it,")
    offset: NonNegativeInt = Field(description="and the place in that.")
    event_id: str
    source: str = Field(description="The service that made it.")
    subject: Masked
    actor: Masked
    actor_kind: str
    role: str
    organization: str
    ip: str
    cookie: Masked
    mac: str
    user_agent: str
    request_id: str
    method: str
    path: str
    session: Masked
    action: str
    file: str = Field(description="The personal information file, by the policy.")
    items: list[str]
    records: NonNegativeInt = Field(description="How many people's records it touched.")
    purpose: str
    legal_basis: str
    recipient: str
    outcome: str
    justification: str
    verdict: Literal["allowed", "misuse"]
    reasons: list[str] = Field(description="The checks that failed; empty where allowed.")
    clauses: list[str] = Field(description="The clause that each of them broke.")
    details: list[str] = Field(description="What each of them saw.")
    policy_revision: str = Field(description="SHA-256 of the policy that decided, in hex.")


class Step(Answer):
    """An access to a person's data, or what happened to their affairs."""

    occurred_at: Moment
    topic_id: str
    partition: NonNegativeInt
    offset: NonNegativeInt
    event_id: str
    is_access: bool = Field(description="False for an affair; then there is no verdict.")
    source: str
    what: str = Field(description="The access's action, or the affair's kind.")
    file: str
    items: list[str]
    actor: Masked
    role: str
    purpose: str
    recipient: str
    verdict: Literal["allowed", "misuse", ""]
    clauses: list[str]


class Group(Answer):
    """Accesses that are alike in what they were counted by."""

    key: dict[str, str] = Field(description="What they have in common, by name.")
    accesses: Number
    subjects: NonNegativeInt = Field(description="How many different people's data.")
    records: NonNegativeInt = Field(description="The sum of the accesses' records.")
    misuse: NonNegativeInt = Field(description="How many of the accesses are misuse.")
    first: Moment
    last: Moment


class Finding(Answer):
    """Misuse that was found, and what is known about it."""

    finding_id: str
    status: str = Field(description="`new` until a case has it, and then what that makes of it.")
    detector: str = Field(description="The check or the detector that found it.")
    severity: Severity
    clause: str
    actor: Masked
    window_start: Second
    title: str
    sentence: str = Field(description="What was seen, with its values masked.")
    runbook: str
    count: Number
    first_occurred_at: Moment
    last_occurred_at: Moment
    subjects: list[str] = Field(description="Some of the people, masked; twenty at most.")
    event_ids: list[str] = Field(description="Some of the accesses; twenty at most.")
    sources: list[str]


class Usual(Answer):
    """What the accounts of a role do on a day on which they work."""

    days: NonNegativeInt = Field(description="From how many such days it is known; 0: it is not.")
    accesses: float = Field(description="Accesses a day, the median.")
    accesses_often: float = Field(description="Accesses a day, the 95th percentile.")
    subjects: float = Field(description="People a day, the median.")
    subjects_often: float = Field(description="People a day, the 95th percentile.")


class Hour(Answer):
    """Accesses in an hour of the week, by the institution's clock."""

    weekday: int = Field(ge=1, le=7, description="1 is Monday.")
    hour: int = Field(ge=0, le=23)
    accesses: Number


class Profile(Answer):
    """What a handler did in a time, beside what is usual for their roles."""

    actor: str
    roles: list[str]
    days: NonNegativeInt = Field(description="On how many days there was an access.")
    accesses: Number
    subjects: NonNegativeInt = Field(description="How many different people's data.")
    records: NonNegativeInt = Field(description="The sum of the accesses' records.")
    exports: NonNegativeInt = Field(description="How many of the accesses are exports.")
    misuse: NonNegativeInt = Field(description="How many of the accesses are misuse.")
    by: dict[str, dict[str, int]] = Field(description="Accesses by purpose, file and action.")
    hours: list[Hour] = Field(description="The hours that have any access.")
    usual: dict[str, Usual] = Field(description="By role.")


class Work(Rows[Access]):
    """A handler's profile, and a page of the accesses."""

    start: datetime = Field(description="Since when, UTC; the `cursor` goes with it.")
    profile: Profile


class Ground(Answer):
    """What of the policy a verdict rests on; an allowed access fails no check."""

    clause: str
    says: str = Field(description="The policy's own sentence if `quoted`, else a summary.")
    quoted: bool
    title: str
    check: str = Field(description="The check that failed, or empty.")
    severity: Literal["low", "medium", "high", "critical", ""]
    detail: str
    runbook: str


class InForce(Answer):
    """The version of the policy that decided."""

    policy: str
    title: str
    effective_from: date
    revision: str = Field(description="SHA-256, in hex.")


class Explanation(Answer):
    """An access, why it was judged so, and what happened around it."""

    event: Access
    times_stored: int = Field(ge=1, description="2 and more: it was sent again.")
    others: list[str] = Field(description="Sources that gave another event the same id.")
    in_force: InForce | None = Field(description="Null where that version is not at hand.")
    grounds: list[Ground]
    by_actor: list[Access] = Field(description="Up to five by the actor on either side.")
    of_subject: list[Access] = Field(description="Up to five to the subject on either side.")


class Search(Answer):
    """A search that somebody keeps."""

    id: str
    name: str
    target: str = Field(description="The page of the console that it leads to.")
    made_at: Second


class Searches(Answer):
    """All that somebody keeps, a hundred at most, by name."""

    rows: list[Search]
