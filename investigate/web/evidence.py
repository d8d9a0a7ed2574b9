"""One value that was masked, shown as it is to whoever says why."""

from collections.abc import Mapping, Sequence
from typing import Any, Literal, get_args

from fastapi import APIRouter, Request
from pydantic import BaseModel, ConfigDict, Field

from investigate.inquiry import Asked
from investigate.questions import explaining
from investigate.web.asking import Given, open_inquiry
from investigate.web.problems import ProblemError
from investigate.web.signing import Asker, Here

router = APIRouter(prefix="/v1", tags=["evidence"])

Unmaskable = Literal[
    "subject",
    "actor",
    "recipient",
    "cookie",
    "session",
    "path",
    "user_agent",
    "justification",
]


class Unmasking(BaseModel):
    """Which value of which event somebody wants to see, and why."""

    model_config = ConfigDict(extra="forbid")

    event: str = Field(min_length=1, max_length=512)
    source: str = Field("", max_length=512, description="Whose event, where several use the id.")
    field: Unmaskable
    purpose: str = Field(max_length=512)
    case: str = Field("", max_length=512)
    justification: str = Field(min_length=1, max_length=2048)


class Unmasked(BaseModel):
    """The value as the event has it."""

    event: str
    field: Unmaskable
    value: str


def unmaskable(event: Mapping[str, Any], shown: Mapping[str, Any]) -> Sequence[str]:
    """The fields of this event that are masked where it is shown, and may be asked for."""
    return [name for name in get_args(Unmaskable) if shown[name] != event[name]]


@router.post("/unmask")
def unmask(request: Request, here: Here, session: Asker, wanted: Unmasking) -> Unmasked:
    """What is this masked value? Wants a justification, and is recorded with it."""
    value = reveal(request, here, session, wanted)
    return Unmasked(event=wanted.event, field=wanted.field, value=value)


def reveal(request: Request, here: Here, session: Asker, wanted: Unmasking) -> str:
    """The value, once it is recorded who wants to see it and why; raises as a question does."""
    if not wanted.justification.strip():
        raise ProblemError(400, "say why you want to see it: a justification")
    grounds = Given(wanted.purpose, wanted.case, wanted.justification)
    asking = open_inquiry(request, here, session, grounds)
    source = wanted.source or None
    filters = {"event_id": wanted.event, "source": source}
    event = asking.answer(
        Asked(f"unmask/{wanted.field}", action="read", filters=filters),
        lambda reader: explaining.copies(reader, wanted.event, source)[0],
        lambda _: 1,
        lambda found: found.subject or None,
    )
    value: str = getattr(event, wanted.field)
    return value
