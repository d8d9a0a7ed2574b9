# ruff: noqa: INP001  a script of the image, in no package
"""Run a command with the password of a secret file in its GAMSA_CLICKHOUSE.

GAMSA_CLICKHOUSE is a URL that names a user and no password; GAMSA_CLICKHOUSE_PASSWORD_FILE is the
file that holds it. The command takes this process's place. Exit status 2 when either is wrong.
"""

import os
import sys
from pathlib import Path
from urllib.parse import quote, urlsplit


def with_password(url: str, password: str) -> str:
    """Return the URL with the password after its user; ValueError says what cannot be."""
    if not password:
        raise ValueError("the file of GAMSA_CLICKHOUSE_PASSWORD_FILE is empty; make it anew")
    parts = urlsplit(url)
    if not parts.hostname or not parts.username or parts.password is not None:
        raise ValueError("GAMSA_CLICKHOUSE must be like http://user@host:8123/database")
    user, _, place = parts.netloc.rpartition("@")
    return parts._replace(netloc=f"{user}:{quote(password, safe='')}@{place}").geturl()


def main() -> None:
    """Read the file, and become the command."""
    try:
        file = Path(os.environ["GAMSA_CLICKHOUSE_PASSWORD_FILE"])
        password = file.read_text(encoding="utf-8").strip()
        os.environ["GAMSA_CLICKHOUSE"] = with_password(os.environ["GAMSA_CLICKHOUSE"], password)
        os.execvp(sys.argv[1], sys.argv[1:])  # noqa: S606  the command is the container's own
    except (KeyError, IndexError):
        sys.exit(_wrong("set GAMSA_CLICKHOUSE and GAMSA_CLICKHOUSE_PASSWORD_FILE, name a command"))
    except (OSError, ValueError) as error:
        sys.exit(_wrong(str(error)))


def _wrong(message: str) -> int:
    sys.stderr.write(f"with_password: {message}\n")
    return 2


if __name__ == "__main__":
    main()
