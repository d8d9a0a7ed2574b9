"""One program under a supervisor: started, logged within bounds, bound to our life, stopped."""

import contextlib
import os
import subprocess
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from gamsa import launch, state

LOG_BYTES = 5 * 1024 * 1024
"""A log file's largest size; one older file of the same size is kept beside it."""


@dataclass(frozen=True, slots=True)
class Program:
    """What to run, where it listens, and how to see that it serves."""

    name: str
    command: tuple[str, ...]
    environment: Mapping[str, str]
    port: int
    is_ready: Callable[[], bool]


@dataclass(slots=True)
class Child:
    """A program's present process and its history of deaths."""

    program: Program
    log: Path
    process: subprocess.Popen[bytes]
    identity: state.Running
    born: float
    """When the process began, on the monotonic clock, in seconds."""
    deaths: int = 0
    """How often it died since it last ran for a while."""
    restarts: int = 0
    due: float | None = None
    """When to start it again, on the monotonic clock; None while it runs."""

    @property
    def is_running(self) -> bool:
        """Whether the present process is alive."""
        return self.process.poll() is None


def start(program: Program, log: Path) -> tuple[subprocess.Popen[bytes], state.Running]:
    """Start the program in its own session; call this only from a thread that lives on.

    Linux ties the child's life to the thread that started it.
    """
    process = subprocess.Popen(
        launch.command_line(list(program.command), os.getpid()),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        env=dict(program.environment),
        start_new_session=True,
    )
    assert process.stdout is not None
    pump = threading.Thread(target=keep_log, args=(process.stdout, log), daemon=True)
    pump.start()
    return process, state.running(process.pid)


def keep_log(source: BinaryIO, log: Path, largest: int = LOG_BYTES) -> None:
    """Copy `source` to its end into `log`, turning the file over at `largest` bytes.

    What a full disk refuses is dropped: a program must not stall on its own log.
    """
    with source:
        while block := os.read(source.fileno(), 65_536):
            with contextlib.suppress(OSError):
                if log.is_file() and log.stat().st_size + len(block) > largest:
                    log.replace(log.with_suffix(".log.1"))
                with log.open("ab") as file:
                    file.write(block)


def stop(process: subprocess.Popen[bytes], *, within: float) -> None:
    """Ask the process to end, kill it after `within` seconds, and wait until it is gone."""
    process.terminate()
    try:
        process.wait(within)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
    if process.stdin is not None:
        process.stdin.close()


def backoff(deaths: int) -> float:
    """Say how many seconds to wait before the next start, after so many deaths in a row."""
    return min(60.0, 0.25 * 2.0 ** min(deaths, 10))
