"""A disk that is full while parts are merged: no acknowledged row is lost."""

import shutil
import threading
from contextlib import suppress

import pytest
from clickhouse_connect.driver.exceptions import ClickHouseError
from urllib3.exceptions import HTTPError

from storage.trail import connect
from tests.endpoint.conftest import Endpoint
from tests.faults.disk import SmallDisk
from tests.waiting import eventually

pytestmark = pytest.mark.slow

PARTS, ROWS = 12, 60_000


@pytest.fixture(name="disk")
def _disk(tmp_path):
    """A disk of its own, where we may mount one."""
    disk = SmallDisk(tmp_path / "disk", 1 << 30)
    why = disk.mount()
    if why:
        pytest.skip(why)
    yield disk
    disk.unmount()


def test_what_was_merged_on_a_full_disk_is_found_again(disk):
    """The engine takes the merge for done; started anew with room, the endpoint has every row."""
    endpoint = Endpoint(disk.folder / "clickhouse")
    client, other = connect(endpoint.url), connect(endpoint.url)
    client.command("CREATE TABLE t (n UInt64, s String) ENGINE = MergeTree ORDER BY s")
    client.command("SYSTEM STOP MERGES t")
    for part in range(PARTS):
        client.command(f"INSERT INTO t SELECT {part}, randomString(200) FROM numbers({ROWS})")
    client.command("SYSTEM START MERGES t")
    merging = threading.Thread(target=_merge, args=(other,))
    merging.start()
    eventually(lambda: client.command("SELECT count() FROM system.merges"))
    eventually(disk.fill)
    merging.join(60)
    assert shutil.disk_usage(disk.folder).free < 1 << 20
    disk.empty()
    assert endpoint.process.wait(60) == 4
    endpoint.stop()
    after = Endpoint(disk.folder / "clickhouse")
    client = connect(after.url)
    rows = client.query("SELECT n, count() FROM t GROUP BY n ORDER BY n").result_rows
    broken = client.query("SELECT name FROM system.detached_parts").result_rows
    after.stop()
    assert broken
    assert rows == [(part, ROWS) for part in range(PARTS)]


def _merge(client):
    with suppress(ClickHouseError, HTTPError):
        client.command("OPTIMIZE TABLE t FINAL")
