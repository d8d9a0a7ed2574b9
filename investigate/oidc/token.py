"""Whether an ID token is the provider's, for us, for this sign-in, and of now.

The checks are those of OpenID Connect Core 1.0, 3.1.3.7.
"""

import hmac
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import JWKRegistry, Key, KeySet

from investigate.oidc.errors import WrongTokenError

ALGORITHMS = "RS256", "PS256", "ES256"
"""Signatures of a key that the provider alone has; with others anybody could make a token."""
KINDS = "RSA", "EC"
LEEWAY = 60
"""Seconds by which the provider's clock may be wrong."""
_LONGEST_SUBJECT = 255
_WRONG = JoseError, ValueError, TypeError, KeyError
"""What is raised for a token or key that is none."""


@dataclass(frozen=True, slots=True)
class Expected:
    """What the token of one sign-in must say."""

    issuer: str
    client_id: str
    nonce: str
    now: int


def verified(token: str, keys: Mapping[str, Any], expected: Expected) -> Mapping[str, Any]:
    """The claims of a token that one of these keys signed; raises WrongTokenError."""
    try:
        claims = jwt.decode(token, _signing(keys), algorithms=ALGORITHMS).claims
        _registry(expected).validate(claims)
    except _WRONG as error:
        raise WrongTokenError(f"the ID token is refused: {error}") from None
    if not _same(claims.get("nonce"), expected.nonce):
        raise WrongTokenError("the ID token is of another sign-in")
    several = isinstance(claims["aud"], list) and len(claims["aud"]) > 1
    if (several or "azp" in claims) and not _same(claims.get("azp"), expected.client_id):
        raise WrongTokenError("the ID token was made for somebody else")
    if not 0 < len(claims["sub"]) <= _LONGEST_SUBJECT or not claims["sub"].isascii():
        raise WrongTokenError("the ID token does not say who it is")
    return claims


def _signing(keys: Mapping[str, Any]) -> KeySet:
    """The keys that may sign; a shared secret or a key for encryption is none.

    Nor is one that cannot be read, as of a curve that we do not know: others may use it.
    """
    fit = [one for one in keys["keys"] if one.get("kty") in KINDS and one.get("use") != "enc"]
    read: list[Key] = []
    for one in fit:
        with suppress(*_WRONG):
            read.append(JWKRegistry.import_key(one))
    return KeySet(read)


def _registry(expected: Expected) -> jwt.JWTClaimsRegistry:
    return jwt.JWTClaimsRegistry(
        now=expected.now,
        leeway=LEEWAY,
        iss={"essential": True, "value": expected.issuer},
        aud={"essential": True, "value": expected.client_id},
        sub={"essential": True},
        exp={"essential": True},
        iat={"essential": True},
    )


def _same(said: object, wanted: str) -> bool:
    return isinstance(said, str) and hmac.compare_digest(said.encode(), wanted.encode())
