"""The threads that call the engine: each call runs to its end, or is stopped for its client."""

import asyncio
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import Any

from storage.embedded.engine import Engine
from storage.embedded.errors import ClickHouseError


class Threads:
    """Runs the engine's blocking calls beside the event loop, `running` queries at once."""

    def __init__(self, engine: Engine, running: int) -> None:
        self._engine = engine
        # A few more threads than queries, so that one can always be cancelled.
        self._pool = ThreadPoolExecutor(running + 4, "engine")

    async def run(self, call: Callable[..., Any], *args: Any) -> Any:
        """Run a call of the engine to its end, also when the client goes away meanwhile."""
        future = asyncio.get_running_loop().run_in_executor(self._pool, call, *args)
        try:
            return await asyncio.shield(future)
        except asyncio.CancelledError:
            await asyncio.wait((future,))
            raise

    async def killable(self, call: Callable[..., Any], *args: Any) -> Any:
        """Run a query; when its client goes away, stop it and wait until it has stopped."""
        loop = asyncio.get_running_loop()
        thread: list[int] = []

        def known() -> Any:
            thread.append(threading.get_native_id())
            return call(*args)

        future = loop.run_in_executor(self._pool, known)
        try:
            return await asyncio.shield(future)
        except asyncio.CancelledError:
            while not future.done():
                if thread:
                    await self._kill(thread[0], future)
                await asyncio.wait((future,), timeout=0.5)
            with suppress(ClickHouseError):
                future.result()
            raise

    async def _kill(self, thread: int, future: asyncio.Future[Any]) -> None:
        """Stop what this thread runs, if it is still the call that is meant."""
        loop = asyncio.get_running_loop()
        query = await loop.run_in_executor(self._pool, self._engine.runs, thread)
        # Had the call ended, its thread might have gone on to another client's query.
        if query and not future.done():
            await loop.run_in_executor(self._pool, self._engine.kill, query)

    def close(self) -> None:
        """End the threads."""
        self._pool.shutdown()
