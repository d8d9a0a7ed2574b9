"""A case as a page to print: one HTML file that needs nothing beside it, and runs nothing."""

from collections.abc import Mapping, Sequence
from datetime import datetime, tzinfo
from typing import Any

from audit.policy import Language
from investigate.cases.case import Case
from investigate.markup import templates_of
from investigate.printing import cell, shown
from investigate.web.words import words

_templates = templates_of(__package__)
_templates.filters["plainly"] = shown
_templates.filters["seen"] = lambda value: shown(cell(value))
_templates.filters["lines"] = lambda text: [shown(line) for line in text.split("\n")]


def report(  # noqa: PLR0913, PLR0917  each is a part of the page
    case: Case,
    findings: Sequence[Mapping[str, Any]],
    events: Sequence[Mapping[str, Any]],
    exported: Mapping[str, Any],
    at: int,
    digests: Mapping[str, Mapping[str, Any]],
    zone: tzinfo,
    lang: Language,
) -> str:
    """The page, in times of this zone. What was watched wrote parts of it: nothing of it acts.

    It is escaped for HTML, what turns the direction of writing is written out, and a cell that is
    copied into a spreadsheet is no formula there.
    """

    def when(moment: datetime | int) -> str:
        known = datetime.fromtimestamp(moment, zone) if isinstance(moment, int) else moment
        return known.astimezone(zone).strftime("%Y-%m-%d %H:%M:%S %z")

    return _templates.get_template("report.html").render(
        case=case,
        findings=findings,
        events=events,
        exported=exported,
        at=at,
        digests=digests,
        when=when,
        lang=lang,
        said="_ko" if lang == "ko" else "",
        t=words(lang),
    )
