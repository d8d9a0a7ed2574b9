"""Applications that are served as long as a test wants it."""

import threading
from contextlib import contextmanager

import uvicorn

from tests.waiting import eventually


@contextmanager
def serving(app, port, **settings):
    """Serve an application on loopback, in a thread of its own."""
    server = uvicorn.Server(uvicorn.Config(app, port=port, **settings))
    thread = threading.Thread(target=server.run)
    thread.start()
    try:
        eventually(lambda: server.started)
        yield
    finally:
        server.should_exit = True
        thread.join(30)
