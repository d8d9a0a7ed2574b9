"""Write the provisioned files anew: `python -m dashboards`."""

import sys

from dashboards.output import write


def main() -> int:
    """Write every file, and name those that changed."""
    changed = write()
    sys.stdout.write("".join(f"wrote {path}\n" for path in changed) or "nothing has changed\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
