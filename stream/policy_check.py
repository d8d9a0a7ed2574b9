"""Whether the policy's files, as they lie there now, could be loaded: a restart would need it.

A worker reads them once, when it starts. Whoever spoils a file learns it from this, while the
workers still judge by what they have read.
"""

import asyncio
import logging
from collections.abc import Set as AbstractSet
from pathlib import Path

import faust

import policies
from policies import PolicyError
from stream import detector_file, metrics

INTERVAL = 10.0  # seconds between two looks at the files
Sight = AbstractSet[tuple[str, int, int]]

logger = logging.getLogger(__name__)


async def watch_policy(app: faust.App, folder: Path) -> None:
    """Load the files again whenever they have changed, for as long as the worker runs."""
    seen: Sight | None = None
    while not app.should_stop:
        now = await asyncio.to_thread(sight, folder)
        if now != seen:
            metrics.PROBLEMS.set(await asyncio.to_thread(problems, folder))
            seen = now
        await asyncio.sleep(INTERVAL)


def sight(folder: Path) -> Sight:
    """Name, time of change in nanoseconds and size of each file; empty where none can be seen."""
    try:
        told = [(path.name, path.stat()) for path in folder.iterdir()]
    except OSError:
        return frozenset()
    return {(name, said.st_mtime_ns, said.st_size) for name, said in told}


def problems(folder: Path) -> int:
    """Count what keeps the folder from being loaded, and say it in the log; 0 when it would be."""
    try:
        detector_file.load(folder, policies.load_policy(folder))
    except PolicyError as error:
        logger.error("the policy's files cannot be loaded, the one in force is kept: %s", error)  # noqa: TRY400
        return len(error.problems)
    except OSError as error:
        logger.error("the policy's files cannot be read, the one in force is kept: %s", error)  # noqa: TRY400
        return 1
    return 0
