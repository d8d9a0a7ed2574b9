"""Policy catalogues, and the loader that reads one institution's folder from disk."""

import zoneinfo
from pathlib import Path

from audit.policy import Policy, Version
from audit.policy_compile import compile_policy, compile_version
from audit.policy_examples import example_problems
from audit.policy_file import PolicyError, PolicyFile, Problem, read
from audit.policy_text import PublishedText, split

__all__ = ["SEOUL_RESERVATION", "PolicyError", "load_policy", "load_version"]

SEOUL_RESERVATION = Path(__file__).parent / "seoul-reservation"


def load_policy(folder: Path | str = SEOUL_RESERVATION) -> Policy:
    """Read, check and compile every version in a folder, and run every example in it.

    A version is a YAML file with `effective_from`; it names the rights file beside it. Raises
    `PolicyError` that names file, line, field and the mend.
    """
    folder = Path(folder)
    if not folder.is_dir():
        message = "is not a folder; give the folder of an institution's policy files"
        raise PolicyError([Problem(str(folder), 1, "", message)])
    files = [_read(path, path.name) for path in sorted(folder.glob("*.yaml"))]
    versions = [_version(file, folder) for file in files if "effective_from" in file.data]
    if not versions:
        message = "has no policy version; add a YAML file with `effective_from:`"
        raise PolicyError([Problem(str(folder), 1, "", message)])
    policy = compile_policy([(file, version) for file, _, version in versions])
    _run_examples(versions)
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


def _version(file: PolicyFile, folder: Path) -> Loaded:
    name = str(file.data.get("access_rights", "access-rights.yaml"))
    rights_file = _read(folder / name, name)
    version = compile_version(file, rights_file, _zone(file), _text(file, folder))
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


def _zone(file: PolicyFile) -> zoneinfo.ZoneInfo:
    name = file.data.get("time_zone")
    try:
        return zoneinfo.ZoneInfo(name)
    except (TypeError, ValueError, OSError, zoneinfo.ZoneInfoNotFoundError):
        message = f"{name!r} is no time zone; write one such as Asia/Seoul"
        raise PolicyError([file.problem(("time_zone",), message)]) from None


def _text(file: PolicyFile, folder: Path) -> PublishedText | None:
    """The published text beside the catalogue; its institution may not have handed it on."""
    path = file.data.get("text")
    if not isinstance(path, str):
        return None
    try:
        return split((folder / path).read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, ValueError):
        return None
