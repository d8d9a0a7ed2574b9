"""A wall clock for each process that leaps when told to, made of `leap.c`."""

import shutil
import subprocess
from pathlib import Path

SOURCE = Path(__file__).with_name("leap.c")


class Clocks:
    """Clocks in a folder, one a process. The engine's own clock cannot be reached this way."""

    def __init__(self, folder):
        self.folder, self.library = folder, folder / "leap.so"

    def build(self):
        """Compile the library; returns why it cannot be, or None."""
        compiler = shutil.which("cc") or shutil.which("gcc")
        if compiler is None:
            return "no C compiler (Debian package gcc) to fake a process's clock with"
        self.folder.mkdir(parents=True, exist_ok=True)
        command = [compiler, "-shared", "-fPIC", "-O2", "-o", self.library, SOURCE, "-ldl"]
        said = subprocess.run(command, capture_output=True, text=True, check=False)
        return said.stderr.strip() or None

    def environment(self, name):
        """What makes a process of this name look at its clock here."""
        if not self.library.exists():
            return {}
        if not (self.folder / name).exists():
            self.leap(name, 0)
        return {"LD_PRELOAD": str(self.library), "LEAP": str(self.folder / name)}

    def leap(self, name, seconds):
        """Set how many seconds a process's clock is ahead of the machine's."""
        file = self.folder / name
        with file.open("r+b" if file.exists() else "wb") as clock:
            clock.write(int(seconds).to_bytes(8, "little", signed=True))
