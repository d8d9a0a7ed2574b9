"""Apache Kafka's jars, brought by Maven once and kept for every broker that shares the folder."""

import fcntl
import re
import shutil
import subprocess
import tempfile
from pathlib import Path
from xml.etree import ElementTree as ET

from gamsa.errors import Unavailable

POM = Path(__file__).with_name("pom.xml")
OLDEST_JAVA = 17
OR_RUNNING = "or name a running broker in GAMSA_KAFKA"


def kafka_version() -> str:
    """Read the pinned version out of the pom."""
    version = ET.parse(POM).findtext(".//{*}kafka.version")  # noqa: S314  our own file
    assert version is not None
    return version


def java(java_home: str | None) -> str:
    """Find a `java` of JAVA_HOME or PATH that is new enough; Unavailable when there is none."""
    in_home = Path(java_home or "", "bin", "java")
    program = str(in_home) if java_home and in_home.is_file() else shutil.which("java")
    if program is None:
        raise Unavailable(
            f"no java in JAVA_HOME nor on PATH; install a JDK {OLDEST_JAVA} or newer, {OR_RUNNING}"
        )
    said = subprocess.run([program, "-version"], capture_output=True, text=True, check=False)
    found = re.search(r'version "(?:1\.)?(\d+)', said.stderr + said.stdout)
    if said.returncode or found is None or int(found[1]) < OLDEST_JAVA:
        first = (said.stderr + said.stdout).strip().partition("\n")[0]
        raise Unavailable(
            f"{program} does not run as Java {OLDEST_JAVA} or newer (it says: {first}); "
            f"install a JDK {OLDEST_JAVA}, {OR_RUNNING}"
        )
    return program


def jars(cache: Path) -> Path:
    """Return the folder `cache/kafka/<version>/libs`, fetching the jars the first time.

    The folder appears whole or not at all; of several processes that ask at once, one fetches.
    """
    folder = cache / "kafka" / kafka_version()
    if not (folder / "libs").is_dir():
        folder.mkdir(parents=True, exist_ok=True)
        with (folder / "lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            if not (folder / "libs").is_dir():
                _fetch(folder)
    return folder / "libs"


def _fetch(folder: Path) -> None:
    maven = shutil.which("mvn")
    if maven is None:
        raise Unavailable(
            f"no mvn on PATH; install Apache Maven, which brings Kafka's jars, {OR_RUNNING}"
        )
    fresh = Path(tempfile.mkdtemp(prefix="libs-", dir=folder))
    copy = [
        *(maven, "-q", "-B", "-f", str(POM), "dependency:copy-dependencies"),
        *("-DincludeScope=runtime", f"-DoutputDirectory={fresh}"),
    ]
    try:
        said = subprocess.run(copy, capture_output=True, text=True, check=False)
    except BaseException:
        shutil.rmtree(fresh)
        raise
    if said.returncode:
        shutil.rmtree(fresh)
        errors = re.findall(r"\[ERROR\] (.+)", said.stdout + said.stderr)
        reason = errors[0] if errors else (said.stdout + said.stderr).strip()[-500:]
        raise Unavailable(
            f"Maven could not bring Kafka's jars ({reason}); mend that, {OR_RUNNING}"
        )
    fresh.rename(folder / "libs")
