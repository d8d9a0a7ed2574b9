"""A policy version as tables that people read, in English or Korean."""

from collections.abc import Iterable, Sequence
from unicodedata import east_asian_width

from audit.policy import Language, Version
from audit.policy_document import Words, months

_WORDS = {
    "files": {"en": "Personal-information files", "ko": "개인정보파일"},
    "file": {"en": "file", "ko": "파일"},
    "items": {"en": "items (optional ones in brackets)", "ko": "항목 (괄호는 선택)"},
    "basis": {"en": "legal basis", "ko": "근거"},
    "kept": {"en": "kept", "ko": "보유 기간"},
    "clause": {"en": "clause", "ko": "조항"},
    "purposes": {"en": "Purposes", "ko": "목적"},
    "purpose": {"en": "purpose", "ko": "목적"},
    "says": {"en": "in our words", "ko": "요약"},
    "recipients": {"en": "Recipients", "ko": "제공받는 자"},
    "recipient": {"en": "recipient", "ko": "제공받는 자"},
    "grounds": {"en": "Grounds for providing data", "ko": "제공 근거"},
    "ground": {"en": "ground", "ko": "근거"},
    "consignees": {"en": "Consignees", "ko": "수탁자"},
    "consignee": {"en": "consignee", "ko": "수탁자"},
    "task": {"en": "task", "ko": "위탁 업무"},
    "roles": {"en": "Roles", "ko": "역할"},
    "role": {"en": "role", "ko": "역할"},
    "kinds": {"en": "held by", "ko": "행위자"},
    "own": {"en": "reach", "ko": "범위"},
    "own_only": {"en": "own data only", "ko": "본인 정보만"},
    "may": {"en": "may touch", "ko": "다룰 수 있는 파일"},
    "months": {"en": "months", "ko": "개월"},
    "trail": {"en": "the audit trail is kept", "ko": "감사 기록 보유"},
    "from": {"en": "in force from", "ko": "시행"},
    "revision": {"en": "revision", "ko": "판"},
}


def table(version: Version, language: Language) -> str:
    """Title, the trail's period, files, purposes, recipients, grounds, consignees and roles."""
    document = version.document

    def say(name: str) -> str:
        return _WORDS[name][language]

    def told(words: Words) -> str:
        return str(getattr(words, language))

    since = f"{say('from')} {document.effective_from} {document.time_zone}"
    trail = f"{say('trail')}: {months(version.rights.trail.retention)} {say('months')}"
    sections = [
        f"{told(document.title)}\n{since}, {say('revision')} {version.revision[:12]}\n{trail}",
        _section(
            say("files"),
            [say("file"), say("items"), say("basis"), say("kept"), say("clause")],
            (
                [
                    file.id,
                    ", ".join(
                        [*file.items.required, *(f"[{one}]" for one in file.items.optional)]
                    ),
                    ", ".join(file.legal_basis),
                    f"{version.files[file.id].months or '-'} {say('months')}",
                    file.clause,
                ]
                for file in document.files
            ),
        ),
        _section(
            say("purposes"),
            [say("purpose"), say("says"), say("file"), say("clause")],
            (
                [
                    one.id,
                    told(one.title),
                    "*"
                    if one.every_file
                    else ", ".join(file.id for file in document.files if one.id in file.purposes),
                    one.clause,
                ]
                for one in document.purposes
            ),
        ),
        *_third_parties(version, language),
        _section(
            say("roles"),
            [say("role"), say("kinds"), say("own"), say("may")],
            (
                [
                    one.id,
                    ", ".join(one.kinds),
                    say("own_only") if one.own_data_only else "",
                    ", ".join(dict.fromkeys(file for grant in one.grants for file in grant.files)),
                ]
                for one in version.rights.roles
            ),
        ),
    ]
    return "\n\n".join(sections)


def _third_parties(version: Version, language: Language) -> list[str]:
    def say(name: str) -> str:
        return _WORDS[name][language]

    document, sections = version.document, []
    if document.third_parties is not None:
        grounds = document.third_parties.grounds
        sections = [
            _section(
                say("recipients"),
                [say("recipient"), say("clause")],
                ([name, clause] for name, clause in version.recipients.items()),
            ),
            _section(
                say("grounds"),
                [say("ground"), say("says"), say("clause")],
                ([one.id, getattr(one.summary, language), one.clause] for one in grounds),
            ),
        ]
    if document.consignment is not None:
        consignees = document.consignment.consignees
        sections.append(
            _section(
                say("consignees"),
                [say("consignee"), say("task"), say("file"), say("clause")],
                (
                    [one.id, getattr(one.task, language), one.file, one.clause]
                    for one in consignees
                ),
            )
        )
    return sections


def _section(title: str, heads: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [heads, *rows]
    widths = [max(map(_width, column)) for column in zip(*lines, strict=True)]
    drawn = [
        "  ".join(
            cell + " " * (width - _width(cell)) for cell, width in zip(line, widths, strict=True)
        ).rstrip()
        for line in lines
    ]
    return "\n".join([title, "─" * _width(title), *drawn])


def _width(text: str) -> int:
    """Columns on a terminal, where Korean letters take two."""
    return sum(2 if east_asian_width(letter) in "WF" else 1 for letter in text)
