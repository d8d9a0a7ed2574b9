"""Native blocks as a client of ClickHouse's own protocol wants them (`client_protocol_version`).

The engine writes the plain Native format: columns, rows, and for each column name, type, data.
Such a client wants a block info before each block and, between type and data, a byte that says
that the column's serialization is the usual one. So the ends of the columns have to be found.
"""

from collections.abc import Iterator
from struct import unpack_from

from storage.embedded.errors import error

_BLOCK_INFO = b"\x01\x00\x02\xff\xff\xff\xff\x00"
WITH_BLOCK_INFO, WITH_SERIALIZATION = 1, 54_454  # protocol versions from which each is wanted
_SIZES = {
    **dict.fromkeys(("UInt8", "Int8", "Bool", "Enum8", "Nothing"), 1),
    **dict.fromkeys(("UInt16", "Int16", "Date", "Enum16", "BFloat16"), 2),
    **dict.fromkeys(("UInt32", "Int32", "Float32", "Date32", "DateTime", "IPv4", "Time"), 4),
    **dict.fromkeys(("Decimal32",), 4),
    **dict.fromkeys(("UInt64", "Int64", "Float64", "DateTime64", "Decimal64", "Time64"), 8),
    **dict.fromkeys(("UInt128", "Int128", "UUID", "IPv6", "Decimal128", "Point"), 16),
    **dict.fromkeys(("UInt256", "Int256", "Decimal256"), 32),
}


_SHAPES = {
    "Ring": "Point",
    "LineString": "Point",
    "Polygon": "Ring",
    "MultiLineString": "LineString",
    "MultiPolygon": "Polygon",
}


class _Short(Exception):  # noqa: N818
    """The block goes on beyond the bytes at hand."""


class ProtocolBlocks:
    """Turns a stream of plain Native blocks into those of one protocol version."""

    def __init__(self, version: int) -> None:
        self._serialization = version >= WITH_SERIALIZATION
        self._held = bytearray()

    def feed(self, data: bytes) -> bytes:
        """Take some bytes, return the blocks that are complete."""
        self._held += data
        ready = b""
        while self._held:
            try:
                block, end = self._block(bytes(self._held))
            except _Short:
                break
            ready += block
            del self._held[:end]
        return ready

    def _block(self, data: bytes) -> tuple[bytes, int]:
        columns, at = _number(data, 0)
        rows, at = _number(data, at)
        parts = [_BLOCK_INFO, data[:at]]
        for _ in range(columns):
            name_at = at
            _, at = _string(data, at)
            kind, at = _string(data, at)
            parts += [data[name_at:at], b"\x00" if self._serialization else b""]
            data_at = at
            if rows:
                at += 8 * kind.count("LowCardinality(")  # the version of each dictionary
                at = _skip(data, at, kind, rows)
            if at > len(data):
                raise _Short
            parts.append(data[data_at:at])
        return b"".join(parts), at


def _number(data: bytes, at: int) -> tuple[int, int]:
    value = shift = 0
    while True:
        if at >= len(data):
            raise _Short
        byte = data[at]
        at += 1
        value |= (byte & 0x7F) << shift
        if byte < 0x80:
            return value, at
        shift += 7


def _string(data: bytes, at: int) -> tuple[str, int]:
    size, at = _number(data, at)
    if at + size > len(data):
        raise _Short
    return data[at : at + size].decode("utf-8", "replace"), at + size


def _u64(data: bytes, at: int) -> int:
    if at + 8 > len(data):
        raise _Short
    return int(unpack_from("<Q", data, at)[0])


def _skip(data: bytes, at: int, kind: str, rows: int) -> int:
    """Return where a column's data ends; it may lie beyond the bytes at hand."""
    name, inner = _parts(kind)
    size = _size(name, inner)
    if size is not None:
        return at + size * rows
    if name == "String":
        return _skip_strings(data, at, rows)
    if name == "Tuple":
        for part in inner:
            at = _skip(data, at, _unnamed(part), rows)
        return at
    if name == "LowCardinality":
        return _skip_dictionary(data, at, inner[0], rows)
    if name in ("Nullable", "SimpleAggregateFunction"):
        return _skip(data, at + rows * (name == "Nullable"), inner[-1], rows)
    return _skip_array(data, at, _element(name, kind, inner), rows)


def _size(name: str, inner: list[str]) -> int | None:
    if name == "FixedString":
        return int(inner[0])
    if name == "Decimal":
        digits = int(inner[0])
        return next(size for size, most in ((4, 9), (8, 18), (16, 38), (32, 76)) if digits <= most)
    return 8 if name.startswith("Interval") else _SIZES.get(name)


def _element(name: str, kind: str, inner: list[str]) -> str:
    """Return the type of an array's elements."""
    if name == "Array":
        return inner[0]
    if name in ("Map", "Nested"):
        return f"Tuple({', '.join(inner)})"
    if name in _SHAPES:
        return _SHAPES[name]
    raise error(
        48,
        "NOT_IMPLEMENTED",
        f"{kind[:80]} can't be sent with client_protocol_version: convert it, say with toString()",
    )


def _skip_strings(data: bytes, at: int, rows: int) -> int:
    size = len(data)
    for _ in range(rows):
        if at >= size:
            raise _Short
        length = data[at]
        at += 1
        if length >= 0x80:
            length, at = _number(data, at - 1)
        at += length
    return at


def _skip_array(data: bytes, at: int, element: str, rows: int) -> int:
    total = _u64(data, at + 8 * (rows - 1)) if rows else 0
    at += 8 * rows
    return _skip(data, at, element, total) if total else at


def _skip_dictionary(data: bytes, at: int, kind: str, rows: int) -> int:
    if not rows:
        return at
    width = 1 << (_u64(data, at) & 0xFF)
    keys = _u64(data, at + 8)
    name, inner = _parts(kind)
    at = _skip(data, at + 16, inner[0] if name == "Nullable" else kind, keys)
    return at + 8 + _u64(data, at) * width


def _parts(kind: str) -> tuple[str, list[str]]:
    """Split `Name(a, b)` into its name and its arguments."""
    name, bracket, rest = kind.partition("(")
    return name, list(_arguments(rest[:-1])) if bracket else []


def _arguments(text: str) -> Iterator[str]:
    depth, start, quote = 0, 0, ""
    for at, letter in enumerate(text):
        if quote:
            quote = "" if letter == quote and text[at - 1] != "\\" else quote
        elif letter in "'`":
            quote = letter
        elif letter in "()":
            depth += 1 if letter == "(" else -1
        elif letter == "," and depth == 0:
            yield text[start:at].strip()
            start = at + 1
    if text.strip():
        yield text[start:].strip()


def _unnamed(part: str) -> str:
    """Drop the name of a tuple's element: `name Type` is the type `Type`."""
    if part.startswith("`"):
        return part[part.index("`", 1) + 1 :].strip()
    first, space, rest = part.partition(" ")
    return rest if space and "(" not in first else part
