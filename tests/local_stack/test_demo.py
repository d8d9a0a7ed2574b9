"""The demo: its figures, and its whole way."""

import json
import os
import signal
import subprocess

import pytest

from audit.judgement import Check
from gamsa.demo import Outcome
from gamsa.demo_command import conclusion
from gamsa.ledger import account
from gamsa.run import accuracy
from producers.truth import Planted
from tests.local_stack.conftest import (
    GAMSA,
    all_ready,
    gamsa_environment,
    run_gamsa,
)
from tests.waiting import eventually

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


@pytest.mark.parametrize("wrong", [{}, {"precision": 0.999}, {"recall": 0.999}, {"stored": 9}])
def test_the_demo_says_and_exits_by_how_it_went(wrong):
    """A false alarm, a miss or a lost event make the exit status 1, and are said."""
    found = dict.fromkeys(("precision", "recall"), 1.0)
    rest = dict.fromkeys(("rejected", "misuse", "missing", "duplicates"), 0)
    outcome = Outcome(**{"emitted": 10, "stored": 10, **rest, **found, **wrong})
    said, status = conclusion(outcome)
    assert status == bool(wrong)
    assert ("NOT just what was planted" in said) is bool(wrong.keys() & found.keys())


def exact(events):
    """What a demo says that went as it should, its number of misuses aside."""
    return {
        **dict.fromkeys(("emitted", "stored"), events),
        **dict.fromkeys(("rejected", "missing", "duplicates"), 0),
        **dict.fromkeys(("precision", "recall"), 1.0),
    }


@pytest.mark.slow
def test_demo_once_brings_its_own_stack_and_takes_it_down(home):
    """One JSON line: all emitted is stored once, and just what was planted is found."""
    said = run_gamsa(home, "demo", "--once", "--json", "--events", "2000", "--seed", "1")
    assert said.returncode == 0, said.stderr
    assert said.stdout.count("\n") == 1
    told = json.loads(said.stdout)
    assert told.pop("misuse") > 0
    assert told == exact(2000)
    assert run_gamsa(home, "status").returncode == 3


@pytest.mark.slow
def test_demo_uses_the_stack_that_runs(stack):
    """A run counts only what is its own, even when the same day was lived there before."""
    for seed in ("20211", "20211", "7"):
        demo = ["demo", "--once", "--json", "--events", "1000", "--seed", seed]
        said = run_gamsa(stack.home, *demo)
        assert said.returncode == 0, said.stderr
        told = json.loads(said.stdout)
        assert told.pop("misuse") > 0
        assert told == exact(1000)
    eventually(lambda: all_ready(stack))


@pytest.mark.slow
@pytest.mark.parametrize("name", ["worker-1", "clickhouse", "broker"])
def test_each_part_may_be_killed_under_load(stack, name):
    """A part dies while events flow, and comes back: all are there once, and found."""
    events, before = 15_000, stack.pids[name]
    rows = stored(stack)
    demo = [*GAMSA, "demo", "--once", "--json", "--events", str(events), "--rate", "1000"]
    with subprocess.Popen(
        [*demo, "--seed", "3"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=gamsa_environment(stack.home),
    ) as running:
        eventually(lambda: stored(stack) > rows)
        os.kill(before, signal.SIGKILL)
        assert running.poll() is None, "the load was over before the kill: it shows nothing"
        eventually(lambda: stack.pids[name] != before)
        eventually(lambda: all_ready(stack))
        output, said = running.communicate(timeout=180)
    assert running.returncode == 0, said.decode()
    told = json.loads(output)
    assert told.pop("misuse") > 0
    assert told == exact(events)


def stored(stack):
    """How many rows there are; asked from here, since a program takes seconds to start."""
    return sum(one.rows for one in account(stack.kafka, stack.clickhouse))
