"""The DDL that only a server can run is at least what the engine's parser understands."""

from importlib.resources import files

import chdb
import pytest

from storage.migrate import Migration

FOLDER = files("storage") / "migrations" / "server"
STATEMENTS = [
    pytest.param(statement, id=f"{path.name}-{number}")
    for path in sorted(FOLDER.iterdir(), key=lambda path: path.name)
    if path.name.endswith(".sql")
    for number, statement in enumerate(
        Migration(int(path.name[:4]), path.name, path.read_text(encoding="utf-8")).statements()
    )
]


@pytest.mark.parametrize("statement", STATEMENTS)
def test_a_server_statement_is_parsed(statement):
    """The engine's own parser reads it, and says it back."""
    quoted = statement.replace("\\", "\\\\").replace("'", "\\'")
    said = str(chdb.query(f"SELECT formatQuerySingleLine('{quoted}') FORMAT TSVRaw"))
    assert said.split(maxsplit=1)[0] in {"CREATE", "GRANT", "ALTER"}


def test_the_parser_refuses_what_is_no_statement():
    """The check can fail."""
    with pytest.raises(RuntimeError, match="Syntax error"):
        chdb.query("SELECT formatQuerySingleLine('CREATE ROLE IF EXISTS x')")
