"""What others wrote, in tables and sentences of commands: neither markup nor escape sequence."""

from datetime import UTC, datetime
from pathlib import Path

from click.testing import CliRunner
from rich.console import Console

from audit.completeness import Hole
from gamsa import backtest, reconcile, state, status, user
from gamsa.cli import gamsa
from gamsa.produce import bar_of, progress_bar
from investigate.accounts.users import Role, User
from storage.reconcile import Hour

HOSTILE = "[/x]\x1b[2J[b]"
HARMLESS = "[/x]\\x1b[2J[b]"
NOW = datetime(2026, 1, 12, 9, tzinfo=UTC)
FOUND = reconcile.Reconciled(
    [Hour(HOSTILE, 1, NOW, "/s", 3, 3, 3, 2)],
    [Hole("/s", f"missing {HOSTILE}", 1, 0, 0)],
    [],
    0,
)


def told(said):
    """What was printed, which no terminal obeys."""
    assert said.replace("\n", "").isprintable()
    return said


def test_a_producer_is_drawn_as_it_is_called(monkeypatch):
    """Whoever writes into Kafka names itself."""
    monkeypatch.setattr(reconcile, "reconciled", lambda *_: FOUND)
    monkeypatch.setenv("GAMSA_KAFKA", "127.0.0.1:1")
    monkeypatch.setenv("GAMSA_CLICKHOUSE", "http://127.0.0.1:1")
    done = CliRunner().invoke(gamsa, ["reconcile"], env={"COLUMNS": "200"})
    assert done.exit_code == 1, done.exception
    table, sentence = told(done.output).split("missing: ")
    assert HARMLESS in table
    assert f"producer missing {HARMLESS}, epoch 1" in sentence


def test_a_backtest_draws_names_and_samples_as_they_stand(capsys, monkeypatch):
    """Detectors quote cookies and actors, and each sample is a line."""
    monkeypatch.setenv("COLUMNS", "200")
    samples = [f"cookie {HOSTILE}", "another"]
    backtest._show(backtest.Result(2, 1.0, [(f"check {HOSTILE}", 2, 0, 0, samples)]))
    said = told(capsys.readouterr().out)
    assert f"check {HARMLESS}" in said
    assert f"cookie {HARMLESS}" in said
    assert "another" not in next(line for line in said.splitlines() if "cookie" in line)


def test_a_user_is_drawn_as_the_provider_calls_them():
    """Who somebody is in the trail is a claim of the OpenID provider's."""
    known = User("desk", Role.HANDLER, 0, 0, 0, None, actor=f"staff:{HOSTILE}")
    console = Console(width=200)
    with console.capture() as said:
        console.print(user._table([known]))
    assert f"staff:{HARMLESS}" in told(said.get())


def test_a_bar_is_called_as_its_file(capsys):
    """Whoever writes a log may name it, and an export is named by whoever asks."""
    with progress_bar() as progress:
        bar_of(progress, Path("logs", "access[prod]\x1b[2J.log"), 3)
    assert told(capsys.readouterr().err).startswith("access[prod]\\x1b[2J.log ")


def test_a_home_is_told_as_it_is_called():
    """Nothing in its name is taken for markup."""
    known = state.State(state.Running(1, 1.0))
    console = Console(width=200)
    with console.capture() as said:
        status.show(known, Path("/data[prod]/gamsa"), console)
    assert "Gamsa in /data[prod]/gamsa" in said.get()
    assert "logs in /data[prod]/gamsa/logs" in said.get()
