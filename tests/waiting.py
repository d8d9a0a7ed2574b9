"""Waiting for a condition, with a deadline."""

import time

import httpx2
import pytest


def eventually(condition, *, within: float = 60.0):
    """Wait until `condition()` is true and return it; fail after `within` seconds."""
    deadline = time.monotonic() + within
    while time.monotonic() < deadline:
        found = condition()
        if found:
            return found
        time.sleep(0.05)
    return pytest.fail(f"{condition} did not come true within {within} s")


def is_served(console):
    """Whether the console at this address is there."""
    try:
        return httpx2.get(f"{console}/health").status_code == 200
    except httpx2.TransportError:
        return False
