"""Keep the programs of a home running: start them in order, restart what died, stop them all.

One process per home does this. It holds the home's lock, writes the home's state, and every
program it starts dies with it, however it dies.
"""

import logging
import shutil
import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path

from gamsa import child, console_program, grafana, monitoring, programs, state
from gamsa.broker import answers, tail
from gamsa.child import Child, Program
from gamsa.errors import Unavailable
from gamsa.home import private_folder
from gamsa.settings import Settings, as_environment
from gamsa.signals import Stopped, signals_ignored, signals_stop
from storage.address import shown

START_SECONDS = 90.0
STOP_SECONDS = 20.0
# A program that ran this long is well again; its next death is its first.
WELL_AFTER_SECONDS = 30.0
FULL_DISK_BYTES = 50_000_000
WORKERS_WANTED = "workers"
"""The file of the home in which another `gamsa up` asks for this many workers, and all else."""
WORKERS_TAKEN = "workers.taken"
"""Its name while what it asks for is being started."""

log = logging.getLogger("gamsa.supervisor")


@dataclass(slots=True)
class Stack:
    """The programs of one home while they are supervised."""

    settings: Settings
    kafka: str = ""
    clickhouse: str = ""
    ready: bool = False
    written: bool = True
    """Whether the home's state says what runs; a full disk may refuse it."""
    children: dict[str, Child] = field(default_factory=dict)

    @property
    def logs(self) -> Path:
        """Where the programs' logs are."""
        return private_folder(self.settings.home / "logs")

    @property
    def ports(self) -> dict[str, int]:
        """Where each program listens, by its name."""
        return {name: known.program.port for name, known in self.children.items()}


def supervise(settings: Settings, workers: int, announce: Callable[[state.State], None]) -> None:
    """Start the stack, say where it is, and keep it running until told to stop.

    Raises Unavailable, with everything stopped again, when the stack cannot start. The caller
    holds the home's lock and runs this in its main thread.
    """
    home = settings.home
    state.end_orphans(home)
    for wish in (WORKERS_WANTED, WORKERS_TAKEN):
        (home / wish).unlink(missing_ok=True)
    stack = Stack(settings)
    with signals_stop():
        try:
            programs.check_space(home)
            _write(stack)
            _start_servers(stack)
            _prepare_servers(stack)
            for program in _start_workers(stack, workers):
                _await(stack, program)
            _start_monitoring(stack)
            _start_console(stack)
            _await_console(stack)
            stack.ready = True
            announce(_write(stack))
            while True:
                _watch(stack)
                time.sleep(0.1)
        except Stopped:
            log.info("told to stop")
        finally:
            _stop(stack)


def _start_servers(stack: Stack) -> None:
    """Bring up Kafka and ClickHouse together, or see that the named ones answer."""
    settings, environment = stack.settings, as_environment(stack.settings)
    if settings.kafka and not answers(settings.kafka, within_ms=5_000):
        raise Unavailable(
            f"no Kafka answers at {settings.kafka}, which GAMSA_KAFKA names; "
            "start it, or unset GAMSA_KAFKA to have a broker started for you"
        )
    if settings.clickhouse and not programs.pings(settings.clickhouse):
        raise Unavailable(
            f"no ClickHouse answers at {shown(settings.clickhouse)}, which GAMSA_CLICKHOUSE "
            "names; start it, or unset GAMSA_CLICKHOUSE to have one started for you"
        )
    wanted: list[Program] = []
    if not settings.kafka:
        wanted.append(programs.broker_program(settings, environment))
    if not settings.clickhouse:
        wanted.append(programs.clickhouse_program(settings, environment))
    for program in wanted:
        programs.check_port(program, settings.home)
    for program in wanted:
        _start(stack, program)
    for program in wanted:
        _await(stack, program)
    address = {program.name: f"127.0.0.1:{program.port}" for program in wanted}
    stack.kafka = settings.kafka or address["broker"]
    stack.clickhouse = settings.clickhouse or f"http://{address['clickhouse']}"


def _prepare_servers(stack: Stack) -> None:
    """Make the topics and the tables."""
    from gamsa.servers import prepare_servers  # noqa: PLC0415  slow to import

    made = prepare_servers(stack.kafka, stack.clickhouse)
    log.info("made %s", ", ".join(made) or "nothing: topics and tables are there")


def _start_workers(stack: Stack, workers: int) -> list[Program]:
    """Start the workers that are missing up to this number."""
    told = replace(stack.settings, kafka=stack.kafka, clickhouse=stack.clickhouse)
    names = [f"worker-{number}" for number in range(1, workers + 1)]
    wanted = [
        programs.worker_program(stack.settings, name, as_environment(told))
        for name in names
        if name not in stack.children
    ]
    for program in wanted:
        programs.check_port(program, stack.settings.home)
    for program in wanted:
        _start(stack, program)
    monitoring.write_targets(stack.settings, stack.ports)
    return wanted


def _start_monitoring(stack: Stack) -> None:
    """Start Prometheus and Alertmanager where they are installed; the stack waits for neither."""
    settings = stack.settings
    try:
        for program in monitoring.installed(settings, as_environment(settings)):
            programs.check_port(program, settings.home)
            _start(stack, program)
    except (Unavailable, OSError) as failure:
        log.warning("it goes on unmonitored: %s", failure)
    monitoring.write_targets(settings, stack.ports)


def _start_console(stack: Stack) -> None:
    """Start the console where somebody may sign in to it; all else goes on without it."""
    told = replace(stack.settings, kafka=stack.kafka, clickhouse=stack.clickhouse)
    try:
        program = console_program.wanted(told, as_environment(told))
        if program is not None and program.name not in stack.children:
            programs.check_port(program, told.home)
            _start(stack, program)
            grafana.write_dashboards(told.home, _console(stack))
    except (Unavailable, OSError) as failure:
        log.warning("it goes on without the console, or without links to it: %s", failure)
    monitoring.write_targets(stack.settings, stack.ports)


def _await_console(stack: Stack) -> None:
    """Wait until the console serves, if there is one; why it does not is said."""
    console = stack.children.get(console_program.NAME)
    if console is not None:
        try:
            _await(stack, console.program)
        except Unavailable as failure:
            log.warning("it goes on without the console: %s", failure)


def _start(stack: Stack, program: Program) -> None:
    path = stack.logs / f"{program.name}.log"
    process, identity = child.start(program, path)
    stack.children[program.name] = Child(program, path, process, identity, time.monotonic())
    log.info("started %s as pid %d", program.name, process.pid)
    _write(stack)


def _await(stack: Stack, program: Program) -> None:
    """Wait until the program serves; Unavailable, with the end of its log, when it does not."""
    known = stack.children[program.name]
    deadline = time.monotonic() + START_SECONDS
    while not program.is_ready():
        if not known.is_running:
            raise Unavailable(_obituary(stack, known, "ended while starting"))
        if time.monotonic() > deadline:
            raise Unavailable(_obituary(stack, known, f"was not ready in {START_SECONDS:.0f} s"))
        time.sleep(0.05)


def _obituary(stack: Stack, known: Child, what: str) -> str:
    """Say why a program failed, as well as its log and the disk can tell."""
    free = shutil.disk_usage(stack.settings.home).free
    full = (
        f"the disk of {stack.settings.home} is full; make room; " if free < FULL_DISK_BYTES else ""
    )
    code = known.process.poll()
    status = "" if code is None else f" (status {code})"
    return f"{known.program.name} {what}{status}; {full}the end of {known.log}:\n{tail(known.log)}"


def _watch(stack: Stack) -> None:
    """Look at every program once: note a death, start again what is due or asked for."""
    if not stack.written:
        _write(stack)
    for known in stack.children.values():
        if known.due is not None:
            if time.monotonic() >= known.due:
                _restart(stack, known)
        elif not known.is_running:
            _note_death(stack, known)
    wish = stack.settings.home / WORKERS_WANTED
    if wish.is_file():
        taken = wish.replace(stack.settings.home / WORKERS_TAKEN)
        _grant(stack, workers=int(taken.read_text()))
        taken.unlink()


def _grant(stack: Stack, workers: int) -> None:
    """Start at once what is dead or not there yet; who asks may have mended what it died of."""
    for known in stack.children.values():
        if known.due is not None:
            _restart(stack, known)
    try:
        _start_workers(stack, workers)
        _start_console(stack)
    except Unavailable as failure:  # the others go on, and so do we
        log.warning("%s", failure)


def _note_death(stack: Stack, known: Child) -> None:
    lived = time.monotonic() - known.born
    known.deaths = 1 if lived > WELL_AFTER_SECONDS else known.deaths + 1
    pause = child.backoff(known.deaths - 1)
    known.due = time.monotonic() + pause
    what = f"died after {lived:.0f} s, {known.deaths} times in a row; next start in {pause:.1f} s"
    if known.deaths < 3:
        log.warning("%s %s", known.program.name, what)
    else:
        log.error("%s", _obituary(stack, known, what))


def _restart(stack: Stack, known: Child) -> None:
    if known.process.stdin is not None:
        known.process.stdin.close()
    known.process, known.identity = child.start(known.program, known.log)
    known.born, known.due = time.monotonic(), None
    known.restarts += 1
    log.info("started %s again as pid %d", known.program.name, known.process.pid)
    _write(stack)


def _stop(stack: Stack) -> None:
    """Stop the programs, last started first: the workers before what they write to."""
    with signals_ignored():
        for known in reversed(stack.children.values()):
            child.stop(known.process, within=STOP_SECONDS)
            log.info("stopped %s", known.program.name)
        stack.children.clear()
        stack.ready = False
        _write(stack)


def _console(stack: Stack) -> str:
    known = stack.children.get(console_program.NAME)
    return "" if known is None else console_program.address(known.program.port)


def _write(stack: Stack) -> state.State:
    """Write down what runs, for everyone else to read."""
    children = stack.children.values()
    now = state.State(
        supervisor=state.this_process(),
        ready=stack.ready,
        kafka=stack.kafka,
        clickhouse=stack.clickhouse,
        metrics={
            known.program.name: programs.metrics_url(known.program.port)
            for known in children
            if known.program.name.startswith("worker-")
        },
        monitoring=monitoring.addresses(stack.ports),
        console=_console(stack),
        processes={known.program.name: known.identity for known in children},
        restarts={known.program.name: known.restarts for known in children},
    )
    could = stack.written
    try:
        state.write(stack.settings.home, now)
        stack.written = True
    except OSError as failure:  # a full disk must not end what still runs
        stack.written = False
        if could:  # it is tried again and again
            log.warning("cannot write the state of %s: %s", stack.settings.home, failure)
    return now
