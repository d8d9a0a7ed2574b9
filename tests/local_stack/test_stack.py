"""The whole local stack, run as a user runs it."""

import json
import os
import signal
import socket
import subprocess

import pytest

from gamsa import ports, programs, state
from tests.local_stack.conftest import (
    GAMSA,
    all_ready,
    gamsa_environment,
    run_gamsa,
)
from tests.waiting import eventually

pytestmark = pytest.mark.slow

PARTS = ["broker", "clickhouse", "worker-1"]
FOREGROUND = [*GAMSA, "up", "--workers", "0"]


def processes(home):
    """Every process of the home's stack, the supervisor included."""
    known = state.live(home)
    assert known is not None
    return [known.supervisor, *known.processes.values()]


def nothing_is_left(before):
    """Wait until none of these processes is alive."""
    eventually(lambda: not any(state.is_alive(one) for one in before), within=30)


def test_status_says_where_everything_is(stack):
    """The status names every address and process, and each of them answers."""
    eventually(lambda: all_ready(stack))
    said = run_gamsa(stack.home, "status", "--json")
    told = json.loads(said.stdout)
    assert said.returncode == 0
    assert (told["kafka"], told["clickhouse"]) == (stack.kafka, stack.clickhouse)
    assert told["metrics"] == stack.metrics
    assert sorted(told["processes"]) == PARTS
    assert programs.pings(told["clickhouse"])
    of_a_user = told["clickhouse"].replace("//", "//reader:secret@")
    assert programs.pings(f"{of_a_user}/database")
    assert programs.is_working(told["metrics"])


def test_status_shows_people_the_health_of_each_part(stack):
    """The table has a line for each part, and all are ready."""
    eventually(lambda: all_ready(stack))
    said = run_gamsa(stack.home, "status", COLUMNS="200")
    assert said.returncode == 0
    assert all(part in said.stdout for part in PARTS)


def test_a_new_trail_is_exact(stack):
    """A stack that has seen nothing has nothing missing and nothing twice."""
    said = run_gamsa(stack.home, "ledger", "--json")
    told = json.loads(said.stdout)
    assert said.returncode == 0
    assert (told["missing"], told["duplicates"], told["lag"]) == (0, 0, 0)


@pytest.mark.parametrize("name", PARTS)
def test_a_part_that_was_killed_is_started_again(stack, name):
    """After kill -9 the part comes back, at the same address, and all is ready again."""
    before = stack.pids[name]
    os.kill(before, signal.SIGKILL)
    eventually(lambda: stack.pids[name] != before)
    eventually(lambda: all_ready(stack))
    assert sorted(stack.pids) == PARTS


def test_a_second_up_says_what_runs_and_adds_what_is_missing(stack):
    """A second `up` disturbs nothing, and brings the workers that are asked for."""
    before = stack.pids
    said = run_gamsa(stack.home, "up", "--workers", "2", COLUMNS="200")
    assert said.returncode == 0
    assert "already runs" in said.stderr
    assert "worker-2" in said.stderr
    assert stack.pids.items() >= before.items()
    assert sorted(stack.pids) == [*PARTS, "worker-2"]


def test_up_detach_and_down(home):
    """`up --detach` returns when all is ready; `down` leaves nothing, and `up` finds it again."""
    assert run_gamsa(home, "up", "--detach").returncode == 0
    first, before = json.loads(run_gamsa(home, "status", "--json").stdout), processes(home)
    assert run_gamsa(home, "down").returncode == 0
    nothing_is_left(before)
    assert run_gamsa(home, "status", "--json").returncode == 3
    assert run_gamsa(home, "up", "--detach").returncode == 0
    again = json.loads(run_gamsa(home, "status", "--json").stdout)
    assert {**first, "processes": None} == {**again, "processes": None}


def test_nothing_outlives_the_foreground_up(home):
    """After kill -9 nothing runs; the next `up` starts cleanly, and Ctrl-C ends it in order."""
    with subprocess.Popen(
        FOREGROUND, env=gamsa_environment(home), stderr=subprocess.DEVNULL
    ) as parent:
        eventually(lambda: is_ready(home))
        before = processes(home)
        assert parent.pid in [one.pid for one in before]
        parent.kill()
    nothing_is_left(before)
    with subprocess.Popen(
        FOREGROUND, env=gamsa_environment(home), stderr=subprocess.PIPE
    ) as parent:
        eventually(lambda: is_ready(home))
        before = processes(home)
        parent.send_signal(signal.SIGINT)
        said = parent.communicate(timeout=60)[1].decode()
    assert parent.returncode == 0
    assert said.index("stopped clickhouse") < said.index("stopped broker")
    nothing_is_left(before)


def is_ready(home):
    known = state.live(home)
    return known is not None and known.ready


def test_a_port_that_another_program_took_is_named(home):
    """A remembered port that is taken is one sentence with the port, its taker and the mend."""
    home.mkdir()
    chosen = ports.remembered(home / "ports.json", ("broker", "controller", "clickhouse"))
    with socket.create_server((ports.LOOPBACK, chosen["clickhouse"])):
        said = run_gamsa(home, "up")
    assert said.returncode == 3
    assert f"port {chosen['clickhouse']} of clickhouse is taken by" in said.stderr
    assert f"(pid {os.getpid()})" in said.stderr
    assert "ports.json" in said.stderr


def test_running_servers_are_used_and_left_alone(stack, home):
    """With servers named by the environment only the worker is ours to start and to stop."""
    named = {"GAMSA_KAFKA": stack.kafka, "GAMSA_CLICKHOUSE": stack.clickhouse}
    assert run_gamsa(home, "up", "--detach", "--workers", "0", **named).returncode == 0
    told = json.loads(run_gamsa(home, "status", "--json").stdout)
    assert (told["kafka"], told["clickhouse"]) == (stack.kafka, stack.clickhouse)
    assert told["processes"] == {}
    assert run_gamsa(home, "down").returncode == 0
    assert programs.pings(stack.clickhouse)
