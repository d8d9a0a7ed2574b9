"""What is run beside the stack, with which configuration, where the machine has it."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from gamsa import console_program, monitoring
from gamsa.home import private_folder
from gamsa.settings import Settings, as_environment, from_environment


@pytest.fixture(name="settings")
def _settings(tmp_path):
    """The settings of an empty home."""
    home = private_folder(tmp_path / "home")
    return Settings(home, cache=home, policy=Path("policies"))


@pytest.fixture(name="have")
def _have(tmp_path, monkeypatch):
    """Have programs of these names on PATH, and no others."""
    folder = tmp_path / "bin"
    folder.mkdir()
    monkeypatch.setenv("PATH", str(folder))

    def have(*names):
        for name in names:
            (folder / name).touch(0o755)

    return have


def programs(settings):
    return {one.name: one for one in monitoring.installed(settings, {})}


def test_what_is_not_installed_is_not_run(settings, have):
    """A machine without either has neither, and one with Prometheus has that alone."""
    assert programs(settings) == {}
    have("prometheus")
    assert set(programs(settings)) == {"prometheus"}


@pytest.mark.parametrize("called", ["alertmanager", "prometheus-alertmanager"])
def test_alertmanager_is_found_by_either_name(settings, have, called):
    """Debian calls it by another name than its makers."""
    have(called)
    assert programs(settings)["alertmanager"].command[0].endswith(f"/{called}")


def test_whoever_wants_neither_gets_neither(settings, have):
    """GAMSA_MONITORING=off is heard, and handed on to the process that starts programs."""
    have("prometheus", "alertmanager")
    off = replace(settings, monitored=False)
    assert programs(off) == {}
    monitoring.write_targets(off, {"worker-1": 1})
    assert not (settings.home / "prometheus").exists()
    assert as_environment(off)["GAMSA_MONITORING"] == "off"


def test_both_listen_on_loopback_and_keep_all_in_the_home(settings, have):
    """No other machine reaches them, and nothing lies elsewhere."""
    have("prometheus", "alertmanager")
    for name, program in programs(settings).items():
        assert f"--web.listen-address=127.0.0.1:{program.port}" in program.command
        for argument in program.command[1:]:
            key, _, value = argument.partition("=")
            assert not key.endswith((".path", ".file")) or value.startswith(str(settings.home))
        assert (settings.home / name / f"{name}.yml").is_file()
    assert (settings.home / "prometheus" / "rules.yml").is_file()


def test_alerts_reach_the_receivers_of_the_place(settings, have, monkeypatch):
    """The file that GAMSA_ALERT_RECEIVERS names takes the place of receivers without address."""
    have("alertmanager")
    own = settings.home / "own.yml"
    own.write_text("receivers:\n- {name: night-duty}\n", encoding="utf-8")
    monkeypatch.setenv("GAMSA_ALERT_RECEIVERS", str(own))
    told = replace(settings, receivers=from_environment().receivers)
    assert set(programs(told)) == {"alertmanager"}
    made = (settings.home / "alertmanager" / "alertmanager.yml").read_text(encoding="utf-8")
    assert made.endswith(own.read_text(encoding="utf-8"))
    assert made.count("receivers:") == 1


def test_prometheus_is_told_where_everything_is(settings):
    """Workers by their names, and Alertmanager; servers without metrics are not among them."""
    known = {"broker": 1, "clickhouse": 2, "worker-1": 3, "worker-2": 4, "alertmanager": 5}
    monitoring.write_targets(settings, known)
    folder = settings.home / "prometheus" / "targets"
    workers = json.loads((folder / "workers.yml").read_text(encoding="utf-8"))
    assert [(one["targets"], one["labels"]["instance"]) for one in workers] == [
        (["127.0.0.1:3"], "worker-1"),
        (["127.0.0.1:4"], "worker-2"),
    ]
    assert json.loads((folder / "consoles.yml").read_text(encoding="utf-8")) == []
    (other,) = json.loads((folder / "alertmanagers.yml").read_text(encoding="utf-8"))
    assert other["targets"] == ["127.0.0.1:5"]


def test_prometheus_reads_the_console_at_its_port_for_metrics(settings):
    """The console's metrics are on a port of their own, which is remembered."""
    for _ in range(2):
        monitoring.write_targets(settings, {"console": 1})
        file = settings.home / "prometheus" / "targets" / "consoles.yml"
        (console,) = json.loads(file.read_text(encoding="utf-8"))
        port = console_program.metrics_port(settings)
        assert console == {
            "targets": [f"127.0.0.1:{port}"],
            "labels": {"instance": "console"},
        }
    assert port != 1
