"""Policy catalogues, and the loader that reads one institution's folder from disk."""

import zoneinfo
from collections.abc import Callable, Iterable, Iterator
from difflib import get_close_matches
from pathlib import Path
from typing import TypeVar

from audit.policy import Policy, Version
from audit.policy_compile import compile_policy, compile_version, misfits
from audit.policy_examples import example_problems
from audit.policy_file import PolicyError, PolicyFile, Problem, read
from audit.policy_text import PublishedText, split

__all__ = ["SEOUL_RESERVATION", "PolicyError", "load_policy", "load_version"]

SEOUL_RESERVATION = Path(__file__).parent / "seoul-reservation"
RIGHTS = "access-rights.yaml"
DETECTORS = "detectors.yaml"
"""What an institution sets of its detectors; `stream.detector_file` reads it."""

Given = TypeVar("Given")
Made = TypeVar("Made")


def load_policy(folder: Path | str = SEOUL_RESERVATION) -> Policy:
    """Read, check and compile every version in a folder, and run every example in it.

    A version is a YAML file with `effective_from`; it names the rights file beside it. But for
    the detectors' file, no other YAML file may lie there. Raises `PolicyError` that names file,
    line, field and the mend, with the problems of every file.
    """
    folder = Path(folder)
    if not folder.is_dir():
        message = "is not a folder; give the folder of an institution's policy files"
        raise PolicyError([Problem(str(folder), 1, "", message)])
    found = (path for path in sorted(folder.glob("*.yaml")) if path.is_file())
    paths = [path for path in found if path.name != DETECTORS]
    files, problems = _each(paths, lambda path: _read(path, path.name))
    written = [file for file in files if "effective_from" in file.data]
    loaded, more = _each(written, lambda file: _version(file, folder))
    problems += [*more, *_unread(folder), *([] if problems else _unused(files, folder))]
    if problems:
        raise PolicyError(list(dict.fromkeys(problems)))
    if not loaded:
        message = "has no policy version; add a YAML file with `effective_from:`"
        raise PolicyError([Problem(str(folder), 1, "", message)])
    policy = compile_policy([(file, version) for file, _, version in loaded])
    _run_examples(loaded)
    return policy


def load_version(path: Path | str) -> Version:
    """Read, check and compile one version alone, for instance a draft. Raises `PolicyError`."""
    path = Path(path)
    loaded = _version(_read(path, path.name), path.parent)
    _run_examples([loaded])
    return loaded[2]


Loaded = tuple[PolicyFile, PolicyFile, Version]


def _run_examples(versions: list[Loaded]) -> None:
    problems = [
        problem
        for file, rights_file, version in versions
        for problem in example_problems(file, rights_file, version)
    ]
    if problems:
        raise PolicyError(list(dict.fromkeys(problems)))


def _each(
    given: Iterable[Given], make: Callable[[Given], Made]
) -> tuple[list[Made], list[Problem]]:
    """What can be made of each, and the problems of all of which nothing can."""
    made: list[Made] = []
    problems: list[Problem] = []
    for one in given:
        try:
            made.append(make(one))
        except PolicyError as error:
            problems.extend(error.problems)
    return made, problems


def _unread(folder: Path) -> list[Problem]:
    """Files that look like policy files, and have an ending that is not read."""
    return [
        Problem(path.name, 1, "", f"is not read; name it {path.stem}.yaml, or take it out")
        for path in sorted(folder.glob("*.yml"))
    ]


def _unused(files: list[PolicyFile], folder: Path) -> Iterator[Problem]:
    """Files that are neither a version nor the rights file of one."""
    meant = {
        file.name: near[0]
        for file in files
        if (near := get_close_matches("effective_from", file.data, n=1, cutoff=0.8))
    }
    named = {
        (folder / str(file.data.get("access_rights", RIGHTS))).resolve()
        for file in files
        if file.name in meant
    } or {(folder / RIGHTS).resolve()}
    for file in files:
        field = meant.get(file.name)
        if field == "effective_from" or (folder / file.name).resolve() in named:
            continue
        if field:
            message = "is not a known field; did you mean `effective_from`?"
            yield file.problem((field,), message)
        else:
            message = "is no version (it has no `effective_from:`), and no version names it"
            yield Problem(
                file.name, 1, "", f"{message} as its `access_rights:`; mend it or move it"
            )


def _version(file: PolicyFile, folder: Path) -> Loaded:
    name = str(file.data.get("access_rights", RIGHTS))
    try:
        rights_file = _read(folder / name, name)
    except PolicyError as error:
        raise PolicyError([*misfits(file), *error.problems]) from None
    zone = _zone(file)
    if not isinstance(zone, zoneinfo.ZoneInfo):
        raise PolicyError([*zone, *misfits(file, rights_file)])
    version = compile_version(file, rights_file, zone, _text(file, folder))
    return file, rights_file, version


def _read(path: Path, name: str) -> PolicyFile:
    try:
        file = read(path.read_text(encoding="utf-8"), name)
    except OSError as error:
        message = f"cannot be read: {error.strerror}; correct the path, or add the file"
        raise PolicyError([Problem(str(path), 1, "", message)]) from None
    except UnicodeDecodeError as error:
        message = f"is not UTF-8 (byte {error.start}); save it as UTF-8"
        raise PolicyError([Problem(str(path), 1, "", message)]) from None
    if not isinstance(file.data, dict):
        message = "holds no fields; write `name: value` lines"
        raise PolicyError([Problem(name, 1, "", message)])
    return file


def _zone(file: PolicyFile) -> zoneinfo.ZoneInfo | list[Problem]:
    """The time zone; or what is wrong with the name, if it is a name at all."""
    name = file.data.get("time_zone")
    if not isinstance(name, str) or not name:
        return []
    try:
        return zoneinfo.ZoneInfo(name)
    except (ValueError, OSError, zoneinfo.ZoneInfoNotFoundError):
        message = f"{name!r} is no time zone; write one such as Asia/Seoul"
        return [file.problem(("time_zone",), message)]


def _text(file: PolicyFile, folder: Path) -> PublishedText | None:
    """The published text beside the catalogue; its institution may not have handed it on."""
    path = file.data.get("text")
    if not isinstance(path, str):
        return None
    try:
        return split((folder / path).read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, ValueError):
        return None
