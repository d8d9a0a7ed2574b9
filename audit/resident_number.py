"""Korea's resident registration number, wherever in an event it hides.

Thirteen digits: six of the birth date, one for century and sex, five of place and order, one
check digit. Numbers given since October 2020 are random after the seventh digit, so they have no
check digit; foreigners' numbers have the same form with a shifted one.
"""

import re
from datetime import date

_DIGITS_ALIKE = bytes(ord("0") if ord("0") <= byte <= ord("9") else byte for byte in range(256))
_SEPARATORS = b"- "
_THIRTEEN = b"0" * 13
_BACKSLASH = ord("\\")

_ESCAPE = re.compile(r"\\(?:u([0-9a-fA-F]{4})|(.))", re.DOTALL)
_NUMBER = re.compile(
    r"(?<![^\W_])(\d{6})[\s\-\u00ad\u2010-\u2015\u2212\ufe63\uff0d\u3000]{0,3}(\d{7})(?![^\W_])"
)
_WEIGHTS = (2, 3, 4, 5, 6, 7, 8, 9, 2, 3, 4, 5)
_CENTURY = {1: 1900, 2: 1900, 3: 2000, 4: 2000, 5: 1900, 6: 1900, 7: 2000, 8: 2000}
_FIRST_FOREIGN = 5
_RANDOM_SINCE = date(2020, 10, 1)


def holds_resident_number(raw: bytes) -> bool:
    """Whether a JSON document holds such a number in any field, however it is written.

    The first test costs well below a microsecond and settles nearly every event.
    """
    plain = _BACKSLASH not in raw and raw.isascii()
    if plain and raw.translate(_DIGITS_ALIKE, _SEPARATORS).find(_THIRTEEN) < 0:
        return False
    return text_holds_resident_number(_unescaped(raw.decode(errors="replace")))


def text_holds_resident_number(text: str) -> bool:
    """Whether plain text holds one; digits of any script count as digits."""
    return any(_is_resident_number(first + second) for first, second in _NUMBER.findall(text))


def _unescaped(text: str) -> str:
    """Every JSON escape as the character it stands for, or as a space where that is enough."""
    return _ESCAPE.sub(_character, text) if "\\" in text else text


def _character(escape: re.Match[str]) -> str:
    code, character = escape.groups()
    if code is not None:
        return chr(int(code, 16))
    return " " if character in "bfnrt" else character


def _is_resident_number(thirteen: str) -> bool:
    digits = [int(digit) for digit in thirteen]
    century = _CENTURY.get(digits[6])
    if century is None:
        return False
    year, month, day = (10 * digits[place] + digits[place + 1] for place in (0, 2, 4))
    try:
        born = date(century + year, month, day)
    except ValueError:
        return False
    return born >= _RANDOM_SINCE or digits[12] == _check_digit(digits)


def _check_digit(digits: list[int]) -> int:
    total = sum(weight * digit for weight, digit in zip(_WEIGHTS, digits, strict=False))
    shift = 2 if digits[6] >= _FIRST_FOREIGN else 0
    return (11 - total % 11 + shift) % 10
