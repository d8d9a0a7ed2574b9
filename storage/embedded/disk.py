"""The disk under the engine: it does not notice when a write fails, so we look."""

import shutil
from pathlib import Path

# With less room than this a write of the engine may fail, which it does not say.
_FULL = 16 << 20  # bytes


class Disk:
    """Remembers whether the disk of a directory has ever been seen full."""

    def __init__(self, path: Path) -> None:
        self.path, self._was_full = path, False

    def look(self) -> bool:
        """Look, and return whether the disk has been full and now has room again."""
        full = shutil.disk_usage(self.path).free < _FULL
        self._was_full |= full
        return self._was_full and not full
