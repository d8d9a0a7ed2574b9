"""What is left after the power went, call by call."""

import pytest

from tests.faults.durable import Disk
from tests.faults.strace import Call, Descriptor


@pytest.fixture(name="disk")
def _disk(tmp_path):
    return Disk(tmp_path / "disk")


def done(disk, name, *names):
    paths = [f"{disk.root}/{each}".encode() for each in names]
    disk.follow(Call(1, name, (*paths, "0755"), 0, "", began=False))


def made(disk, name):
    done(disk, "mkdir", name)


def synced(disk, thread, name="", *, began):
    """The beginning, or the end, of an fsync of the whole folder, or of what has this name."""
    arguments = (Descriptor(3, f"{disk.root}/{name}".rstrip("/")),)
    disk.follow(Call(thread, "fsync", arguments, 0, "", began=began))


def left(disk, tmp_path):
    disk.lose(tmp_path / "after")
    return {each.name for each in (tmp_path / "after").iterdir()}


def test_a_name_lasts_once_its_folder_is_synced(disk, tmp_path):
    """What was made since then is lost."""
    made(disk, "a")
    synced(disk, 1, began=False)
    made(disk, "b")
    assert left(disk, tmp_path) == {"a"}


def test_a_name_that_came_while_its_folder_was_synced_may_be_lost(disk, tmp_path):
    """What counts is when the call began."""
    made(disk, "a")
    synced(disk, 1, began=True)
    made(disk, "b")
    synced(disk, 1, began=False)
    assert left(disk, tmp_path) == {"a"}


def test_of_two_syncs_at_once_the_later_to_begin_counts(disk, tmp_path):
    """The one that began before and ended after it takes nothing back."""
    made(disk, "a")
    synced(disk, 1, began=True)
    made(disk, "b")
    synced(disk, 2, began=True)
    synced(disk, 2, began=False)
    synced(disk, 1, began=False)
    assert left(disk, tmp_path) == {"a", "b"}


def test_what_is_moved_while_it_is_synced_is_synced(disk, tmp_path):
    """And what its thread syncs next is not taken for it."""
    made(disk, "a")
    synced(disk, 1, "a", began=True)
    done(disk, "rename", "a", "b")
    synced(disk, 1, "a", began=False)
    synced(disk, 1, began=False)
    assert left(disk, tmp_path) == {"b"}
