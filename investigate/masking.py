"""Values that say who somebody is beyond what a list needs: cookies, card numbers, names.

They are hidden in lists until somebody says why they want to see one. What the asker named in the
question is not hidden from them.
"""

import re
from collections.abc import Mapping
from typing import Any, TypeVar

from msgspec import Struct, structs

from investigate.sentences import parts

SECRETS = frozenset({"cookie", "session"})
IDS = frozenset({"subject", "actor"})
PARTIES = frozenset({"party", "recipient"})
"""To whom data goes: institutions, which the policy itself names, unless it is a member."""
TEXTS = frozenset({"path", "user_agent", "justification", "details", "detail"})
SAID_OF = frozenset({"details", "detail"})
"""Texts of our own that name members in quotes."""
HANDLERS = frozenset({"staff", "system", "consignee", "third_party"})
HIDDEN = "•••"

Row = TypeVar("Row", bound=Struct)

_GAP = r"(?:[ +-]|%20)"
_CARDS = tuple(
    re.compile(rf"{begin}{number}(?!\d)")
    for number in (
        rf"\d(?:{_GAP}?\d){{12,18}}",
        # As it stands on the card, whatever number follows: a day, a code.
        rf"\d{{4}}{_GAP}(?:\d{{4}}{_GAP}){{2}}\d{{4}}",
        rf"\d{{4}}{_GAP}\d{{6}}{_GAP}\d{{4,5}}",
    )
    for begin in (r"(?<!\d)", r"(?<=%[0-9A-Fa-f]{2})")
)
"""Card numbers in texts, and in addresses: there a space is `+` or `%20`, and `%22` no number."""
_MEMBER = re.compile(r"(?<=['\"])member:[^'\"]+")
_NUMBERED = re.compile(r"[\W_]*(?:[a-z]{1,12}[\W_]*)?[0-9a-f]*\d[0-9a-f-]*", re.IGNORECASE)


def masked(name: str, value: Any, known: frozenset[str] = frozenset()) -> Any:
    """The value of a field of this name as a list shows it; `known` are values left as they are.

    Documents and lists are masked within.
    """
    if isinstance(value, Mapping):
        shown = {key: masked(key, one, known) for key, one in value.items()}
        if "sentence" in value:
            shown["sentence"] = _sentence(value["detector"], value["sentence"], known)
        return shown
    if isinstance(value, list | tuple):
        return [masked(name, one, known) for one in value]
    if not isinstance(value, str) or not value or value in known:
        return value
    singular = name.removesuffix("s") if name == "subjects" else name
    if singular in SECRETS:
        return _secret(value)
    if singular in IDS or (singular in PARTIES and value.startswith("member:")):
        return _cards(_id(value))
    if singular in SAID_OF:
        value = _MEMBER.sub(lambda found: masked("subject", found[0], known), value)
    return _cards(value) if name in TEXTS else value


def masked_row(row: Row, known: frozenset[str] = frozenset()) -> Row:
    """The row with each of its fields as a list shows it."""
    return type(row)(**masked("", structs.asdict(row), known))


def _sentence(detector: str, sentence: str, known: frozenset[str]) -> str:
    """The sentence with each of its values masked as the field it comes from."""
    told = parts(detector, sentence)
    return HIDDEN if told is None else "".join(masked(name, one, known) for name, one in told)


def _secret(value: str) -> str:
    """As much as tells two of them apart in a list, and is of no use to anybody."""
    return f"{value[:3]}{HIDDEN}" if len(value) >= 12 else HIDDEN


def _id(value: str) -> str:
    """An id that is a number stays, and a handler's, who answers for it; else a first letter."""
    kind, colon, own = value.rpartition(":")
    if kind in HANDLERS:
        return value
    return value if _NUMBERED.fullmatch(own) else f"{kind}{colon}{own[:1]}{HIDDEN}"


def _cards(text: str) -> str:
    for card in _CARDS:
        text = card.sub(_card, text)
    return text


def _card(found: re.Match[str]) -> str:
    digits = [int(one) for one in found[0].replace("%20", "") if one.isdigit()]
    doubled = (sum(divmod(2 * one, 10)) for one in digits[-2::-2])
    is_card = (sum(digits[-1::-2]) + sum(doubled)) % 10 == 0
    return f"{HIDDEN}{''.join(map(str, digits[-4:]))}" if is_card else found[0]
