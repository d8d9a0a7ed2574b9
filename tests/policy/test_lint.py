"""The catalogue held against its published text."""

from dataclasses import replace

import pytest

from audit.lint import lint
from audit.policy_text import article, enclosing, split
from policies import load_policy
from tests.policy.conftest import needs_text

OLD = "2024-03-01.yaml"
TEXT = "published-2024.txt"


def changed(folder, name, before, after):
    """What lint says of the oldest version after one change in one file."""
    path = folder / name
    text = path.read_text(encoding="utf-8")
    assert before in text
    path.write_text(text.replace(before, after), encoding="utf-8")
    return lint(load_policy(folder).oldest)


def test_the_library_says_what_its_text_says(library):
    """Every citation leads to a sentence and every fact agrees."""
    found = lint(library.oldest)
    assert found.good
    assert found.remarks == ()
    assert found.checked["articles"] == 3


def test_without_a_text_nothing_is_claimed(library):
    """A version that names no text is good, with a note on what was not checked."""
    found = lint(library.newest)
    assert found.good
    assert found.checked == {}
    assert "citations and facts were not" in found.remarks[0].message


@pytest.mark.parametrize(
    ("name", "before", "after", "clause", "said"),
    [
        (TEXT, "for 3 months", "for 4 months", "Art. 2(2)", "the text says 4 month"),
        (TEXT, "Optional: Telephone", "Optional: Telephone, Shoe size", "Art. 2(1)", "Shoe size"),
        (TEXT, "Optional: Telephone", "Optional: Loans", "Art. 2(1)", "'telephone'"),
        (TEXT, "Front Desk", "Back Door", "Art. 3(1)", "'Front Desk' of desk"),
        (TEXT, "Front Desk.", "Front Desk (a@b.example).", "Art. 3(1)", "contact 'a@b.example'"),
        (TEXT, "Front Desk.", "Front Desk, 02-118.", "Art. 3(1)", "contact '02-118'"),
        (TEXT, "Front Desk.", "Front Desk (b.example).", "Art. 3(1)", "contact 'b.example'"),
        (TEXT, "March 1, 2024", "April 1, 2024", "Art. 3(2)", "correct `effective_from`"),
        (TEXT, "  2. This", "  2. New.\n  3. This", "Art. 3(3)", "no entry cites"),
        (TEXT, "Article 3 (", "Article 4 (", "Art. 3(1)", "has no such clause"),
        (TEXT, "Article 3 (", "Article 4 (", "Art. 4", "is not under `articles`"),
        (OLD, "clause: Art. 3(1)\n", "clause: Art. 3(7)\n", "Art. 3(7)", "officers[0].clause"),
        (OLD, "loans], optional: [", "loans, ", "Art. 2(1)", "the catalogue does not"),
    ],
)
def test_every_disagreement_is_found(folder, name, before, after, *, clause, said):
    """In both directions, with the clause at which it stands."""
    found = changed(folder, name, before, after)
    assert not found.good
    assert any(one.clause == clause and said in one.message for one in found.remarks)


def test_a_text_that_is_named_and_not_there_is_a_problem(folder):
    """A mistyped path does not pass for a catalogue without a text, unless that is asked for."""
    found = changed(folder, OLD, "text: published-2024.txt", "text: publisched-2024.txt")
    assert not found.good
    assert "publisched-2024.txt is not there" in found.remarks[0].message
    assert lint(load_policy(folder).oldest, without_text=True).good


def test_a_period_that_outlives_its_neighbours_says_why(seoul):
    """What ends the other periods of a clause ends this one, or the catalogue gives the reason."""
    text = split("Article 1 (A)\n  1. One\n")
    message = "user_billing_information outlives what ends the periods beside it"
    notes = lint(replace(seoul.newest, text=text)).remarks
    assert any(one.level == "note" and message in one.message for one in notes)
    document = seoul.newest.document
    files = tuple(
        one.model_copy(update={"retention": one.retention.model_copy(update={"outlives": None})})
        if one.id == "user_billing_information"
        else one
        for one in document.files
    )
    unsaid = document.model_copy(update={"files": files})
    problems = lint(replace(seoul.newest, text=text, document=unsaid)).remarks
    assert any(
        one.level == "problem"
        and one.clause == "Art. 2(2)1 bullet 2"
        and "outlives" in one.message
        for one in problems
    )


def test_the_published_sentence_is_quoted_and_the_summary_without_it(library):
    """With the text at hand its sentence, otherwise our own words; around, if not there."""
    old, new = library.oldest, library.newest
    assert old.quote("Art. 2(2)") == "A card is kept for 3 months after the last loan."
    assert old.is_quoted("Art. 2(2)")
    assert new.quote("Art. 2(2)") == "A year."
    assert not new.is_quoted("Art. 2(2)")
    assert new.summary("Art. 2(2) bullet 9", "en") == "A year."
    assert new.summary("Art. 99", "en") == ""


def test_a_text_is_split_into_its_parts():
    """Articles, paragraphs, items, bullets and table rows each have a clause."""
    text = split(
        "Article 1 (A)\n\n  1. One\n    1. 1. Item\n      • - dot\n  2. Two\n    caption\n"
        "    No. What\n    1 first\n    more of it\n    2 second\nArticle 2 (B)\n  • loose\n"
    )
    assert text.titles == {1: "A", 2: "B"}
    assert text.quote("Art. 1(1)1") == "Item • dot"
    assert text.quote("Art. 1(1)1 bullet 1") == "dot"
    assert text.quote("Art. 1(2)") == "Two"
    assert text.rows("Art. 1(2)") == ["first more of it", "second"]
    assert text.bullets("Art. 2") == ["loose"]


def test_a_clause_knows_what_is_around_it():
    """Step by step outwards to the article."""
    steps = ["Art. 2(2)1 bullet 4", "Art. 2(2)1", "Art. 2(2)", "Art. 2", ""]
    assert [enclosing(clause) for clause in steps[:-1]] == steps[1:]
    assert article("Art. 12 row 2") == 12


@needs_text
def test_the_seoul_catalogue_agrees_with_its_published_text(seoul):
    """Every citation leads to a sentence, all 13 articles are covered, the facts agree."""
    found = lint(seoul.newest)
    assert [one for one in found.remarks if one.level == "problem"] == []
    assert found.checked["articles"] == 13
    notes = {one.clause for one in found.remarks}
    assert {"Art. 3(1)4 bullet 3", "Art. 4(1) row 3"} <= notes


@needs_text
def test_the_catalogue_copies_no_sentence_of_the_text(seoul):
    """Eight words in a row of a summary do not stand in the published text."""
    text = " ".join(" ".join(seoul.newest.text.sentences.values()).lower().split())
    for summary in seoul.newest.summaries.values():
        words = summary.en.lower().split()
        for start in range(len(words) - 7):
            assert " ".join(words[start : start + 8]) not in text


def test_without_a_text_every_citation_leads_to_a_declared_article(folder):
    """A mistyped article number shows even where there is no text to hold it against."""
    path = folder / "2025-03-01.yaml"
    text = path.read_text(encoding="utf-8")
    assert "clause: Art. 3(1)\n" in text
    path.write_text(text.replace("clause: Art. 3(1)\n", "clause: Art. 9(1)\n"), encoding="utf-8")
    found = lint(load_policy(folder).newest)
    assert not found.good
    assert ("Art. 9(1)", True) in {
        (one.clause, "`articles` has no such number" in one.message) for one in found.remarks
    }
