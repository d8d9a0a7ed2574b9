"""Debian's programs that some tests need, and what to say where a machine has none."""

import shutil

import pytest

PACKAGES = {
    "promtool": "prometheus",
    "prometheus": "prometheus",
    "amtool": "prometheus-alertmanager",
}


def need(program):
    """A mark: the test is skipped, with the package's name, where the program is not on PATH."""
    return pytest.mark.skipif(
        shutil.which(program) is None,
        reason=f"{program} is not on PATH: install Debian's package {PACKAGES[program]}",
    )
