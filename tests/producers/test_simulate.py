"""The simulation when Kafka is away, or its truth cannot be written."""

import contextlib
import socket
import time

import pytest

from gamsa import cli
from gamsa.emission import Day, emitting
from gamsa.errors import Unavailable
from producers import simulation
from tests.producers.conftest import AWAY, ON
from tests.waiting import eventually


@pytest.fixture(name="gamsa")
def _gamsa(tmp_path, monkeypatch, capsys):
    """Run a gamsa command; its exit status and what it said."""
    monkeypatch.setenv("GAMSA_HOME", str(tmp_path / "home"))

    def run(*arguments):
        monkeypatch.setattr("sys.argv", ["gamsa", *arguments])
        with pytest.raises(SystemExit) as ended:
            cli.main()
        return ended.value.code, capsys.readouterr()

    return run


def _emit_all(day, home):
    with emitting(day, AWAY, home) as emission:
        eventually(lambda: emission.done)


def test_simulate_looks_for_the_broker_first(gamsa, tmp_path):
    """Without one it ends at once with one sentence and status 3, and has recorded nothing."""
    status, said = gamsa("simulate", "--events", "40", "--bootstrap", AWAY)
    assert status == 3
    assert not said.out
    (sentence,) = said.err.splitlines()
    assert sentence.startswith(f"Error: no Kafka answers at {AWAY}")
    assert not list((tmp_path / "home").rglob("*.log"))


@pytest.mark.filterwarnings("ignore:unclosed:ResourceWarning")
def test_simulate_gives_up_on_what_is_no_broker(gamsa):
    """What takes connections and never answers is no broker: status 3 within ten seconds."""
    with contextlib.closing(socket.create_server(("127.0.0.1", 0))) as silent:
        began = time.monotonic()
        status, said = gamsa("simulate", "--bootstrap", f"127.0.0.1:{silent.getsockname()[1]}")
    assert status == 3
    assert time.monotonic() - began < 10
    assert said.err.startswith("Error: no Kafka answers at")


def test_simulate_wants_an_address(gamsa):
    """An address without a port is wrong use."""
    status, said = gamsa("simulate", "--bootstrap", "nowhere")
    assert status == 2
    assert "must be host:port" in said.err


@pytest.mark.parametrize(
    "command", [("simulate", "--truth"), ("replay-log", "/dev/null", "--rejected")]
)
def test_a_file_that_cannot_be_written_is_found_out_first(gamsa, tmp_path, command):
    """Status 2 and a sentence with its name, before the broker is even looked for."""
    file = tmp_path / "nowhere" / "x"
    status, said = gamsa(*command, str(file), "--bootstrap", AWAY)
    assert status == 2
    assert f"{file} cannot be written: No such file or directory" in " ".join(said.err.split())


def test_a_failed_run_leaves_nothing_to_the_next(tmp_path, monkeypatch):
    """Its events are counted, and said to be discarded; no spool of it is left."""
    monkeypatch.setattr(simulation, "FLUSH_SECONDS", 0.2)
    with pytest.raises(Unavailable, match=f"{AWAY} .* 40 are discarded"):
        _emit_all(Day(seed=1, events=40, rate=0, on=ON), tmp_path)
    assert [one.name for one in tmp_path.rglob("*") if one.is_file()] == [".lock"]


def test_what_a_killed_run_left_is_removed_by_the_next(tmp_path):
    """Only the folder of a run that still lives stays."""
    dead = tmp_path / "simulations" / "run-dead"
    (dead / "producers").mkdir(parents=True)
    with simulation.open_logs(AWAY, tmp_path):
        assert not dead.exists()
        (living,) = dead.parent.glob("run-*")
        with simulation.open_logs(AWAY, tmp_path):
            assert living.exists()
    assert not list(dead.parent.glob("run-*"))
