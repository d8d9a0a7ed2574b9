"""A program under a supervisor."""

import io
import os
import signal
import subprocess
import sys

import psutil
import pytest

from gamsa import child
from tests.waiting import eventually

# A parent that starts one long-lived child through the launcher and says its pid.
PARENT = """
import os, subprocess, sys, time
code = "import sys; sys.platform = {platform!r}; from gamsa import launch; launch.main()"
command = [sys.executable, "-c", code, str(os.getpid()), "sleep", "600"]
child = subprocess.Popen(command, stdin=subprocess.PIPE)
print(child.pid, flush=True)
time.sleep(600)
"""


@pytest.mark.parametrize("platform", ["linux", "darwin"])
def test_a_child_dies_with_a_parent_that_was_killed(platform):
    """Nothing outlives its supervisor, with the kernel's help or by watching the pipe."""
    if platform == "linux" and sys.platform != "linux":
        pytest.skip("the kernel's way is Linux's own")
    code = PARENT.format(platform=platform)
    with subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE) as parent:
        ward = psutil.Process(int(parent.stdout.readline()))
        eventually(lambda: ward.name() == "sleep", within=20)
        family = [ward, *ward.children()]
        os.kill(parent.pid, signal.SIGKILL)
        eventually(lambda: not any(is_there(one) for one in family), within=20)


def is_there(process: psutil.Process) -> bool:
    try:
        return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def test_a_log_stays_within_its_bounds(tmp_path):
    """However much a program says, the newest is kept and the files do not grow without end."""
    log = tmp_path / "worker-1.log"
    code = "for n in range(60_000): print(f'line {n:08}')"
    with subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE) as speaker:
        child.keep_log(speaker.stdout, log, largest=200_000)
    kept = [log, log.with_suffix(".log.1")]
    assert sum(file.stat().st_size for file in kept) <= 400_000 + 2 * 65_536
    assert log.read_text().endswith("line 00059999\n")


def test_a_full_disk_does_not_stall_a_program(tmp_path):
    """What cannot be written to the log is dropped, and the program is heard to its end."""
    read, write = os.pipe()
    with io.FileIO(write, "w") as speaker:
        speaker.write(b"said to nobody\n")
    child.keep_log(io.FileIO(read), tmp_path / "no such folder" / "broker.log")
    assert not any(tmp_path.iterdir())


def test_the_pause_before_a_restart_grows_to_a_minute():
    """A program that dies again and again is tried ever more rarely, but for ever."""
    pauses = [child.backoff(deaths) for deaths in range(20)]
    assert pauses == sorted(pauses)
    assert pauses[0] <= 0.5
    assert pauses[-1] == 60
