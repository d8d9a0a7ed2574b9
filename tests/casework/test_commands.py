"""`gamsa case`, where no server is needed: what it shows of the cases in a home's own file."""

import errno
import json
from contextlib import contextmanager
from types import SimpleNamespace
from zoneinfo import ZoneInfo

import pytest
from click.testing import CliRunner

from gamsa import accounts
from gamsa import case as commands
from gamsa.cli import gamsa
from gamsa.settings import from_environment
from investigate.accounts.users import Role, Users
from investigate.cases.case import Kept
from investigate.cases.register import Found, New, Register
from tests.accounts.conftest import GOOD
from tests.casework.conftest import INSPECTOR

NAMED = Found("member:by.name", [Kept("f-1", "many_handlers", "high", "member:other.name")])


@pytest.fixture(name="run")
def _run(tmp_path, monkeypatch):
    """Give a command; what it asks is noted, in place of the trail."""
    monkeypatch.setenv("GAMSA_HOME", str(tmp_path))
    monkeypatch.delenv("GAMSA_ACCOUNTS", raising=False)
    with accounts.opened(from_environment()) as database:
        Users(database, accounts.now).add(INSPECTOR.name, Role.INVESTIGATOR, GOOD)
        register = Register(database, accounts.now, ZoneInfo("Asia/Seoul"))
        opened = register.open(INSPECTOR, New("Reads", "audit.inspection", NAMED), lambda *_: "e")
    asked = []

    @contextmanager
    def inquiry(*_):
        yield SimpleNamespace(
            answer=lambda question, find, _: (asked.append(question), find())[1],
            record=lambda question, _: asked.append(question),
        )

    monkeypatch.setattr(commands, "inquiry", inquiry)

    def run(*arguments):
        words = [opened.number if one == "NUMBER" else str(one) for one in arguments]
        return CliRunner(env={"COLUMNS": "200"}).invoke(gamsa, ["case", *words])

    run.asked = asked
    return run


def full(_):
    raise OSError(errno.ENOSPC, "no space left on device")


@pytest.mark.parametrize("form", [[], ["--json"]])
def test_names_are_masked(run, form):
    """A subject and an account that are names stand nowhere, as in the console."""
    listed = run("list", "--purpose", "audit.inspection", *form)
    shown = run("show", "NUMBER", *form)
    for said in (listed, shown):
        assert said.exit_code == 0, said.output
        assert ".name" not in said.output
    if form:
        told = json.loads(shown.stdout)
        assert (told["subject"], told["findings"][0]["actor"]) == ("member:b•••", "member:o•••")
        assert json.loads(listed.stdout)["rows"][0]["subject"] == "member:b•••"


def test_a_bundle_has_a_folder_before_it_is_recorded(run, tmp_path):
    """What cannot be written is refused before anything is asked."""
    refused = run("bundle", "NUMBER", tmp_path / "none" / "x.zip", "--justification", "board")
    assert refused.exit_code == 2
    assert "is no folder that can be written" in refused.output
    assert run.asked == []


def test_a_bundle_appears_when_it_is_whole(run, tmp_path, monkeypatch):
    """A disk that is full leaves nothing under its name."""
    monkeypatch.setattr(commands.bundles, "take", lambda *_: b"whole")
    monkeypatch.setattr("os.fsync", full)
    file = tmp_path / "case.zip"
    assert isinstance(run("bundle", "NUMBER", file, "--justification", "x").exception, OSError)
    assert not list(tmp_path.glob("*case.zip*"))
