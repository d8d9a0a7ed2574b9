"""The `gamsa` command where no server is needed."""

import errno
import io
import json
import os
import subprocess
import sys
from importlib.resources import files
from pathlib import Path

import pytest
from click.testing import CliRunner
from rich.console import Console

from gamsa import cli, grafana, programs, state, status
from gamsa.cli import COMMANDS, gamsa
from gamsa.demo import only_demo
from gamsa.errors import Unavailable
from tests.local_stack.conftest import run_gamsa

CODE = "import sys; from gamsa.cli import gamsa; gamsa(['--help'], standalone_mode=False); {}"


def test_help_groups_every_command():
    """A reader of the help sees each command under its heading."""
    said = CliRunner().invoke(gamsa, ["--help"]).output
    assert all(f"{heading}:" in said for heading in COMMANDS)
    assert all(f"  {name}" in said for group in COMMANDS.values() for name in group)


@pytest.mark.parametrize("name", [name for group in COMMANDS.values() for name in group])
def test_every_command_explains_itself(name):
    """Each command that is listed can be loaded and has a help text."""
    result = CliRunner().invoke(gamsa, [name, "--help"])
    assert result.exit_code == 0, result.output
    assert len(result.output.split("Options:")[0].splitlines()) > 2


def test_help_is_quick_because_it_imports_no_server_library():
    """The help does not wait for Kafka's, ClickHouse's or Faust's libraries."""
    heavy = "kafka", "faust", "clickhouse_connect", "chdb", "rich", "pydantic"
    check = f"assert not set(sys.modules) & set({heavy}), set(sys.modules) & set({heavy})"
    done = subprocess.run([sys.executable, "-c", CODE.format(check)], check=False)
    assert done.returncode == 0


def test_status_json_has_exactly_the_published_keys():
    """Programs that read the status find every address, null where there is none."""
    known = state.State(
        supervisor=state.Running(1, 1.0),
        kafka="127.0.0.1:9092",
        clickhouse="http://127.0.0.1:8123",
        metrics={"worker-1": "http://127.0.0.1:9300/metrics"},
        processes={"broker": state.Running(2, 1.0), "worker-1": state.Running(3, 1.0)},
    )
    assert json.loads(json.dumps(status.as_json(known))) == {
        "kafka": "127.0.0.1:9092",
        "clickhouse": "http://127.0.0.1:8123",
        "metrics": "http://127.0.0.1:9300/metrics",
        "console": None,
        "prometheus": None,
        "processes": {"broker": 2, "worker-1": 3},
    }


def test_status_tells_how_a_grafana_is_attached(tmp_path):
    """The folder to provision, ClickHouse without a password, and Prometheus, in 80 columns."""
    known = state.State(
        supervisor=state.Running(1, 1.0),
        kafka="127.0.0.1:1",
        clickhouse="http://reader:secret@127.0.0.1:1/default",
        monitoring={"prometheus": "http://127.0.0.1:2"},
        console="http://127.0.0.1:3",
    )
    told = grafana.environment(known, tmp_path)
    assert (Path(told["GF_PATHS_PROVISIONING"]) / "datasources" / "gamsa.yaml").is_file()
    assert (Path(told["GF_GAMSA_DASHBOARDS"]) / "now.json").is_file()
    assert told["GF_GAMSA_CLICKHOUSE_USER"] == "reader"
    assert told["GF_GAMSA_PROMETHEUS"] == "127.0.0.1:2"
    assert "GF_GAMSA_ALERTMANAGER" not in told
    assert told["GF_GAMSA_CONSOLE"] == "http://127.0.0.1:3"
    assert "secret" not in str(told)
    screen = io.StringIO()
    status.show(known, tmp_path, Console(file=screen, width=80))
    assert all(f"  {name}={value}\n" in screen.getvalue() for name, value in told.items())


def test_dashboards_lead_to_the_console_of_the_stack(tmp_path):
    """Once the stack has a console, Grafana is told of copies that know where it is."""
    known = state.State(state.Running(1, 1.0), kafka="k", clickhouse="http://127.0.0.1:1")
    grafana.write_dashboards(tmp_path, "http://127.0.0.1:18443")
    folder = Path(grafana.environment(known, tmp_path)["GF_GAMSA_DASHBOARDS"])
    assert folder.is_relative_to(tmp_path)
    committed = (files("dashboards") / "grafana" / "dashboards").iterdir()
    assert {path.name for path in folder.iterdir()} == {path.name for path in committed}
    assert '"value": "http://127.0.0.1:18443"' in (folder / "now.json").read_text()
    assert folder.parent.stat().st_mode & 0o777 == 0o700


@pytest.mark.parametrize(
    ("arguments", "environment", "sentence"),
    [
        (["status"], {}, "no stack runs in"),
        (["status", "--json"], {}, "start it with `gamsa up`"),
        (["ledger"], {}, "no stack runs in"),
        (["up"], {"PATH": "/nonexistent", "JAVA_HOME": ""}, "install a JDK 17 or newer"),
        (["up", "--detach"], {"PATH": "/nonexistent", "JAVA_HOME": ""}, "install a JDK 17"),
        (["ledger"], {"GAMSA_KAFKA": "127.0.0.1:1"}, "set GAMSA_CLICKHOUSE too"),
        (["ledger"], {"GAMSA_CLICKHOUSE": "http://127.0.0.1:1"}, "set GAMSA_KAFKA too"),
        (["up"], {"GAMSA_KAFKA": "127.0.0.1:1"}, "no Kafka answers at 127.0.0.1:1"),
        (["up"], {"GAMSA_CLICKHOUSE": "http://127.0.0.1:1"}, "no ClickHouse answers at"),
    ],
)
def test_what_is_away_is_one_sentence_and_status_3(home, arguments, environment, sentence):
    """No Java, no server, no stack: what, where and the next step, and exit status 3."""
    said = run_gamsa(home, *arguments, **environment)
    assert said.returncode == 3
    assert sentence in said.stderr
    assert "Traceback" not in said.stderr
    assert len([line for line in said.stderr.splitlines() if "Error" in line]) == 1
    assert not said.stdout


@pytest.mark.parametrize("command", [["up"], ["up", "--detach"], ["demo"], ["ledger"]])
def test_a_home_that_cannot_be_used_is_wrong_use(tmp_path, command):
    """A plain file in the place of the home is said in one sentence, with exit status 2."""
    home = tmp_path / "file"
    home.touch()
    said = run_gamsa(home, *command)
    assert said.returncode == 2
    assert said.stderr.startswith(f"Error: GAMSA_HOME {home} cannot be used: ")
    assert said.stderr.count("\n") == 1


@pytest.mark.parametrize("command", [["up"], ["up", "--detach"], ["demo"]])
def test_a_policy_that_is_not_there_is_refused_before_anything_starts(home, command):
    """A wrong GAMSA_POLICY is wrong use, and not even the home is made."""
    said = run_gamsa(home, *command, GAMSA_POLICY="/nonexistent")
    assert said.returncode == 2
    assert "/nonexistent" in said.stderr
    assert "is not a folder" in said.stderr
    assert not home.exists()


def test_a_second_demo_of_a_home_is_refused(home):
    """Two demos would stop each other's stack and count each other: one sentence, status 3."""
    with only_demo(home):
        said = run_gamsa(home, "demo", "--once")
    assert said.returncode == 3
    assert said.stderr.startswith(f"Error: another demo runs in {home}")


def test_the_status_of_local_parts_fits_in_80_columns(tmp_path):
    """Nothing is cut, be every port, pid and figure as long as it may be."""
    page = "http://127.0.0.1:65535/metrics"
    known = state.State(
        supervisor=state.Running(1, 1.0),
        kafka="127.0.0.1:9",
        clickhouse="http://127.0.0.1:9",
        metrics={"worker-64": page},
        processes={"worker-64": state.this_process()},
    )
    console = Console(width=80, record=True, file=io.StringIO())
    status.show(known, tmp_path, console)
    said = console.export_text()
    assert page in said
    assert str(os.getpid()) in said
    assert "restarts" in said
    assert "…" not in said


def test_down_where_nothing_runs_says_so(home):
    """Stopping what does not run is no error."""
    said = run_gamsa(home, "down")
    assert said.returncode == 0
    assert "nothing runs" in said.stderr


def test_a_disk_without_room_is_refused_before_anything_starts(tmp_path):
    """Too little free space is said up front, with the figures and the way out."""
    with pytest.raises(Unavailable, match=r"MB free and the stack needs .* set GAMSA_HOME"):
        programs.check_space(tmp_path, needed=2**63)


@pytest.mark.parametrize(
    ("page", "health"),
    [
        (b"gamsa_lag 0.0\ngamsa_worker_ready 1.0\n", "ready"),
        (b"gamsa_lag 0.0\ngamsa_worker_ready 0.0\n", "joining"),
        (b"", "away"),
    ],
)
def test_a_worker_is_ready_only_with_its_partitions(page, health):
    """A worker that lives but gets no records is told apart from one that works."""
    assert programs.worker_health(page) == health
    assert health in status.COLOURS


@pytest.mark.parametrize("named", ["/a/spool", None])
def test_a_full_disk_is_one_sentence_that_says_where(named, monkeypatch, capsys):
    """The place is the file that the system names, else the home, on whose disk everything is."""

    def full(*_arguments):
        raise OSError(errno.ENOSPC, "No space left on device", named)

    monkeypatch.setattr(cli, "gamsa", full)
    monkeypatch.setenv("GAMSA_HOME", "/a/home")
    monkeypatch.setenv("GAMSA_PASSWORDS", "neither on nor off")  # which is said elsewhere
    with pytest.raises(SystemExit) as ended:
        cli.main()
    assert ended.value.code == 3
    said = capsys.readouterr().err
    assert said == f"Error: the disk is full at {named or '/a/home'}; make room\n"
