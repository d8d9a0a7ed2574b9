"""The access event as pydantic models: the contract, in the form people and tools read.

`audit.events` decodes the same documents ten times faster for the worker; a differential test
(`tests/audit/test_contract.py`) holds that both accept and refuse the same. The JSON Schema that
is published beside this module is made from here.
"""

import json
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from audit.codec import microseconds, refusal


def _rfc3339(text: str) -> str:
    microseconds(text)
    return text


Name = Annotated[str, Field(min_length=1)]
Count = Annotated[int, Field(ge=0, le=2**63 - 1)]
Timestamp = Annotated[
    str, AfterValidator(_rfc3339), Field(min_length=1, json_schema_extra={"format": "date-time"})
]


class _Part(BaseModel):
    """Strict in its types, open to more attributes: what is extra is kept, not refused."""

    model_config = ConfigDict(strict=True, frozen=True, extra="allow")


class Actor(_Part):
    """Who touched the data."""

    id: Name = Field(
        description="unique in the institution; the Kafka key", examples=["staff:0417"]
    )
    kind: Name = Field(description="member, staff, system, consignee or third_party")
    role: Name = Field(description="a role of access-rights.yaml")
    organization: str | None = None


class Client(_Part):
    """From where the access came, as collected automatically."""

    ip: str | None = Field(default=None, description="IPv4 or IPv6 address")
    cookie: str | None = None
    mac: str | None = None
    user_agent: str | None = None
    cookie_refused: bool = Field(default=False, description="the user refused cookies")


class Usage(_Part):
    """The request in which the access happened."""

    request_id: str | None = None
    method: str | None = None
    path: str | None = None
    session: str | None = None
    referrer: str | None = None


class RightsRequest(_Part):
    """A subject's exercise of a right."""

    right: Name = Field(description="view, correct, delete or suspend")
    identity_verified: bool = False
    under_14: bool = False
    representative: str | None = Field(default=None, description="the legal representative's id")
    power_of_attorney: bool = False


class Access(_Part):
    """What was done to which file, and why."""

    actor: Actor
    action: Name = Field(
        description="create, read, search, update, delete, export, disclose, login, logout, "
        "dispose or request"
    )
    file: Name = Field(description="a personal-information file of the policy")
    items: tuple[str, ...] = Field(description="the items touched")
    purpose: Name = Field(description="a purpose of the policy")
    client: Client = Client()
    usage: Usage = Usage()
    records: Count = Field(default=1, description="number of records touched")
    legal_basis: str | None = None
    recipient: str | None = None
    outcome: Name = "success"
    justification: str | None = None
    collected_at: Timestamp | None = Field(
        default=None, description="when the items were collected"
    )
    ended_at: Timestamp | None = Field(
        default=None, description="when membership or quick login ended, if it has"
    )
    approval: str | None = Field(default=None, description="of a disposal, by who is in charge")
    request: RightsRequest | None = None


class AccessEvent(_Part):
    """One access to personal data, as seen by the service that made it (CloudEvents 1.0)."""

    specversion: Literal["1.0"]
    id: Name = Field(description="unique for this source")
    source: Name = Field(description="the service", examples=["/services/reservation"])
    type: Literal["gamsa.access.v1"]
    time: Timestamp = Field(description="when the access happened")
    data: Access
    subject: str | None = Field(default=None, description="whose data", examples=["member:48213"])
    datacontenttype: str | None = None
    producer: str | None = Field(default=None, description="numbers its events without holes")
    epoch: Count | None = Field(default=None, description="grows at each start of the producer")
    sequence: Count | None = Field(default=None, description="from 0 within the epoch")


def validate(raw: bytes) -> AccessEvent:
    """Read a structured event.

    Raises `ValueError` (pydantic's `ValidationError` is one) that names the field.
    """
    unreadable = refusal(raw)
    if unreadable is not None:
        raise ValueError(f"{unreadable.reason}: {unreadable.detail}")
    # pydantic's own parser lets NaN through that a client wrote, which RFC 8259 has not, and stops
    # at numbers too large for it, which RFC 8259 has; written anew those are its Infinity.
    document = json.loads(raw.decode(), parse_int=_whole, parse_constant=_refused)
    return AccessEvent.model_validate_json(json.dumps(document))


def _whole(digits: str) -> int | float:
    return int(digits) if len(digits) < 300 else float(digits)  # int() refuses very long ones


def _refused(constant: str) -> None:
    raise ValueError(f"not_json: {constant} is no JSON")


def json_schema() -> dict[str, Any]:
    """The JSON Schema (draft 2020-12) that other languages can validate against."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": "urn:gamsa:access:v1",
        **AccessEvent.model_json_schema(),
    }
