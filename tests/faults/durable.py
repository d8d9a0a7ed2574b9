"""What a disk holds after the power went: only what was synced.

The model, in which a file system may lose as much as POSIX allows:

- A file's bytes last as they were when the last fsync or fdatasync of it began, of those that
  have ended.
- A name (of a file, a directory, a link; made, moved or taken away) lasts once the directory in
  which it stands has been synced, in the same sense. A directory that moves takes along what is
  in it.
- Nothing else lasts: `close`, `rename` and time sync nothing.

Real file systems keep more than this, some of it without order. So `lose` may be given a `Random`
that decides for each name and each file whether what was not synced is there all the same; what
was moved is then under one of its names, or gone.
"""

import os
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath

from tests.faults.strace import Call, Descriptor


class UnfollowedError(Exception):
    """A call that changes the disk in a way that is not followed here."""


@dataclass(slots=True, eq=False)
class File:
    now: bytearray = field(default_factory=bytearray)
    synced: bytes = b""
    began: int = 0
    """When the fsync began to which `synced` is owed, in calls."""


@dataclass(slots=True, eq=False)
class Link:
    target: str


@dataclass(slots=True, eq=False)
class Folder:
    now: dict = field(default_factory=dict)
    synced: dict = field(default_factory=dict)
    began: int = 0


class Disk:
    """A folder of the real disk, followed call by call; what is there at first is synced."""

    def __init__(self, root):
        self.root = PurePosixPath(os.path.realpath(root))
        self.top = _read(Path(root)) if Path(root).is_dir() else Folder()
        self._places = {}  # descriptor -> where it reads and writes
        self._syncing = {}  # thread -> what it syncs, as it was when that began, and when
        self._calls = 0

    def follow(self, call: Call):
        """Let a call change the disk."""
        self._calls += 1
        if call.name in ("fsync", "fdatasync"):
            self._sync(call)
        elif not call.began and call.returned >= 0 and call.name in _CHANGES:
            _CHANGES[call.name](self, call, *call.arguments)

    def _sync(self, call):
        # What is synced may have another name by the end.
        known = self._syncing.pop(call.thread, None)
        if known is None:
            node = self._at(call.arguments[0])
            if node is None:
                return
            known = node, _copy(node.now), self._calls
        if call.began:
            self._syncing[call.thread] = known
            return
        node, was, began = known
        # Of two at once the one that began first may end last: the other's is there all the same.
        if call.returned == 0 and began > node.began:
            node.synced, node.began = was, began

    def opened(self, call, *arguments):
        """`openat`: its file may be new, or emptied."""
        path, flags = _path(arguments[:-1] if len(arguments) > 3 else arguments)
        folder, name = self._parent(path)
        if folder is None:
            return
        if "O_CREAT" in flags:
            folder.now.setdefault(name, File())
        node = folder.now.get(name)
        if isinstance(node, File):
            if "O_TRUNC" in flags:
                del node.now[:]
            self._places[call.returned] = len(node.now) if "O_APPEND" in flags else 0

    def wrote(self, call, descriptor, data, *_):
        node = self._at(descriptor)
        if isinstance(node, File):
            place = self._places.get(descriptor.number, 0)
            node.now[place : place + call.returned] = data[: call.returned]
            self._places[descriptor.number] = place + call.returned

    def wrote_at(self, call, descriptor, data, _size, offset):
        node = self._at(descriptor)
        if isinstance(node, File):
            place = int(offset)
            node.now[place : place + call.returned] = data[: call.returned]

    def sought(self, call, descriptor, *_):
        if isinstance(descriptor, Descriptor):
            self._places[descriptor.number] = call.returned

    def cut(self, _call, descriptor, size):
        node = self._at(descriptor)
        if isinstance(node, File):
            size = int(size)
            node.now[:] = bytes(node.now[:size]).ljust(size, b"\0")

    def made_folder(self, _call, *arguments):
        path, _ = _path(arguments)
        folder, name = self._parent(path)
        if folder is not None:
            folder.now[name] = Folder()

    def made_link(self, _call, target, *arguments):
        path, _ = _path((*arguments, ""))
        folder, name = self._parent(path)
        if folder is not None:
            folder.now[name] = Link(target.decode())

    def moved(self, _call, *arguments):
        paths = [os.fsdecode(each) for each in arguments if isinstance(each, bytes)]
        (old, old_name), (new, new_name) = map(self._parent, paths)
        if old is None or new is None:
            return
        node = old.now.pop(old_name)
        if any("RENAME_EXCHANGE" in str(each) for each in arguments):
            old.now[old_name] = new.now[new_name]
        new.now[new_name] = node

    def named_again(self, _call, *arguments):
        paths = [os.fsdecode(each) for each in arguments if isinstance(each, bytes)]
        (old, old_name), (new, new_name) = map(self._parent, paths)
        if old is not None and new is not None:
            new.now[new_name] = old.now[old_name]

    def removed(self, call, *arguments):
        path, _ = _path(arguments if call.name == "unlinkat" else (*arguments, ""))
        folder, name = self._parent(path)
        if folder is not None:
            folder.now.pop(name, None)

    def unknown(self, call, *arguments):
        if any(isinstance(self._at(each), File) for each in arguments):
            raise UnfollowedError(f"{call.name} changes a file in a way that is not followed")

    def _at(self, descriptor):
        if not isinstance(descriptor, Descriptor):
            return None
        if PurePosixPath(descriptor.path) == self.root:
            return self.top
        folder, name = self._parent(descriptor.path)
        return None if folder is None else folder.now.get(name)

    def _parent(self, path):
        """The folder in which a path is, and its name there; no folder outside of the disk."""
        whole = PurePosixPath(path)
        if not whole.is_relative_to(self.root) or whole == self.root:
            return None, ""
        *above, name = whole.relative_to(self.root).parts
        folder = self.top
        for part in above:
            folder = folder.now.get(part) if isinstance(folder, Folder) else None
        return folder, name

    def lose(self, folder, random=None):
        """Write into `folder` what is there after the power went; the rest is lost."""
        _Remains(random, lost=True).write(Path(folder), self.top)

    def keep(self, folder):
        """Write into `folder` what is there while the power is on."""
        _Remains(None, lost=False).write(Path(folder), self.top)


_CHANGES = {
    "openat": Disk.opened,
    "open": Disk.opened,
    "creat": Disk.unknown,
    "write": Disk.wrote,
    "pwrite64": Disk.wrote_at,
    "writev": Disk.unknown,
    "pwritev": Disk.unknown,
    "pwritev2": Disk.unknown,
    "copy_file_range": Disk.unknown,
    "sendfile": Disk.unknown,
    "lseek": Disk.sought,
    "ftruncate": Disk.cut,
    "truncate": Disk.unknown,
    "fallocate": Disk.unknown,
    "mkdir": Disk.made_folder,
    "mkdirat": Disk.made_folder,
    "symlink": Disk.made_link,
    "symlinkat": Disk.made_link,
    "rename": Disk.moved,
    "renameat": Disk.moved,
    "renameat2": Disk.moved,
    "link": Disk.named_again,
    "linkat": Disk.named_again,
    "unlink": Disk.removed,
    "unlinkat": Disk.removed,
    "rmdir": Disk.removed,
}


def _path(arguments):
    """The path of `(path, flags)` or `(descriptor of a folder, path, flags)`, and the flags."""
    *folder, path, flags = arguments
    path = os.fsdecode(path)
    if folder and not path.startswith("/"):
        path = f"{folder[0].path}/{path}"
    return path, flags


def _copy(what):
    return bytes(what) if isinstance(what, bytearray) else dict(what)


def _read(folder):
    """What is in a real folder, all of it synced."""
    made = Folder()
    for each in folder.iterdir():
        if each.is_symlink():
            made.now[each.name] = Link(str(each.readlink()))
        elif each.is_dir():
            made.now[each.name] = _read(each)
        else:
            data = each.read_bytes()
            made.now[each.name] = File(bytearray(data), data)
    made.synced = dict(made.now)
    return made


class _Remains:
    """What is left of a disk, written down; without `lost`, all of it."""

    def __init__(self, random, *, lost):
        self.random, self.lost = random, lost
        self.written = set()

    def write(self, path, node):
        self.written.add(id(node))
        if isinstance(node, Link):
            path.symlink_to(node.target)
        elif isinstance(node, File):
            path.write_bytes(self._of(node))
        else:
            path.mkdir()
            for name in {**node.synced, **node.now}:
                child = self._of(node).get(name)
                if child is not None and id(child) not in self.written:
                    self.write(path / name, child)

    def _of(self, node):
        lost = self.lost and (self.random is None or self.random.random() < 0.5)
        return node.synced if lost else node.now
