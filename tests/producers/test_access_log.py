"""The access log without a broker: numbers, arguments, spool, processes."""

import fcntl
import json
import os
import subprocess
import sys
import threading
from datetime import UTC, datetime
from uuid import UUID

import pytest

from audit.codec import decode
from audit.events import ReceivedEvent
from producers import spool
from producers.access_log import AccessLog
from producers.errors import InvalidAccessError, SpoolFullError, UndeliveredError
from producers.identity import next_epoch, producer_folder
from producers.spool import Spool, orphans
from producers.wire import Actor, Client
from tests.producers.conftest import AWAY, a_reading, away_log
from tests.waiting import eventually

RECORD_AND_DIE = """
import os, sys
from producers.access_log import AccessLog
from producers.wire import Actor
log = AccessLog("reservation", bootstrap="127.0.0.1:1", home=sys.argv[1])
for number in range(int(sys.argv[2])):
    print(log.record(actor=Actor("staff:1", "staff", "x"), action="read", file="f", items=("i",),
                     purpose="p", subject=f"member:{number}"), flush=True)
print(log.producer, log._epoch, flush=True)
if len(sys.argv) > 3:
    sys.stdin.read()
os._exit(9)
"""

RECORD_AND_FORK = """
import os, sys
from producers.access_log import AccessLog
from producers.wire import Actor
log = AccessLog("reservation", bootstrap="127.0.0.1:1", home=sys.argv[1])
def record():
    log.record(actor=Actor("staff:1", "staff", "x"), action="read", file="f", items=("i",),
               purpose="p")
record()
child = os.fork()
record()
if child and os.waitpid(child, 0)[1]:
    sys.exit(1)
os._exit(0)
"""

CLOSE_AND_FORK = """
import os, sys
from producers.access_log import AccessLog
log = AccessLog("reservation", bootstrap="127.0.0.1:1", home=sys.argv[1])
lock = log._spool._lock
log.close()
other = os.dup(1)
while other < lock:
    other = os.dup(1)
child = os.fork()
if not child:
    os.fstat(lock)
    os._exit(0)
sys.exit(other != lock or os.waitpid(child, 0)[1] != 0)
"""

FORK_WITH_ONE_THAT_FAILS = """
import os, sys
from producers import spooled_log
from producers.access_log import AccessLog
from producers.wire import Actor
logs = [AccessLog("reservation", bootstrap="127.0.0.1:1", home=sys.argv[1]) for _ in range(2)]
os.close(list(spooled_log._open_logs)[0]._spool._lock)
if os.fork():
    sys.exit(os.wait()[1] != 0)
for log in logs:
    log.record(actor=Actor("staff:1", "staff", "x"), action="read", file="f", items=("i",),
               purpose="p")
print(*sorted(log._epoch for log in logs), flush=True)
os._exit(0)
"""


def in_spool(home):
    """Read every event that waits in a home, in order, after its processes are gone."""
    found = []
    for folder in (home / "producers").iterdir():
        if not folder.is_dir():
            continue
        for one in orphans(folder):
            found += [json.loads(left.event) for left in one.recover()]
            one.close()
    return found


def numbers(events):
    return [(event["producer"], event["epoch"], event["sequence"]) for event in events]


def test_one_line_makes_an_event_that_the_worker_reads(tmp_path):
    """What `record` was told is what the worker decodes, with time, id and number."""
    moment = datetime(2026, 11, 23, 10, 15, tzinfo=UTC)
    with away_log(tmp_path, clock=lambda: moment, new_id=lambda _: "id-1") as log:
        assert a_reading(log, records=3) == "id-1"
    (event,) = in_spool(tmp_path)
    read = decode(json.dumps(event).encode(), 0)
    assert isinstance(read, ReceivedEvent)
    assert read.event.source == "/services/reservation"
    assert read.event.time == "2026-11-23T10:15:00+00:00"
    assert read.event.data.items == ("name", "mobile")
    assert read.event.data.records == 3
    assert numbers([event]) == [(log.producer, 1, 0)]


def test_ids_are_unique_and_ordered_by_time(tmp_path):
    """An id is a UUID of version 7, later ones greater."""
    with away_log(tmp_path) as log:
        early = a_reading(log, time=datetime(2026, 1, 1, tzinfo=UTC))
        late = a_reading(log, time=datetime(2026, 1, 2, tzinfo=UTC))
    assert UUID(early).version == UUID(late).version == 7
    assert early < late


@pytest.mark.parametrize(
    ("field", "changes"),
    [
        ("actor", {"actor": "staff:0417"}),
        ("actor.id", {"actor": Actor("", "staff", "x")}),
        ("actor.kind", {"actor": Actor("staff:1", 7, "x")}),
        ("action", {"action": None}),
        ("file", {"file": ""}),
        ("items", {"items": "name"}),
        ("items", {"items": (1,)}),
        ("records", {"records": -1}),
        ("client", {"client": Client(ip=b"1")}),
        ("client.ip", {"client": Client(ip=1)}),
        ("items", {"items": 5}),
        ("client", {"client": 5}),
        ("subject", {"subject": 48213}),
        ("time", {"time": datetime(2026, 11, 23)}),  # noqa: DTZ001  that is what is wrong
        ("time", {"time": "2026-11-23T10:15:00Z"}),
        ("collected_at", {"collected_at": datetime(2026, 11, 23)}),  # noqa: DTZ001
        ("utf", {"justification": "\ud800"}),
    ],
)
def test_a_wrong_argument_is_named_at_once_and_uses_no_number(tmp_path, field, changes):
    """The caller hears which field is wrong, and the numbering has no hole."""
    with away_log(tmp_path) as log:
        with pytest.raises(InvalidAccessError, match=field):
            a_reading(log, **changes)
        a_reading(log)
    assert numbers(in_spool(tmp_path)) == [(log.producer, 1, 0)]


def test_an_unknown_argument_is_refused(tmp_path):
    """A misspelt field is an error, not an attribute more."""
    with away_log(tmp_path) as log, pytest.raises(TypeError, match="purpos"):
        a_reading(log, purpos="x")


@pytest.mark.parametrize("setting", [{"acks": 1}, {"enable_idempotence": False}, {"lingerms": 1}])
def test_a_setting_that_would_lose_events_is_refused(tmp_path, setting):
    """Delivery settings are the log's own, and a misspelt one is no setting."""
    with pytest.raises(ValueError, match=next(iter(setting))):
        AccessLog("reservation", bootstrap=AWAY, home=tmp_path, **setting)


@pytest.mark.parametrize("service", ["", "We b", "../x", "Reservation"])
def test_a_service_is_named_in_lower_case(tmp_path, service):
    """A name that could leave the folder is refused."""
    with pytest.raises(ValueError, match="service"):
        AccessLog(service, bootstrap=AWAY, home=tmp_path)


def test_the_producer_stays_and_the_epoch_grows(tmp_path):
    """Each start has the same producer, the next epoch, and numbers from 0."""
    seen = []
    for _ in range(3):
        with away_log(tmp_path) as log:
            a_reading(log)
            a_reading(log)
            seen.append(log.producer)
    assert len(set(seen)) == 1
    assert [(epoch, number) for _, epoch, number in numbers(in_spool(tmp_path))] == [
        (epoch, number) for epoch in (1, 2, 3) for number in (0, 1)
    ]


def test_an_epoch_that_cannot_be_read_is_not_guessed(tmp_path):
    """A damaged count stops the start and says what to write."""
    folder = producer_folder(tmp_path, "reservation", lambda: "0123abcd")
    assert next_epoch(folder) == 1
    (folder / "epoch").write_text("")
    with pytest.raises(ValueError, match="instead of a number"):
        next_epoch(folder)


def test_threads_number_without_holes(tmp_path):
    """Eight threads at once leave a gapless run of sequences."""
    with away_log(tmp_path) as log:
        threads = [
            threading.Thread(target=lambda: [a_reading(log) for _ in range(50)]) for _ in range(8)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert [number for _, _, number in numbers(in_spool(tmp_path))] == list(range(400))


def test_processes_share_a_folder_but_never_a_number(tmp_path):
    """Two processes at once have the same producer and different epochs."""
    running = [
        subprocess.Popen(
            [sys.executable, "-c", RECORD_AND_DIE, tmp_path, "3", "wait"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        for _ in range(2)
    ]
    for one in running:
        one.communicate(timeout=60)
    found = numbers(in_spool(tmp_path))
    assert len(found) == len(set(found)) == 6
    assert {(epoch, number) for _, epoch, number in found} == {
        (epoch, number) for epoch in (1, 2) for number in range(3)
    }


def test_what_a_killed_process_recorded_is_taken_over(tmp_path):
    """Events of a process that died are pending in the next one, with ids and numbers kept."""
    died = subprocess.run(
        [sys.executable, "-c", RECORD_AND_DIE, tmp_path, "5"],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    ids = died.stdout.split()[:5]
    with away_log(tmp_path) as log:
        assert log.counts.pending == 5
        with pytest.raises(UndeliveredError) as told:
            log.flush(timeout=0)
    assert told.value.undelivered == [(log.producer, 1, number) for number in range(5)]
    assert [event["id"] for event in in_spool(tmp_path)] == ids


def test_one_event_is_confirmed_alone(tmp_path):
    """It is waited for whatever else waits, and only its own number is named."""
    with away_log(tmp_path) as log:
        a_reading(log)
        with pytest.raises(UndeliveredError) as told:
            log.confirm(a_reading(log), timeout=0)
        assert told.value.undelivered == [(log.producer, 1, 1)]
        third = a_reading(log)
        waiting = threading.Thread(target=log.confirm, args=(third, 60.0), daemon=True)
        waiting.start()
        eventually(lambda: log._outstanding._awaiting_one)
        log._arrived(log._outstanding._pending[1, 2], partition=0, offset=0)
        waiting.join(20.0)
        assert not waiting.is_alive()
        assert log.counts.pending == 2


def test_a_living_process_keeps_its_own_spool(tmp_path):
    """A second log of the same folder takes nothing over from one that lives."""
    with away_log(tmp_path) as first:
        a_reading(first)
        with away_log(tmp_path) as second:
            assert second.counts.pending == 0


def just_before(monkeypatch, module, name, happen):
    """Let another process do something right before the next call of a system function."""
    real = getattr(module, name)

    def later(*arguments, **options):
        monkeypatch.undo()
        happen()
        return real(*arguments, **options)

    monkeypatch.setattr(module, name, later)


@pytest.mark.parametrize(("module", "call"), [(os, "open"), (fcntl, "flock")])
def test_a_spool_that_goes_while_it_is_taken_over_is_passed_over(
    tmp_path, monkeypatch, module, call
):
    """One process of a service may end while another one starts."""
    held, kept = Spool(tmp_path, 1), Spool(tmp_path, 2)
    kept.append(0, b"event")
    kept.close()
    just_before(monkeypatch, module, call, held.close)
    (found,) = orphans(tmp_path)
    assert found.epoch == 2
    assert [left.event for left in found.recover()] == [b"event"]
    found.close()


def test_a_spool_made_anew_while_it_is_taken_over_belongs_to_who_made_it(tmp_path, monkeypatch):
    """A lock on the file that was there before holds nothing."""
    held, others = Spool(tmp_path, 1), []

    def another_takes_it():
        held.close()
        others.append(Spool(tmp_path, 1))

    just_before(monkeypatch, fcntl, "flock", another_takes_it)
    assert not list(orphans(tmp_path))
    others[0].append(0, b"event")
    others[0].close()


def test_a_spool_that_is_taken_over_while_it_goes_is_left_to_who_has_it(tmp_path, monkeypatch):
    """Whoever comes between the lock's going and the folder's has an empty spool."""
    held, others = Spool(tmp_path, 1), []
    just_before(monkeypatch, os, "rmdir", lambda: others.extend(orphans(tmp_path)))
    held.close()
    (other,) = others
    assert not list(other.recover())
    other.close()
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("keeps", [True, False])
def test_a_start_whose_new_spool_another_start_takes_over_has_the_next_epoch(
    tmp_path, monkeypatch, keeps
):
    """Between a folder and its lock it looks like an orphan."""
    folder = producer_folder(tmp_path, "reservation", lambda: "0123abcd")
    real, others = fcntl.flock, []

    def flock(descriptor, how):
        if how & fcntl.LOCK_NB:
            monkeypatch.undo()
            others.extend(orphans(folder))
            if not keeps:
                others[0].close()
        real(descriptor, how)

    monkeypatch.setattr(fcntl, "flock", flock)
    with away_log(tmp_path) as log:
        a_reading(log)
    assert [one.epoch for one in others] == [1]
    assert numbers(in_spool(tmp_path)) == [(log.producer, 2, 0)]
    if keeps:
        others[0].close()


def test_a_forked_child_begins_an_epoch_of_its_own(tmp_path):
    """After a fork both go on recording, and no number is given twice."""
    subprocess.run([sys.executable, "-c", RECORD_AND_FORK, tmp_path], timeout=60, check=True)
    assert [(epoch, number) for _, epoch, number in numbers(in_spool(tmp_path))] == [
        (1, 0),
        (1, 1),
        (2, 0),
    ]


def test_a_fork_after_a_log_was_closed_closes_nothing_of_others(tmp_path):
    """The number of its lock may meanwhile be another file's; the child leaves that open."""
    subprocess.run([sys.executable, "-c", CLOSE_AND_FORK, tmp_path], timeout=60, check=True)


def test_a_log_that_cannot_let_go_keeps_no_log_of_a_forked_child_from_beginning_anew(tmp_path):
    """Each log of the child has an epoch of its own, and what went wrong is in its log."""
    done = subprocess.run(
        [sys.executable, "-c", FORK_WITH_ONE_THAT_FAILS, tmp_path],
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    assert done.stdout.split() == ["3", "4"]
    assert "a forked process could not let go of the spool of reservation-" in done.stderr
    assert "Bad file descriptor" in done.stderr


def test_a_full_spool_makes_the_caller_wait_and_then_raises(tmp_path):
    """Without a broker the spool stops growing; nothing that was taken is dropped."""
    with away_log(tmp_path, spool_bytes=1, patience=0.05) as log:
        a_reading(log)
        with pytest.raises(SpoolFullError, match="bring the broker back"):
            a_reading(log)
    assert numbers(in_spool(tmp_path)) == [(log.producer, 1, 0)]


def test_a_spool_is_readable_by_its_owner_only(tmp_path):
    """Folders and files with personal data are closed to others."""
    with away_log(tmp_path) as log:
        a_reading(log)
        paths = [tmp_path / "producers", *(tmp_path / "producers").rglob("*")]
        modes = {path: path.stat().st_mode & 0o077 for path in paths if path.name != "epoch"}
        assert not any(modes.values()), modes


def test_a_closed_log_takes_nothing(tmp_path):
    """Recording after close says so."""
    with away_log(tmp_path) as log:
        pass
    with pytest.raises(ValueError, match="closed"):
        a_reading(log)


def test_acknowledged_events_leave_the_disk(tmp_path, monkeypatch):
    """A segment goes with its last acknowledgement, and the folder with the last segment."""
    monkeypatch.setattr(spool, "SEGMENT_BYTES", 4096)
    held = Spool(tmp_path, 1)
    kept = [held.append(number, b"x" * 500) for number in range(40)]
    assert len(list((tmp_path / "1").glob("*.log"))) == 5
    for segment, place in kept[:-1]:
        segment.acknowledge(place)
    assert len(list((tmp_path / "1").glob("*.log"))) == 1
    kept[-1][0].acknowledge(kept[-1][1])
    held.close()
    assert not list(tmp_path.iterdir())


def test_only_what_is_unacknowledged_is_recovered(tmp_path):
    """After a crash an event that had arrived is not sent again."""
    held = Spool(tmp_path, 1)
    kept = [held.append(number, b"event %d" % number) for number in range(5)]
    for segment, place in (kept[0], kept[3]):
        segment.acknowledge(place)
    held.close()
    (again,) = orphans(tmp_path)
    waiting = list(again.recover())
    assert [left.event for left in waiting] == [b"event 1", b"event 2", b"event 4"]
    assert [left.sequence for left in waiting] == [1, 2, 4]
    for left in waiting:
        left.segment.acknowledge(left.place)
    again.close()
    assert not list(tmp_path.iterdir())


def test_a_home_that_cannot_be_written_is_named(tmp_path):
    """The OSError names the folder and what to do."""
    home = tmp_path / "file" / "home"
    home.parent.touch()
    wanted = f"cannot keep its spool in {home} .*; make that folder writable"
    with pytest.raises(NotADirectoryError, match=wanted):
        AccessLog("reservation", bootstrap=AWAY, home=home)
