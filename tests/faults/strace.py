"""The system calls of a process that change files, in order, as strace saw them begin and end."""

import codecs
import re
import shutil
import subprocess
from typing import NamedTuple

CALLS = (
    "openat,open,creat,write,pwrite64,writev,pwritev,pwritev2,lseek,ftruncate,truncate,fallocate,"
    "rename,renameat,renameat2,mkdir,mkdirat,rmdir,unlink,unlinkat,link,linkat,symlink,symlinkat,"
    "fsync,fdatasync,sync,syncfs,sync_file_range,copy_file_range,sendfile,sendto,sendmsg"
)
LONGEST = 8 << 20  # bytes of one write that are kept
_LINE = re.compile(rb"^(\d+) +(.*)$", re.DOTALL)
_RESUMED = re.compile(rb"^<\.\.\. \w+ resumed>")
_UNFINISHED = b" <unfinished ...>"
_CALL = re.compile(rb"^(\w+)\((.*)\) += (-?\d+)(?:<((?:[^<>]|\\.)*)>)?", re.DOTALL)
_ARGUMENT = re.compile(
    rb'"((?:[^"\\]|\\.)*)"(\.\.\.)?|((?:[^,"<]|<(?:[^<>\\]|\\.)*>)+)', re.DOTALL
)
_DESCRIPTOR = re.compile(rb"(?:AT_FDCWD|\d+)<(.*)>$", re.DOTALL)


class Call(NamedTuple):
    """A call: its name, its arguments (texts as bytes), and what it returned.

    `began` is whether this is only its beginning: what it returns is not known then.
    """

    thread: int
    name: str
    arguments: tuple
    returned: int
    opened: str
    began: bool


class Descriptor(NamedTuple):
    number: int
    path: str


def missing():
    """Why processes cannot be traced here, or None."""
    if shutil.which("strace") is None:
        return "no strace (Debian package strace)"
    said = subprocess.run(["strace", "-qq", "-e", "trace=none", "true"], capture_output=True)  # noqa: PLW1510
    return said.stderr.decode().strip() or None if said.returncode else None


def command(trace, words):
    """The command line that runs `words` and writes their calls into the file `trace`."""
    how = ["strace", "-f", "-y", "-qq", "-s", LONGEST, "--seccomp-bpf", "-e", f"trace={CALLS}"]
    return [str(word) for word in [*how, "-e", "signal=none", "-o", trace, "--", *words]]


def calls(trace):
    """Each call of a trace; one that another thread's interrupts comes twice, `began` first."""
    waiting = {}
    for line in trace.read_bytes().splitlines():
        found = _LINE.match(line)
        if found is None:
            continue
        thread, text = int(found[1]), found[2]
        if text.endswith(_UNFINISHED):
            text = waiting[thread] = text.removesuffix(_UNFINISHED)
            name, _, arguments = text.partition(b"(")
            yield Call(thread, name.decode(), _arguments(arguments), 0, "", began=True)
            continue
        resumed = _RESUMED.match(text)
        if resumed:
            text = waiting.pop(thread) + text[resumed.end() :]
        call = _CALL.match(text)
        if call is None:  # a process's end
            continue
        opened = _text(call[4] or b"").decode("utf-8", "surrogateescape")
        name, arguments = call[1].decode(), _arguments(call[2])
        yield Call(thread, name, arguments, int(call[3]), opened, began=False)


def _arguments(text):
    found = []
    for match in _ARGUMENT.finditer(text):
        quoted, cut, plain = match.groups()
        if cut:
            raise ValueError(f"a text of more than {LONGEST} bytes is not in the trace")
        if quoted is not None:
            found.append(_text(quoted))
        elif word := plain.strip():
            found.append(_plain(word))
    return tuple(found)


def _plain(word):
    descriptor = _DESCRIPTOR.match(word)
    if descriptor is None:
        return word.decode()
    number = word.partition(b"<")[0]
    path = _text(descriptor[1]).decode("utf-8", "surrogateescape")
    return Descriptor(-1 if number == b"AT_FDCWD" else int(number), path)


def _text(quoted):
    return codecs.escape_decode(quoted)[0]
