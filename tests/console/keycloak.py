"""A real Keycloak on loopback: brought by Maven once, started, and told its realm over its API."""

import fcntl
import os
import secrets
import shutil
import signal
import subprocess
import tempfile
import zipfile
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import httpx2
import pytest

from gamsa.errors import Unavailable
from gamsa.home import default_home
from gamsa.kafka_jars import java
from gamsa.ports import free_port
from tests.waiting import eventually

VERSION = "26.7.3"
_COPY = "org.apache.maven.plugins:maven-dependency-plugin:3.11.0:copy"
_ARTIFACT = f"org.keycloak:keycloak-quarkus-dist:{VERSION}:zip"
_ADMIN = "admin"


@dataclass
class Keycloak:
    """A server of its own, with the realms that a test makes in it."""

    url: str
    password: str

    def issuer(self, realm):
        return f"{self.url}/realms/{realm}"

    def make(self, path, document):
        """Make what the document says, by the API of Keycloak's administrator."""
        with httpx2.Client(base_url=self.url, timeout=60) as client:
            given = {"grant_type": "password", "client_id": "admin-cli", "username": _ADMIN}
            given["password"] = self.password
            told = client.post("/realms/master/protocol/openid-connect/token", data=given)
            bearer = {"Authorization": f"Bearer {told.raise_for_status().json()['access_token']}"}
            client.post(f"/admin/realms{path}", json=document, headers=bearer).raise_for_status()

    def warm(self, realm):
        """Have it answer once what a console asks: its first answers take longest."""
        pages = (".well-known/openid-configuration", "protocol/openid-connect/certs")
        for page in pages:
            httpx2.get(f"{self.issuer(realm)}/{page}", timeout=120).raise_for_status()


def home():
    """The folder of the distribution, which appears whole; a skip where it cannot be brought."""
    try:
        java(os.environ.get("JAVA_HOME"))
    except Unavailable as missing:
        pytest.skip(str(missing))
    if shutil.which("mvn") is None:
        pytest.skip("no mvn on PATH, which brings Keycloak: install Apache Maven")
    kept = Path(os.environ.get("GAMSA_CACHE") or default_home()) / "keycloak"
    folder = kept / f"keycloak-{VERSION}"
    kept.mkdir(parents=True, exist_ok=True)
    with (kept / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not folder.is_dir():
            _fetch(kept, folder)
    return folder


def _fetch(kept, folder):
    with tempfile.TemporaryDirectory(dir=kept) as fresh:
        copy = ["mvn", "-q", "-B", _COPY, f"-Dartifact={_ARTIFACT}", f"-DoutputDirectory={fresh}"]
        said = subprocess.run(copy, capture_output=True, text=True, check=False)
        if said.returncode:
            pytest.skip(f"Maven could not bring Keycloak: {said.stdout[-300:]}")
        (archive,) = Path(fresh).glob("*.zip")
        with zipfile.ZipFile(archive) as opened:
            opened.extractall(fresh)
        (Path(fresh) / folder.name).rename(folder)


@contextmanager
def running(log):
    """A Keycloak that keeps everything in memory, until the end of the block."""
    port, password = free_port(), secrets.token_urlsafe(24)
    command = [
        *("sh", home() / "bin" / "kc.sh", "start-dev", "--db=dev-mem", "--cache=local"),
        *("--http-host=127.0.0.1", f"--http-port={port}"),
    ]
    told = {"KC_BOOTSTRAP_ADMIN_USERNAME": _ADMIN, "KC_BOOTSTRAP_ADMIN_PASSWORD": password}
    with log.open("wb") as out:
        process = subprocess.Popen(
            command, stdout=out, stderr=out, env=os.environ | told, start_new_session=True
        )
    try:
        keycloak = Keycloak(f"http://127.0.0.1:{port}", password)
        eventually(lambda: _answers(keycloak, process, log), within=240)
        yield keycloak
    finally:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def _answers(keycloak, process, log):
    assert process.poll() is None, log.read_text(errors="replace")[-2000:]
    try:
        return httpx2.get(f"{keycloak.issuer('master')}").status_code == 200
    except httpx2.TransportError:
        return False
