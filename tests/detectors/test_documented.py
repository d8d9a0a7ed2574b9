"""Every detector is written down with its thresholds, and has a page for who looks into it."""

from pathlib import Path

import pytest

from stream.detectors import DETECTORS

DOCS = Path(__file__).parents[2] / "docs"
PAGE = DOCS / "detectors.md"
BEGIN, END = "<!-- detectors -->\n", "<!-- end -->\n"


def table():
    """The detectors by id, as the page shows them."""
    by_id = {}
    for detector in DETECTORS:
        by_id.setdefault(detector.id, []).append(detector)
    lines = [
        "| detector | what it finds | windows | asked | severity | serves | thresholds |",
        "|---|---|---|---|---|---|---|",
    ]
    for name, variants in by_id.items():
        one = variants[0]
        windows = ", ".join(dict.fromkeys(each.window.name for each in variants))
        asked = one.opens.name.lower().replace("_", " ")
        thresholds = "; ".join(
            f"`{field}` {shown(value)}" for field, value in one.settings.items()
        )
        lines.append(
            f"| [{name}](runbooks/{name}.md) | {one.title.en}, {one.title.ko} | {windows} "
            f"| {asked} | {one.severity} | {one.clause} | {thresholds} |"
        )
    return "\n".join(lines) + "\n"


def shown(value):
    if not isinstance(value, list):
        return value
    return ", ".join(map(str, value)) or "none"


def test_the_page_shows_every_detector(update_golden):
    """With the windows, severity and thresholds that it comes with."""
    head, _, rest = PAGE.read_text(encoding="utf-8").partition(BEGIN)
    _, _, tail = rest.partition(END)
    wanted = f"{head}{BEGIN}{table()}{END}{tail}"
    update_golden(PAGE, wanted)
    assert PAGE.read_text(encoding="utf-8") == wanted


def test_the_page_shows_how_well_all_of_them_find(update_golden):
    """The heading and the overall row of what was measured last."""
    measured = (DOCS.parent / "benchmarks/results/detection.md").read_text(encoding="utf-8")
    rows = [line for line in measured.splitlines() if line.startswith("|")]
    shown_ = "".join(f"{row}\n" for row in (*rows[:2], rows[-1]))
    head, _, rest = PAGE.read_text(encoding="utf-8").partition("<!-- detection -->\n")
    _, _, tail = rest.partition("<!-- measured -->\n")
    wanted = f"{head}<!-- detection -->\n{shown_}<!-- measured -->\n{tail}"
    update_golden(PAGE, wanted)
    assert PAGE.read_text(encoding="utf-8") == wanted
    assert "**overall**" in shown_


@pytest.mark.parametrize("detector", DETECTORS, ids=lambda one: one.name)
def test_a_finding_leads_to_a_page(detector):
    """It names the detector and says what to do."""
    text = (DOCS.parent / detector.runbook).read_text(encoding="utf-8")
    assert f"`{detector.id}`" in text
    assert "## What to do" in text
