"""What goes wrong, said as RFC 9457 says it: application/problem+json."""

import logging
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, Response
from sqlalchemy.exc import SQLAlchemyError
from starlette.exceptions import HTTPException

from investigate import errors
from investigate.accounts.errors import DatabaseError
from investigate.cases import errors as case_errors
from investigate.web import metrics
from investigate.web.pages import page
from investigate.web.rights import methods
from storage.trail import TrailUnavailableError

_STATUS: Mapping[type[Exception], int] = {
    errors.WrongQuestionError: 400,
    errors.NoGroundsError: 400,
    errors.NotThereError: 404,
    errors.CostLimitError: 422,
    errors.InquiryError: 409,
    case_errors.UnknownCaseError: 404,
    case_errors.NotTheirsError: 403,
    case_errors.CaseError: 409,
}
"""The status of what the layers below refuse; the message is theirs."""
_ACCOUNTS_AWAY = "the accounts' database does not answer; try again"
_AWAY: Mapping[type[Exception], str] = {
    errors.NotTakenError: "nothing is done, for it could not be recorded; try again",
    errors.NotRecordedError: (
        "no answer is given, for it is not recorded that it was asked; try again"
    ),
    TrailUnavailableError: "no answer is given, for the trail does not answer; try again",
    DatabaseError: _ACCOUNTS_AWAY,
    SQLAlchemyError: _ACCOUNTS_AWAY,
}
"""What is said where a server is away. Its own words name what is behind us: they are logged."""

MEDIA = "application/problem+json"
_EXPECTED: Mapping[int, str] = {
    400: "The request, a cursor or the grounds are not what they must be.",
    401: "Nobody is signed in, or name and password do not fit.",
    403: "This is not for the role, or it comes from another site or session.",
    404: "There is nothing of that name.",
    405: "The path has no such method.",
    409: "The trail changed meanwhile.",
    413: "The request is too large.",
    421: "The console has another address.",
    422: "The answer would cost more than a question may.",
    429: "There were too many requests; `Retry-After` says for how long.",
    503: "A server behind the console is away; nothing is answered.",
}
RESPONSES: dict[int | str, dict[str, Any]] = {
    status: {
        "description": description,
        "content": {MEDIA: {"schema": {"$ref": "#/components/schemas/Problem"}}},
    }
    for status, description in _EXPECTED.items()
}
"""What every route may say instead of its answer, for the API's description."""

logger = logging.getLogger(__name__)


class ProblemError(HTTPException):
    """A request is not answered: an HTTP status, why in one sentence, and headers to send."""

    def __init__(self, status: int, detail: str, **headers: str) -> None:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        super().__init__(status, detail, named)


def problem(status: int, detail: str, headers: Mapping[str, str] | None = None) -> JSONResponse:
    """The response that says so."""
    told = {"title": HTTPStatus(status).phrase, "status": status, "detail": detail}
    return JSONResponse(told, status, headers, media_type=MEDIA)


def said(
    request: Request, status: int, detail: str, headers: Mapping[str, str] | None = None
) -> Response:
    """The response that says so to a program, or as a page to a person."""
    is_page = not request.url.path.startswith("/v1/") and status != 303
    if is_page and "text/html" in request.headers.get("accept", ""):
        session = getattr(request.state, "session", None)
        shown = page(request, "problem.html", session, status, detail=detail)
        shown.headers.update(headers or {})
        return shown
    return problem(status, detail, headers)


def install(app: FastAPI) -> None:
    """Have every error of this application said so."""

    @app.exception_handler(HTTPException)
    def _refused(request: Request, error: HTTPException) -> Response:
        headers = dict(error.headers or {})
        if error.status_code == 405 and "route" in request.scope:
            headers["Allow"] = ", ".join(methods(request.scope["route"].path))
        return said(request, error.status_code, error.detail, headers)

    @app.exception_handler(RequestValidationError)
    def _invalid(request: Request, error: RequestValidationError) -> Response:
        wrong = (f"{'.'.join(map(str, one['loc'][1:]))}: {one['msg']}" for one in error.errors())
        return said(request, 400, "; ".join(wrong))

    def _below(request: Request, error: Exception) -> Response:
        kind = next(one for one in type(error).__mro__ if one in _STATUS)
        return said(request, _STATUS[kind], str(error))

    for kind in _STATUS:
        app.add_exception_handler(kind, _below)

    def _away(request: Request, error: Exception) -> Response:
        logger.error("%s: %s", type(error).__name__, error)
        if isinstance(error, errors.NotRecordedError):
            metrics.NOT_RECORDED.inc()
        kind = next(one for one in type(error).__mro__ if one in _AWAY)
        return said(request, 503, _AWAY[kind])

    for kind in _AWAY:
        app.add_exception_handler(kind, _away)

    @app.exception_handler(Exception)
    def _unforeseen(_: Request, __: Exception) -> JSONResponse:
        return problem(500, "the console failed; its log says how")
