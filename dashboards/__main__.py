"""Write the provisioned files anew: `python -m dashboards`.

With `--console URL FOLDER`, write the dashboards into that folder, for a console at that URL.
"""

import argparse
import sys
from pathlib import Path

from dashboards.output import write, write_placed


def main() -> int:
    """Write every file, and name those that changed."""
    parser = argparse.ArgumentParser(prog="python -m dashboards", description=__doc__)
    parser.add_argument("--console", nargs=2, metavar=("URL", "FOLDER"))
    told = parser.parse_args().console
    changed = write_placed(Path(told[1]), told[0].rstrip("/")) if told else write()
    sys.stdout.write("".join(f"wrote {path}\n" for path in changed) or "nothing has changed\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
