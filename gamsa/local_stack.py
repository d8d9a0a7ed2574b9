"""Start, find and stop the local stack of a home, from the command line or from Python."""

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from gamsa import broker, console_program, launch, programs, state, supervisor
from gamsa.errors import Unavailable
from gamsa.home import default_home, private_folder
from gamsa.settings import Settings, as_environment, from_environment

START_SECONDS = 300.0  # the first start fetches the jars
STOP_SECONDS = 90.0


@dataclass(frozen=True, slots=True)
class Stack:
    """A stack that runs: where it is, and whose its processes are as `pids()` asks them."""

    home: Path
    kafka: str
    clickhouse: str
    metrics: str
    """The first worker's metrics page; empty when there is no worker."""
    prometheus: str = ""
    """Where Prometheus is; empty where none runs."""

    @property
    def pids(self) -> dict[str, int]:
        """The present process of each program, by name."""
        known = state.live(self.home)
        return {} if known is None else {name: one.pid for name, one in known.processes.items()}


@contextmanager
def local_stack(
    home: Path, *, workers: int = 1, cache: Path | None = None, monitored: bool = False
) -> Iterator[Stack]:
    """Run a stack in `home` and yield it; at the end, or if we die, it is stopped.

    Kafka's jars come from `cache`, by default the default GAMSA_HOME. `monitored` also runs
    Prometheus and Alertmanager where they are installed. Raises Unavailable when it cannot start.
    """
    told = replace(
        from_environment(), home=home, cache=cache or default_home(), monitored=monitored
    )
    with bound_stack(told, workers) as stack:
        yield stack


@contextmanager
def bound_stack(settings: Settings, workers: int) -> Iterator[Stack]:
    """Run a stack by these settings that lives no longer than we do."""
    command = launch.command_line(_command(workers), os.getpid())
    process = _spawn(settings, command)
    try:
        yield _stack(settings.home, _await_ready(settings.home, process))
    finally:
        process.terminate()
        process.wait()
        assert process.stdin is not None
        process.stdin.close()


def start_detached(settings: Settings, workers: int) -> Stack:
    """Start a stack that outlives us; raises Unavailable when it cannot start."""
    process = _spawn(settings, _command(workers))
    return _stack(settings.home, _await_ready(settings.home, process))


def find(home: Path) -> Stack | None:
    """Return the stack that runs in this home, if one does."""
    known = state.live(home)
    return None if known is None else _stack(home, known)


def ask_for_workers(home: Path, workers: int) -> Stack:
    """Have the running stack start at once what it lacks, with this many workers; wait for all.

    Raises Unavailable when it ends meanwhile, or a part does not come up.
    """
    wish = home / supervisor.WORKERS_WANTED
    wish.with_suffix(".new").write_text(str(workers))
    wish.with_suffix(".new").replace(wish)
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        # First whether it is granted, then what runs: the other way round it might be too old.
        asked = wish.exists() or (home / supervisor.WORKERS_TAKEN).exists()
        known = state.live(home)
        if known is None:
            raise Unavailable(f"the stack of {home} has ended; see {home / 'logs'}")
        if known.ready and not asked and _serves(known, workers):
            return _stack(home, known)
        time.sleep(0.05)
    raise Unavailable(f"not every part of {home} came up; see `gamsa status`, {home / 'logs'}")


def _serves(known: state.State, workers: int) -> bool:
    working = [name for name, page in known.metrics.items() if programs.is_working(page)]
    return (
        len(working) >= workers
        and broker.answers(known.kafka)
        and programs.pings(known.clickhouse)
        and (not known.console or console_program.answers(known.console))
    )


def stop(home: Path) -> bool:
    """Stop the stack of this home and all it left behind; False when none was running."""
    known = state.live(home)
    if known is not None:
        state.end(known.supervisor, gently=STOP_SECONDS)
    state.end_orphans(home)
    return known is not None


def _command(workers: int) -> list[str]:
    return [sys.executable, "-m", "gamsa", "up", "--unattended", "--workers", str(workers)]


def _spawn(settings: Settings, command: list[str]) -> subprocess.Popen[bytes]:
    private_folder(settings.home)
    with _said(settings.home).open("wb") as said:
        return subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=said,
            stderr=said,
            env=as_environment(settings),
            start_new_session=True,
        )


def _said(home: Path) -> Path:
    """Where an unattended supervisor says why it could not start."""
    return private_folder(home / "logs") / "up.log"


def _await_ready(home: Path, process: subprocess.Popen[bytes]) -> state.State:
    """Wait until the stack that this process supervises is ready; Unavailable when it fails."""
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        ended = process.poll() is not None
        known = state.live(home)
        if known is not None and known.ready:
            return known
        if ended:
            said = _said(home).read_text(encoding="utf-8", errors="replace").strip()
            raise Unavailable(said.removeprefix("Error: ") or f"the stack of {home} has ended")
        time.sleep(0.05)
    raise Unavailable(
        f"the stack of {home} was not ready in {START_SECONDS:.0f} s; see {home / 'logs'}"
    )


def _stack(home: Path, known: state.State) -> Stack:
    first = next(iter(known.metrics.values()), "")
    prometheus = known.monitoring.get("prometheus", "")
    return Stack(home, known.kafka, known.clickhouse, first, prometheus)
