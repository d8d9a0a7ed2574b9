"""What a supervisor does about a program that dies, without any server."""

import logging
import os
import signal
import sys
from dataclasses import replace

import pytest

from gamsa import console_program, ports, state, supervisor
from gamsa.child import Program
from gamsa.errors import Unavailable
from gamsa.settings import Settings
from tests.waiting import eventually

SAYS_WHY = "print('the policy cannot be read'); raise SystemExit(2)"


@pytest.fixture(name="stack")
def _stack(tmp_path):
    stack = supervisor.Stack(Settings(home=tmp_path, cache=tmp_path, policy=tmp_path))
    yield stack
    supervisor._stop(stack)


def a_program(code: str, *, ready: bool = True) -> Program:
    command = (sys.executable, "-c", code)
    return Program("worker-1", command, os.environ, ports.free_port(), lambda: ready)


def test_a_program_that_was_killed_is_started_again(stack):
    """A killed program comes back as a new process, and the state says so."""
    supervisor._start(stack, a_program("import time; time.sleep(600)"))
    first = stack.children["worker-1"].identity
    os.kill(first.pid, signal.SIGKILL)
    eventually(lambda: supervisor._watch(stack) or restarted(stack) == 1, within=20)
    known = state.read(stack.settings.home)
    assert state.is_alive(known.processes["worker-1"])
    assert known.processes["worker-1"] != first


def restarted(stack):
    return stack.children["worker-1"].restarts


def test_who_asks_need_not_wait_for_the_next_try(stack):
    """A second `up` has a program that waits for its next start started at once."""
    supervisor._start(stack, a_program(SAYS_WHY))
    known = stack.children["worker-1"]
    known.deaths = 20  # the next pause is a minute
    eventually(lambda: supervisor._watch(stack) or known.due is not None, within=20)
    supervisor._watch(stack)
    assert known.restarts == 0
    (stack.settings.home / supervisor.WORKERS_WANTED).write_text("0")
    supervisor._watch(stack)
    assert (known.restarts, known.due) == (1, None)


def test_a_wish_is_there_until_it_is_granted(stack, monkeypatch):
    """Whoever asked waits for what is being started, and a wish that comes meanwhile is kept."""
    home = stack.settings.home
    wish, taken = home / supervisor.WORKERS_WANTED, home / supervisor.WORKERS_TAKEN
    wish.write_text("2")
    granted = []

    def grant(_, workers):
        assert taken.exists()
        assert not wish.exists()
        wish.write_text("3")
        granted.append(workers)

    monkeypatch.setattr(supervisor, "_grant", grant)
    supervisor._watch(stack)
    assert (granted, taken.exists(), wish.read_text()) == ([2], False, "3")


def test_a_program_that_dies_again_and_again_is_explained(stack, caplog):
    """From the third death in a row on the reason is said, with the end of the log."""
    with caplog.at_level(logging.ERROR, logger="gamsa"):
        supervisor._start(stack, a_program(SAYS_WHY))
        eventually(lambda: supervisor._watch(stack) or caplog.records, within=20)
    assert "3 times in a row" in caplog.text
    assert "the policy cannot be read" in caplog.text


def test_a_program_that_ends_while_starting_is_unavailable(stack):
    """A stack does not come up half: the failed part is named, with its status and its log."""
    program = a_program(SAYS_WHY, ready=False)
    supervisor._start(stack, program)
    with pytest.raises(Unavailable, match=r"worker-1 ended while starting \(status 2\)") as failed:
        supervisor._await(stack, program)
    assert "the policy cannot be read" in str(failed.value)


def test_a_stack_goes_on_without_its_console(stack, caplog):
    """It is waited for; one that cannot serve is said, and ends nothing else."""
    program = replace(a_program(SAYS_WHY, ready=False), name=console_program.NAME)
    supervisor._start(stack, program)
    supervisor._await_console(stack)
    assert "goes on without the console" in caplog.text
    assert "the policy cannot be read" in caplog.text


def test_a_full_disk_is_named_as_the_reason(stack, monkeypatch):
    """When the disk is full, that is said before the end of the log."""
    monkeypatch.setattr(supervisor, "FULL_DISK_BYTES", 2**63)
    program = a_program(SAYS_WHY, ready=False)
    supervisor._start(stack, program)
    with pytest.raises(Unavailable, match="is full; make room"):
        supervisor._await(stack, program)


def test_a_state_that_a_full_disk_refused_is_written_later(stack):
    """Once there is room the state says what runs, though nothing has changed since."""
    in_the_way = stack.settings.home / f"{state.FILE}.new"
    in_the_way.mkdir()
    supervisor._start(stack, a_program("import time; time.sleep(600)"))
    supervisor._watch(stack)
    assert state.read(stack.settings.home) is None
    in_the_way.rmdir()
    supervisor._watch(stack)
    assert "worker-1" in state.read(stack.settings.home).processes
