"""A whole Gamsa of processes that can be killed one by one, with a proxy on each way between.

Producers and workers reach the broker by a listener and a proxy of their own; whoever checks
reaches broker and endpoint directly.
"""

import sys
from contextlib import contextmanager
from pathlib import Path

from gamsa import broker, programs
from gamsa.home import default_home
from gamsa.ports import LOOPBACK, free_port
from policies import SEOUL_RESERVATION
from storage import migrate
from storage.trail import connect
from stream import topics
from tests.faults.parts import Part, until
from tests.faults.proxy import Proxy

DATABASE = "gamsa"


class Site:
    """Broker, endpoint, workers and producers in one folder; `start` what is to run."""

    def __init__(self, folder, *, endpoint_folder=None, preload=lambda _: {}):
        """`preload(name)`: more environment for our own processes, such as a faked clock."""
        self.folder, self._preload = folder, preload
        self.workers, self.producers = {}, {}
        self._prepare_broker()
        self._prepare_endpoint(endpoint_folder or folder / "clickhouse")

    def _prepare_broker(self):
        home = self.folder / "broker"
        self.kafka, command = broker.prepare(home, cache=default_home(), java_home=None)
        here = {"WORKERS": free_port(), "PRODUCERS": free_port()}
        self.ways = {f"kafka {name.lower()}": Proxy(port) for name, port in here.items()}
        said = home / "server.properties"
        ours = {
            "listeners=": [f"{name}://{LOOPBACK}:{port}" for name, port in here.items()],
            "advertised.listeners=": [
                f"{name}://{self.ways[f'kafka {name.lower()}'].address}" for name in here
            ],
            "listener.security.protocol.map=": [f"{name}:PLAINTEXT" for name in here],
        }
        lines = [
            ",".join([line, *ours.get(line.partition("=")[0] + "=", ())])
            for line in said.read_text().splitlines()
        ]
        said.write_text("\n".join(lines) + "\n")
        self.broker = Part("broker", command, self.folder / "broker.log")

    def _prepare_endpoint(self, path):
        port = free_port()
        self.clickhouse = f"http://{LOOPBACK}:{port}"
        self.ways["clickhouse"] = Proxy(port)
        command = [sys.executable, "-m", "storage.embedded", "--path", path, "--port", port]
        log = self.folder / "endpoint.log"
        self.endpoint = Part("endpoint", command, log, self._preload("endpoint"))

    def start_servers(self):
        """Start broker and endpoint, and make topics and tables."""
        self.broker.start()
        self.endpoint.start()
        self.await_servers()
        topics.ensure(self.kafka)
        self.make_database(DATABASE)

    def await_servers(self):
        pair = [self.broker, self.endpoint]
        until(lambda: broker.answers(self.kafka), "the broker's answer", tend=pair)
        until(lambda: programs.pings(self.clickhouse), "the endpoint's answer", tend=pair)

    def make_database(self, name):
        """Make an empty database with our tables; returns a client of it."""
        server = connect(self.clickhouse)
        server.command(f"CREATE DATABASE IF NOT EXISTS {name}")
        server.close()
        client = self.client(name)
        migrate.apply(client)
        return client

    def client(self, database=DATABASE):
        """A client of a database, past the proxy."""
        return connect(f"{self.clickhouse}/{database}")

    def worker(self, number, *, direct=False, group="gamsa-worker", database=DATABASE):
        """The worker of this number; `direct` ones are reached by no proxy."""
        name = f"worker-{number}"
        clickhouse = self.clickhouse if direct else f"http://{self.ways['clickhouse'].address}"
        port = free_port()
        command = [sys.executable, "-m", "stream", "--name", name, "--group", group]
        part = Part(
            name,
            [*command, "--metrics-port", port],
            self.folder / f"{name}.log",
            {
                "GAMSA_KAFKA": self.kafka if direct else self.ways["kafka workers"].address,
                "GAMSA_CLICKHOUSE": f"{clickhouse}/{database}",
                "GAMSA_POLICY": str(SEOUL_RESERVATION),
                "GAMSA_HOME": str(self.folder),
                **({} if direct else self._preload(name)),
            },
        )
        part.metrics = programs.metrics_url(port)
        self.workers[name] = part
        return part

    def producer(self, number, rate):
        """The producer of this number; it has a home of its own."""
        name = f"producer-{number}"
        home = self.folder / name
        command = [sys.executable, "-m", "tests.faults.producer"]
        command += ["--bootstrap", self.ways["kafka producers"].address, "--home", home]
        command += ["--receipts", self.receipts / name, "--rate", rate, "--seed", number]
        part = Part(name, command, self.folder / f"{name}.log", self._preload(name))
        self.producers[name] = part
        return part

    @property
    def receipts(self) -> Path:
        """The folder in which each producer notes what was acknowledged."""
        folder = self.folder / "receipts"
        folder.mkdir(exist_ok=True)
        return folder

    @property
    def parts(self):
        """Every program by its name."""
        servers = {"broker": self.broker, "endpoint": self.endpoint}
        return {**servers, **self.workers, **self.producers}

    def tend(self):
        """Start again whatever has died and should run."""
        for part in self.parts.values():
            part.tend()

    def end_producers(self):
        """Let the producers end; then each sends what is left of all its lives."""
        for part in self.producers.values():
            part.resume()
            part.ask_to_end()
        for part in self.producers.values():
            part.wait()
            last = Part(part.name, [*part.command, "--last"], part.log)
            until(lambda last=last: last.start().wait() == 0, f"the last of {part.name}", 300.0)

    def close(self):
        """End everything, servers last."""
        for part in reversed(self.parts.values()):
            part.wanted = False
            part.resume()
            part.kill()
            part.wait()
        for proxy in self.ways.values():
            proxy.close()


@contextmanager
def running_site(folder, **how):
    """A site whose servers run; all of it ends with the block."""
    site = Site(folder, **how)
    try:
        site.start_servers()
        yield site
    finally:
        site.close()
