"""What an institution sets of its detectors: `detectors.yaml` beside its policy."""

from collections.abc import Sequence
from dataclasses import dataclass, fields, replace
from datetime import date, timedelta
from functools import cache
from pathlib import Path
from typing import Any, Literal, get_type_hints
from zoneinfo import ZoneInfo

from pydantic import BaseModel, ConfigDict, Field, create_model

from audit.policy import Policy
from audit.policy_file import PolicyError, PolicyFile, Problem, read
from policies import DETECTORS as FILE
from stream.detectors import DETECTORS
from stream.detectors.detector import Detector, Severity
from stream.questions import LATENESS, Terms

_STRICT = ConfigDict(extra="forbid", frozen=True, strict=True)
_make: Any = create_model  # its types know no fields that are named at run time
_COMMON: dict[str, Any] = {
    "off": (bool, False),
    "shadow": (bool, False),
    "severity": (Severity, None),
    "clause": (str, None),
}


@dataclass(frozen=True, slots=True)
class Duty:
    """The detectors that an institution has on, with its thresholds, and what holds for all."""

    detectors: Sequence[Detector]
    terms: Terms


def load(folder: Path, policy: Policy) -> Duty:
    """Read the file in an institution's folder; without one, everything is as it comes.

    Raises `PolicyError` that names line, field and mend.
    """
    path = folder / FILE
    return load_file(path, policy) if path.exists() else Duty(DETECTORS, _terms(policy))


def load_file(path: Path, policy: Policy) -> Duty:
    """Read this file, such as a draft. Raises `PolicyError`."""
    try:
        file = read(path.read_text(encoding="utf-8"), path.name)
    except (OSError, UnicodeDecodeError) as error:
        raise PolicyError([Problem(path.name, 1, "", f"cannot be read: {error}")]) from None
    return _duty(file, _terms(policy))


def _terms(policy: Policy) -> Terms:
    zone = policy.newest.zone
    return Terms(zone=zone) if isinstance(zone, ZoneInfo) else Terms()


def _duty(file: PolicyFile, terms: Terms) -> Duty:
    said: Any = file.validated(_model())
    changed = [
        _changed(detector, getattr(said.detectors, detector.id).model_dump(exclude_unset=True))
        for detector in DETECTORS
    ]
    return Duty(
        [detector for detector in changed if not detector.off],
        replace(
            terms,
            lateness=timedelta(minutes=said.lateness_minutes),
            country=said.country,
            holidays=tuple(said.holidays),
        ),
    )


def _changed(detector: Detector, given: dict[str, Any]) -> Detector:
    own = {name: given.pop(name) for name in detector.settings if name in given}
    return replace(detector, thresholds=replace(detector.thresholds, **own), **given)


@cache
def _model() -> type[BaseModel]:
    """The file's form, made of the fields that the detectors have."""
    each = {detector.id: _fields(detector) for detector in DETECTORS}
    models: dict[str, Any] = {
        name: _make(name, __config__=_STRICT, **own) for name, own in each.items()
    }
    detectors = _make(
        "Detectors",
        __config__=_STRICT,
        **{name: (model, model()) for name, model in models.items()},
    )
    minutes = int(LATENESS.total_seconds() / 60)
    made: type[BaseModel] = _make(
        "DetectorFile",
        __config__=_STRICT,
        lateness_minutes=(int, Field(minutes, ge=0, le=24 * 60)),
        country=(Literal["KR"], "KR"),
        holidays=(tuple[date, ...], ()),
        detectors=(detectors, detectors()),
    )
    return made


def _fields(detector: Detector) -> dict[str, Any]:
    kinds = get_type_hints(type(detector.thresholds))
    return {
        **_COMMON,
        **{
            one.name: (kinds[one.name], Field(None, ge=0))
            if kinds[one.name] in {int, float}
            else (kinds[one.name], None)
            for one in fields(detector.thresholds)
        },
    }
