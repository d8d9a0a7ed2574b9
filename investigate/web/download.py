"""Exports: evidence as a download, which comes as it is read and is whole or breaks off."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import date, datetime, time, timedelta, tzinfo
from itertools import chain
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query, Request
from fastapi.responses import Response, StreamingResponse
from pydantic import TypeAdapter

from investigate import export as taking
from investigate.cursor import Paging
from investigate.filters import Filters
from investigate.inquiry import Asked, Inquiry
from investigate.web.asking import Ask, grounds_of, open_inquiry
from investigate.web.pages import page, zone_of
from investigate.web.parameters import Choice, Chosen, Span, Times, choice
from investigate.web.problems import RESPONSES, ProblemError
from investigate.web.signing import Asker, Form, Here

router = APIRouter()

Format = Literal["csv", "ndjson", "parquet"]
_FORMAT: TypeAdapter[Format] = TypeAdapter(Format)
_MEDIA: Mapping[Format, str] = {
    "csv": "text/csv; charset=utf-8",
    "ndjson": "application/x-ndjson",
    "parquet": "application/vnd.apache.parquet",
}
_A_DAY = timedelta(days=1)
_DESCRIBED: dict[int | str, dict[str, Any]] = {
    200: {
        "description": "The file; it breaks off where it cannot be whole.",
        "headers": {
            "Gamsa-Rows": {
                "description": "How many accesses it has.",
                "schema": {"type": "integer"},
            }
        },
        "content": {
            media: {"schema": {"type": "string", "format": "binary"}} for media in _MEDIA.values()
        },
    },
    505: RESPONSES[400] | {"description": "By HTTP/1.0 nobody can tell that it breaks off."},
}


@router.get(
    "/v1/export", tags=["evidence"], response_class=StreamingResponse, responses=_DESCRIBED
)
def export(
    request: Request,
    ask: Ask,
    chosen: Chosen,
    times: Times,
    format: Annotated[Format, Query()],  # noqa: A002  the word of the query
) -> StreamingResponse:
    """Take away the accesses that are all this, with their exact bytes. Wants a justification.

    It is counted and recorded before its first byte, and sent as it is read.
    """
    return _download(request, ask.inquiry, times.filters(**chosen.filters), format)


@router.get("/export", include_in_schema=False)
def export_page(request: Request, here: Here, session: Asker) -> Response:
    """Choose what to take away; once something is chosen, how much it is."""
    fields = {name: one for name, one in request.query_params.items() if name != "lang"}
    rows = size = None
    if fields:
        filters = _chosen(fields, zone_of(request))
        asking = open_inquiry(request, here, session, grounds_of(request, session))
        asked = Asked("count", filters.subject, filters=filters.given)
        rows, size = asking.answer(
            asked, lambda reader: taking.sized(reader, filters), lambda _: 1
        )
    return page(
        request,
        "export.html",
        session,
        fields=fields,
        names=Choice.__slots__,
        formats=list(_MEDIA),
        rows=rows,
        size=size,
    )


@router.post("/export", include_in_schema=False)
def export_form(request: Request, here: Here, session: Asker, fields: Form) -> Response:
    """Take it away."""
    try:
        chosen = _FORMAT.validate_python(fields.get("format"))
    except ValueError:
        raise ProblemError(400, f"format is one of {', '.join(_MEDIA)}") from None
    grounds = replace(grounds_of(request, session), justification=fields.get("justification", ""))
    asking = open_inquiry(request, here, session, grounds)
    return _download(request, asking.inquiry, _chosen(fields, zone_of(request)), chosen)


def _download(
    request: Request, inquiry: Inquiry, filters: Filters, chosen: Format
) -> StreamingResponse:
    """The accesses as they are read; what fails before the first of them is a problem.

    Should it fail later, the error goes to the server, which closes the connection without the
    last chunk, so that nobody takes it for whole.
    """
    if request.scope["http_version"] == "1.0":
        raise ProblemError(
            505, "an export needs HTTP/1.1; of nginx before it: proxy_http_version 1.1"
        )
    prepared = taking.prepare(inquiry.reader, filters)
    taking.record(inquiry, prepared)
    pieces = taking.stream(inquiry.reader, prepared, f".{chosen}")
    return StreamingResponse(
        chain([next(pieces)], pieces),
        media_type=_MEDIA[chosen],
        headers={
            "Content-Disposition": f'attachment; filename="accesses.{chosen}"',
            "Gamsa-Rows": str(prepared.rows),
        },
    )


def _chosen(fields: Mapping[str, str], zone: tzinfo) -> Filters:
    """The filters that a form's fields say, of which those left empty say nothing.

    `since` and `through` are days, both inclusive.
    """
    try:
        chosen = choice(fields)
        start, end = _midnight(fields, "since", zone), _midnight(fields, "through", zone, _A_DAY)
    except (ValueError, OverflowError):
        raise ProblemError(400, "a value is too long, no verdict, or no day") from None
    return Span(start, end, Paging()).filters(**chosen.filters)


def _midnight(
    fields: Mapping[str, str], name: str, zone: tzinfo, later: timedelta = timedelta()
) -> datetime | None:
    day = fields.get(name, "").strip()
    return datetime.combine(date.fromisoformat(day) + later, time(), zone) if day else None
