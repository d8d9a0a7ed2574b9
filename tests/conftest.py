"""What every test may ask for."""

from pathlib import Path

import pytest


def pytest_addoption(parser):
    parser.addoption("--update-golden", action="store_true", help="rewrite the golden files")


@pytest.fixture(name="update_golden")
def _update_golden(request):
    """Rewrite a golden file when asked by --update-golden; otherwise leave it alone."""

    def update(path: Path, text: str) -> None:
        if request.config.getoption("--update-golden"):
            path.write_text(text, encoding="utf-8")

    return update
