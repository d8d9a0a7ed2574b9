"""The golden cases: events and the judgements they must get, as data."""

from pathlib import Path

import pytest
import yaml

from audit.judge import judge
from audit.judgement import Check
from tests.policy.conftest import an_access

CASES = [
    case
    for path in sorted(Path(__file__).parents[1].joinpath("cases/judgements").glob("*.yaml"))
    for case in yaml.safe_load(path.read_text(encoding="utf-8"))
]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["description"])
def test_a_case_is_judged_as_written(case, seoul):
    """Verdict, checks, clauses and their order are as the case says."""
    received = an_access(seoul, case["event"], case.get("received_at"))
    found = judge(received, seoul)
    expected = case.get("reasons", {})
    assert [(one.check.value, one.clause) for one in found.reasons] == list(expected.items())
    assert found.verdict == ("misuse" if expected else "allowed")
    assert found.policy_revision == seoul.newest.revision


def test_every_check_has_a_case():
    """No check can change its meaning unnoticed."""
    assert {check for case in CASES for check in case.get("reasons", ())} == set(Check)
