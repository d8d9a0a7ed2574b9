"""Events that can never be sent: out of the way, kept, counted, named."""

import errno
import json
import os

import pytest
from msgspec.structs import replace

from audit.codec import MAX_BYTES
from producers import city, quarantine, spool
from producers.access_log import AccessLog
from producers.errors import InvalidAccessError, UndeliveredError
from producers.identity import producer_folder
from producers.spool import Spool, orphans
from producers.wire import encode
from tests.producers.conftest import AWAY, ON, a_reading, away_log

GOOD = next(city.day(seed=1, on=ON, events=1)).event


def numbered(sequence):
    """A sound event of the first epoch."""
    return encode(replace(GOOD, id=f"id-{sequence}", epoch=1, sequence=sequence))


def left_behind(home, *events):
    """The folder of a service whose first process died with these events in its spool."""
    folder = producer_folder(home, "reservation", lambda: "0123abcd")
    held = Spool(folder, 1)
    for sequence, event in enumerate(events):
        held.append(sequence, event)
    held.close()
    (folder / "epoch").write_text("1")
    return folder


def lengthen(path, event, by):
    """Damage the length of an event's header."""
    content = bytearray(path.read_bytes())
    header = content.index(event) - spool._HEADER.size
    content[header + 1] += by
    path.write_bytes(content)


@pytest.mark.parametrize(
    "poison",
    [b"rubbish", b"\xff", b"{}", b'{"id": "\xff"}', b'{"id": 1, "sequence": 1, "data": {}}'],
)
def test_a_record_that_nobody_can_read_blocks_neither_the_start_nor_the_others(
    tmp_path, caplog, poison
):
    """It goes to a file of its own, is named once, and the events around it are still sent."""
    folder = left_behind(tmp_path, numbered(0), poison, numbered(2))
    with away_log(tmp_path) as log:
        assert log.counts == (3, 0, 1, 2)
        with pytest.raises(UndeliveredError, match="refused for good") as told:
            log.flush(timeout=0)
    assert told.value.refused == [(log.producer, 1, 1)]
    assert told.value.undelivered == [(log.producer, 1, number) for number in range(3)]
    kept = folder / "quarantine" / "1-1.event"
    assert kept.read_bytes() == poison
    assert not kept.stat().st_mode & 0o077
    assert str(kept) in caplog.text
    with away_log(tmp_path) as again:
        assert again.counts == (2, 0, 0, 2)
    assert f"1 events that could not be sent are in {kept.parent}" in caplog.text


def test_an_event_that_the_worker_would_refuse_is_sent_all_the_same(tmp_path):
    """What was emitted unchecked and can be keyed is the worker's to judge, now as at first."""
    left_behind(tmp_path, numbered(0).replace(b'"time":"2026', b'"time":"9999'))
    with away_log(tmp_path) as log:
        assert log.counts == (1, 0, 0, 1)


def test_a_damaged_event_is_put_aside_and_the_others_are_sent(tmp_path):
    """A wrong checksum costs one event; the files go when the others have arrived."""
    folder = left_behind(tmp_path, *(numbered(number) for number in range(3)))
    (path,) = (folder / "1").glob("*.log")
    content = bytearray(path.read_bytes())
    content[content.index(b"id-1")] ^= 1
    path.write_bytes(content)
    with away_log(tmp_path) as log:
        assert log.counts == (3, 0, 1, 2)
    assert (folder / "quarantine" / "1-1.event").read_bytes()[-9:] == numbered(1)[-9:]
    (again,) = (one for one in orphans(folder) if one.epoch == 1)
    for left in again.recover():
        assert left.intact
        left.segment.acknowledge(left.place)
    again.close()
    assert not (folder / "1").exists()


def test_a_start_that_fails_leaves_what_it_took_to_the_next(tmp_path, monkeypatch):
    """A disk that fails for a moment does not keep earlier events from the same process."""
    left_behind(tmp_path, *(numbered(number) for number in range(3)))

    def fail(_):
        raise OSError(errno.EIO, "a moment's fault")

    with monkeypatch.context() as broken:
        broken.setattr(quarantine, "remind", fail)
        with pytest.raises(OSError, match="a moment's fault"), away_log(tmp_path):
            pass
    with away_log(tmp_path) as log:
        assert log.counts == (3, 0, 0, 3)


@pytest.mark.parametrize("by", [1, 100])
def test_where_damage_hides_the_next_event_all_that_is_left_is_kept(tmp_path, by):
    """A wrong length costs the rest of its segment, of which no byte is thrown away."""
    folder = left_behind(tmp_path, *(numbered(number) for number in range(200)))
    (path,) = (folder / "1").glob("*.log")
    lengthen(path, numbered(1), by)
    with away_log(tmp_path) as log:
        assert log.counts.pending + log.counts.failed < 200
        assert log.counts.failed == 1
    kept = (folder / "quarantine" / "1-1.event").read_bytes()
    assert all(numbered(number) in kept for number in range(1, 200))


def test_an_event_that_is_too_large_is_refused_before_it_is_spooled(tmp_path):
    """The message names the limit, and no number is used, checked or not."""
    with away_log(tmp_path) as log:
        with pytest.raises(InvalidAccessError, match=str(MAX_BYTES)):
            log.emit(replace(GOOD, subject="x" * MAX_BYTES))
        a_reading(log)
        assert log.counts == (1, 0, 0, 1)


def test_an_event_without_a_key_is_refused_before_it_is_spooled(tmp_path):
    """An actor's id that is no text is named; nothing stays behind."""
    actor = replace(GOOD.data.actor, id=7)
    with away_log(tmp_path) as log:
        with pytest.raises(InvalidAccessError, match=r"actor\.id"):
            log.emit(replace(GOOD, data=replace(GOOD.data, actor=actor)))
        assert log.counts == (0, 0, 0, 0)


def test_a_full_disk_leaves_the_poison_in_the_spool(tmp_path, caplog):
    """What cannot be put aside is still there for the next start, which succeeds."""
    folder = left_behind(tmp_path, b"rubbish")
    (folder / "quarantine").write_text("a file where the folder should be")
    with away_log(tmp_path) as log:
        assert log.counts == (1, 0, 1, 0)
    assert "nor put aside" in caplog.text
    (folder / "quarantine").unlink()
    with (
        AccessLog("reservation", bootstrap=AWAY, home=tmp_path) as log,
        pytest.raises(UndeliveredError),
    ):
        log.close(timeout=0)
    assert (folder / "quarantine" / "1-0.event").read_bytes() == b"rubbish"


def test_a_system_without_posix_fallocate_has_a_spool_too(tmp_path, monkeypatch):
    """On macOS the room is reserved by writing zeros, and what is there stays."""
    monkeypatch.delattr(os, "posix_fallocate")
    held = Spool(tmp_path, 1)
    held.append(0, numbered(0))
    (path,) = (tmp_path / "1").glob("*.log")
    assert path.stat().st_size == spool.SEGMENT_BYTES
    assert path.stat().st_blocks * 512 >= spool.SEGMENT_BYTES
    held.close()
    (again,) = orphans(tmp_path)
    (left,) = again.recover()
    assert json.loads(left.event)["id"] == "id-0"
    again.close()
