"""The provider, asked over HTTP: where it is found, where people sign in, who came back."""

import base64
import hashlib
import ssl
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeVar
from urllib.parse import quote, urlencode, urlsplit

import httpx2
from pydantic import BaseModel, ConfigDict, ValidationError

from investigate.accounts.arrivals import Identity, derived
from investigate.accounts.errors import WrongAccountError
from investigate.cases.deciding import WHOSE
from investigate.oidc.errors import ProviderAwayError, RefusedThereError, WrongTokenError
from investigate.oidc.roles import Roles
from investigate.oidc.token import Expected, verified

_LOOPBACK = "127.0.0.1", "localhost", "::1"
_PATIENCE = 5.0  # seconds for one answer
_KEPT = 600.0  # seconds for which the provider's description of itself holds
_AWAY = 10.0  # seconds for which nobody asks again a provider that did not describe itself
_BASIC = "client_secret_basic"

Document = TypeVar("Document", bound=BaseModel)


class Description(BaseModel):
    """What a provider says of itself (OpenID Connect Discovery 1.0), as far as we need it."""

    model_config = ConfigDict(frozen=True)

    issuer: str
    authorization_endpoint: str
    token_endpoint: str
    jwks_uri: str
    end_session_endpoint: str | None = None
    token_endpoint_auth_methods_supported: tuple[str, ...] = (_BASIC,)


class _Tokens(BaseModel):
    id_token: str


class _Keys(BaseModel):
    keys: tuple[dict[str, Any], ...]


@dataclass(frozen=True, slots=True)
class Client:
    """Us, as the provider knows us, and what its groups are here.

    Raises ValueError for an issuer that others could listen to on the way.
    """

    issuer: str
    client_id: str
    secret: str = field(repr=False)
    roles: Roles

    def __post_init__(self) -> None:
        if not _is_safe(self.issuer):
            raise ValueError(f"the issuer {self.issuer!r} must begin with https://")


@dataclass(slots=True)
class Provider:
    """A provider that is asked anew for its keys at each sign-in, so none is out of date."""

    client: Client
    http: httpx2.Client = field(
        default_factory=lambda: httpx2.Client(
            timeout=_PATIENCE, verify=ssl.create_default_context()
        )
    )
    clock: Callable[[], float] = time.monotonic
    _known: Description | None = None
    _known_at: float = 0.0
    _failed: str = ""
    _failed_at: float = 0.0
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def entrance(self, secret: str, back: str) -> str:
        """Where the browser of this sign-in goes, to come `back`; raises ProviderAwayError."""
        asked = {
            "response_type": "code",
            "client_id": self.client.client_id,
            "redirect_uri": back,
            "scope": self.client.roles.scope,
            "state": derived(secret, "state"),
            "nonce": derived(secret, "nonce"),
            "code_challenge": _challenge(derived(secret, "verifier")),
            "code_challenge_method": "S256",
        }
        return _with(self.description().authorization_endpoint, asked)

    def exit(self, back: str) -> str | None:
        """Where somebody signs out of the provider, to come `back`; None where it has no such."""
        place = self.description().end_session_endpoint
        asked = {"client_id": self.client.client_id, "post_logout_redirect_uri": back}
        return None if place is None else _with(place, asked)

    def identity(self, secret: str, code: str, back: str, now: int) -> Identity:
        """Who came back with this code from the sign-in of this secret.

        Raises OidcError, and WrongAccountError for somebody who would take steps in cases while
        nothing tells whether they are about themselves, though a claim is to.
        """
        token = self._redeem(code, derived(secret, "verifier"), back)
        keys = self._asked(_Keys, "GET", self.description().jwks_uri).model_dump()
        client = self.client
        expected = Expected(client.issuer, client.client_id, derived(secret, "nonce"), now)
        claims = verified(token, keys, expected)
        name = client.roles.name_of(claims)
        if name is None:
            raise WrongTokenError(f"the ID token does not say {client.roles.name}, their name")
        role, actor = client.roles.of(claims), client.roles.actor_of(claims)
        if actor is None and client.roles.actor is not None and role in WHOSE.values():
            raise WrongAccountError(f"no claim tells who {name} is in the trail, as `actor` says")
        return Identity(client.issuer, claims["sub"], name, role, actor)

    def description(self) -> Description:
        """What the provider says of itself, asked for at most every ten minutes.

        While it is away one asks and those who wait are told so with it: each would else wait for
        an answer in turn, and hold up the console.
        """
        with self._lock:
            now = self.clock()
            if self._known is not None and now - self._known_at <= _KEPT:
                return self._known
            if self._failed and now - self._failed_at <= _AWAY:
                raise ProviderAwayError(self._failed)
            try:
                self._known, self._known_at, self._failed = self._described(), now, ""
            except ProviderAwayError as error:
                self._failed, self._failed_at = str(error), self.clock()
                raise
            return self._known

    def _described(self) -> Description:
        place = self.client.issuer.rstrip("/") + "/.well-known/openid-configuration"
        told = self._asked(Description, "GET", place)
        if told.issuer != self.client.issuer:
            raise ProviderAwayError(f"the provider calls itself {told.issuer!r}")
        ends = told.authorization_endpoint, told.token_endpoint, told.jwks_uri
        if not all(map(_is_safe, (*ends, told.end_session_endpoint or self.client.issuer))):
            raise ProviderAwayError("the provider names an address without https://")
        return told

    def _redeem(self, code: str, verifier: str, back: str) -> str:
        described, client = self.description(), self.client
        given = {"grant_type": "authorization_code", "code": code, "redirect_uri": back}
        given |= {"code_verifier": verifier}
        named = quote(client.client_id, safe=""), quote(client.secret, safe="")
        how: dict[str, Any] = {"auth": named}
        if _BASIC not in described.token_endpoint_auth_methods_supported:
            given |= {"client_id": client.client_id, "client_secret": client.secret}
            how = {}
        return self._asked(_Tokens, "POST", described.token_endpoint, data=given, **how).id_token

    def _asked(self, kind: type[Document], method: str, place: str, **how: Any) -> Document:
        try:
            answer = self.http.request(method, place, **how)
            if method == "POST" and 400 <= answer.status_code < 500:
                raise RefusedThereError(f"the provider refused: {_reason(answer)}")
            answer.raise_for_status()
            return kind.model_validate_json(answer.content)
        except httpx2.HTTPError as error:
            raise ProviderAwayError(f"{place} does not answer: {error}") from None
        except ValidationError as error:
            raise ProviderAwayError(f"{place} does not answer as it should: {error}") from None


def _challenge(verifier: str) -> str:
    """What is told of a verifier before it is (RFC 7636, S256)."""
    digest = hashlib.sha256(verifier.encode()).digest()
    return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()


def _reason(answer: httpx2.Response) -> str:
    """The error's code, as OAuth 2.0 has it."""
    try:
        told = answer.json()
    except ValueError:
        told = None
    code = told.get("error") if isinstance(told, Mapping) else None
    return str(code or answer.status_code)


def _with(place: str, asked: Mapping[str, str]) -> str:
    return f"{place}{'&' if urlsplit(place).query else '?'}{urlencode(asked)}"


def _is_safe(url: str) -> bool:
    """Whether nobody listens on the way: TLS, or this machine alone."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return False
    named = bool(parts.hostname) and "@" not in parts.netloc and not parts.fragment
    return named and (
        parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in _LOOPBACK)
    )
