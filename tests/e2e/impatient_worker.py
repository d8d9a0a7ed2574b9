"""A worker that waits for a server no longer than three seconds; run as `python -m stream` is."""

import sys

from stream import app
from stream.__main__ import main

app.LONGEST_WAIT = 3.0

if __name__ == "__main__":
    sys.exit(main())
