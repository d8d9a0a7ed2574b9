"""docker-compose.yml and what it mounts, tried as far as it goes without a container engine."""

import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
from contextlib import ExitStack
from pathlib import Path
from urllib.request import urlopen
from xml.etree import ElementTree as ET

import chdb
import pytest
import yaml
from click import UsageError

from audit.topics import ACCESS_EVENTS
from dashboards import output
from dashboards.prometheus import with_receivers
from gamsa import broker, ports
from gamsa.home import default_home
from gamsa.kafka_jars import jars, java
from gamsa.monitoring import answers
from gamsa.settings import as_environment, from_environment
from storage import address
from storage.trail import TrailUnavailableError, connect
from stream import topics
from tests.dashboards.installed import need
from tests.waiting import eventually

ROOT = Path(__file__).parents[2]
DEPLOY = ROOT / "deploy"
TARGETS = sorted((DEPLOY / "prometheus").iterdir())
PARSER = Path(__file__).parent / "compose"
ONE_SHOT = {"migrate"}


@pytest.fixture(name="project", scope="module")
def _project(tmp_path_factory):
    """The compose file as Docker Compose's own library reads it."""
    if shutil.which("go") is None:
        pytest.skip("go is not on PATH: the compose file cannot be parsed")
    program = tmp_path_factory.mktemp("compose") / "compose"
    subprocess.run(["go", "build", "-o", program, "."], cwd=PARSER, check=True, timeout=280)
    said = subprocess.run(
        [program, ROOT / "docker-compose.yml"], capture_output=True, text=True, check=False
    )
    assert (said.returncode, said.stderr) == (0, "")
    return json.loads(said.stdout)


@pytest.mark.slow
def test_every_service_is_pinned_and_hardened(project):
    """A version for each image; no root, no writable image, no capability, a health check."""
    assert set(project["services"]) == {
        *("kafka", "clickhouse", "migrate", "worker-1", "worker-2", "grafana"),
        *("prometheus", "alertmanager", "console"),
    }
    for name, service in project["services"].items():
        assert re.search(r":v?\d+\.\d+(\.\d+)+$", service["image"]), name
        assert re.match(r"[1-9]\d*:", service["user"]), name
        assert service["read_only"], name
        assert service["cap_drop"] == ["ALL"], name
        assert service["security_opt"] == ["no-new-privileges:true"], name
        assert ("healthcheck" in service) != (name in ONE_SHOT), name


@pytest.mark.slow
def test_ports_are_published_on_loopback_only(project):
    """Nobody reaches the stack from another machine unless an operator decides so."""
    published = [port for one in project["services"].values() for port in one.get("ports", ())]
    assert len(published) == 6
    assert {port["host_ip"] for port in published} == {"127.0.0.1"}


@pytest.mark.slow
def test_what_is_mounted_is_there(project):
    """Every file or folder that is bound into a container exists, and is bound for reading."""
    bound = [
        volume
        for service in project["services"].values()
        for volume in service.get("volumes", ())
        if volume["type"] == "bind"
    ]
    assert bound
    for volume in bound:
        assert (ROOT / volume["source"]).exists(), volume
        assert volume["read_only"], volume


@pytest.mark.slow
def test_passwords_come_from_files_that_one_command_makes(project, secrets):
    """No variable holds a password; each secret is a file of make-secrets that git ignores."""
    for service in project["services"].values():
        variables = service.get("environment") or {}
        assert all(n.endswith("FILE") for n in variables if "PASSWORD" in n), variables
    files = [secret["file"] for secret in project["secrets"].values()]
    assert {Path(file).name for file in files} == {path.name for path in secrets.iterdir()}
    ignored = subprocess.run(
        ["git", "check-ignore", *files], cwd=ROOT, capture_output=True, check=True
    )
    assert ignored.stdout.decode().split() == files


@pytest.mark.slow
def test_grafana_is_told_every_variable_that_its_files_name(project):
    """The data source and the dashboards' folder find what they name in the environment."""
    named = set(re.findall(r"\$(GF_\w+)", "".join(output.files().values())))
    told = {name.removesuffix("__FILE") for name in project["services"]["grafana"]["environment"]}
    assert named
    assert named <= told


def test_secrets_are_kept_when_made_again(secrets):
    """A second run changes no password; the folder is its owner's alone."""
    before = {path.name: path.read_bytes() for path in secrets.iterdir()}
    subprocess.run([secrets.parent / "make-secrets"], check=True, capture_output=True)
    assert {path.name: path.read_bytes() for path in secrets.iterdir()} == before
    assert secrets.stat().st_mode & 0o777 == 0o700
    assert all(len(text) == 48 for name, text in before.items() if name.endswith(".txt"))


def test_alerts_reach_whom_a_file_of_the_place_names(secrets):
    """Alertmanager's configuration is the committed one, with the receivers of that file."""
    committed = (output.HERE / "alertmanager" / "alertmanager.yml").read_text(encoding="utf-8")
    made = secrets / "alertmanager.yml"
    assert made.read_text(encoding="utf-8") == committed
    own = "receivers:\n- {name: night-duty}\n- {name: security-desk}\n- {name: daily-review}\n"
    (secrets / "alert_receivers.yml").write_text(own, encoding="utf-8")
    subprocess.run([secrets.parent / "make-secrets"], check=True, capture_output=True)
    assert made.read_text(encoding="utf-8") == with_receivers(committed, own)


def test_prometheus_is_told_of_everyone_who_has_metrics():
    """Its targets are the workers, console and Alertmanager, at the ports they are given."""
    services = yaml.safe_load((ROOT / "docker-compose.yml").read_text())["services"]
    told = [one for file in TARGETS for one in yaml.safe_load(file.read_text())]
    places = {target for one in told for target in one["targets"]}
    workers = {name: "9300" for name in services if name.startswith("worker-")}
    told_of = workers | {"console": "9301"}
    assert places == {f"{name}:{port}" for name, port in told_of.items()} | {"alertmanager:9093"}
    for name, port in told_of.items():
        assert f"--metrics-port={port}" in services[name]["command"]
        assert all(one.endswith(":8443") for one in services[name].get("ports", ()))


@pytest.mark.slow
@need("prometheus")
@need("amtool")
def test_prometheus_and_alertmanager_start_by_their_own_command_lines(tmp_path):
    """As the file has them but for places: both get ready, and Prometheus knows the targets."""
    services = yaml.safe_load((ROOT / "docker-compose.yml").read_text())["services"]
    shutil.copytree(output.HERE / "prometheus", tmp_path / "prometheus")
    shutil.copytree(DEPLOY / "prometheus", tmp_path / "prometheus" / "targets")
    shutil.copy(output.HERE / "alertmanager" / "alertmanager.yml", tmp_path)
    places = {
        "/etc/prometheus": str(tmp_path / "prometheus"),
        "=/prometheus": f"={tmp_path / 'data'}",
        "/run/secrets/alertmanager": str(tmp_path / "alertmanager.yml"),
        "=/alertmanager": f"={tmp_path / 'silences'}",
    }
    called = {"prometheus": "prometheus", "alertmanager": "prometheus-alertmanager"}
    with ExitStack() as running:
        urls = {}
        for name, program in called.items():
            place = f"127.0.0.1:{ports.free_port()}"
            changes = {**places, "0.0.0.0:9090": place, "0.0.0.0:9093": place}
            command = own_command(services[name] | {"environment": {}}, {}, changes)
            command["args"].insert(0, program)
            process = running.enter_context(subprocess.Popen(**command))
            running.callback(process.terminate)
            urls[name] = f"http://{place}"
        assert eventually(lambda: all(map(answers, urls.values())))
        named = {
            *(f"http://{name}/metrics" for name in ("worker-1:9300", "worker-2:9300")),
            "http://console:9301/metrics",
            "http://alertmanager:9093/api/v2/alerts",
        }
        eventually(lambda: known_to(urls["prometheus"]) == named)  # it learns them one by one


def known_to(prometheus):
    """Where Prometheus reads metrics, and where it sends alerts, once it knows both."""
    with urlopen(f"{prometheus}/api/v1/targets", timeout=10) as page:
        workers = {one["scrapeUrl"] for one in json.load(page)["data"]["activeTargets"]}
    with urlopen(f"{prometheus}/api/v1/alertmanagers", timeout=10) as page:
        others = {one["url"] for one in json.load(page)["data"]["activeAlertmanagers"]}
    return workers | others if workers and others else None


def test_clickhouse_knows_the_passwords_by_their_hashes(secrets):
    """Each user's hash is that of its file, the default user is gone, and grants are SQL."""
    users = ET.parse(secrets / "clickhouse_users.xml").getroot().find("users")
    hashes = {user.tag: user.findtext("password_sha256_hex") for user in users}
    for name in ("admin", "worker", "grafana", "console"):
        password = (secrets / f"clickhouse_{name}.txt").read_bytes()
        assert hashes.pop(f"gamsa_{name}") == hashlib.sha256(password).hexdigest()
    assert hashes == {"default": None}
    assert users.find("default").get("remove") == "remove"
    for grant in users.iter("query"):
        whole = f"{grant.text} TO {name}"  # the server reads them without the grantee
        said = str(chdb.query(f"SELECT formatQuerySingleLine('{whole}') FORMAT TSVRaw"))
        assert said.startswith("GRANT ")


def test_clickhouse_settings_are_xml():
    """The file over the server's own settings can be read."""
    assert ET.parse(DEPLOY / "clickhouse" / "server.xml").getroot().tag == "clickhouse"


@pytest.mark.parametrize(
    ("url", "password", "said"),
    [
        ("http://reader@127.0.0.1:1/default", None, "names no file that can be read"),
        ("http://reader@127.0.0.1:1/default", b"", "is empty; make it anew"),
        ("http://reader@127.0.0.1:1/default", b"\xff", "names no file that can be read"),
        ("http://127.0.0.1:1/default", b"p", "must be like http://user@host:8123/database"),
        ("http://reader:q@127.0.0.1:1/default", b"p", "must be like"),
        ("", b"p", "must be like"),
    ],
)
def test_a_passwords_file_that_cannot_be_used_is_told(monkeypatch, tmp_path, url, password, said):
    """Worker and commands name the variable; wrong use is exit status 2."""
    secret = tmp_path / "secret.txt"
    if password is not None:
        secret.write_bytes(password)
    monkeypatch.setenv(address.URL, url)
    monkeypatch.setenv(address.PASSWORD_FILE, str(secret))
    with pytest.raises(ValueError, match=said):
        address.clickhouse(os.environ)
    with pytest.raises(UsageError, match=said):
        from_environment()


@pytest.fixture(name="guarded")
def _guarded(tmp_path):
    """An endpoint whose user `reader` has a password full of signs; its place, and the file."""
    secret = tmp_path / "secret.txt"
    secret.write_text("p@ss/w:rd #1%41?\n", encoding="utf-8")
    endpoint = [sys.executable, "-m", "storage.embedded", "--path", tmp_path / "data"]
    with subprocess.Popen(
        [*endpoint, "--port", "0", "--readonly-user", "reader"],
        stdout=subprocess.PIPE,
        text=True,
        env=os.environ | {"GAMSA_CLICKHOUSE_READONLY_PASSWORD": secret.read_text().strip()},
    ) as process:
        yield process.stdout.readline().strip().removeprefix("http://").rstrip("/"), secret
        process.terminate()


@pytest.mark.slow
def test_a_password_from_a_file_opens_the_engine(guarded, monkeypatch):
    """Whatever signs it holds; what a command starts is told, and no file is left to be read."""
    place, secret = guarded
    monkeypatch.setenv(address.URL, f"http://reader@{place}/default")
    monkeypatch.setenv(address.PASSWORD_FILE, str(secret))
    for environment in (os.environ, as_environment(from_environment())):
        client = connect(address.clickhouse(environment))
        assert client.query("SELECT 6 * 7").result_rows == [(42,)]
        client.close()
    monkeypatch.setenv(address.PASSWORD_FILE, __file__)
    with pytest.raises(TrailUnavailableError):
        connect(address.clickhouse(os.environ))


@pytest.mark.slow
def test_kafka_starts_with_the_settings_of_the_container(tmp_path):
    """A real broker takes the file, its addresses apart, and gets the topics."""
    inside, host, control = (str(ports.free_port()) for _ in range(3))
    text = (DEPLOY / "kafka" / "server.properties").read_text(encoding="utf-8")
    for old, new in {
        "kafka:9092": f"127.0.0.1:{inside}",
        "0.0.0.0:9092": f"127.0.0.1:{inside}",
        "0.0.0.0:9094": f"127.0.0.1:{host}",
        "127.0.0.1:9094": f"127.0.0.1:{host}",
        "127.0.0.1:9093": f"127.0.0.1:{control}",
        "/var/lib/kafka/data": str(tmp_path / "data"),
    }.items():
        assert old in text
        text = text.replace(old, new)
    settings, log = tmp_path / "server.properties", tmp_path / "broker.log"
    settings.write_text(text, encoding="utf-8")
    command = [java(None), "-Xmx512m", "-cp", f"{jars(default_home())}/*"]
    broker._format(command, settings)
    with log.open("wb") as said:
        process = subprocess.Popen(
            [*command, "kafka.Kafka", settings], stdout=said, stderr=said, cwd=tmp_path
        )
    try:
        broker.await_ready(f"127.0.0.1:{host}", lambda: process.poll() is None, log)
        assert ACCESS_EVENTS in topics.ensure(f"127.0.0.1:{host}")
        assert len(topics.log_ranges(f"127.0.0.1:{inside}")) == topics.PARTITIONS
    finally:
        process.kill()
        process.wait()


@pytest.mark.slow
def test_migrate_and_a_worker_run_by_their_own_command_lines(tmp_path):
    """Against a real broker and engine, as the file has them but for the places; it gets ready."""
    services = yaml.safe_load((ROOT / "docker-compose.yml").read_text())["services"]
    engine = [sys.executable, "-m", "storage.embedded", "--path", tmp_path / "data", "--port", "0"]
    with (
        broker.running_broker(tmp_path / "broker") as kafka,
        subprocess.Popen(engine, stdout=subprocess.PIPE, text=True) as endpoint,
    ):
        places = {
            "GAMSA_HOME": str(tmp_path / "home"),
            "GAMSA_KAFKA": kafka,
            "GAMSA_CLICKHOUSE": endpoint.stdout.readline().strip(),
            "GAMSA_POLICY": str(ROOT / "policies" / "seoul-reservation"),
        }
        try:
            subprocess.run(**own_command(services["migrate"], places), check=True)
            worker = services["worker-1"]
            port = str(ports.free_port())
            here = {"9300": port, "0.0.0.0": "127.0.0.1"}
            with subprocess.Popen(**own_command(worker, places, here)) as process:
                try:
                    _, *check = worker["healthcheck"]["test"]
                    ready = own_command({**worker, "command": check}, places, {"9300": port})
                    eventually(lambda: subprocess.run(**ready, check=False).returncode == 0)
                finally:
                    process.terminate()
            assert process.returncode == 0
        finally:
            endpoint.terminate()


def own_command(service, places, changes=None):
    """A service's command and variables, with the places of this machine in them."""
    here = {"/opt/gamsa/deploy": str(DEPLOY), **(changes or {})}
    command = service["command"]
    for there, instead in here.items():
        command = [word.replace(there, instead) for word in command]
    assert set(service["environment"]) - {"GAMSA_CLICKHOUSE_PASSWORD_FILE"} <= set(places)
    own = {name: places[name] for name in service["environment"] if name in places}
    path = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
    return {
        "args": command,
        "env": {**os.environ, **own, "PATH": path},
        "cwd": ROOT,
        "stdout": subprocess.DEVNULL,
        "stderr": subprocess.DEVNULL,
    }
