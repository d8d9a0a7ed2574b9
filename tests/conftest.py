"""What every test may ask for."""

import os
import shutil
import subprocess
import sys
from pathlib import Path
from uuid import uuid4

import pytest
from hypothesis import settings

from gamsa.ports import free_port
from storage import migrate
from storage.trail import Trail, TrailUnavailableError, connect
from tests.waiting import eventually

# Java programs here live for a minute: what the optimising compiler costs they never earn back.
os.environ.setdefault("JDK_JAVA_OPTIONS", "-XX:TieredStopAtLevel=1")

# No test claims that an example is judged in so many milliseconds.
settings.register_profile("gamsa", deadline=None)
settings.load_profile("gamsa")


def pytest_addoption(parser):
    parser.addoption("--update-golden", action="store_true", help="rewrite the golden files")


@pytest.fixture(name="update_golden")
def _update_golden(request):
    """Rewrite a golden file when asked by --update-golden; otherwise leave it alone."""

    def update(path: Path, text: str) -> None:
        if request.config.getoption("--update-golden"):
            path.write_text(text, encoding="utf-8")

    return update


@pytest.fixture(name="clickhouse", scope="session")
def _clickhouse(tmp_path_factory):
    """The URL of a real endpoint."""
    port = free_port()
    folder = tmp_path_factory.mktemp("clickhouse")
    command = [sys.executable, "-m", "storage.embedded", "--path", str(folder / "data")]
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen([*command, "--port", str(port)], stdout=log, stderr=log)
        url = f"http://127.0.0.1:{port}"
        try:
            assert eventually(lambda: _answers(url) or process.poll() is not None)
            assert process.poll() is None, (folder / "log").read_text()
            yield url
        finally:
            process.terminate()
            process.wait(30)


def _answers(url):
    try:
        connect(url).close()
    except TrailUnavailableError:
        return False
    return True


@pytest.fixture(name="chromium", scope="module")
def _chromium():
    """A real browser without a window, or a skip that names what is missing.

    It has an event loop in this thread while it is there, so tests of others could have none.
    """
    program = shutil.which("chromium")
    if program is None:
        pytest.skip("no chromium on PATH: install Debian's chromium")
    api = pytest.importorskip("playwright.sync_api", reason="pip install playwright")
    with api.sync_playwright() as playwright:
        sandboxed = [] if os.geteuid() else ["--no-sandbox"]  # Chromium's refuses to be root's
        browser = playwright.chromium.launch(executable_path=program, args=sandboxed)
        yield browser
        browser.close()


@pytest.fixture(name="database")
def _database(clickhouse):
    """The URL of an empty database."""
    name = f"test_{uuid4().hex}"
    client = connect(clickhouse)
    client.command(f"CREATE DATABASE {name}")
    yield f"{clickhouse}/{name}"
    client.command(f"DROP DATABASE {name}")
    client.close()


@pytest.fixture(name="trail")
def _trail(database):
    """A trail with its tables, empty."""
    client = connect(database)
    migrate.apply(client)
    yield Trail(client)
    client.close()
