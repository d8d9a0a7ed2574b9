"""Loopback ports: free ones are found once and remembered, so that a restart keeps its address."""

import json
import random
import socket
from pathlib import Path

from gamsa.errors import Unavailable

# Below the ephemeral range (32768 and up on Linux): a client that keeps trying a port of that
# range while the server is away can be given the very port as its own and connect to itself.
FIRST, LAST = 20_000, 32_000
LOOPBACK = "127.0.0.1"


def is_free(port: int) -> bool:
    """Whether a server could listen on this loopback port."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((LOOPBACK, port))
        except OSError:
            return False
    return True


def accepts(address: str) -> bool:
    """Whether something accepts connections at `host:port`."""
    host, _, port = address.strip().rpartition(":")
    try:
        with socket.create_connection((host, int(port)), timeout=2):
            return True
    except (OSError, ValueError):
        return False


def free_port(besides: frozenset[int] = frozenset()) -> int:
    """Find a free loopback port outside the ephemeral range."""
    for port in random.sample(range(FIRST, LAST), 200):
        if port not in besides and is_free(port):
            return port
    raise Unavailable(f"no free port between {FIRST} and {LAST}; stop some servers and try again")


def remembered(file: Path, names: tuple[str, ...]) -> dict[str, int]:
    """Read the ports of these names from `file`, choosing and writing down what is not there."""
    ports: dict[str, int] = json.loads(file.read_text()) if file.is_file() else {}
    for name in names:
        if name not in ports:
            ports[name] = free_port(besides=frozenset(ports.values()))
    file.write_text(json.dumps(ports, indent=1) + "\n")
    return {name: ports[name] for name in names}
