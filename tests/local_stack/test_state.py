"""What a home remembers of its processes."""

import os
import subprocess
import sys
from dataclasses import replace

from rich.console import Console

from gamsa import demo_view, state, status
from gamsa.local_stack import Stack
from tests.waiting import eventually

SLEEP = [sys.executable, "-c", "import time; time.sleep(600)"]


def a_state(supervisor: state.Running, **processes: state.Running) -> state.State:
    return state.State(supervisor=supervisor, kafka="127.0.0.1:1", processes=processes)


def test_a_state_is_read_as_it_was_written(tmp_path):
    """Whoever reads the home sees exactly what its supervisor wrote."""
    written = a_state(state.this_process(), broker=state.Running(12, 3.5))
    state.write(tmp_path, written)
    assert state.read(tmp_path) == written


def test_a_pid_that_another_process_has_taken_over_is_not_alive():
    """A process is known by its pid and its birth, so a reused pid is not mistaken for it."""
    ours = state.this_process()
    assert state.is_alive(ours)
    assert not state.is_alive(state.Running(ours.pid, ours.created - 60))


def test_only_one_supervisor_holds_a_home(tmp_path):
    """The second one is told that it is not alone."""
    with state.sole_supervisor(tmp_path) as first, state.sole_supervisor(tmp_path) as second:
        assert first
        assert not second


def test_no_password_is_told(tmp_path):
    """Somebody's own ClickHouse is told without its user."""
    secret = replace(a_state(state.this_process()), clickhouse="http://a:secret@127.0.0.1:1/b")
    assert status.as_json(secret)["clickhouse"] == "http://127.0.0.1:1/b"
    stack = Stack(tmp_path, secret.kafka, secret.clickhouse, "", "")
    console = Console(width=200)
    with console.capture() as said:
        console.print(demo_view._places(stack))
    assert "http://127.0.0.1:1/?query=SELECT+*+FROM+v_ledger" in said.get()
    assert "secret" not in said.get()


def test_a_home_is_private(tmp_path):
    """Nobody but its owner can look into a home."""
    with state.sole_supervisor(tmp_path / "home"):
        assert (tmp_path / "home").stat().st_mode & 0o777 == 0o700


def test_orphans_are_ended_and_strangers_are_not(tmp_path):
    """What a dead supervisor left is ended; a stranger that has the pid of one is spared."""
    with subprocess.Popen(SLEEP) as orphan, subprocess.Popen(SLEEP) as stranger:
        other = state.running(stranger.pid)
        state.write(
            tmp_path,
            a_state(
                state.Running(os.getpid(), 1.0),
                broker=state.running(orphan.pid),
                clickhouse=state.Running(other.pid, other.created - 60),
            ),
        )
        state.end_orphans(tmp_path)
        try:
            eventually(lambda: orphan.poll() is not None, within=10)
            assert stranger.poll() is None
        finally:
            stranger.kill()


def test_what_a_living_supervisor_started_is_not_an_orphan(tmp_path):
    """Nobody ends the processes of a stack that runs."""
    with subprocess.Popen(SLEEP) as ward:
        state.write(tmp_path, a_state(state.this_process(), broker=state.running(ward.pid)))
        state.end_orphans(tmp_path)
        try:
            assert ward.poll() is None
        finally:
            ward.kill()
