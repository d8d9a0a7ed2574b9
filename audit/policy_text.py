"""The published text of a policy, split into articles, paragraphs, items, bullets and table rows.

A clause is written `Art. A(P)I`, of which `(P)` and `I` may be missing, and may end in `bullet n`
or `row n` (of a table): `Art. 1(1)3`, `Art. 12 row 2`, `Art. 2(2)1 bullet 4`.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

_ARTICLE = re.compile(r"Article (\d+)\s*\((.*)\)\s*").fullmatch
_NUMBERED = re.compile(r"(\s*)(\d+)\.(?:\s*\2\.)?\s*(\S.*)").fullmatch
_BULLET = re.compile(r"\s*[•·]\s*(?:-\s*)?(\S.*)").fullmatch
_TABLE_HEAD = re.compile(r"\s*No\.\s.*").fullmatch
_ROW = re.compile(r"\s*(\d+) (\S.*)").fullmatch
_LAST_STEP = re.compile(r" (?:bullet|row) \d+$|(?<=\))\d+$|\(\d+\)$")


@dataclass(slots=True)
class _Unit:
    lines: list[str]
    bullets: list[str] = field(default_factory=list)
    rows: int = 0


@dataclass(frozen=True)
class PublishedText:
    """Each clause of a published text with its own words, and the titles of the articles."""

    sentences: Mapping[str, str]
    titles: Mapping[int, str]

    def quote(self, clause: str) -> str | None:
        """The words a clause leads to, with the bullets right below it; None if to nothing."""
        return self.sentences.get(clause)

    def rows(self, clause: str) -> list[str]:
        """The rows of the table within a clause."""
        return self._numbered(f"{clause} row ")

    def bullets(self, clause: str) -> list[str]:
        """The bullets within a clause."""
        return self._numbered(f"{clause} bullet ")

    def _numbered(self, prefix: str) -> list[str]:
        found: list[str] = []
        while (words := self.sentences.get(f"{prefix}{len(found) + 1}")) is not None:
            found.append(words)
        return found


def article(clause: str) -> int:
    """The number of the article a clause belongs to."""
    found = re.match(r"Art\. (\d+)", clause)
    return int(found[1]) if found else 0


def enclosing(clause: str) -> str:
    """The clause around this one: of `Art. 1(1)3` it is `Art. 1(1)`; of an article, nothing."""
    shorter = _LAST_STEP.sub("", clause)
    return shorter if shorter != clause else ""


def split(text: str) -> PublishedText:
    """Split a text whose articles begin with a line `Article N (Title)`.

    Within an article, the least indented numbers are paragraphs and deeper ones items.
    """
    reader = _Reader()
    for line in text.splitlines():
        reader.read(line.rstrip())
    return PublishedText(
        {clause: _spoken(unit) for clause, unit in reader.units.items()}, reader.titles
    )


def _spoken(unit: _Unit) -> str:
    return " ".join([*unit.lines, *(f"• {bullet}" for bullet in unit.bullets)])


class _Reader:
    """Where in the text we are, line by line."""

    def __init__(self) -> None:
        self.units: dict[str, _Unit] = {}
        self.titles: dict[int, str] = {}
        self.article = self.paragraph = self.place = self.writing = ""
        self.indent = 0
        self.in_table = False

    def read(self, line: str) -> None:
        if found := _ARTICLE(line):
            self.titles[int(found[1])] = found[2]
            self.article = self.paragraph = f"Art. {found[1]}"
            self.indent = 0
            self.open(self.article, found[2])
        elif not self.article or not line.strip():
            return
        elif found := _NUMBERED(line):
            self.number(len(found[1]), found[2], found[3])
        elif found := _BULLET(line):
            bullets = self.units[self.place].bullets
            bullets.append(found[1])
            self.continue_as(f"{self.place} bullet {len(bullets)}", found[1])
        elif _TABLE_HEAD(line):
            self.in_table = True
            if len(self.units[self.writing].lines) > 1:
                self.units[self.writing].lines.pop()  # the table's caption
        elif self.in_table and (found := _ROW(line)) and int(found[1]) == self.next_row():
            self.units[self.place].rows += 1
            self.continue_as(f"{self.place} row {found[1]}", found[2])
        else:
            self.units[self.writing].lines.append(line.strip())

    def number(self, indent: int, number: str, words: str) -> None:
        self.indent = self.indent or indent
        if indent <= self.indent:
            self.paragraph = f"{self.article}({number})"
            self.open(self.paragraph, words)
        else:
            self.open(f"{self.paragraph}{number}", words)

    def open(self, clause: str, words: str) -> None:
        self.place = clause
        self.in_table = False
        self.continue_as(clause, words)

    def continue_as(self, clause: str, words: str) -> None:
        self.units[clause] = _Unit([words])
        self.writing = clause

    def next_row(self) -> int:
        return self.units[self.place].rows + 1
