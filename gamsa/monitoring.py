"""Prometheus and Alertmanager beside the local stack, where the machine has them."""

import json
import shutil
from collections.abc import Iterator, Mapping
from functools import partial
from importlib.resources import files
from pathlib import Path

from dashboards.prometheus import ALERTMANAGERS, CONSOLES, WORKERS, with_receivers
from gamsa import console_program, ports, programs
from gamsa.child import Program
from gamsa.home import private_folder
from gamsa.settings import Settings

PROMETHEUS, ALERTMANAGER = "prometheus", "alertmanager"
_CALLED: Mapping[str, tuple[str, ...]] = {
    PROMETHEUS: ("prometheus",),
    ALERTMANAGER: ("alertmanager", "prometheus-alertmanager"),  # Debian's name is the second
}
_KEEPS = ("--storage.tsdb.retention.time=15d", "--storage.tsdb.retention.size=512MB")


def installed(settings: Settings, environment: Mapping[str, str]) -> Iterator[Program]:
    """Yield each program that is on PATH, its configuration written into the home."""
    if not settings.monitored:
        return
    told = ports.remembered(settings.home / "ports.json", tuple(_CALLED))
    for name, port in told.items():
        program = next(filter(None, map(shutil.which, _CALLED[name])), None)
        if program is not None:
            folder = _configured(settings, name)
            command = (program, *_arguments(name, folder, port))
            yield Program(name, command, environment, port, partial(answers, _url(port)))


def addresses(known: Mapping[str, int]) -> dict[str, str]:
    """Say where Prometheus and Alertmanager are, if they are among these names and ports."""
    return {name: _url(known[name]) for name in _CALLED if name in known}


def answers(url: str) -> bool:
    """Whether a Prometheus or an Alertmanager is ready at this URL."""
    return bool(programs.fetch(f"{url}/-/ready"))


def _url(port: int) -> str:
    return f"http://{ports.LOOPBACK}:{port}"


def write_targets(settings: Settings, known: Mapping[str, int]) -> None:
    """Tell Prometheus which of the stack's programs there are, by name and port."""
    if not settings.monitored:
        return
    workers = {name: port for name, port in known.items() if name.startswith("worker-")}
    others = {name: port for name, port in known.items() if name == ALERTMANAGER}
    consoles = {
        name: console_program.metrics_port(settings)
        for name in known
        if name == console_program.NAME
    }
    folder = private_folder(settings.home / PROMETHEUS)
    for file, targets in ((WORKERS, workers), (CONSOLES, consoles), (ALERTMANAGERS, others)):
        path = folder / file
        path.parent.mkdir(exist_ok=True)
        path.with_suffix(".new").write_text(json.dumps(_groups(targets)), encoding="utf-8")
        path.with_suffix(".new").replace(path)


def _groups(targets: Mapping[str, int]) -> list[dict[str, object]]:
    return [
        {"targets": [f"{ports.LOOPBACK}:{port}"], "labels": {"instance": name}}
        for name, port in targets.items()
    ]


def _configured(settings: Settings, name: str) -> Path:
    """Write a program's configuration, as `python -m dashboards` made it, into its folder."""
    folder = private_folder(settings.home / name)
    for file in (files("dashboards") / name).iterdir():
        text = file.read_text(encoding="utf-8")
        if name == ALERTMANAGER and settings.receivers is not None:
            text = with_receivers(text, settings.receivers.read_text(encoding="utf-8"))
        (folder / file.name).write_text(text, encoding="utf-8")
    return folder


def _arguments(name: str, folder: Path, port: int) -> list[str]:
    own = (
        [f"--storage.tsdb.path={folder / 'data'}", *_KEEPS]
        if name == PROMETHEUS
        else [f"--storage.path={folder / 'data'}", "--cluster.listen-address="]
    )
    place = f"{ports.LOOPBACK}:{port}"
    return [f"--config.file={folder / f'{name}.yml'}", f"--web.listen-address={place}", *own]
