"""Where ClickHouse is, as the environment says: a URL, and the file of its user's password."""

from collections.abc import Mapping
from pathlib import Path
from urllib.parse import quote, urljoin, urlsplit, urlunsplit

URL = "GAMSA_CLICKHOUSE"
PASSWORD_FILE = "GAMSA_CLICKHOUSE_PASSWORD_FILE"  # noqa: S105  a variable's name


def clickhouse(environment: Mapping[str, str]) -> str | None:
    """The URL, with the password where a file of one is named; None where there is no URL.

    Raises ValueError for what cannot be, saying what to change.
    """
    url, file = environment.get(URL) or None, environment.get(PASSWORD_FILE)
    if not file:
        return url
    try:
        password = Path(file).read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise ValueError(f"{PASSWORD_FILE} names no file that can be read: {error}") from None
    if not password:
        raise ValueError(f"{file}, which {PASSWORD_FILE} names, is empty; make it anew")
    parts = urlsplit(url or "")
    if not parts.hostname or not parts.username or parts.password is not None:
        raise ValueError(
            f"{URL} must be like http://user@host:8123/database where {PASSWORD_FILE} names the "
            "file of that user's password"
        )
    user, _, place = parts.netloc.rpartition("@")
    return parts._replace(netloc=f"{user}:{quote(password, safe='')}@{place}").geturl()


def shown(url: str) -> str:
    """The URL without user and password, to be written into messages and logs."""
    parts = urlsplit(url)
    return urlunsplit(parts._replace(netloc=parts.netloc.rpartition("@")[2]))


def page(url: str, path: str) -> str:
    """The address of a page of the server at this URL, whatever user and database it names."""
    return urljoin(shown(url), path)
