"""The files that Grafana, Prometheus and Alertmanager read, and where in the checkout they are."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

from dashboards import findings_alert, prometheus, provisioning
from dashboards.console import placed as at
from dashboards.now import now
from dashboards.people import people
from dashboards.pipeline import pipeline
from dashboards.purposes import purposes
from dashboards.recipients import recipients
from dashboards.retention import retention

HERE = Path(__file__).parent
FOLDER = HERE / "grafana"
DASHBOARDS = (now, purposes, people, recipients, retention, pipeline)


def files() -> dict[str, str]:
    """Return the text of each file, by its path below `FOLDER`."""
    return {
        **{f"dashboards/{make.__name__}.json": _json(make()) for make in DASHBOARDS},
        "provisioning/alerting/gamsa.yaml": _yaml(findings_alert.alerting(), "findings_alert"),
        "provisioning/dashboards/gamsa.yaml": _yaml(provisioning.dashboards()),
        "provisioning/datasources/gamsa.yaml": _yaml(provisioning.datasources()),
    }


def placed(console: str) -> dict[str, str]:
    """Return the text of each dashboard, by its name, for a console at this address."""
    made = {make.__name__: make() for make in DASHBOARDS}
    return {f"{name}.json": _json(at(model, console)) for name, model in made.items()}


def monitoring() -> dict[str, str]:
    """Return the text of each file of Prometheus and Alertmanager, by its path below `HERE`."""
    return {
        "prometheus/prometheus.yml": _yaml(prometheus.prometheus(), "prometheus"),
        "prometheus/rules.yml": _yaml(prometheus.rules(), "alerts"),
        "alertmanager/alertmanager.yml": _yaml(prometheus.alertmanager(), "prometheus"),
    }


def everything() -> dict[Path, str]:
    """Return the text of each file that is written, by where it is."""
    grafana = {FOLDER / name: text for name, text in files().items()}
    return grafana | {HERE / name: text for name, text in monitoring().items()}


def write() -> list[Path]:
    """Write what differs; return its paths. Raises OSError where a file cannot be written."""
    changed = []
    for path, text in everything().items():
        if not path.is_file() or path.read_text(encoding="utf-8") != text:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
            changed.append(path)
    return changed


def write_placed(folder: Path, console: str) -> list[Path]:
    """Write the dashboards with the console at this address into a folder; raises as `write`."""
    folder.mkdir(parents=True, exist_ok=True)
    texts = {folder / name: text for name, text in placed(console).items()}
    for path, text in texts.items():
        path.write_text(text, encoding="utf-8")
    return list(texts)


def _json(model: Mapping[str, Any]) -> str:
    return json.dumps(model, ensure_ascii=False, indent=2) + "\n"


def _yaml(model: Mapping[str, Any], source: str = "provisioning") -> str:
    head = f"# Written by `python -m dashboards`; change dashboards/{source}.py instead.\n"
    return head + yaml.safe_dump(model, allow_unicode=True, sort_keys=False, width=99)
