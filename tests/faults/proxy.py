"""A TCP proxy on loopback whose connections can be cut, slowed and held still."""

import asyncio
import threading
from contextlib import suppress

from gamsa.ports import LOOPBACK, free_port

PIECE = 16 << 10  # bytes forwarded at once
SLOW_SECONDS = 0.15  # for each piece: about 100 KB a second
STILL_SECONDS = 0.05


class Proxy:
    """Forwards to a loopback port. `state` is `open`, `cut`, `slow` or `still`.

    `cut` closes every connection and each new one at once; `still` forwards nothing and says
    nothing, as a network does that has lost its cable.
    """

    def __init__(self, target):
        self.target, self.port = target, free_port()
        self.state = "open"
        self._writers = set()
        self._loop = asyncio.new_event_loop()
        self._server = None
        started = threading.Event()
        self._thread = threading.Thread(target=self._run, args=(started,), daemon=True)
        self._thread.start()
        started.wait(10)

    @property
    def address(self):
        return f"{LOOPBACK}:{self.port}"

    def become(self, state):
        """Change what happens to connections, those that are open and those to come."""
        self.state = state
        if state == "cut":
            self._loop.call_soon_threadsafe(self._cut)

    def close(self):
        self._loop.call_soon_threadsafe(self._stop)
        self._thread.join(10)

    def _run(self, started):
        asyncio.set_event_loop(self._loop)
        serving = asyncio.start_server(self._serve, LOOPBACK, self.port, limit=PIECE)
        self._server = self._loop.run_until_complete(serving)
        started.set()
        self._loop.run_forever()
        self._loop.run_until_complete(self._loop.shutdown_asyncgens())
        self._loop.close()

    def _stop(self):
        self._server.close()
        self._cut()
        for task in asyncio.all_tasks(self._loop):
            task.cancel()
        self._loop.call_later(0.1, self._loop.stop)

    def _cut(self):
        for writer in list(self._writers):
            writer.transport.abort()

    async def _serve(self, reader, writer):
        with suppress(OSError, asyncio.CancelledError):
            if self.state == "cut":
                return writer.transport.abort()
            there, back = await asyncio.open_connection(LOOPBACK, self.target, limit=PIECE)
            both = {writer, back}
            self._writers |= both
            try:
                ways = [self._pump(reader, back), self._pump(there, writer)]
                await asyncio.gather(*ways)
            finally:
                self._writers -= both
                for one in both:
                    one.transport.abort()
        if not writer.is_closing():
            writer.transport.abort()
        return None

    async def _pump(self, reader, writer):
        while piece := await reader.read(PIECE):
            while self.state == "still":  # noqa: ASYNC110  it is changed from outside
                await asyncio.sleep(STILL_SECONDS)
            if self.state == "slow":
                await asyncio.sleep(SLOW_SECONDS)
            writer.write(piece)
            await writer.drain()
        if writer.can_write_eof():
            writer.write_eof()
