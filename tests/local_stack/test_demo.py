"""The demo: its figures, and its whole way."""

import json

import pytest

from audit.judgement import Check
from gamsa.demo import Outcome
from gamsa.run import accuracy
from producers.truth import Planted
from tests.local_stack.conftest import run_gamsa

A = Planted("a", (Check.UNKNOWN_FILE,), "a file that nobody knows")
B = Planted("b", (Check.RETENTION_EXPIRED, Check.ROLE_WITHOUT_RIGHT), "two things at once")


@pytest.mark.parametrize(
    ("found", "precision", "recall"),
    [
        ({"a": {"unknown_file"}, "b": {"retention_expired", "role_without_right"}}, 1, 1),
        ({"a": {"unknown_file"}, "b": {"retention_expired"}}, 1, 2 / 3),
        ({"a": {"unknown_file"}, "c": {"unknown_file"}}, 1 / 2, 1 / 3),
        ({"a": {"unknown_purpose"}}, 0, 0),
        ({"c": ()}, 1, 0),
    ],
)
def test_accuracy_counts_pairs_of_event_and_check(found, precision, recall):
    """An event that is flagged for the wrong reason is both a false alarm and a miss."""
    assert accuracy(found, [A, B]) == (precision, recall)


def test_finding_nothing_where_nothing_was_planted_is_right():
    """A clean day, judged clean, has precision and recall 1."""
    assert accuracy({"a": ()}, []) == (1, 1)


@pytest.mark.parametrize(
    "wrong", [{"stored": 9}, {"missing": 1}, {"duplicates": 1}, {"stored": 11}]
)
def test_a_run_is_exact_only_if_each_event_is_there_once(wrong):
    """One event too few or too many, or a gap in the ledger, is not exact."""
    right = {
        **dict.fromkeys(("rejected", "misuse", "missing", "duplicates"), 0),
        "emitted": 10,
        "stored": 10,
        "precision": 1.0,
        "recall": 1.0,
    }
    assert Outcome(**right).is_exact
    assert not Outcome(**{**right, **wrong}).is_exact


@pytest.mark.slow
@pytest.mark.parametrize("seed", ["1", "20211"])
def test_demo_once_is_exact_and_finds_just_what_was_planted(home, seed):
    """One JSON line: all emitted is stored once, and precision and recall are 1."""
    said = run_gamsa(home, "demo", "--once", "--json", "--events", "2000", "--seed", seed)
    assert said.returncode == 0, said.stderr
    assert said.stdout.count("\n") == 1
    told = json.loads(said.stdout)
    assert told.pop("misuse") > 0
    assert told == {
        "emitted": 2000,
        "stored": 2000,
        "rejected": 0,
        "missing": 0,
        "duplicates": 0,
        "precision": 1.0,
        "recall": 1.0,
    }
    assert run_gamsa(home, "status").returncode == 3
