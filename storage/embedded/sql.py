"""What the endpoint must know of a statement before the engine runs it.

Only the outline is read (words, brackets, strings, comments); the engine parses the rest.
"""

import itertools
import re
from collections.abc import Iterator
from dataclasses import dataclass

# What is not closed reaches to the end, and nothing is tried twice: time is linear in the text.
_TOKEN = re.compile(
    r"""(?P<skip>\s+|--[^\n]*|\#[!\ ][^\n]*|/\*.*?(?:\*/|\Z))
      | (?P<quoted>'(?:[^'\\]++|\\.|'')*+(?:'|\\?\Z)
                  |"(?:[^"\\]++|\\.|"")*+(?:"|\\?\Z)
                  |`(?:[^`\\]++|\\.|``)*+(?:`|\\?\Z))
      | (?P<word>[A-Za-z_][A-Za-z0-9_]*)
      | (?P<open>[(\[{]) | (?P<close>[)\]}])
      | (?P<other>.)""",
    re.VERBOSE | re.DOTALL,
)
_DATA_START = re.compile(r"[ \t\f]*\r?\n?")


@dataclass(frozen=True, slots=True)
class Token:
    """One token outside all brackets; `text` is upper case for words, `kind` for others."""

    kind: str
    text: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Insert:
    """An INSERT that brings data: `head` without its format, and where its data starts."""

    head: str
    format: str
    data_at: int


def outline(sql: str) -> Iterator[Token]:
    """Yield the tokens outside brackets."""
    depth = 0
    for match in _TOKEN.finditer(sql):
        kind = match.lastgroup or "other"
        if kind == "open":
            depth += 1
        elif kind == "close":
            depth = max(0, depth - 1)
        elif depth == 0 and kind != "skip":
            yield Token(kind, match.group().upper(), match.start(), match.end())


def first_word(sql: str) -> str:
    """Return the statement's first word in upper case."""
    token = next(outline(sql), None)
    return token.text if token is not None else ""


def insert_with_data(sql: str) -> Insert | None:
    """Find the head, format and data of `INSERT ... FORMAT name data` or `... VALUES data`."""
    if first_word(sql) != "INSERT":
        return None
    before = ""
    format_at = 0
    for token in outline(sql):
        if before == "FORMAT" and token.kind == "word":
            name = sql[token.start : token.end]
            return Insert(sql[:format_at].rstrip(), name, _data_at(sql, token.end))
        if token.text in ("SELECT", "INFILE", "WATCH"):
            return None
        if token.text == "VALUES" and before not in ("INTO", "TABLE"):
            return Insert(sql[: token.start].rstrip(), "Values", token.end)
        before, format_at = token.text, token.start
    return None


def output_format(sql: str) -> tuple[str, int] | None:
    """Return the format a query ends with and where the word FORMAT stands, if it names one."""
    tokens = list(outline(sql))
    for at in range(len(tokens) - 2, -1, -1):
        name = tokens[at + 1]
        if tokens[at].text == "FORMAT" and tokens[at].kind == "word" and name.kind == "word":
            rest = tokens[at + 2 :]
            ends = not rest or rest[0].text in (";", "SETTINGS")
            if ends and name.text not in ("ASC", "DESC"):
                return sql[name.start : name.end], tokens[at].start
            return None
    return None


def names_outfile(sql: str) -> bool:
    """Say whether a query would write its result into a file of this machine."""
    words = [m.group().upper() for m in _TOKEN.finditer(sql) if m.lastgroup != "skip"]
    return ("INTO", "OUTFILE") in itertools.pairwise(words)


def into_file(sql: str, path: str, default_format: str) -> tuple[str, str]:
    """Send a query's result to a file; return the new text and the format's name."""
    named = output_format(sql)
    target = f"\nINTO OUTFILE '{path}' APPEND "
    if named is None:
        return f"{without_end(sql)}{target}FORMAT {default_format}", default_format
    name, at = named
    return f"{sql[:at]}{target}{without_end(sql[at:])}", name


def without_end(sql: str) -> str:
    """Drop the closing semicolons and comments after the last token."""
    tokens = list(_TOKEN.finditer(sql))
    while tokens and (tokens[-1].lastgroup == "skip" or tokens[-1].group() == ";"):
        tokens.pop()
    return sql[: tokens[-1].end()] if tokens else ""


def quoted(value: str) -> str:
    """Write a string literal."""
    escaped = value.replace("\\", "\\\\").replace("'", "\\'")
    return f"'{escaped}'"


def identifier(name: str) -> str:
    """Write a quoted identifier."""
    escaped = name.replace("\\", "\\\\").replace("`", "\\`")
    return f"`{escaped}`"


def _data_at(sql: str, end: int) -> int:
    match = _DATA_START.match(sql, end)
    return match.end() if match else end
