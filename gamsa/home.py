"""GAMSA_HOME: where the local stack keeps its data, logs, ports and jars."""

from pathlib import Path


def default_home() -> Path:
    """`.gamsa` beside pyproject.toml when installed editable from a checkout, else `~/.gamsa`."""
    checkout = Path(__file__).resolve().parent.parent
    if (checkout / "pyproject.toml").is_file():
        return checkout / ".gamsa"
    return Path.home() / ".gamsa"


def private_folder(path: Path) -> Path:
    """Make the folder if needed, readable by its owner only: it holds personal data."""
    path.mkdir(parents=True, exist_ok=True)
    path.chmod(0o700)
    return path
