"""`gamsa user` and `gamsa console`, as somebody at the server gives them."""

import json
import socket
import stat
from pathlib import Path

import pytest
from click.testing import CliRunner
from sqlalchemy import text

from gamsa.cli import gamsa
from gamsa.errors import Unavailable
from investigate.accounts import database
from tests.accounts.conftest import GOOD

VERSIONS = Path(database.__file__).parent / "migrations" / "versions"
MIGRATIONS = sorted(file.name[:4] for file in VERSIONS.glob("*.py"))


@pytest.fixture(name="run")
def _run(tmp_path):
    """Give a command in a home of its own, with a password on standard input."""

    def run(*arguments, **environment):
        told = {"GAMSA_HOME": str(tmp_path / "home"), "GAMSA_ACCOUNTS": None, **environment}
        return CliRunner().invoke(gamsa, arguments, input=f"{GOOD}\n", env=told)

    return run


@pytest.fixture(name="inspector")
def _inspector(run):
    added = run(*["user", "add", "inspector", "--role", "auditor", "--password-file", "-"])
    assert added.exit_code == 0, added.output
    return "inspector"


def listed(run):
    return json.loads(run("user", "list", "--json").stdout)


def test_there_is_nobody_at_first(run):
    """A fresh home has no account, and the command says how to make one."""
    assert listed(run) == []
    assert "gamsa user add" in run("user", "list").output


def test_a_user_is_added_changed_and_removed(run, inspector):
    """What the commands do to a user is what the list then shows; a password never is."""
    assert run("user", "role", inspector, "investigator").exit_code == 0
    assert run("user", "unlock", inspector).exit_code == 0
    assert run("user", "password", inspector, "--password-file", "-").exit_code == 0
    (one,) = listed(run)
    assert (one["name"], one["role"]) == (inspector, "investigator")
    shown = run("user", "list").output
    assert inspector in shown
    assert "argon2" not in shown + json.dumps(one)
    assert run("user", "remove", inspector).exit_code == 0
    assert listed(run) == []


@pytest.mark.parametrize(
    ("arguments", "why"),
    [
        ("user add Inspector --role auditor --password-file -", "no user name"),
        ("user add desk --role king --password-file -", "Invalid value"),
        ("user add desk --role auditor", "no terminal"),
        ("user role nobody auditor", "nobody is called"),
        ("user remove nobody", "nobody is called"),
        (
            "console serve --host 0.0.0.0",
            "name a --certificate and its --key, or leave --host out",
        ),
        ("console serve --host ::", "is not this machine alone"),
        ("console serve --host 0.0.0.0 --url https://audit.example", "is not this machine alone"),
        ("console serve --url https://audit.example/console", "is no URL"),
        ("console serve --url audit.example", "is no URL"),
        ("console serve --url https://audit.example:port", "is no URL"),
        ("console serve --url http://audit.example", "must begin with https://"),
        ("console serve --certificate a.pem", "go together"),
        ("console serve --certificate a.pem --key b.pem", "no certificate"),
    ],
)
def test_wrong_use_is_said(run, arguments, why):
    """What is wrong is said in a sentence, with exit status 2."""
    done = run(*arguments.split())
    assert done.exit_code == 2
    assert why in done.output


def test_a_port_of_metrics_that_is_taken_is_named(run):
    """The option is named before anything is served."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        away = {"GAMSA_KAFKA": "127.0.0.1:1", "GAMSA_CLICKHOUSE": "http://127.0.0.1:1"}
        said = run("console", "serve", "--metrics-port", port, **away)
    assert isinstance(said.exception, Unavailable)
    assert f"--metrics-port {port} at 127.0.0.1" in str(said.exception)


def test_a_password_is_no_argument(run):
    """No command takes a password where other users of the machine could read it."""
    for command in ("add", "password"):
        assert "--password " not in run("user", command, "--help").output


@pytest.mark.parametrize("command", ["add inspector --role auditor", "password inspector"])
def test_a_password_that_is_not_utf8_is_refused(run, tmp_path, command):
    """The file is named, and nothing of what is in it."""
    file = tmp_path / "secret.txt"
    file.write_bytes("비밀번호 violet otter".encode("cp949"))
    said = run("user", *command.split(), "--password-file", str(file))
    assert said.exit_code == 2
    assert f"{file} is no text in UTF-8" in " ".join(said.output.split())
    assert "0x" not in said.output


def test_a_backup_comes_back(run, inspector, tmp_path):
    """A backup brings the users into another home, once."""
    file = str(tmp_path / "kept.sqlite")
    assert run("console", "backup", file).exit_code == 0
    assert run("console", "backup", file).exit_code == 2
    other = {"GAMSA_HOME": str(tmp_path / "other")}
    assert run("console", "restore", file, **other).exit_code == 0
    assert [one["name"] for one in json.loads(run("user", "list", "--json", **other).stdout)] == [
        inspector
    ]


def test_an_older_backup_comes_back(run, inspector, tmp_path):
    """A backup of before an upgrade is brought to this version on the way, and left as it is."""
    file = tmp_path / "kept.sqlite"
    assert run("console", "backup", str(file)).exit_code == 0
    older = database.engine(database.sqlite_url(file))
    with older.begin() as connection:
        connection.execute(text("DROP TABLE searches"))
        connection.execute(
            text("UPDATE alembic_version SET version_num = :n"), {"n": MIGRATIONS[-2]}
        )
    older.dispose()
    before = file.read_bytes()
    other = {"GAMSA_HOME": str(tmp_path / "other")}
    said = run("console", "restore", str(file), **other)
    assert said.exit_code == 0, said.output
    assert [one["name"] for one in json.loads(run("user", "list", "--json", **other).stdout)] == [
        inspector
    ]
    assert file.read_bytes() == before


def test_what_is_no_backup_is_not_restored(run, tmp_path):
    """An empty file brings nobody back, and says so."""
    (tmp_path / "empty.sqlite").touch()
    said = run("console", "restore", str(tmp_path / "empty.sqlite"))
    assert said.exit_code == 2
    assert "is no backup" in said.output


@pytest.mark.usefixtures("inspector")
def test_a_backup_that_fails_leaves_no_file(run, tmp_path, monkeypatch):
    """So that it can be made again under the same name."""

    def fail(*_):
        raise database.DatabaseError("away")

    monkeypatch.setattr(database, "copy", fail)
    file = tmp_path / "kept.sqlite"
    assert run("console", "backup", str(file)).exit_code != 0
    assert not file.exists()


@pytest.mark.parametrize("command", ["console backup FILE", "user list", "console migrate"])
def test_a_file_that_cannot_be_made_is_named(run, tmp_path, command):
    """A folder that is missing is said, for a backup and for GAMSA_ACCOUNTS."""
    file = tmp_path / "missing" / "x.sqlite"
    told = {} if "FILE" in command else {"GAMSA_ACCOUNTS": f"sqlite:///{file}"}
    said = run(*command.replace("FILE", str(file)).split(), **told)
    assert isinstance(said.exception, Unavailable)
    assert f"{file} cannot be made" in str(said.exception)


def test_our_own_database_is_made_by_migrate(run, tmp_path):
    """In a fresh home `migrate` makes the file of accounts, in a folder for its owner alone."""
    assert run("console", "migrate").output.split() == MIGRATIONS
    assert run("console", "migrate").output == "nothing to do\n"
    assert stat.S_IMODE((tmp_path / "home" / "console").stat().st_mode) == 0o700


def test_a_named_database_is_changed_by_migrate_alone(run, tmp_path):
    """A database that GAMSA_ACCOUNTS names is refused until it is migrated."""
    named = {"GAMSA_ACCOUNTS": f"sqlite:///{tmp_path}/named.sqlite"}
    refused = run("user", "list", **named)
    assert isinstance(refused.exception, Unavailable)
    assert "gamsa console migrate" in str(refused.exception)
    assert run("console", "migrate", **named).output.split() == MIGRATIONS
    assert run("console", "migrate", **named).output == "nothing to do\n"
    assert run("user", "list", **named).exit_code == 0
