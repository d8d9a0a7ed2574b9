"""The files that Grafana provisions, and where in the checkout they are."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

from dashboards import provisioning
from dashboards.now import now
from dashboards.people import people
from dashboards.pipeline import pipeline
from dashboards.purposes import purposes
from dashboards.recipients import recipients
from dashboards.retention import retention

FOLDER = Path(__file__).parent / "grafana"
DASHBOARDS = (now, purposes, people, recipients, retention, pipeline)


def files() -> dict[str, str]:
    """Return the text of each file, by its path below `FOLDER`."""
    return {
        **{f"dashboards/{make.__name__}.json": _json(make()) for make in DASHBOARDS},
        "provisioning/dashboards/gamsa.yaml": _yaml(provisioning.dashboards()),
        "provisioning/datasources/gamsa.yaml": _yaml(provisioning.datasources()),
    }


def write(folder: Path = FOLDER) -> list[Path]:
    """Write what differs; return its paths. Raises OSError where a file cannot be written."""
    changed = []
    for name, text in files().items():
        path = folder / name
        if not path.is_file() or path.read_text(encoding="utf-8") != text:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
            changed.append(path)
    return changed


def _json(model: Mapping[str, Any]) -> str:
    return json.dumps(model, ensure_ascii=False, indent=2) + "\n"


def _yaml(model: Mapping[str, Any]) -> str:
    head = "# Written by `python -m dashboards`; change dashboards/provisioning.py instead.\n"
    return head + yaml.safe_dump(model, allow_unicode=True, sort_keys=False)
