"""What stands before every request and is said with every answer, whatever is asked."""

import math
from contextlib import ExitStack
from urllib.parse import urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from investigate.web.problems import ProblemError, problem
from investigate.web.site import Site

MOST_BYTES = 64 * 1024
"""Of a request's body."""

HELD = "gamsa.held"
"""In a request's scope, an ExitStack: what it holds until its answer begins."""

SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
CONTENT_SECURITY = (
    "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; "
    "base-uri 'none'; frame-ancestors 'none'"
)
HEADERS = {
    "Content-Security-Policy": CONTENT_SECURITY,
    "X-Content-Type-Options": "nosniff",
    # With `no-referrer` browsers would send `Origin: null` with our own forms.
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
    "Cache-Control": "no-store",
}
_HSTS = "max-age=31536000"


class Gate:
    """Refuses foreign hosts, foreign origins, floods and large bodies; adds the headers."""

    def __init__(self, app: ASGIApp, site: Site) -> None:
        self._app, self._site = app, site
        self._headers = dict(HEADERS)
        if site.address.secure:
            self._headers["Strict-Transport-Security"] = _HSTS

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let one request through, or say why not."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        scope[HELD] = held = ExitStack()

        async def with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                held.close()
                headers = MutableHeaders(scope=message)
                for name, value in self._headers.items():
                    headers.setdefault(name, value)
                del headers["server"]
            await send(message)

        try:
            self._look_at(scope)
            with held:
                await self._app(scope, _bounded(receive), with_headers)
        except ProblemError as refused:
            said = problem(refused.status_code, refused.detail, refused.headers)
            await said(scope, receive, with_headers)

    def _look_at(self, scope: Scope) -> None:
        headers, address = Headers(scope=scope), self._site.address
        if headers.get("host", "").lower() not in address.hosts:
            raise ProblemError(421, f"this console is at {address.url}")
        if scope["method"] not in SAFE and not _is_ours(headers, address.origins):
            raise ProblemError(403, "the request comes from another site")
        wait = self._site.requests.take((scope.get("client") or ("", 0))[0])
        if wait:
            raise too_often(wait)
        length = headers.get("content-length", "0")
        if not length.isdecimal() or int(length) > MOST_BYTES:
            raise ProblemError(413, f"a request may have {MOST_BYTES:,} bytes")


def too_often(wait: float) -> ProblemError:
    """What is said to somebody who has to wait so many seconds."""
    seconds = max(1, math.ceil(wait))
    return ProblemError(
        429, f"too many requests; try again in {seconds} s", Retry_After=str(seconds)
    )


def _is_ours(headers: Headers, origins: frozenset[str]) -> bool:
    """Whether it comes from a page of ours, or from a program, which sends neither header."""
    if (origin := headers.get("origin")) is not None:
        return origin in origins
    if (referrer := headers.get("referer")) is not None:
        parts = urlsplit(referrer)
        return f"{parts.scheme}://{parts.netloc}" in origins
    return headers.get("sec-fetch-site", "none") in {"same-origin", "none"}


def _bounded(receive: Receive) -> Receive:
    """Count what comes, since a length may be missing or a lie."""
    left = MOST_BYTES

    async def counted() -> Message:
        nonlocal left
        message = await receive()
        left -= len(message.get("body", b""))
        if left < 0:
            raise ProblemError(413, f"a request may have {MOST_BYTES:,} bytes")
        return message

    return counted
