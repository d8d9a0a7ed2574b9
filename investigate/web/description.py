"""The API's description, as OpenAPI says it, and requests held to it.

A parameter that the description does not name is refused, and so is one that stands twice where
one value is meant: whoever mistypes a filter would else have an answer to another question.
"""

from collections import Counter
from collections.abc import Mapping
from typing import Any

from fastapi import FastAPI, Request

from investigate.web.answers import Problem
from investigate.web.problems import ProblemError
from investigate.web.rights import RIGHTS

Parameters = Mapping[str, Mapping[str, bool]]
"""By route, as the table of rights names it: each parameter of the query, and if it may repeat."""

_Needs = dict[str, list[str]]
_SESSION: _Needs = {"session": []}
_FORM: _Needs = {"form_secret": []}


def describe(app: FastAPI, cookie: str) -> dict[str, Any]:
    """Describe the API; `cookie` is the name of the session's."""
    document = app.openapi()
    document["components"]["schemas"]["Problem"] = Problem.model_json_schema()
    document["components"]["securitySchemes"] = {
        "session": {"type": "apiKey", "in": "cookie", "name": cookie},
        "form_secret": {"type": "apiKey", "in": "header", "name": "X-CSRF-Token"},
    }
    for route, operation in _operations(document):
        changing: _Needs = {} if route.startswith("GET ") else _FORM
        operation["security"] = [] if None in RIGHTS[route] else [_SESSION | changing]
    return document


def parameters(document: Mapping[str, Any]) -> Parameters:
    """The parameters of each route that the document describes."""
    return {
        route: {
            one["name"]: one["schema"].get("type") == "array"
            for one in operation.get("parameters", ())
            if one["in"] == "query"
        }
        for route, operation in _operations(document)
    }


def as_described(request: Request) -> None:
    """Raise ProblemError for a parameter that is not described, or stands too often."""
    known: Parameters = request.app.state.parameters
    named = known.get(f"{request.method} {request.scope['route'].path}")
    if named is None:  # a page, which takes what its links say
        return
    for name, times in Counter(one for one, _ in request.query_params.multi_items()).items():
        if name not in named:
            raise ProblemError(400, f"there is no parameter {name!r} here")
        if times > 1 and not named[name]:
            raise ProblemError(400, f"{name} stands {times} times; give it once")


def _operations(document: Mapping[str, Any]) -> list[tuple[str, dict[str, Any]]]:
    return [
        (f"{method.upper()} {path}", operation)
        for path, methods in document["paths"].items()
        for method, operation in methods.items()
    ]
