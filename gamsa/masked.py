"""Answers on the command line, masked like the console's lists until somebody says why not."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import click
from msgspec import structs

from investigate.cursor import Page
from investigate.inquiry import Asked
from investigate.masking import masked, masked_row
from investigate.questions.counting import Count
from investigate.questions.explaining import Explanation


@dataclass(frozen=True, slots=True)
class Shown:
    """How the answer to a question is shown: what the asker named, and all if they say why.

    Raises UsageError for an unmasked answer without justification.
    """

    asked: Asked
    unmask: bool
    justification: str | None

    def __post_init__(self) -> None:
        if self.unmask and not (self.justification or "").strip():
            raise click.UsageError("say why you want to see what is masked: --justification")

    @property
    def recorded(self) -> Asked:
        """The question as it is recorded, which says that nothing was masked."""
        if not self.unmask:
            return self.asked
        return replace(self.asked, filters={**self.asked.filters, "unmask": "all"})

    def page(self, page: Page[Any], by: Sequence[str] = ()) -> Page[Any]:
        """The rows as they are shown; `by` names the parts of a group's key."""
        return (
            page
            if self.unmask
            else Page([self._row(one, by) for one in page.rows], page.following)
        )

    def explanation(self, found: Explanation) -> Explanation:
        """An event and its neighbours as they are shown."""
        if self.unmask:
            return found
        return replace(
            found,
            event=self._row(found.event),
            grounds=[replace(one, detail=masked("detail", one.detail)) for one in found.grounds],
            by_actor=[self._row(one) for one in found.by_actor],
            of_subject=[self._row(one) for one in found.of_subject],
        )

    def _row(self, row: Any, by: Sequence[str] = ()) -> Any:
        named = (self.asked.subject, *self.asked.filters.values())
        known = frozenset(one for one in named if isinstance(one, str))
        if isinstance(row, Count):
            key = [masked(name, one, known) for name, one in zip(by, row.key, strict=True)]
            return structs.replace(row, key=key)
        return masked_row(row, known)
