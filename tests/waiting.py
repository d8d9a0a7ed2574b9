"""Waiting for a condition, with a deadline."""

import time

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
