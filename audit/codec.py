"""From the bytes of a Kafka record to an access event, or to the reason why not.

`decode` is total: whatever the bytes, it answers `ReceivedEvent` or `Rejected`. It accepts
structured CloudEvents, and binary ones, whose attributes are `ce_` headers
(CloudEvents 1.0, Kafka protocol binding, sections 3.2 and 3.3).
"""

import re
from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime
from itertools import accumulate
from typing import TypeVar

import msgspec
from msgspec import Struct

from audit.events import Access, AccessEvent, ReceivedEvent

MAX_BYTES = 1 << 20
MAX_HEADER_BYTES = 1 << 16
MAX_DEPTH = 32
LONGEST_DETAIL = 300  # characters

# ClickHouse's DateTime64(6) holds 1900 to 2299, in UTC; a year's margin for offsets.
FIRST_YEAR, LAST_YEAR = 1901, 2298

Document = TypeVar("Document")
Headers = Sequence[tuple[str, bytes]]

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_instant = datetime.fromisoformat
_RFC3339 = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}"
    r"(?:\.[0-9]{1,6})?(?:Z|[+-][0-9]{2}:[0-9]{2})"
).fullmatch
# An unclosed string runs to the end: every quote is looked at once, whatever the bytes.
_STRINGS = re.compile(rb'"(?:[^"\\]|\\.)*+"?', re.DOTALL)
_NOT_BRACKETS = bytes(set(range(256)) - set(b"[{]}"))
_DEEPER = {ord("["): 1, ord("{"): 1, ord("]"): -1, ord("}"): -1}
_INTEGER = re.compile(r"0|[1-9][0-9]{0,18}").fullmatch

_event_decoder = msgspec.json.Decoder(AccessEvent)
_access_decoder = msgspec.json.Decoder(Access)
_encoder = msgspec.json.Encoder()


REASONS = (
    *("empty", "invalid_time", "not_an_access_event", "not_json", "not_utf8"),
    *("too_deep", "too_large"),
)
"""Why a record may be rejected here."""


class Rejected(Struct, frozen=True, gc=False):
    """Bytes that are not an access event. `reason` is one of a few words, `detail` a sentence."""

    reason: str
    detail: str


def encode(event: AccessEvent) -> bytes:
    """The event as structured CloudEvents JSON, UTF-8."""
    return _encoder.encode(event)


def decode(raw: bytes | None, received_at: int, headers: Headers = ()) -> ReceivedEvent | Rejected:
    """Read one record's value; `received_at` is the broker's time in microseconds since 1970."""
    if raw is None:
        return Rejected("empty", "the record has no value")
    unreadable = refusal(raw)
    if unreadable is not None:
        return unreadable
    try:
        if headers and sum(len(name) + len(value) for name, value in headers) > MAX_HEADER_BYTES:
            return Rejected("too_large", f"headers of more than {MAX_HEADER_BYTES} bytes")
        binary = headers and _is_binary(headers)
        event = _from_binary(raw, headers) if binary else _event_decoder.decode(raw)
        return ReceivedEvent(
            event,
            raw,
            received_at,
            microseconds(event.time),
            None if event.data.collected_at is None else microseconds(event.data.collected_at),
            None if event.data.ended_at is None else microseconds(event.data.ended_at),
        )
    except (msgspec.DecodeError, InvalidTimeError, UnicodeError) as error:
        return Rejected(_reason(error), str(error)[:LONGEST_DETAIL])


def read(
    raw: bytes | None,
    decoder: msgspec.json.Decoder[Document],
    times: Callable[[Document], Iterable[str]],
    otherwise: str,
) -> Document | Rejected:
    """Read a document of another topic of ours; total, too.

    `times` are those of a document, which must be RFC 3339; what is readable JSON and yet not such
    a document is rejected as `otherwise`.
    """
    if raw is None:
        return Rejected("empty", "the record has no value")
    unreadable = refusal(raw)
    if unreadable is not None:
        return unreadable
    try:
        document = decoder.decode(raw)
        for time in times(document):
            microseconds(time)
    except (msgspec.DecodeError, InvalidTimeError, UnicodeDecodeError) as error:
        return Rejected(otherwise, str(error)[:LONGEST_DETAIL])
    return document


def refusal(raw: bytes) -> Rejected | None:
    """Why these bytes are not read at all, before anything parses them."""
    if len(raw) > MAX_BYTES:
        return Rejected("too_large", f"{len(raw)} bytes, more than {MAX_BYTES}")
    if not raw.isascii():
        try:
            raw.decode()
        except UnicodeDecodeError as error:
            return Rejected("not_utf8", str(error))
    if raw.count(b"{") + raw.count(b"[") > MAX_DEPTH and _depth(raw) > MAX_DEPTH:
        return Rejected("too_deep", f"nested deeper than {MAX_DEPTH}")
    return None


class InvalidTimeError(ValueError):
    """A time that is not RFC 3339 with an offset, or outside the years that can be stored."""


def microseconds(text: str) -> int:
    """RFC 3339 text to microseconds since 1970-01-01T00:00:00Z."""
    # Six decimals and a numeric offset are known by their punctuation, at a third of the price;
    # `fromisoformat` sees to the digits in between.
    usual = len(text) == 32 and text[4:20:3] == "--T::." and text[26] in "+-" and text[29] == ":"
    if not usual and _RFC3339(text) is None:
        raise InvalidTimeError(f"{text[:40]!r} is not RFC 3339 with an offset, 0 to 6 decimals")
    try:
        instant = _instant(text)
        since = instant - _EPOCH
    except (ValueError, OverflowError) as error:
        raise InvalidTimeError(f"{text!r}: {error}") from None
    if not FIRST_YEAR <= instant.year <= LAST_YEAR:
        raise InvalidTimeError(f"{text!r} is outside the years {FIRST_YEAR} to {LAST_YEAR}")
    return (since.days * 86_400 + since.seconds) * 1_000_000 + since.microseconds


def _reason(error: Exception) -> str:
    match error:
        case msgspec.ValidationError():
            return "not_an_access_event"
        case msgspec.DecodeError():
            return "not_json"
        case InvalidTimeError():
            return "invalid_time"
        case _:
            return "not_utf8"


def _depth(raw: bytes) -> int:
    brackets = _STRINGS.sub(b"", raw).translate(None, _NOT_BRACKETS)
    return max(accumulate(map(_DEEPER.__getitem__, brackets)), default=0)


def _is_binary(headers: Headers) -> bool:
    """Whether the attributes are in the headers: the content type decides, if it says."""
    names = dict(headers)
    structured = names.get("content-type", b"").lower().startswith(b"application/cloudevents")
    return "ce_specversion" in names and not structured


def _from_binary(raw: bytes, headers: Headers) -> AccessEvent:
    attributes: dict[str, object] = {}
    for name, value in headers:
        if name.startswith("ce_"):
            attributes[name[3:]] = value.decode()
        elif name == "content-type":
            attributes["datacontenttype"] = value.decode()
    for name in ("epoch", "sequence"):  # a header has no integers: CloudEvents 1.0, 3.1
        text = attributes.get(name)
        if isinstance(text, str) and _INTEGER(text):
            attributes[name] = int(text)
    attributes["data"] = _access_decoder.decode(raw)
    return msgspec.convert(attributes, AccessEvent)
