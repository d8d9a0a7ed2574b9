"""The signals that ask a program to end: as an exception, or passed over while it ends."""

import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import NoReturn


class Stopped(BaseException):
    """The program was told to end."""


@contextmanager
def signals_stop() -> Iterator[None]:
    """Turn the signals that ask a program to end into Stopped."""

    def stop(_number: int, _frame: object) -> NoReturn:
        raise Stopped

    yield from _handling(stop)


@contextmanager
def signals_ignored() -> Iterator[None]:
    """Pass over the signals that ask a program to end."""
    yield from _handling(signal.SIG_IGN)


def _handling(handler: Callable[[int, object], None] | signal.Handlers) -> Iterator[None]:
    asked = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
    before = [signal.signal(number, handler) for number in asked]
    try:
        yield
    finally:
        for number, old in zip(asked, before, strict=True):
            signal.signal(number, old)
