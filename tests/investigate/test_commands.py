"""The commands that ask, where no server is needed."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from click import UsageError
from click.testing import CliRunner

from gamsa.asking import _asker
from gamsa.cli import COMMANDS, gamsa
from gamsa.settings import from_environment
from tests.local_stack.conftest import run_gamsa

ROOT = Path(__file__).parents[2]
QUESTIONS = COMMANDS["Investigation"]


@pytest.mark.parametrize("name", QUESTIONS)
def test_every_question_wants_its_grounds(name):
    """Purpose, case and justification are options of each, and without a purpose it is refused."""
    said = CliRunner().invoke(gamsa, [name, "--help"]).output
    assert all(option in said for option in ("--purpose", "--case", "--justification", "--json"))
    need = {"count": ["--by", "actor"], "findings": [], "where": []}.get(name, ["x.csv"])
    refused = CliRunner().invoke(gamsa, [name, *need])
    assert refused.exit_code == 2
    assert "Missing option '--purpose'" in refused.output


@pytest.mark.parametrize("name", QUESTIONS)
def test_every_question_is_documented(name):
    """The page has the command, and the README names it."""
    assert f"`gamsa {name}" in (ROOT / "docs/investigate.md").read_text()
    assert name in (ROOT / "README.md").read_text()


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["where"], "name one of --cookie, --ip and --mac"),
        (["export", "/nowhere/x.csv"], "/nowhere is no folder that can be written"),
        (["export", "x.xlsx"], "must end in .ndjson, .csv, .parquet"),
    ],
)
def test_wrong_use_is_said(arguments, sentence):
    """Before any server is asked."""
    said = CliRunner().invoke(gamsa, [*arguments, "--purpose", "audit.inspection"])
    assert said.exit_code == 2
    assert sentence in said.output


def test_without_a_stack_nothing_is_asked(home):
    """What is away is one sentence, and exit status 3."""
    said = run_gamsa(home, "who-saw", "member:1", "--purpose", "audit.inspection")
    assert said.returncode == 3
    assert "start it with `gamsa up`" in said.stderr


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("gamsa who-", "who-saw"),
        ("gamsa who-saw member:1 --pur", "--purpose"),
        ("gamsa who-saw member:1 --purpose audit", "audit.inspection"),
    ],
)
def test_a_shell_completes(words, expected):
    """Commands, options and the purposes of the policy."""
    asked = {
        "_GAMSA_COMPLETE": "bash_complete",
        "COMP_WORDS": words,
        "COMP_CWORD": str(len(words.split()) - 1),
    }
    command = "import sys; sys.argv[0] = 'gamsa'; from gamsa.cli import main; main()"
    said = subprocess.run(
        [sys.executable, "-c", command],
        env={**os.environ, **asked},
        capture_output=True,
        text=True,
        check=False,
    )
    assert f"plain,{expected}" in said.stdout.splitlines(), said.stderr


@pytest.fixture(name="home")
def _home(tmp_path):
    return tmp_path / "home"


def test_a_login_without_a_name_says_who_asks(monkeypatch):
    """A container may run under any number, which stands beside the name that is set."""
    monkeypatch.setattr(os, "getuid", lambda: 2**31)
    monkeypatch.delenv("GAMSA_INVESTIGATOR", raising=False)
    with pytest.raises(UsageError, match=f"{2**31} has no name.*GAMSA_INVESTIGATOR"):
        _asker(from_environment())
    monkeypatch.setenv("GAMSA_INVESTIGATOR", "staff:0417")
    asker = _asker(from_environment())
    assert asker.actor.id == "staff:0417"
    assert f"login {2**31} at" in asker.client.user_agent
