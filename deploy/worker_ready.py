# ruff: noqa: INP001  a script of the image, in no package
"""Exit with 0 when the worker in this container is at rest in its group, else with 1."""

import re
import sys
from urllib.request import urlopen


def main() -> int:
    """Ask the worker's metrics page, on the port given."""
    try:
        with urlopen(f"http://127.0.0.1:{int(sys.argv[1])}/metrics", timeout=3) as page:
            ready = re.search(rb"^gamsa_worker_ready 1", page.read(), re.MULTILINE)
    except OSError:
        return 1
    return 0 if ready else 1


if __name__ == "__main__":
    sys.exit(main())
