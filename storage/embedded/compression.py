"""Compression of request and response bodies: HTTP encodings and ClickHouse's own blocks."""

import zlib
from collections.abc import Callable, Iterator
from struct import pack, unpack_from
from typing import Protocol

import lz4.block
import lz4.frame
import zstandard
from clickhouse_cityhash.cityhash import CityHash128

from storage.embedded.errors import ClickHouseError, error

_BLOCK = 1 << 20
_NONE, _LZ4, _ZSTD = 0x02, 0x82, 0x90
_LARGEST_BLOCK = 1 << 30


class Encoder(Protocol):
    """Compresses a stream piece by piece."""

    def compress(self, data: bytes, /) -> bytes:
        """Take some bytes, return what is ready."""

    def flush(self) -> bytes:
        """Return what is left."""


class Decoder(Protocol):
    """Decompresses a stream piece by piece; raises ClickHouseError on rubbish."""

    def decompress(self, data: bytes, /) -> Iterator[bytes]:
        """Take some bytes, yield what is ready, in pieces of bounded size."""

    def finish(self) -> None:
        """Say that no more comes; raises if the stream is cut short."""


class _Frame:
    """LZ4's frame format has a beginning of its own; write it with the first bytes."""

    def __init__(self) -> None:
        self._frame = lz4.frame.LZ4FrameCompressor(auto_flush=True)
        self._begun = False

    def compress(self, data: bytes, /) -> bytes:
        return self._begin() + bytes(self._frame.compress(data))

    def flush(self) -> bytes:
        return self._begin() + bytes(self._frame.flush())

    def _begin(self) -> bytes:
        if self._begun:
            return b""
        self._begun = True
        return bytes(self._frame.begin())


class Blocks:
    """ClickHouse's native blocks (`compress=1`): checksum, method, sizes, LZ4 data."""

    def __init__(self) -> None:
        self._held = bytearray()

    def compress(self, data: bytes, /) -> bytes:
        """Take some bytes, return the blocks that are full."""
        self._held += data
        ready = b""
        while len(self._held) >= _BLOCK:
            ready += native_block(bytes(self._held[:_BLOCK]))
            del self._held[:_BLOCK]
        return ready

    def flush(self) -> bytes:
        """Return the last block."""
        last: bytes = native_block(bytes(self._held)) if self._held else b""
        self._held.clear()
        return last


def native_block(data: bytes) -> bytes:
    """Compress at most a MiB into one of ClickHouse's blocks."""
    packed = bytes(lz4.block.compress(data, store_size=False))
    body = pack("<BII", _LZ4, len(packed) + 9, len(data)) + packed
    return _sum(body) + body


ENCODERS: dict[str, Callable[[], Encoder]] = {
    "zstd": lambda: zstandard.ZstdCompressor(level=1).compressobj(),
    "lz4": _Frame,
    "gzip": lambda: zlib.compressobj(3, zlib.DEFLATED, 31),
    "deflate": lambda: zlib.compressobj(3, zlib.DEFLATED, 15),
}


def _sum(data: bytes) -> bytes:
    """CityHash128 1.0.2, as ClickHouse writes it before a block: two words, low first."""
    return pack("<QQ", *divmod(CityHash128(data), 1 << 64))


def accepted(header: str) -> str | None:
    """Return the first encoding of an Accept-Encoding header that we write."""
    for part in header.split(","):
        name, _, weight = part.strip().partition(";")
        if name.strip().lower() in ENCODERS and weight.replace(" ", "") not in ("q=0", "q=0.0"):
            return name.strip().lower()
    return None


class _Stepwise:
    """Decode with a `decompress(data, max_length)` object, so that a bomb stays small."""

    def __init__(self, name: str, start: Callable[[], object]) -> None:
        self._name, self._start = name, start
        self._object = start()
        self._began = False

    def decompress(self, data: bytes, /) -> Iterator[bytes]:
        rest = data
        while True:
            try:
                piece = self._object.decompress(rest, _BLOCK)  # type: ignore[attr-defined]
            except (zlib.error, RuntimeError, EOFError, zstandard.ZstdError) as bad:
                raise broken(self._name, str(bad)) from bad
            self._began = self._began or bool(rest)
            if piece:
                yield piece
            ended = self._object.eof  # type: ignore[attr-defined]
            if ended:
                rest = self._object.unused_data or b""  # type: ignore[attr-defined]
                if not rest:
                    return
                self._object, self._began = self._start(), False
                continue
            rest = getattr(self._object, "unconsumed_tail", b"")
            if not piece or (not rest and len(piece) < _BLOCK):
                return

    def finish(self) -> None:
        if self._began and not self._object.eof:  # type: ignore[attr-defined]
            raise broken(self._name, "the body ends before its last byte")


class _Zstandard:
    """Zstandard frames, one after another."""

    def __init__(self) -> None:
        self._object = zstandard.ZstdDecompressor().decompressobj()
        self._began = False

    def decompress(self, data: bytes, /) -> Iterator[bytes]:
        rest = data
        while rest:
            if self._object.eof:
                self._object = zstandard.ZstdDecompressor().decompressobj()
            self._began = True
            # Small steps bound what one step can swell to.
            step, rest = rest[:16384], rest[16384:]
            try:
                piece = self._object.decompress(step)
            except zstandard.ZstdError as bad:
                raise broken("zstd", str(bad)) from bad
            if piece:
                yield piece
            if self._object.eof:
                rest = self._object.unused_data + rest

    def finish(self) -> None:
        if self._began and not self._object.eof:
            raise broken("zstd", "the body ends before its last byte")


class NativeDecoder:
    """Read ClickHouse's native blocks (`decompress=1`), checking each block's sum."""

    def __init__(self) -> None:
        self._held = bytearray()

    def decompress(self, data: bytes, /) -> Iterator[bytes]:
        """Yield the content of each block that is complete."""
        self._held += data
        while len(self._held) >= 25:
            method, packed, size = unpack_from("<BII", self._held, 16)
            if packed < 9 or packed > _LARGEST_BLOCK or size > _LARGEST_BLOCK:
                raise error(271, "CANNOT_DECOMPRESS", "Wrong sizes in a compressed block")
            if len(self._held) < 16 + packed:
                return
            block = bytes(self._held[: 16 + packed])
            del self._held[: 16 + packed]
            if _sum(block[16:]) != block[:16]:
                raise error(40, "CHECKSUM_DOESNT_MATCH", "Checksum of a block doesn't match")
            yield _unpacked(method, block[25:], size)

    def finish(self) -> None:
        """Raise if a block is cut short."""
        if self._held:
            raise broken("native", "the body ends inside a block")


def _unpacked(method: int, data: bytes, size: int) -> bytes:
    try:
        if method == _LZ4:
            content = bytes(lz4.block.decompress(data, uncompressed_size=size))
        elif method == _ZSTD:
            content = zstandard.ZstdDecompressor().decompress(data, max_output_size=size)
        elif method == _NONE:
            content = data
        else:
            raise error(89, "UNKNOWN_COMPRESSION_METHOD", f"Unknown method byte {method:#x}")
    except (lz4.block.LZ4BlockError, zstandard.ZstdError) as bad:
        raise error(271, "CANNOT_DECOMPRESS", f"Cannot decompress a block: {bad}") from bad
    if len(content) != size:
        raise error(271, "CANNOT_DECOMPRESS", "A block is not of the size it says")
    return content


def decoder(encoding: str) -> Decoder | None:
    """Return the decoder for a Content-Encoding; None for a plain body."""
    match encoding.strip().lower():
        case "" | "identity":
            return None
        case "gzip" | "x-gzip":
            return _Stepwise("gzip", lambda: zlib.decompressobj(31))
        case "deflate":
            return _Stepwise("deflate", lambda: zlib.decompressobj(15))
        case "lz4":
            return _Stepwise("lz4", lz4.frame.LZ4FrameDecompressor)
        case "zstd":
            return _Zstandard()
        case other:
            raise error(
                89, "UNKNOWN_COMPRESSION_METHOD", f"Unknown compression method: {other[:40]}"
            )


def broken(name: str, why: str) -> ClickHouseError:
    """Make the error for a body that does not decompress."""
    return error(271, "CANNOT_DECOMPRESS", f"Cannot decompress the {name} body: {why}")
