"""The console served by TLS, as a process."""

import shutil
import ssl
import subprocess
import sys
import time

import httpx2
import pytest

from gamsa.ports import free_port
from tests.accounts.conftest import GOOD
from tests.console.conftest import AWAY, NAMES
from tests.local_stack.conftest import gamsa_environment
from tests.waiting import eventually

pytestmark = pytest.mark.slow


@pytest.fixture(name="certificate", scope="module")
def _certificate(tmp_path_factory):
    """A certificate of our own and its key."""
    if shutil.which("openssl") is None:
        pytest.skip("no openssl on PATH: install Debian's openssl")
    folder = tmp_path_factory.mktemp("tls")
    certificate, key = folder / "certificate.pem", folder / "key.pem"
    subprocess.run(
        [
            *("openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2"),
            *("-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost"),
            *("-keyout", key, "-out", certificate),
        ],
        check=True,
        capture_output=True,
    )
    return certificate, key


def test_by_tls_the_session_is_the_hosts_own(certificate, town, tmp_path):
    """With a certificate the console serves HTTPS, asks for it to be kept, and signs in."""
    folder = tmp_path / "home" / "console"
    folder.mkdir(parents=True)
    shutil.copy(town, folder / "accounts.sqlite")
    port, (file, key) = free_port(), certificate
    command = [sys.executable, "-m", "gamsa", "console", "serve", "--port", str(port)]
    secure = ["--certificate", file, "--key", key, "--url", f"https://localhost:{port}"]
    away = {"GAMSA_KAFKA": AWAY, "GAMSA_CLICKHOUSE": f"http://{AWAY}"}
    environment = gamsa_environment(tmp_path / "home", **away)
    process = subprocess.Popen([*command, *secure], env=environment)
    try:
        trusted = ssl.create_default_context(cafile=str(file))
        with httpx2.Client(
            base_url=f"https://localhost:{port}", verify=trusted, timeout=60
        ) as client:
            eventually(lambda: _serves(client))
            given = {"name": NAMES["auditor"], "password": GOOD}
            answer = client.post("/v1/session", json=given)
            assert answer.headers["set-cookie"].startswith("__Host-gamsa=")
            assert "strict-transport-security" in answer.headers
            assert client.get("/v1/session").json()["role"] == "auditor"
    finally:
        begun = time.monotonic()
        process.terminate()
        process.wait(30)
    assert time.monotonic() - begun < 15


def _serves(client):
    try:
        return client.get("/health").status_code == 200
    except httpx2.TransportError:
        return False
