"""A disk of its own that can be full, where we may mount one."""

import os
import shutil
import subprocess

HEADROOM = 64 << 10  # bytes left free on a full disk


class SmallDisk:
    """A tmpfs; full means that its size is what it holds."""

    def __init__(self, folder, size=8 << 30):
        self.folder, self.size = folder, size

    def mount(self):
        """Mount it; returns why it cannot be, or None."""
        self.folder.mkdir(parents=True, exist_ok=True)
        if os.geteuid() != 0 or shutil.which("mount") is None:
            return "only root may mount a small disk"
        asked = ["mount", "-t", "tmpfs", "-o", f"size={self.size}", "tmpfs", str(self.folder)]
        said = subprocess.run(asked, capture_output=True, text=True, check=False)
        return said.stderr.strip() or None

    def fill(self):
        """Leave no room; tells whether it is so: it is refused if more is written meanwhile."""
        used = shutil.disk_usage(self.folder).used
        return self._resize(used + HEADROOM)

    def empty(self):
        self._resize(self.size)

    def unmount(self):
        subprocess.run(["umount", "--lazy", str(self.folder)], check=False)

    def _resize(self, size):
        remount = ["mount", "-o", f"remount,size={size}", str(self.folder)]
        return subprocess.run(remount, capture_output=True, check=False).returncode == 0
