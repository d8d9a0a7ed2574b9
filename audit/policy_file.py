"""Reading one YAML file of a policy, so that every error names its file, line, field and mend."""

import difflib
import json
import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

import yaml
from pydantic import BaseModel, ValidationError

Field = tuple[str | int, ...]
Model = TypeVar("Model", bound=BaseModel)


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing wrong in one place of one file. `line` counts from 1."""

    file: str
    line: int
    field: str
    message: str

    def __str__(self) -> str:
        where = f" {self.field}:" if self.field else ""
        return f"{self.file}:{self.line}:{where} {self.message}"


class PolicyError(ValueError):
    """A policy that cannot be used. Its message has a line for each of `problems`."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        self.problems = tuple(problems)
        super().__init__("\n".join(map(str, problems)))


@dataclass(frozen=True, slots=True)
class PolicyFile:
    """A YAML file as plain data, with the line on which each field stands."""

    name: str
    data: Any
    lines: dict[Field, int]

    def problem(self, field: Field, message: str) -> Problem:
        """A problem at this field, or at the nearest field around it that the file has."""
        known = field
        while known and known not in self.lines:
            known = known[:-1]
        return Problem(self.name, self.lines.get(known, 1), written(field), message)

    def validated(self, model: type[Model]) -> Model:
        """The data as `model`, or a `PolicyError` with every field that does not fit."""
        try:
            # As JSON: strict types, and exactly what the published JSON Schema describes.
            return model.model_validate_json(json.dumps(self.data))
        except ValidationError as error:
            known = _field_names(model)
            problems = [
                self.problem(_location(found["loc"], self.lines), _mend(dict(found), known))
                for found in error.errors()
                if not self._follows(dict(found))
            ]
            raise PolicyError(list(dict.fromkeys(problems))) from None

    def misfits(self, model: type[BaseModel]) -> list[Problem]:
        """Every field that does not fit the model."""
        try:
            self.validated(model)
        except PolicyError as error:
            return list(error.problems)
        return []

    def _follows(self, found: dict[str, Any]) -> bool:
        """Whether a list is called too short only because its entries have errors of their own."""
        return found["type"] == "too_short" and (*_location(found["loc"], self.lines), 0) in (
            self.lines
        )


def read(text: str, name: str) -> PolicyFile:
    """Parse YAML; `name` is how errors call the file. Raises `PolicyError`."""
    lines: dict[Field, int] = {}
    problems: list[Problem] = []

    def report(at: yaml.Node, field: Field, message: str) -> None:
        problems.append(Problem(name, at.start_mark.line + 1, written(field), message))

    try:
        _refuse_what_runs_deep(text)
        node = yaml.compose(text, Loader=_LOADER)
        scalars = yaml.SafeLoader("")
        data = _plain(node, (), scalars, lines, report) if node is not None else {}
    except _TooMuchError as error:
        line, message = error.args
        raise PolicyError([Problem(name, line, "", f"holds {message}")]) from None
    except yaml.MarkedYAMLError as error:
        line = _line(error.problem_mark or error.context_mark)
        message = f"not YAML: {error.problem}; mend the line or the one before it"
        raise PolicyError([Problem(name, line, "", message)]) from None
    except (yaml.YAMLError, ValueError) as error:
        raise PolicyError([Problem(name, 1, "", f"not YAML: {error}")]) from None
    if problems:
        raise PolicyError(problems)
    return PolicyFile(name, data, lines)


def written(field: Field) -> str:
    """A field as people write it: `files[2].items.required`."""
    text = ""
    for step in field:
        text += f"[{step}]" if isinstance(step, int) else f".{step}" if text else step
    return text


def unknown_name(word: str, known: Iterable[str], what: str, where: str) -> str:
    """That `word` names no `what`, and what was probably meant. `where` says how to add it."""
    near = difflib.get_close_matches(word, list(known), n=1)
    meant = f"; did you mean {near[0]!r}?" if near else f"; add it to {where} or take it out"
    return f"{word!r} is no {what} of this policy{meant}"


_TIMESTAMP = "tag:yaml.org,2002:timestamp"
_SCALARS = {f"tag:yaml.org,2002:{kind}" for kind in ("str", "int", "float", "bool", "null")}
_SCALARS.add(_TIMESTAMP)


# libyaml's parser is ten times faster; it would end the process on endless nesting.
_LOADER: type[yaml.SafeLoader] = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_DEEPEST = 32


def _line(mark: Any) -> int:
    return mark.line + 1 if mark is not None else 1


class _TooMuchError(Exception):
    """A line, and what a policy does not need there."""


def _refuse_what_runs_deep(text: str) -> None:
    """Aliases, and nesting that no policy needs, before anything walks the file."""
    depth = 0
    for event in yaml.parse(text, Loader=_LOADER):
        if isinstance(event, yaml.AliasEvent):
            problem = "an alias (*name); write the value out"
            raise _TooMuchError(_line(event.start_mark), problem)
        depth += isinstance(event, yaml.CollectionStartEvent)
        depth -= isinstance(event, yaml.CollectionEndEvent)
        if depth > _DEEPEST:
            problem = f"more than {_DEEPEST} levels; a policy needs a handful"
            raise _TooMuchError(_line(event.start_mark), problem)


Report = Callable[[yaml.Node, Field, str], None]


def _plain(
    node: yaml.Node, field: Field, loader: yaml.SafeLoader, lines: dict[Field, int], report: Report
) -> Any:
    lines.setdefault(field, node.start_mark.line + 1)
    if isinstance(node, yaml.SequenceNode):
        return [
            _plain(child, (*field, place), loader, lines, report)
            for place, child in enumerate(node.value)
        ]
    if not isinstance(node, yaml.MappingNode):
        if node.tag not in _SCALARS:
            report(node, field, f"has the YAML type {node.tag}; write plain text or a number")
            return None
        if node.tag == _TIMESTAMP:  # dates and times stay as they are written
            return node.value
        return loader.construct_object(node)
    data: dict[str, Any] = {}
    for key_node, value_node in node.value:
        key = str(key_node.value)
        inner = (*field, key)
        if key in data:
            first = lines[inner]
            report(key_node, inner, f"is written twice, first on line {first}; keep one of them")
        lines.setdefault(inner, key_node.start_mark.line + 1)
        data[key] = _plain(value_node, inner, loader, lines, report)
    return data


def _field_names(model: type[BaseModel]) -> set[str]:
    schema = model.model_json_schema()
    parts = [schema, *schema.get("$defs", {}).values()]
    return {name for part in parts for name in part.get("properties", {})}


def _location(loc: Sequence[str | int], lines: dict[Field, int]) -> Field:
    """Pydantic's path without the names of union members, which the file does not have."""
    field: Field = ()
    for place, step in enumerate(loc):
        longer = (*field, step)
        if longer in lines or place == len(loc) - 1:
            field = longer
    return field


def _mend(found: dict[str, Any], known: set[str]) -> str:
    """What is wrong and what to do, from one of pydantic's errors."""
    kind, given, name = found["type"], found["input"], str((*found["loc"], "")[-2:][0])
    if kind in _MENDS:
        return _MENDS[kind].format(name=name)
    if kind == "extra_forbidden":
        near = difflib.get_close_matches(name, known - {name}, n=1)
        return "is not a known field; " + (
            f"did you mean `{near[0]}`?" if near else "take it out, or see docs/policy.md"
        )
    if kind == "string_pattern_mismatch":
        return f"{given!r} {_form(found['ctx']['pattern'])}"
    if kind in {"literal_error", "enum"}:
        return _choice(given, found["ctx"]["expected"])
    if kind.startswith("date"):
        return f"{given!r} is no date; write year, month and day, such as 2026-06-01"
    return f"{str(found['msg']).removeprefix('Value error, ')}; correct the value"


_MENDS = {
    "missing": "is missing; add `{name}:` here",
    "string_type": "must be text; put it in quotes",
    "bool_type": "must be true or false",
    "int_type": "must be a whole number",
    "tuple_type": "must be a list, with `- ` before each entry or between [ and ]",
    "model_type": "must be a mapping of fields, with `name: value` for each",
    "too_short": "is empty; add an entry",
    "string_too_short": "is empty; write some text",
}
_FORMS = {
    "^Art": "is no clause; write it such as `Art. 3`, `Art. 1(1)3` or `Art. 4(1) row 2`",
    "^[1-9]": "is no period; write months or years, such as `6 months` or `1 year`",
    "^[a-z0-9]": "is no id; use small letters, digits and `_.:-`, such as `reader_card`",
}


def _form(pattern: str) -> str:
    """What a text should look like, in words."""
    known = (words for start, words in _FORMS.items() if pattern.startswith(start))
    return next(known, f"does not have the form {pattern}; rewrite it")


def _choice(word: object, expected: str) -> str:
    """That a word is none of those there are: the nearest of them, or all."""
    near = difflib.get_close_matches(str(word), re.findall(r"'([^']+)'", expected), n=1)
    return f"{word!r} is not known here; " + (
        f"did you mean {near[0]!r}?" if near else f"write {expected}"
    )
