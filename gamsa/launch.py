"""`python -m gamsa.launch COMMAND…`: become COMMAND, but die as soon as the parent does.

On Linux the kernel sees to it (PR_SET_PDEATHSIG outlives exec). Elsewhere a forked watcher reads
the pipe that is our standard input: it ends when the parent does, however the parent died. The
pid stays the command's own in both cases, so whoever started us can signal it directly.
"""

import ctypes
import os
import select
import signal
import sys

PR_SET_PDEATHSIG = 1


def command_line(command: list[str], parent: int) -> list[str]:
    """Say how to run `command` so that it dies with the process `parent`; stdin must be a pipe."""
    return [sys.executable, "-m", "gamsa.launch", str(parent), *command]


def die_with_parent(parent: int) -> None:
    """Arrange that this process is killed when `parent` is gone."""
    if sys.platform == "linux":
        ctypes.CDLL(None, use_errno=True).prctl(PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
    else:
        _watch_stdin()
    if os.getppid() != parent:  # it went before we asked
        sys.exit(1)


def _watch_stdin() -> None:
    """Fork a watcher that kills us at the end of stdin, and ends when we do."""
    ward = os.getpid()
    if os.fork():
        return
    while os.getppid() == ward:
        ended, _, _ = select.select([0], [], [], 1.0)
        if ended and not os.read(0, 1):
            os.kill(ward, signal.SIGKILL)
            break
    os._exit(0)


def main() -> None:
    """Bind our life to the parent's, then become the command."""
    die_with_parent(int(sys.argv[1]))
    os.execvp(sys.argv[2], sys.argv[2:])  # noqa: S606  we are the launcher


if __name__ == "__main__":
    main()
