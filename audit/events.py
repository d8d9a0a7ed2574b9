"""The access event, contract v1, as the worker decodes it.

One event says that somebody touched somebody's personal data: who, whose, which items, for what
purpose, from where. It is a CloudEvents 1.0 document in structured JSON
(https://github.com/cloudevents/spec); `audit.contract` holds the same contract as pydantic
models, and a differential test holds the two together.

What is *wrong* in an event (an unknown purpose, a missing IP address) is judged, not refused: the
fields that name things are plain text. Only what cannot be read as an access event at all is
refused (`audit.codec.Rejected`). Written again, what has its default value is left out.
"""

from typing import Annotated, Literal

from msgspec import Meta, Struct

EVENT_TYPE = "gamsa.access.v1"

Name = Annotated[str, Meta(min_length=1)]
Count = Annotated[int, Meta(ge=0, le=2**63 - 1)]


class Actor(Struct, frozen=True, gc=False, omit_defaults=True):
    """Who touched the data. `kind`: member, staff, system, consignee or third_party."""

    id: Name
    kind: Name
    role: Name
    organization: str | None = None


class Client(Struct, frozen=True, gc=False, omit_defaults=True):
    """From where: what Article 6 of the first policy calls automatically collected."""

    ip: str | None = None
    cookie: str | None = None
    mac: str | None = None
    user_agent: str | None = None
    cookie_refused: bool = False


class Usage(Struct, frozen=True, gc=False, omit_defaults=True):
    """The request in which the access happened: the service-use history."""

    request_id: str | None = None
    method: str | None = None
    path: str | None = None
    session: str | None = None
    referrer: str | None = None


class RightsRequest(Struct, frozen=True, gc=False, omit_defaults=True):
    """A subject's exercise of a right: `right` is view, correct, delete or suspend."""

    right: Name
    identity_verified: bool = False
    under_14: bool = False
    representative: str | None = None
    power_of_attorney: bool = False


class Access(Struct, frozen=True, gc=False, omit_defaults=True):
    """What was done to which file, and why. Times are RFC 3339 text with an offset."""

    actor: Actor
    action: Name
    file: Name
    items: tuple[str, ...]
    purpose: Name
    client: Client = Client()
    usage: Usage = Usage()
    records: Count = 1
    legal_basis: str | None = None
    recipient: str | None = None
    outcome: Name = "success"
    justification: str | None = None
    collected_at: str | None = None  # when these items were collected from the subject
    ended_at: str | None = None  # when membership or quick login ended, if it has
    approval: str | None = None  # of a disposal, by the person in charge
    request: RightsRequest | None = None


class AccessEvent(Struct, frozen=True, gc=False, omit_defaults=True):
    """One access to personal data, as seen by the service that made it.

    `producer`, `epoch` and `sequence` let the server prove that nothing a producer numbered is
    missing; a foreign producer may leave them out.
    """

    specversion: Literal["1.0"]
    id: Name
    source: Name
    type: Literal["gamsa.access.v1"]
    time: Name
    data: Access
    subject: str | None = None
    datacontenttype: str | None = None
    producer: str | None = None
    epoch: Count | None = None
    sequence: Count | None = None


class ReceivedEvent(Struct, frozen=True, gc=False):
    """An access event as it stands in the log: decoded, with its exact bytes and its times.

    Times are microseconds since 1970-01-01T00:00:00Z. `received_at` is the broker's clock, so
    that judging the same record again gives the same judgement.
    """

    event: AccessEvent
    raw: bytes
    received_at: int
    occurred_at: int
    collected_at: int | None = None
    ended_at: int | None = None
