"""The application, put together: routes, rights, errors, and the gate before them."""

from collections.abc import Iterator

from fastapi import Depends, FastAPI
from fastapi.routing import APIRoute, iter_route_contexts
from starlette.types import ASGIApp

from investigate.web import (
    case_pages,
    cases,
    console,
    doors,
    download,
    evidence,
    kept,
    oidc,
    problems,
    question_pages,
    questions,
    rights,
)
from investigate.web.description import as_described, describe, parameters
from investigate.web.gate import Gate
from investigate.web.signing import authorised
from investigate.web.site import Site

_API = doors, oidc, questions, evidence, download, kept, cases
_PAGES = console, question_pages, case_pages


def application(site: Site) -> ASGIApp:
    """The console as a server runs it; raises RuntimeError where a route has no rights."""
    return Gate(routed(site), site)


def routed(site: Site) -> FastAPI:
    """The routes behind the gate; raises as `application` does."""
    app = FastAPI(
        title="Gamsa console",
        version="1",
        dependencies=[Depends(authorised), Depends(as_described)],
        responses=problems.RESPONSES,
        docs_url=None,
        redoc_url=None,
        openapi_url=None,
        redirect_slashes=False,
    )
    app.state.site = site
    problems.install(app)
    for part in (*_API, *_PAGES):
        app.include_router(part.router)
    rights.check(names(app))
    app.state.description = describe(app, site.address.cookie)
    app.state.parameters = parameters(app.state.description)
    return app


def names(app: FastAPI) -> Iterator[str]:
    """Name each route as the table of rights does; one of another kind has a name it never has."""
    for route in iter_route_contexts(app.routes):
        if isinstance(route.original_route, APIRoute):
            yield from (f"{method} {route.path}" for method in route.methods or ())
        else:
            yield repr(route.original_route)
