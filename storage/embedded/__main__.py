"""`python -m storage.embedded`: serve a directory until SIGTERM or SIGINT."""

import argparse
import asyncio
import logging
import os
import signal
import sys
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

from aiohttp import web

import crash
from storage.embedded.disk import Disk
from storage.embedded.engine import DirectoryInUse, Engine
from storage.embedded.server import Endpoint, Limits
from storage.embedded.users import User

_STOPPING = (signal.SIGTERM, signal.SIGINT)
_PATIENCE = 60.0  # seconds that running queries get at the end
_LOOK = 0.1  # seconds between looks at the disk
_WAS_FULL = 4


def main() -> int:
    """Serve until told to stop, or until a disk that was full has room again.

    Return 0 after a clean stop, 2 for wrong use, 3 if directory or port is taken, 4 to be started
    again: what was merged on the full disk may be broken, and the engine sees it when it starts.
    """
    options = _options()
    crash.arm(os.environ.get(crash.CRASH))
    users = _users(options)
    if isinstance(users, str):
        return _say(users, 2)
    try:
        engine = Engine(options.path.absolute(), options.durability)
    except DirectoryInUse:
        return _say(
            f"{options.path} is in use by another endpoint: stop it, or name another --path.",
            3,
        )
    except OSError as failed:
        return _say(f"{options.path} can't be used ({failed.strerror}): name another --path.", 3)
    try:
        return asyncio.run(_serve(engine, users, options))
    finally:
        engine.close()


async def _serve(engine: Engine, users: Mapping[str, User], options: argparse.Namespace) -> int:
    disk = Disk(options.path)
    endpoint = Endpoint(engine, users, Limits(options.max_running, options.max_waiting), disk)
    # handler_cancellation: a client that goes away takes its query with it.
    # What isn't HTTP gets its 400; it needs no stack in our log.
    logging.getLogger("aiohttp.server").setLevel(logging.CRITICAL)
    runner = web.ServerRunner(
        web.Server(
            endpoint.handle,  # type: ignore[arg-type]
            handler_cancellation=True,
            access_log=None,
            auto_decompress=False,
            max_line_size=1 << 20,
            max_field_size=64 << 10,
            read_bufsize=1 << 20,
            keepalive_timeout=75.0,
        ),
        shutdown_timeout=_PATIENCE,
    )
    await runner.setup()
    site = web.TCPSite(runner, options.host, options.port)
    try:
        await site.start()
    except OSError as failed:
        await runner.cleanup()
        where = f"{options.host}:{options.port}"
        return _say(f"{where} can't be listened on ({failed.strerror}): name another --port.", 3)
    stop = asyncio.Event()
    _on_stop(asyncio.get_running_loop(), stop)
    host, port = runner.addresses[0][:2]
    print(f"http://{f'[{host}]' if ':' in host else host}:{port}", flush=True)  # noqa: T201
    status = await _until(stop, disk)
    await runner.cleanup()
    endpoint.close()
    return status


async def _until(stop: asyncio.Event, disk: Disk) -> int:
    """Wait for a stop, or for room on a disk that was full; return the exit status."""
    while not stop.is_set():
        if disk.look():
            said = f"the disk of {disk.path} was full and has room again: start anew."
            return _say(said, _WAS_FULL)
        with suppress(TimeoutError):
            await asyncio.wait_for(stop.wait(), _LOOK)
    return 0


def _on_stop(loop: asyncio.AbstractEventLoop, stop: asyncio.Event) -> None:
    """Set `stop` at the first SIGTERM or SIGINT, and ignore the later ones to the very end.

    The loop's own handlers go with the loop: a signal after that would meet a closed pipe, or end
    the process before its engine is closed.
    """

    def stopping(_number: int, _frame: object) -> None:
        for number in _STOPPING:
            signal.signal(number, signal.SIG_IGN)
        loop.call_soon_threadsafe(stop.set)

    for number in _STOPPING:
        signal.signal(number, stopping)


def _users(options: argparse.Namespace) -> Mapping[str, User] | str:
    """Return the users by name, or the sentence that says what is wrong."""
    password = os.environ.get("GAMSA_CLICKHOUSE_PASSWORD", "")
    if not password and options.host not in ("127.0.0.1", "::1", "localhost"):
        return f"{options.host} is not loopback: set GAMSA_CLICKHOUSE_PASSWORD first."
    users = {"default": User("default", password, readonly=False)}
    if options.readonly_user is None:
        return users
    if options.readonly_password_file is not None:
        try:
            secret = options.readonly_password_file.read_text().strip()
        except OSError as failed:
            return f"{options.readonly_password_file} can't be read ({failed.strerror})."
    else:
        secret = os.environ.get("GAMSA_CLICKHOUSE_READONLY_PASSWORD", "")
    if not secret:
        return (
            f"The user {options.readonly_user} has no password: set "
            "GAMSA_CLICKHOUSE_READONLY_PASSWORD or give --readonly-password-file."
        )
    return users | {options.readonly_user: User(options.readonly_user, secret, readonly=True)}


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m storage.embedded", description=__doc__)
    parser.add_argument("--path", type=Path, required=True, help="the directory it owns")
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=8123, help="0 takes a free one")
    parser.add_argument(
        "--durability",
        choices=("page-cache", "fsync"),
        default="page-cache",
        help="what an acknowledged insert survives: kill -9, or power loss as well",
    )
    parser.add_argument("--readonly-user", metavar="NAME")
    parser.add_argument("--readonly-password-file", type=Path, metavar="FILE")
    parser.add_argument("--max-running", type=int, default=16, help="queries at once")
    parser.add_argument("--max-waiting", type=int, default=64, help="queries waiting for a turn")
    return parser.parse_args()


def _say(sentence: str, status: int) -> int:
    print(sentence, file=sys.stderr)  # noqa: T201
    return status


if __name__ == "__main__":
    sys.exit(main())
