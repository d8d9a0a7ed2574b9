"""The simulate command when Kafka is away."""

import pytest

from gamsa import cli
from producers import simulation
from tests.producers.conftest import AWAY


def test_simulate_tells_what_has_not_arrived(tmp_path, monkeypatch, capsys):
    """The summary counts it as failed, one sentence says why, and the exit status is 3."""
    monkeypatch.setenv("GAMSA_HOME", str(tmp_path))
    monkeypatch.setattr(simulation, "FLUSH_SECONDS", 0.2)
    monkeypatch.setattr("sys.argv", ["gamsa", "simulate", "--events", "40", "--bootstrap", AWAY])
    with pytest.raises(SystemExit) as ended:
        cli.main()
    said = capsys.readouterr()
    assert ended.value.code == 3
    assert "emitted 40, acknowledged 0, failed 40" in said.out
    (sentence,) = [line for line in said.err.splitlines() if line.startswith("Error: ")]
    assert "events (the first of them" in sentence
