"""Where the stack's servers listen."""

import json
import socket

from gamsa import ports


def test_a_port_that_is_listened_on_is_not_free():
    """A port with a server on it is not offered to another."""
    with socket.create_server((ports.LOOPBACK, 0)) as server:
        assert not ports.is_free(server.getsockname()[1])


def test_a_free_port_lies_outside_the_ephemeral_range():
    """A client that retries can never be given the server's port as its own."""
    assert ports.FIRST <= ports.free_port() < ports.LAST <= 32_768


def test_a_home_keeps_its_ports(tmp_path):
    """A name has the same port at every start, and two names have different ones."""
    file = tmp_path / "ports.json"
    first = ports.remembered(file, ("broker", "controller"))
    again = ports.remembered(file, ("controller", "clickhouse", "broker"))
    assert again.items() >= first.items()
    assert len(set(json.loads(file.read_text()).values())) == 3
