"""The secrets of docker-compose.yml, made as an operator makes them."""

import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@pytest.fixture(name="secrets")
def _secrets(tmp_path):
    """The folder that `deploy/make-secrets` makes, in a copy of deploy/."""
    if shutil.which("openssl") is None:
        pytest.skip("no openssl on PATH: install Debian's openssl")
    copy = shutil.copytree(
        ROOT / "deploy", tmp_path / "deploy", ignore=shutil.ignore_patterns("secrets")
    )
    shutil.copytree(ROOT / "dashboards" / "alertmanager", tmp_path / "dashboards" / "alertmanager")
    subprocess.run([copy / "make-secrets"], check=True, capture_output=True)
    return copy / "secrets"
