"""The console of docker-compose.yml: what it may read, and whether it serves as the file says."""

import re
import subprocess
import tomllib
from xml.etree import ElementTree as ET

import pytest
import yaml

from gamsa import ports
from tests.dashboards.test_deploy import DEPLOY, ROOT, own_command
from tests.waiting import eventually

MIGRATIONS = ROOT / "storage" / "migrations"
URL = "${GAMSA_CONSOLE_URL:-https://localhost:8443}"
VIEW = re.compile(r"^CREATE (?:OR REPLACE )?VIEW (\w+)(.*?);$", re.DOTALL | re.MULTILINE)


def named():
    """The views that questions name."""
    sources = (ROOT / "investigate").rglob("*.py")
    return {view for file in sources for view in re.findall(r"\bv_\w+", file.read_text())}


def beneath(view, views):
    """What a view reads with its reader's rights: nothing, where it has its maker's."""
    if view not in views or "SQL SECURITY DEFINER" in views[view]:
        return set()
    read = set(re.findall(r"(?:FROM|JOIN)\s+(\w+)", re.sub(r"--.*", "", views[view])))
    return read.union(*(beneath(one, views) for one in read))


def test_on_a_server_the_console_reads_the_views_that_questions_name():
    """The role of the console's user is granted these views and no other thing."""
    ddl = (MIGRATIONS / "server" / "0006_console.sql").read_text(encoding="utf-8")
    granted = re.findall(r"GRANT (.*) ON default\.(\w+) TO gamsa_investigation", ddl)
    assert ddl.count("GRANT ") == len(granted)
    assert {view for right, view in granted if right == "SELECT"} == named()
    assert [one for one in granted if one[0] != "SELECT"] == [("INSERT", "finding_statuses")]


def test_in_compose_the_console_reads_what_lies_beneath_as_well():
    """Its user may read the views, and the tables of those that run as their reader."""
    files = sorted(MIGRATIONS.glob("*.sql"))
    views = {name: text for file in files for name, text in VIEW.findall(file.read_text("utf-8"))}
    assert named() <= views.keys()
    needed = named().union(*(beneath(view, views) for view in named()))
    user = ET.parse(DEPLOY / "clickhouse" / "users.xml.in").getroot().find("users/gamsa_console")
    written, *granted = [query.text for query in user.iter("query")]
    assert written == "GRANT INSERT ON default.finding_statuses"
    assert {query.removeprefix("GRANT SELECT ON default.") for query in granted} == needed
    assert user.findtext("profile") == "gamsa_asking"


def test_the_image_holds_every_package():
    """What pyproject.toml installs is in the build's context."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    packages = {name.partition(".")[0] for name in project["tool"]["setuptools"]["packages"]}
    let_in = (DEPLOY / "Dockerfile.dockerignore").read_text(encoding="utf-8").splitlines()
    assert {f"!{name}" for name in packages} <= set(let_in)


@pytest.mark.slow
def test_the_console_serves_by_its_own_command_line(secrets, tmp_path):
    """As the file has it but for places: by TLS, and its health check finds it ready."""
    console = yaml.safe_load((ROOT / "docker-compose.yml").read_text())["services"]["console"]
    port = str(ports.free_port())
    here = {
        URL: "https://audit.example:8443",
        "/run/secrets/console_certificate": str(secrets / "console_certificate.pem"),
        "/run/secrets/console_key": str(secrets / "console_key.pem"),
        "0.0.0.0": "127.0.0.1",
        "port=8443": f"port={port}",
        "port=9301": f"port={ports.free_port()}",
    }
    places = {
        "GAMSA_HOME": str(tmp_path / "home"),
        "GAMSA_POLICY": str(ROOT / "policies" / "seoul-reservation"),
        "GAMSA_KAFKA": "127.0.0.1:1",
        "GAMSA_CLICKHOUSE": "http://127.0.0.1:1",
    }
    _, *check = console["healthcheck"]["test"]
    check[check.index("8443")] = port
    ready = own_command({**console, "command": check}, places, here)
    assert subprocess.run(**ready, check=False).returncode == 1
    with subprocess.Popen(**own_command(console, places, here)) as process:
        eventually(lambda: subprocess.run(**ready, check=False).returncode == 0)
        process.terminate()
