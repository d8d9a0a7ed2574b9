"""Pages of an answer: where one ends and the next begins, as text that is handed out.

A page begins after the last row of the one before it, and all pages show what the trail held when
the first was asked. So nothing is shown twice, and nothing that was there is left out, whatever is
stored meanwhile. Anybody can read a cursor: what is masked in a row must not be in its key.
"""

import hashlib
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Annotated, Any, Generic, TypeVar

import msgspec

from investigate.errors import WrongQuestionError

MOST = 1_000
"""Rows of a page at most."""

_CHECK = 8  # bytes
_LONGEST = 4_096
Row = TypeVar("Row")


@dataclass(frozen=True, slots=True)
class Paging:
    """Which page is asked for: after which cursor, and how many rows."""

    cursor: str | None = None
    size: int = 100

    def __post_init__(self) -> None:
        if not 1 <= self.size <= MOST:
            raise WrongQuestionError(f"a page has 1 to {MOST} rows, not {self.size}")


@dataclass(frozen=True, slots=True)
class Page(Generic[Row]):
    """Some rows of an answer, and the cursor of what follows; None if nothing does."""

    rows: Sequence[Row]
    following: str | None


Number = Annotated[int, msgspec.Meta(ge=-(2**62), le=2**62)]
Size = Annotated[int, msgspec.Meta(ge=0, le=2**62)]


@dataclass(frozen=True, slots=True)
class Cursor:
    """The trail's clock when the first page was asked (ms), and the last row's key."""

    snapshot: int
    after: Sequence[Any]


def begun(paging: Paging, question: str, key: Any, now: Callable[[], int]) -> Cursor:
    """Where a page begins: after its cursor, or at the start of what the trail holds `now`.

    `key` is the type of a row's key.
    """
    return read(paging.cursor, question, key) if paging.cursor else Cursor(now(), ())


def cut(
    found: Sequence[Row],
    paging: Paging,
    question: str,
    begin: Cursor,
    key: Callable[[Row], Sequence[Any]],
) -> Page[Row]:
    """The page of an answer that was asked for one row more than the page has."""
    rows = found[: paging.size]
    if len(found) == len(rows):
        return Page(rows, None)
    return Page(rows, written(Cursor(begin.snapshot, key(rows[-1])), question))


def written(cursor: Cursor, question: str) -> str:
    """The cursor as text that only fits this question."""
    body = msgspec.msgpack.encode((cursor.snapshot, cursor.after))
    return urlsafe_b64encode(_check(body, question) + body).decode()


def read(text: str, question: str, key: Any) -> Cursor:
    """Raises `WrongQuestionError` for what is no cursor, or one of another question."""
    try:
        known = urlsafe_b64decode(text.encode("ascii")) if len(text) <= _LONGEST else b""
        check, body = known[:_CHECK], known[_CHECK:]
        if check == _check(body, question):
            return Cursor(*msgspec.msgpack.decode(body, type=tuple[Number, key]))
    except (ValueError, msgspec.DecodeError):
        pass
    raise WrongQuestionError(
        "the cursor does not belong to this question; ask it anew without --cursor"
    )


def _check(body: bytes, question: str) -> bytes:
    return hashlib.blake2b(body + question.encode(), digest_size=_CHECK).digest()
