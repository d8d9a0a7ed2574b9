"""Values of the trail made harmless for whatever reads them: a terminal, a spreadsheet.

What stands in an event was written by whoever was watched. It may hold escape sequences, marks
that turn the direction of writing, or formulas.
"""

import json
import re
from collections.abc import Callable
from dataclasses import fields, is_dataclass
from datetime import datetime
from typing import Any

from msgspec import Struct, structs

from investigate.cursor import Page

_FORMULA = re.compile(r"\s*[=+\-@|%\uff1d\uff0b\uff0d\uff20]|[\t\r\n]")


def plain(value: Any) -> Any:
    """An answer as JSON has it; a page is its `rows` and `next`, its cursor or null."""
    if isinstance(value, Page):
        return {"rows": plain(value.rows), "next": value.following}
    if isinstance(value, Struct):
        return plain(structs.asdict(value))
    if is_dataclass(value):
        return {field.name: plain(getattr(value, field.name)) for field in fields(value)}
    if isinstance(value, dict):
        return {_name(key): plain(one) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return [plain(one) for one in value]
    return value


def shown(value: Any) -> str:
    """Text of one line in which whatever a terminal would obey is written out."""
    return _made_visible(_text(value), lambda one: one.encode("unicode_escape").decode())


def cell(value: Any) -> str:
    """Text for a spreadsheet: what one would take for a formula begins with an apostrophe.

    A number is left a number.
    """
    text = _text(value)
    return f"'{text}" if not isinstance(value, int) and _FORMULA.match(text) else text


def document(value: Any) -> str:
    """JSON of one line, readable as UTF-8, with no character that a terminal would obey."""
    text = json.dumps(value, ensure_ascii=False, default=_text, separators=(",", ":"))
    return _made_visible(text, lambda one: json.dumps(one)[1:-1])


def _made_visible(text: str, visible: Callable[[str], str]) -> str:
    if text.isprintable():
        return text
    return "".join(one if one.isprintable() else visible(one) for one in text)


def _text(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, datetime):
        return value.isoformat(timespec="microseconds").replace("+00:00", "Z")
    if isinstance(value, list | tuple):
        return ", ".join(map(_text, value))
    return str(value)


def _name(key: Any) -> str:
    return " ".join(map(str, key)) if isinstance(key, tuple) else str(key)
