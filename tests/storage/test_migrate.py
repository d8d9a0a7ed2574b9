"""The schema is applied once, in order, and never changes behind our back."""

import dataclasses

import pytest
from click.testing import CliRunner

from gamsa.cli import gamsa
from storage import migrate
from storage.trail import connect

pytestmark = pytest.mark.slow


@pytest.fixture(name="client")
def _client(database):
    client = connect(database)
    yield client
    client.close()


def test_an_empty_database_lacks_everything(client):
    """All migrations are pending, and asking changes nothing."""
    assert migrate.pending(client) == migrate.migrations()
    assert migrate.applied(client) == {}


def test_applying_twice_applies_once(client):
    """The second time there is nothing to do."""
    assert migrate.apply(client) == migrate.migrations()
    assert migrate.apply(client) == []
    migrate.require_current(client)


def test_a_changed_file_is_refused(client):
    """An applied migration is a fact; its file may not say something else."""
    migrate.apply(client)
    first, *rest = migrate.migrations()
    changed = dataclasses.replace(first, sql=first.sql + "\n-- later")
    with pytest.raises(migrate.MigrationError, match=first.name):
        migrate.pending(client, [changed, *rest])


def test_a_newer_database_is_refused(client):
    """An older Gamsa does not write into tables it does not know."""
    migrate.apply(client)
    with pytest.raises(migrate.MigrationError, match="does not know"):
        migrate.pending(client, migrate.migrations()[:-1])


def test_a_migration_that_died_half_way_is_taken_up_again(client):
    """Its statements create only what is missing."""
    views = migrate.migrations()[-1]
    for migration in migrate.migrations()[:-1]:
        for statement in migration.statements():
            client.command(statement)
    client.command(views.statements()[0])
    assert migrate.apply(client) == migrate.migrations()


def test_what_is_applied_is_asked_once(client, monkeypatch):
    """What is pending is told of one moment, whoever applies something meanwhile."""
    asked, ask = [], client.query

    def query(question, *arguments, **settings):
        asked.append(question)
        return ask(question, *arguments, **settings)

    first, second, *_ = migrate.migrations()
    migrate.apply(client, [first])
    monkeypatch.setattr(client, "query", query)
    assert migrate.pending(client, [first, second]) == [second]
    assert len([one for one in asked if "schema_migrations" in one]) == 1


def test_a_worker_is_told_what_to_run(client):
    """Where tables are missing, the error names the command."""
    with pytest.raises(migrate.MigrationError, match="gamsa migrate"):
        migrate.require_current(client)


def test_each_migration_says_its_purpose_in_a_sentence():
    """Who is shown what is pending can tell what it is for."""
    purposes = [migration.purpose for migration in migrate.migrations()]
    assert all(purpose.endswith(".") and "--" not in purpose for purpose in purposes)
    assert migrate.Migration(1, "0001_a.sql", "SELECT 1;\n-- Late.").purpose == ""


def test_a_dry_run_says_what_is_pending_and_applies_nothing(client, database):
    """Before, it names each migration; after, it says that none is pending."""

    def dry_run():
        named = {"GAMSA_CLICKHOUSE": database, "GAMSA_KAFKA": "127.0.0.1:1"}
        return CliRunner().invoke(gamsa, ["migrate", "--dry-run"], env=named)

    said = dry_run()
    assert said.exit_code == 0, said.output
    shown = [line.split(":")[0] for line in said.output.splitlines()]
    assert shown == [f"pending {migration.name}" for migration in migrate.migrations()]
    assert not client.command("SHOW TABLES")
    migrate.apply(client)
    said = dry_run()
    assert (said.exit_code, said.output) == (0, "no migration is pending\n")
