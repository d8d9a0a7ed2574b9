"""A detector's sentence taken apart again: which of its words are whose value.

The trail keeps a finding's sentence as it was said, with cookies, sessions and people in it. What
of it may be seen is decided by the field that each value comes from.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from string import Formatter

from audit.judgement import Check
from stream.detectors import DETECTORS

KEYS: Mapping[str, str] = {
    "many_handlers": "subject",
    "refused_cookie": "subject",
    "after_withdrawal": "subject",
    "brute_force": "subject",
    "network_change": "actor",
    "shared_cookie": "cookie",
    "split_cookie": "cookie",
    "session_after_logout": "session",
    "credential_stuffing": "ip",
    "password_spraying": "ip",
    "volume_shift": "source",
    "service_silent": "source",
}
"""The field of the access that a detector's `key` is, for every sentence that has it."""
FIELDS: Mapping[str, str] = {
    "actor": "actor",
    "who": "subject",
    "subject_read": "subject",
    "party": "party",
    "agents": "user_agent",
    "reasons": "justification",
    "reason_given": "justification",
}
"""Likewise of the other names; those that are not here count, or say when, where and what for."""

_CHECKS = frozenset(str(one.value) for one in Check)


def parts(detector: str, sentence: str) -> Sequence[tuple[str, str]] | None:
    """The sentence as pieces, each with its field's name, which is empty for the words between.

    A check's sentence is one piece, of the field `detail`. None for a sentence that no detector of
    this version says: nobody knows then what is in it.
    """
    if detector in _CHECKS:
        return [("detail", sentence)]
    for pattern, names in _patterns(detector):
        if found := pattern.fullmatch(sentence):
            return list(_cut(sentence, found, names))
    return None


def _cut(sentence: str, found: re.Match[str], names: Sequence[str]) -> Iterator[tuple[str, str]]:
    at = 0
    for number, name in enumerate(names, 1):
        yield "", sentence[at : found.start(number)]
        listed = re.split("(, )", found[number]) if name == "subject" else [found[number]]
        yield from (("" if one == ", " else name, one) for one in listed)
        at = found.end(number)
    yield "", sentence[at:]


@cache
def _patterns(detector: str) -> Sequence[tuple[re.Pattern[str], Sequence[str]]]:
    words = [one.sentence for one in DETECTORS if one.id == detector]
    return [_pattern(detector, text) for pair in words for text in (pair.en, pair.ko)]


def _pattern(detector: str, template: str) -> tuple[re.Pattern[str], Sequence[str]]:
    """What matches whatever this template was filled to, and the field of each of its groups."""
    text, names = "", []
    for words, name, _, _ in Formatter().parse(template):
        text += re.escape(words)
        if name is not None:
            text += "(.*)"
            names.append(KEYS.get(detector, "cookie") if name == "key" else FIELDS.get(name, ""))
    return re.compile(text, re.DOTALL), names
