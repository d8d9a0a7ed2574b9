"""`gamsa policy`: what it prints and how it ends."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from audit.policy_diff import compare
from gamsa.policy import policy
from tests.policy.conftest import LIBRARY, an_access

ROOT = Path(__file__).parents[2]


def run(*arguments, given=None):
    return CliRunner().invoke(policy, [*map(str, arguments)], input=given)


def test_lint_is_good_and_says_so():
    """Exit 0, with revision and what was checked."""
    done = run("lint", LIBRARY)
    assert done.exit_code == 0
    assert "the catalogue is sound" in done.output


def test_lint_of_a_broken_file_ends_with_1(folder):
    """The error is printed with its line, and as JSON when asked."""
    path = folder / "access-rights.yaml"
    path.write_text(path.read_text(encoding="utf-8").replace("[staff]", "[]", 1), encoding="utf-8")
    done = run("lint", folder)
    assert done.exit_code == 1
    assert "access-rights.yaml:" in done.output
    told = json.loads(run("lint", folder, "--json").output)
    assert told["good"] is False
    assert told["problems"][0]["field"] == "roles[0].kinds"


def test_lint_as_json_has_a_part_for_each_version():
    """Newest first, with revision, counts and remarks."""
    told = json.loads(run("lint", LIBRARY, "--json").output)
    assert [one["version"] for one in told["versions"]] == ["2025-03-01", "2024-03-01"]


def test_lint_without_the_text_it_names_ends_with_1_unless_asked(folder):
    """One line says what was checked and what was not; a catalogue alone can still be checked."""
    (folder / "published-2024.txt").unlink()
    done = run("lint", folder)
    assert done.exit_code == 1
    [line] = [line for line in done.output.splitlines() if "published-2024.txt" in line]
    assert line.startswith("  problem ")
    assert "names and examples were checked, citations and facts were not" in line
    asked = run("lint", folder, "--without-text", "--json")
    assert asked.exit_code == 0
    told = json.loads(asked.output)["versions"][1]
    assert (told["text"], told["text_read"], told["checked"]) == ("published-2024.txt", False, {})


@pytest.mark.parametrize(("lang", "kept"), [("en", "kept: 12 months"), ("ko", "보유: 12 개월")])
def test_show_tells_how_long_the_trail_itself_is_kept(lang, kept):
    """The rights file's own period is not lost among those of the files."""
    shown = run("show", "--policy", LIBRARY, "--lang", lang, "--version", "2024-03-01").output
    assert kept in shown


@pytest.mark.parametrize(("lang", "title"), [("en", "Roles"), ("ko", "역할")])
def test_show_speaks_both_languages(lang, title):
    """The tables are in English or Korean."""
    done = run("show", "--policy", LIBRARY, "--lang", lang)
    assert done.exit_code == 0
    assert title in done.output.splitlines()
    assert "reader_card" in done.output


def test_show_of_a_version_that_is_not_there_is_wrong_use():
    """Exit 2, with the days that there are."""
    done = run("show", "--policy", LIBRARY, "--version", "1999-01-01")
    assert done.exit_code == 2
    assert "2024-03-01, 2025-03-01" in done.stderr


def test_explain_quotes_the_sentence_of_the_version_in_force(library):
    """A misuse ends with 1 and tells clause, sentence, runbook and revision."""
    event = {"time": "2024-09-01T10:00:00Z", "collected_at": "2024-03-02T10:00:00Z"}
    raw = an_access(library, event).raw
    done = run("explain", "-", "--policy", LIBRARY, given=raw)
    assert done.exit_code == 1
    assert "“A card is kept for 3 months after the last loan.”" in done.output
    assert library.oldest.revision[:12] in done.output
    told = json.loads(run("explain", "-", "--policy", LIBRARY, "--json", given=raw).output)
    assert [one["check"] for one in told["reasons"]] == ["retention_expired"]
    assert told["version"] == "2024-03-01"


def test_explain_of_an_allowed_event_ends_with_0(library):
    """Nothing is wrong, and the version that said so is named."""
    done = run("explain", "-", "--policy", LIBRARY, given=an_access(library).raw)
    assert done.exit_code == 0
    assert done.output.startswith("allowed  by hillside-library, version of 2025-03-01")


def test_explain_of_what_is_no_event_is_wrong_use():
    """One clear sentence and exit 2."""
    done = run("explain", "-", "--policy", LIBRARY, given=b"{}")
    assert done.exit_code == 2
    assert "is not an access event" in done.stderr


def test_diff_tells_changes_in_plain_words():
    """By date within the folder or by file, and as JSON."""
    done = run("diff", "--policy", LIBRARY, "2024-03-01", LIBRARY / "2025-03-01.yaml")
    assert done.exit_code == 0
    assert "removed  purpose reminding" in done.output
    assert "changed  period reader_card from 3 months to 12 months" in done.output
    told = json.loads(
        run("diff", "--policy", LIBRARY, "--json", "2024-03-01", "2025-03-01").output
    )
    assert {"change": "added", "what": "purpose", "id": "inviting", "detail": "Inviting"} in told


def test_a_version_does_not_differ_from_itself(seoul):
    """Nothing is made up."""
    assert compare(seoul.newest, seoul.newest) == []


def test_every_runbook_of_the_seoul_catalogue_exists(seoul):
    """Whoever gets a finding finds what to do."""
    for entry in seoul.newest.checks.values():
        text = (ROOT / entry.runbook).read_text(encoding="utf-8")
        for part in ("## What it means", "## What to look at", "## What to do", "## Who decides"):
            assert part in text


def test_all_25_districts_are_named(seoul):
    """The policy counts them, the catalogue names them."""
    assert len([name for name in seoul.newest.recipients if name.startswith("district:")]) == 25
