"""Who may ask: `default`, and read-only users."""

import hmac
from base64 import b64decode
from binascii import Error as NotBase64
from collections.abc import Mapping
from dataclasses import dataclass

from storage.embedded.errors import error


@dataclass(frozen=True, slots=True)
class User:
    """A name, what it must say, and whether it may change anything."""

    name: str
    password: str
    readonly: bool


def authenticate(
    users: Mapping[str, User], headers: Mapping[str, str], url: Mapping[str, str]
) -> User:
    """Return the user a request speaks for; raises 516 as ClickHouse does."""
    name, password = _claimed(headers, url)
    user = users.get(name)
    known = user.password if user is not None else ""
    if user is not None and hmac.compare_digest(
        known.encode(), password.encode("utf-8", "replace")
    ):
        return user
    raise error(
        516,
        "AUTHENTICATION_FAILED",
        f"{name}: Authentication failed: password is incorrect, "
        "or there is no user with such name.",
    )


def _claimed(headers: Mapping[str, str], url: Mapping[str, str]) -> tuple[str, str]:
    if "X-ClickHouse-User" in headers or "X-ClickHouse-Key" in headers:
        return headers.get("X-ClickHouse-User") or "default", headers.get("X-ClickHouse-Key", "")
    scheme, _, rest = headers.get("Authorization", "").partition(" ")
    if scheme.lower() == "basic":
        try:
            name, _, password = b64decode(rest.strip(), validate=True).decode().partition(":")
        except (NotBase64, ValueError) as bad:
            raise error(516, "AUTHENTICATION_FAILED", "Invalid authentication header") from bad
        return name or "default", password
    if scheme:
        raise error(516, "AUTHENTICATION_FAILED", "Only Basic authentication is understood")
    return url.get("user") or "default", url.get("password", "")
