"""What runs in a home: written whole by its supervisor, read by everyone else."""

import contextlib
import fcntl
import json
import os
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path

import psutil

from gamsa.home import private_folder

FILE = "state.json"
# Births are told by the clock, which may be set right a little while a process lives.
SAME_SECONDS = 2.0


@dataclass(frozen=True, slots=True)
class Running:
    """A process, known by its pid and the moment it began, since pids are used again."""

    pid: int
    created: float


@dataclass(frozen=True, slots=True)
class State:
    """The stack of one home, as its supervisor last wrote it down."""

    supervisor: Running
    ready: bool = False
    kafka: str = ""
    clickhouse: str = ""
    metrics: Mapping[str, str] = field(default_factory=dict)
    """The metrics address of each worker, by its name."""
    monitoring: Mapping[str, str] = field(default_factory=dict)
    """The address of Prometheus and of Alertmanager, by name; empty where they do not run."""
    console: str = ""
    """The console's address; empty while nobody may sign in."""
    processes: Mapping[str, Running] = field(default_factory=dict)
    restarts: Mapping[str, int] = field(default_factory=dict)
    """How often each program was started again."""


def running(pid: int) -> Running:
    """Identify a process that is alive now."""
    return Running(pid, psutil.Process(pid).create_time())


def this_process() -> Running:
    """Identify ourselves."""
    return running(os.getpid())


def is_alive(known: Running) -> bool:
    """Whether exactly this process, and not a later one of the same pid, is alive."""
    return _process(known) is not None


def _process(known: Running) -> psutil.Process | None:
    try:
        process = psutil.Process(known.pid)
        same = abs(process.create_time() - known.created) < SAME_SECONDS
        return process if same and process.status() != psutil.STATUS_ZOMBIE else None
    except psutil.NoSuchProcess:
        return None


def end(known: Running, *, gently: float = 0.0) -> None:
    """End exactly this process: asked first, killed after `gently` seconds; then wait for it."""
    process = _process(known)
    if process is None:
        return
    with contextlib.suppress(psutil.NoSuchProcess):
        if gently:
            process.terminate()
            with contextlib.suppress(psutil.TimeoutExpired):
                process.wait(gently)
                return
        process.kill()
        with contextlib.suppress(psutil.TimeoutExpired):
            process.wait(10)


def write(home: Path, state: State) -> None:
    """Replace the state in one step, so that a reader never sees half of it."""
    fresh = home / f"{FILE}.new"
    fresh.write_text(json.dumps(asdict(state), indent=1), encoding="utf-8")
    fresh.replace(home / FILE)


def read(home: Path) -> State | None:
    """Return what the last supervisor wrote, alive or not; None in a home that had none."""
    try:
        known = json.loads((home / FILE).read_text(encoding="utf-8"))
    except FileNotFoundError:
        return None
    return State(
        supervisor=Running(**known.pop("supervisor")),
        processes={name: Running(**one) for name, one in known.pop("processes").items()},
        **known,
    )


def live(home: Path) -> State | None:
    """Return the state when its supervisor is alive, else None."""
    state = read(home)
    return state if state is not None and is_alive(state.supervisor) else None


def end_orphans(home: Path) -> None:
    """End what a supervisor that is gone left behind, so that ports and data are free again."""
    state = read(home)
    if state is None or is_alive(state.supervisor):
        return
    for process in reversed(list(state.processes.values())):
        end(process)


@contextlib.contextmanager
def sole_supervisor(home: Path) -> Iterator[bool]:
    """Hold the home's lock; yields False when another process holds it already."""
    private_folder(home)
    with (home / "lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            yield False
            return
        yield True
