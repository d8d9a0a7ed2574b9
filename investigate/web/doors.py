"""Signing in and out, in the browser and by program."""

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, JSONResponse, RedirectResponse, Response
from pydantic import BaseModel, ConfigDict, Field
from starlette.exceptions import HTTPException

from investigate.accounts.passwords import MOST
from investigate.accounts.sessions import Session, form_secret
from investigate.web.pages import STATIC, page
from investigate.web.problems import ProblemError
from investigate.web.signing import Asker, Form, Here, Maybe, admit, landing, sign_in, sign_out
from investigate.web.site import Site

router = APIRouter()


class Credentials(BaseModel):
    """A user's name and password."""

    model_config = ConfigDict(extra="forbid")

    name: str = Field(max_length=64)
    password: str = Field(max_length=MOST)


class SignedIn(BaseModel):
    """Who is signed in; `form_secret` goes with every changing request, as `X-CSRF-Token`."""

    name: str
    role: str
    form_secret: str


@router.get("/health", include_in_schema=False)
def health(here: Here) -> dict[str, str]:
    """Say that the console answers, and reaches its accounts."""
    here.users.all()
    return {"status": "ready"}


@router.get("/static/{name}", include_in_schema=False)
def static(name: str) -> Response:
    """Give a file that pages load."""
    if name not in STATIC:
        raise ProblemError(404, "there is no such file")
    kind = "image/svg+xml" if name.endswith(".svg") else "text/css"
    return Response(STATIC[name], media_type=kind, headers={"Cache-Control": "max-age=300"})


@router.get("/sign-in", include_in_schema=False)
def sign_in_page(request: Request, here: Here, session: Maybe) -> Response:
    """Ask for name and password, or lead to the provider.

    A link of another site, as of a dashboard, brings no cookie of ours, and so leads here whoever
    follows it. Going on is theirs to choose: no other site has a question asked in their name.
    """
    return _sign_in(request, here, session, request.query_params.get("next", ""))


@router.post("/sign-in", include_in_schema=False)
def sign_in_form(request: Request, here: Here, fields: Form) -> Response:
    """Let in whoever's name and password fit, or ask again."""
    try:
        user = admit(request, here, fields.get("name", ""), fields.get("password", ""))
    except HTTPException as refused:
        if refused.status_code != 401:
            raise
        return _sign_in(request, here, None, fields.get("next", ""), 401)
    response = RedirectResponse(landing(fields.get("next", "")), 303)
    sign_in(request, response, here, user)
    return response


@router.post("/sign-out", include_in_schema=False)
def sign_out_form(request: Request, here: Here, session: Asker) -> Response:
    """End the session and ask for the next; offer to end that at the provider as well."""
    left = "?left=provider" if session.provided else ""
    response = RedirectResponse(f"/sign-in{left}", 303)
    sign_out(request, response, here)
    return response


def _sign_in(
    request: Request, here: Site, session: Session | None, wanted: str, status: int = 200
) -> HTMLResponse:
    nobody = here.provider is None and not here.users.all()
    return page(
        *(request, "sign_in.html", session, status),
        nobody=nobody,
        refused=status == 401,
        provider=here.provider is not None,
        passwords=here.passwords,
        wanted=landing(wanted),
        left=request.query_params.get("left") == "provider",
    )


@router.post("/v1/session", tags=["session"])
def open_session(request: Request, response: Response, here: Here, given: Credentials) -> SignedIn:
    """Sign in; the answer sets the cookie that later requests bring."""
    user = admit(request, here, given.name, given.password)
    token = sign_in(request, response, here, user)
    return _told(Session(user.name, user.role, form_secret(token)))


@router.get("/v1/session", tags=["session"])
def show_session(session: Asker) -> SignedIn:
    """Who is signed in?"""
    return _told(session)


@router.delete("/v1/session", tags=["session"], status_code=204)
def close_session(request: Request, here: Here) -> Response:
    """Sign out."""
    response = Response(status_code=204)
    sign_out(request, response, here)
    return response


@router.get("/v1/openapi.json", include_in_schema=False)
def openapi(request: Request) -> JSONResponse:
    """Describe the API, as OpenAPI says it."""
    return JSONResponse(request.app.state.description)


def _told(session: Session) -> SignedIn:
    return SignedIn(name=session.name, role=session.role, form_secret=session.form_secret)
