"""Processes that are started, killed, paused and started again, and die with us."""

import os
import signal
import subprocess
import time
from pathlib import Path

from gamsa import launch

ROOT = Path(__file__).parents[2]
TERM_SECONDS = 90.0


class Part:
    """One program; `wanted` says whether it should run, `tend` makes it so."""

    def __init__(self, name, command, log, environment=()):
        self.name, self.command, self.log = name, command, log
        self.environment = dict(environment)
        self.process = None
        self.wanted = False
        self.paused = False

    def start(self, **environment):
        """Start it, with these variables besides its own for this one life."""
        self.wanted, self.paused = True, False
        self._let_go()
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                launch.command_line([str(word) for word in self.command], os.getpid()),
                env={**os.environ, **self.environment, **environment},
                stdin=subprocess.PIPE,
                stdout=log,
                stderr=log,
                cwd=ROOT,
            )
        return self

    @property
    def is_running(self):
        return self.process is not None and self.process.poll() is None

    def tend(self):
        """Start it again if it has died and should run."""
        if self.wanted and not self.is_running:
            self.start()

    def kill(self):
        """Kill -9, also when it is paused; whether there was anything to kill."""
        running = self.is_running
        if running:
            self.process.kill()
            self.process.wait()
        return running

    def pause(self):
        if self.is_running:
            self.process.send_signal(signal.SIGSTOP)
            self.paused = True
        return self.paused

    def resume(self):
        if self.is_running:
            self.process.send_signal(signal.SIGCONT)
        self.paused = False

    def ask_to_end(self):
        """Send SIGTERM, and start it no more."""
        self.wanted = False
        if self.is_running:
            self.process.terminate()

    def stop(self, within=TERM_SECONDS):
        """Ask it to end, wait, and return its exit status; killed after `within` seconds."""
        self.resume()
        self.ask_to_end()
        return self.wait(within)

    def wait(self, within=TERM_SECONDS):
        """Wait for its end and return its exit status; killed after `within` seconds."""
        if self.process is None:
            return None
        try:
            self.process.wait(within)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self._let_go()
        return self.process.returncode

    def said(self):
        """The end of its log."""
        return self.log.read_text(errors="replace")[-3_000:] if self.log.is_file() else ""

    def _let_go(self):
        if self.process is not None and self.process.stdin is not None:
            self.process.stdin.close()


def until(condition, what, within=90.0, tend=()):
    """Wait until `condition()` is true and return it; TimeoutError names `what` after `within`."""
    deadline = time.monotonic() + within
    while time.monotonic() < deadline:
        for part in tend:
            part.tend()
        found = condition()
        if found:
            return found
        time.sleep(0.1)
    raise TimeoutError(f"{what} did not come true within {within:g} s")
