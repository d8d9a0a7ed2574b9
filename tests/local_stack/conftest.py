"""Homes, the command run as a user runs it, and waiting with a deadline."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from gamsa.home import default_home
from gamsa.local_stack import Stack, local_stack

GAMSA = [sys.executable, "-m", "gamsa"]


@pytest.fixture(name="home")
def _home(tmp_path):
    """A home of its own, emptied of processes at the end."""
    home = tmp_path / "home"
    yield home
    run_gamsa(home, "down")


@pytest.fixture(name="stack", scope="package")
def _stack(tmp_path_factory):
    """One stack for all tests that leave it as they found it."""
    with local_stack(tmp_path_factory.mktemp("stack") / "home") as stack:
        yield stack


def all_ready(stack: Stack) -> bool:
    """Whether every part answers at the address it had from the start."""
    said = run_gamsa(stack.home, "status", COLUMNS="200").stdout
    return all(address in said for address in (stack.kafka, stack.clickhouse, stack.metrics)) and (
        said.count("ready") == len(stack.pids)
    )


def run_gamsa(home: Path, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run one command to its end, in this home."""
    return subprocess.run(
        [*GAMSA, *arguments],
        capture_output=True,
        text=True,
        timeout=200,
        check=False,
        env=gamsa_environment(home, **environment),
    )


def gamsa_environment(home: Path, **environment: str) -> dict[str, str]:
    """Our own environment, with this home and the jars that all tests share."""
    own = {name: value for name, value in os.environ.items() if not name.startswith("GAMSA_")}
    told = {"GAMSA_HOME": str(home), "GAMSA_CACHE": str(default_home())}
    told["GAMSA_MONITORING"] = "off"  # but where a test wants it
    return {**own, **told, **environment}
