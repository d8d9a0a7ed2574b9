"""Java, Maven and the jars of the broker."""

import pytest

from gamsa import kafka_jars
from gamsa.errors import Unavailable


def a_program(folder, name, text):
    """Put a small program on a PATH of its own."""
    folder.mkdir(parents=True, exist_ok=True)
    file = folder / name
    file.write_text(f"#!/bin/sh\n{text}\n")
    file.chmod(0o700)
    return folder


def test_without_java_the_user_is_told_what_to_install(tmp_path, monkeypatch):
    """No Java is one sentence that names the version and the other way out."""
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(Unavailable, match=r"install a JDK 17 or newer, or name .*GAMSA_KAFKA"):
        kafka_jars.java(None)


@pytest.mark.parametrize("version", ["1.8.0_392", "11.0.21"])
def test_a_java_that_is_too_old_is_named(tmp_path, version):
    """An old Java is refused before Kafka fails with a riddle."""
    home = a_program(tmp_path / "bin", "java", f"echo 'openjdk version \"{version}\"' >&2").parent
    with pytest.raises(Unavailable, match=version):
        kafka_jars.java(str(home))


@pytest.mark.parametrize("version", ["17", "17.0.15", "21.0.2", "25-ea"])
def test_java_of_java_home_comes_first(tmp_path, version):
    """JAVA_HOME is preferred to PATH, whichever new enough version it holds."""
    home = a_program(tmp_path / "bin", "java", f"echo 'openjdk version \"{version}\"' >&2").parent
    assert kafka_jars.java(str(home)) == str(home / "bin" / "java")


def test_without_maven_the_user_is_told_what_it_is_for(tmp_path, monkeypatch):
    """No Maven is one sentence, and leaves no half-made folder of jars."""
    monkeypatch.setenv("PATH", str(tmp_path / "empty"))
    with pytest.raises(Unavailable, match="install Apache Maven"):
        kafka_jars.jars(tmp_path)
    assert not list(tmp_path.rglob("libs*"))


def test_maven_s_own_reason_is_passed_on(tmp_path, monkeypatch):
    """When the jars cannot be fetched, the first thing Maven says is in the sentence."""
    path = a_program(tmp_path / "bin", "mvn", "echo '[ERROR] Unknown host'; exit 1")
    monkeypatch.setenv("PATH", f"{path}:/bin:/usr/bin")
    with pytest.raises(Unavailable, match="Unknown host"):
        kafka_jars.jars(tmp_path)
    assert not list(tmp_path.rglob("libs*"))
