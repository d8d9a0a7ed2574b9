"""Exports: evidence as a download, which comes as it is read and is whole or breaks off."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from dataclasses import replace
from datetime import date, datetime, time, timedelta, tzinfo
from functools import partial
from typing import Annotated, Any

from anyio import CapacityLimiter, to_thread
from fastapi import APIRouter, Query, Request
from fastapi.responses import Response, StreamingResponse
from pydantic import TypeAdapter

from investigate import export as taking
from investigate.cursor import Paging
from investigate.filters import Filters
from investigate.inquiry import Asked, Inquiry
from investigate.web.asking import Ask, grounds_of, open_inquiry, take_turn
from investigate.web.gate import CONTENT_SECURITY
from investigate.web.pages import language, page, templates, zone_of
from investigate.web.parameters import Choice, Chosen, Span, Times, choice
from investigate.web.problems import RESPONSES, ProblemError
from investigate.web.signing import Asker, Form, Here
from investigate.web.takeaways import Format, Takeaway
from investigate.web.words import words

router = APIRouter()

_FORMAT: TypeAdapter[Format] = TypeAdapter(Format)
_MEDIA: Mapping[Format, str] = {
    "csv": "text/csv; charset=utf-8",
    "ndjson": "application/x-ndjson",
    "parquet": "application/vnd.apache.parquet",
}
_A_DAY = timedelta(days=1)
_MARK = "{going}"
_PAUSE, _PATIENCE = 0.3, 60.0
"""Seconds between two looks at how far it is, and for which a file is waited to be fetched."""
_READERS = CapacityLimiter(8)
"""So many exports are read on at a time, by threads of their own."""
_FRAMED = "frame-ancestors 'none'", "frame-ancestors 'self'"
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
    filters = times.filters(**chosen.filters)
    return _download(_recorded(request, "", ask.inquiry, filters, format))


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
    """Take it away: a page that has the browser fetch the file, and says how far it is."""
    try:
        chosen = _FORMAT.validate_python(fields.get("format"))
    except ValueError:
        raise ProblemError(400, f"format is one of {', '.join(_MEDIA)}") from None
    grounds = replace(grounds_of(request, session), justification=fields.get("justification", ""))
    inquiry = open_inquiry(request, here, session, grounds).inquiry
    filters = _chosen(fields, zone_of(request))
    one = _recorded(request, session.name, inquiry, filters, chosen)
    ticket = here.takeaways.expect(one)
    told = page(request, "taking.html", session, ticket=ticket, going=_MARK)
    before, _, after = bytes(told.body).decode().partition(_MARK)
    going = partial(_line, words(language(request)))
    frames = {"Content-Security-Policy": f"{CONTENT_SECURITY}; frame-src 'self'"}
    return StreamingResponse(
        _watched(one, before, going, after), media_type="text/html", headers=frames
    )


@router.get("/export/{ticket}", include_in_schema=False)
def export_file(request: Request, here: Here, session: Asker, ticket: str) -> Response:
    """The file of an export that was recorded, once, for whom it was recorded."""
    take_turn(request, here, session)
    one = here.takeaways.fetch(ticket, session.name)
    if one is None:
        raise ProblemError(404, "nothing waits here to be fetched; export it again")
    return _download(one)


async def _watched(
    one: Takeaway, before: str, line: Callable[[Takeaway], str], after: str
) -> AsyncIterator[str]:
    """A page that grows by a line whenever more is on its way, until all of it is.

    No script is needed for it, and none is allowed: of the lines the last one shows.
    """
    yield before + line(one)
    shown, waited = one.written, 0.0
    while not one.ended and waited < _PATIENCE:
        await asyncio.sleep(_PAUSE)
        waited += 0 if one.begun else _PAUSE
        if one.written != shown and not one.ended:
            shown = one.written
            yield line(one)
    yield line(one) + after


def _line(t: Mapping[str, str], one: Takeaway) -> str:
    macros: Any = templates.get_template("parts.html").module
    return str(macros.going(one.written, one.export.rows, one.ended, one.whole, t))


def _recorded(
    request: Request, name: str, inquiry: Inquiry, filters: Filters, chosen: Format
) -> Takeaway:
    """What is to be taken away, counted and on record."""
    if request.scope["http_version"] == "1.0":
        raise ProblemError(
            505, "an export needs HTTP/1.1; of nginx before it: proxy_http_version 1.1"
        )
    prepared = taking.prepare(inquiry.reader, filters)
    taking.record(inquiry, prepared)
    return Takeaway(name, inquiry.reader, prepared, chosen)


def _download(one: Takeaway) -> StreamingResponse:
    """The accesses as they are read; what fails before the first of them is a problem.

    Should it fail later, the error goes to the server, which closes the connection without the
    last chunk, so that nobody takes it for whole.
    """
    pieces = _pieces(one)
    return StreamingResponse(
        _read_on(next(pieces), pieces),
        media_type=_MEDIA[one.format],
        headers={
            "Content-Disposition": f'attachment; filename="accesses.{one.format}"',
            "Content-Security-Policy": CONTENT_SECURITY.replace(*_FRAMED),
            "Gamsa-Rows": str(one.export.rows),
        },
    )


async def _read_on(piece: bytes | None, pieces: Iterator[bytes]) -> AsyncIterator[bytes]:
    """Give all pieces, which are read beside the threads that all requests share."""
    while piece is not None:
        yield piece
        piece = await to_thread.run_sync(next, pieces, None, limiter=_READERS)


def _pieces(one: Takeaway) -> Iterator[bytes]:
    one.begun = True
    try:
        yield from taking.stream(one.reader, one.export, f".{one.format}", one.wrote)
    finally:
        one.ended = True


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
