"""Korea's resident registration number, wherever in an event it hides.

Thirteen digits: six of the birth date, one for century and sex, five of place and order, one
check digit. Numbers given since October 2020 are random after the seventh digit, so they have no
check digit; foreigners' numbers have the same form with a shifted one.

Nobody is born after the event. With a separator between birth date and rest, a birth since
October 2020 is enough; without one the check digit must be right, because thirteen digits in a row
are mostly something else. So a number without separator of a child born since then is found one
time in ten. False alarms, of a million drawn at random for events of 2026 to 2028: 1,950 of
thirteen digits in a row, 3,000 of six and seven with a separator, 3,000 of times in milliseconds
from 2026 to 2028, and none where that time is within a day of the event's own.
"""

import re
from datetime import date
from itertools import islice

_DIGITS_ALIKE = bytes(ord("0") if ord("0") <= byte <= ord("9") else byte for byte in range(256))
_SEPARATORS = b"-./_ \t\r\n"  # all those of ASCII below
_THIRTEEN = b"0" * 13
_BACKSLASH = ord("\\")

_ESCAPE = re.compile(r"\\(?:u([0-9a-fA-F]{4})|(.))", re.DOTALL)
# What must not stand before is asked after the first digit: a search for a digit is fast.
_SEPARATED = re.compile(
    r"(\d(?<!\d\d)\d{5})"
    r"[ \t\r\n\-./_\u00a0\u00ad\u00b7\u2000-\u2015\u202f\u2212"
    r"\u3000\ufe63\uff0d-\uff0f\uff3f]{1,3}"
    r"(\d{7})(?!\d)"
)
# A letter of ASCII next to it makes a run of digits part of a cookie or a UUID; Hangul does not.
_JOINED = re.compile(r"(\d(?<![\dA-Za-z]\d)\d{12})(?![\dA-Za-z])")
_WEIGHTS = (2, 3, 4, 5, 6, 7, 8, 9, 2, 3, 4, 5)
_CENTURY = {1: 1900, 2: 1900, 3: 2000, 4: 2000, 5: 1900, 6: 1900, 7: 2000, 8: 2000}
_FIRST_FOREIGN = 5
_RANDOM_SINCE = date(2020, 10, 1)

LOOKED_AT = 1_000  # candidates of either form; a real event has a handful

_DAY = 86_400_000_000  # microseconds
_KOREA = 9 * 3_600_000_000  # microseconds ahead of UTC, all year
_EPOCH = date(1970, 1, 1).toordinal()


def holds_resident_number(raw: bytes, at: int) -> bool:
    """Whether a JSON document holds such a number in any field, however it is written.

    `at` is when the event happened, in microseconds since 1970-01-01T00:00:00Z. The first test
    costs well below a microsecond and settles nearly every event.
    """
    plain = _BACKSLASH not in raw and raw.isascii()
    if plain and raw.translate(_DIGITS_ALIKE, _SEPARATORS).find(_THIRTEEN) < 0:
        return False
    return text_holds_resident_number(_unescaped(raw.decode(errors="replace")), at)


def text_holds_resident_number(text: str, at: int) -> bool:
    """Whether plain text holds one; digits of any script count as digits, `at` is as above.

    A text with more than `LOOKED_AT` candidates of one form counts as holding one: whoever writes
    so many is hiding something or testing our patience, and looking at all would cost seconds.
    """
    separated = islice(_SEPARATED.finditer(text), LOOKED_AT + 1)
    for number, found in enumerate(separated, 1):
        if number > LOOKED_AT or _born(found[1] + found[2], at, since=_RANDOM_SINCE):
            return True
    for number, found in enumerate(islice(_JOINED.finditer(text), LOOKED_AT + 1), 1):
        if number > LOOKED_AT or (_born(found[1], at) and abs(int(found[1]) * 1000 - at) > _DAY):
            return True
    return False


def _unescaped(text: str) -> str:
    """Every JSON escape as the character it stands for, or as a space where that is enough."""
    return _ESCAPE.sub(_character, text) if "\\" in text else text


def _character(escape: re.Match[str]) -> str:
    code, character = escape.groups()
    if code is not None:
        return chr(int(code, 16))
    return " " if character in "bfnrt" else character


def _born(thirteen: str, at: int, *, since: date | None = None) -> bool:
    """Whether somebody born by then may have this number; without check digit if born `since`."""
    digits = [int(digit) for digit in thirteen]
    century = _CENTURY.get(digits[6])
    if century is None:
        return False
    year, month, day = (10 * digits[place] + digits[place + 1] for place in (0, 2, 4))
    try:
        born = date(century + year, month, day)
    except ValueError:
        return False
    if born.toordinal() > _EPOCH + (at + _KOREA) // _DAY:
        return False
    return digits[12] == _check_digit(digits) or (since is not None and born >= since)


def _check_digit(digits: list[int]) -> int:
    total = sum(weight * digit for weight, digit in zip(_WEIGHTS, digits, strict=False))
    shift = 2 if digits[6] >= _FIRST_FOREIGN else 0
    return (11 - total % 11 + shift) % 10
