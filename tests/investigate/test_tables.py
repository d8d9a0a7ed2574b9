"""Answers in a terminal: a table where its words have room, lines of their own where not."""

from datetime import UTC, datetime

import pytest

from gamsa.investigation_tables import show_page
from investigate.cursor import Page
from investigate.questions.findings import Finding

FOUND = datetime(2026, 11, 20, 9, 30, tzinfo=UTC)
SENTENCE = "Read for marketing, a purpose that [no] article of the policy names."


def a_finding(number):
    return Finding(
        finding_id=f"{number:032x}",
        status="new",
        detector="purpose_not_allowed",
        severity="high",
        clause="Art. 1(1)4",
        actor=f"staff:{number:04}",
        window_start=FOUND,
        title="",
        sentence=SENTENCE,
        runbook="docs/runbooks/purpose_not_allowed.md",
        count=1234,
        first_occurred_at=FOUND,
        last_occurred_at=FOUND,
        subjects=["member:77"],
        event_ids=["e-1"],
        sources=["/services/reservation"],
    )


@pytest.fixture(name="printed")
def _printed(capsys, monkeypatch):
    """The lines in which a terminal of so many columns shows these rows."""

    def printed(columns, rows):
        monkeypatch.setenv("COLUMNS", str(columns))
        show_page(Page(rows, None))
        lines = capsys.readouterr().out.splitlines()
        assert all(len(line) <= columns for line in lines)
        return lines

    return printed


@pytest.mark.parametrize("columns", [60, 80, 120, *range(160, 180), 300])
def test_no_word_is_broken(printed, columns):
    """Whatever the terminal's width, an id can be copied whole."""
    rows = [a_finding(1), a_finding(417)]
    words = " ".join(printed(columns, rows)).split()
    for row in rows:
        told = f"{row.finding_id} {row.actor} {row.runbook} {row.detector} {SENTENCE} 1,234"
        assert set(told.split()) <= set(words)


def test_a_row_is_a_line_where_there_is_room(printed):
    """A wide terminal shows a table."""
    (line,) = [line for line in printed(300, [a_finding(417)]) if "staff:0417" in line]
    assert SENTENCE in line
    assert f"{417:032x}" in line


def test_a_row_has_lines_of_its_own_where_there_is_none(printed):
    """A narrow one shows each row as names and values, under its number."""
    lines = printed(80, [a_finding(1), a_finding(417)])
    assert [line.split()[0] for line in lines if line.endswith("─")] == ["1", "2"]
    assert [line.split() for line in lines if "actor" in line] == [
        ["actor", "staff:0001"],
        ["actor", "staff:0417"],
    ]
