"""CityHash128 in the version (1.0.2) whose sums ClickHouse puts before compressed blocks."""

from struct import unpack_from

_M = 0xFFFFFFFFFFFFFFFF
_K0, _K1 = 0xC3A5C85C97CB3127, 0xB492B66FBE98F273
_K2, _K3 = 0x9AE16A3B2F90404F, 0xC949D7C7509E6557
_MUL = 0x9DDFEA08EB382D69


def cityhash128(data: bytes) -> bytes:
    """Return the 16 bytes of the hash in ClickHouse's order (low half, high half)."""
    if len(data) >= 16:
        low, high = unpack_from("<QQ", data)
        first, second = _seeded(data[16:], low ^ _K3, high)
    elif len(data) >= 8:
        (low,) = unpack_from("<Q", data)
        (high,) = unpack_from("<Q", data, len(data) - 8)
        first, second = _seeded(b"", low ^ (len(data) * _K0 & _M), high ^ _K1)
    else:
        first, second = _seeded(data, _K0, _K1)
    return first.to_bytes(8, "little") + second.to_bytes(8, "little")


def _rotate(value: int, shift: int) -> int:
    return (value >> shift | value << (64 - shift)) & _M if shift else value


def _mix(value: int) -> int:
    return value ^ (value >> 47)


def _hash16(low: int, high: int) -> int:
    a = _mix((low ^ high) * _MUL & _M)
    b = _mix((high ^ a) * _MUL & _M)
    return b * _MUL & _M


def _hash_short(data: bytes) -> int:
    size = len(data)
    if size > 8:
        (a,), (b,) = unpack_from("<Q", data), unpack_from("<Q", data, size - 8)
        return int(_hash16(a, _rotate((b + size) & _M, size)) ^ b)
    if size >= 4:
        (a,), (b,) = unpack_from("<I", data), unpack_from("<I", data, size - 4)
        return _hash16((size + (a << 3)) & _M, b)
    if size > 0:
        y = data[0] + (data[size >> 1] << 8)
        z = size + (data[-1] << 2)
        return _mix((y * _K2 ^ z * _K3) & _M) * _K2 & _M
    return _K2


def _weak32(data: bytes, at: int, a: int, b: int) -> tuple[int, int]:
    w, x, y, z = unpack_from("<QQQQ", data, at)
    a = (a + w) & _M
    b = _rotate((b + a + z) & _M, 21)
    c = a
    a = (a + x + y) & _M
    b = (b + _rotate(a, 44)) & _M
    return (a + z) & _M, (b + c) & _M


def _murmur(data: bytes, low: int, high: int) -> tuple[int, int]:
    size = len(data)
    a, b, c, d = low, high, 0, 0
    if size <= 16:
        a = _mix(a * _K1 & _M) * _K1 & _M
        c = (b * _K1 + _hash_short(data)) & _M
        (head,) = unpack_from("<Q", data) if size >= 8 else (c,)
        d = _mix((a + head) & _M)
    else:
        (last, before) = (
            unpack_from("<Q", data, size - 8)[0],
            unpack_from("<Q", data, size - 16)[0],
        )
        c = _hash16((last + _K1) & _M, a)
        d = _hash16((b + size) & _M, (c + before) & _M)
        a = (a + d) & _M
        for at in range(0, size - 16, 16):
            x, y = unpack_from("<QQ", data, at)
            a = (a ^ (_mix(x * _K1 & _M) * _K1 & _M)) * _K1 & _M
            b ^= a
            c = (c ^ (_mix(y * _K1 & _M) * _K1 & _M)) * _K1 & _M
            d ^= c
    a, b = _hash16(a, c), _hash16(d, b)
    return a ^ b, _hash16(b, a)


def _round(data: bytes, at: int, state: tuple[int, ...]) -> tuple[int, ...]:
    x, y, z, v0, v1, w0, w1 = state
    (d2,), (d6,) = unpack_from("<Q", data, at + 16), unpack_from("<Q", data, at + 48)
    x = _rotate((x + y + v0 + d2) & _M, 37) * _K1 & _M
    y = _rotate((y + v1 + d6) & _M, 42) * _K1 & _M
    x ^= w1
    y ^= v0
    z = _rotate(z ^ w0, 33)
    v0, v1 = _weak32(data, at, v1 * _K1 & _M, (x + w0) & _M)
    w0, w1 = _weak32(data, at + 32, (z + w1) & _M, y)
    return z, y, x, v0, v1, w0, w1


def _seeded(data: bytes, low: int, high: int) -> tuple[int, int]:
    size = len(data)
    if size < 128:
        return _murmur(data, low, high)
    x, y, z = low, high, size * _K1 & _M
    (d0, d1), (d11,) = unpack_from("<QQ", data), unpack_from("<Q", data, 88)
    v0 = (_rotate(y ^ _K1, 49) * _K1 + d0) & _M
    v1 = (_rotate(v0, 42) * _K1 + d1) & _M
    w0 = (_rotate((y + z) & _M, 35) * _K1 + x) & _M
    w1 = _rotate((x + d11) & _M, 53) * _K1 & _M
    state: tuple[int, ...] = (x, y, z, v0, v1, w0, w1)
    at = 0
    while size - at >= 128:
        state = _round(data, at + 64, _round(data, at, state))
        at += 128
    x, y, z, v0, v1, w0, w1 = state
    y = (y + _rotate(w0, 37) * _K0 + z) & _M
    x = (x + _rotate((v0 + z) & _M, 49) * _K0) & _M
    done, left = 0, size - at
    while done < left:
        done += 32
        tail = size - done
        y = (_rotate((y - x) & _M, 42) * _K0 + v1) & _M
        w0 = (w0 + unpack_from("<Q", data, tail + 16)[0]) & _M
        x = (_rotate(x, 49) * _K0 + w0) & _M
        w0 = (w0 + v0) & _M
        v0, v1 = _weak32(data, tail, v0, v1)
    x, y = _hash16(x, v0), _hash16(y, w0)
    return (_hash16((x + v1) & _M, w1) + y) & _M, _hash16((x + w1) & _M, (y + v1) & _M)
