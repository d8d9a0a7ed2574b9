"""The checks that depend only on what an access is: who, doing what, with what, why, for whom.

Events of a day share few such combinations, so `audit.judge` asks here once for each.
"""

from collections.abc import Callable, Iterator
from typing import NamedTuple, get_args

from audit.access_rights import Action, ActorKind, Circumstance, Outcome, RequiredPart
from audit.judgement import Check, Judgement, Reason
from audit.policy import DAY, Combination, FileRule, Key, PurposeRule, RoleRule, Version

ACTIONS: frozenset[str] = frozenset(get_args(Action))
KINDS: frozenset[str] = frozenset(get_args(ActorKind))
OUTCOMES: frozenset[str] = frozenset(get_args(Outcome))

FOR_EVER = 1 << 63  # microseconds: longer than any two times that can be stored are apart
_ORDER = {check: place for place, check in enumerate(Check)}
_SHOWN = 60


class Named(NamedTuple):
    """What an access names, and the rules that these names lead to."""

    kind: str
    role: str
    organization: str | None
    action: str
    file: str
    items: tuple[str, ...]
    purpose: str
    basis: str | None
    recipient: str | None
    outcome: str
    version: Version
    file_rule: FileRule | None
    purpose_rule: PurposeRule | None
    role_rule: RoleRule | None

    @property
    def third_parties(self) -> tuple[str | None, ...]:
        """To whom data is provided, None for nobody named; a third party's own people first.

        Neither the institution's consignee, nor back to the institution from who works with it.
        """
        recipient, returning = self.recipient, self.kind in {"consignee", "third_party"}
        own = (self.organization,) if self.kind == "third_party" else ()
        if recipient is None:
            return own or ((None,) if self.action == "disclose" else ())
        returned = returning and recipient == self.version.document.institution
        consigned = recipient in self.version.consignees and not own
        if returned or consigned or recipient in own:
            return own
        return (*own, recipient)


def look_up(key: Key, version: Version) -> Named:
    """A combination with the rules that its names lead to under a version."""
    rules = version.files.get(key[4]), version.purposes.get(key[6]), version.roles.get(key[1])
    return Named(*key, version, *rules)


def combine(key: Key, version: Version) -> Combination:
    """Judge a combination under a version, whatever the texts in it."""
    named = look_up(key, version)
    file, role = named.file_rule, named.role_rule
    reasons = [reason for check in _CHECKS for reason in check(named)]
    needed = {part.part for part in version.required if _may_need(part, named)}
    return Combination(
        judgement=judgement(reasons, version),
        file=file,
        own_data_only=role is not None and role.own_data_only,
        needs_ip="ip" in needed,
        needs_subject="subject" in needed,
        closer=bool(needed - {"ip", "subject"}) or _asks_for_more(named),
        disposes=_disposes(named),
        may_be_overdue=_may_be_overdue(named),
        surely_kept=_surely_kept(named),
    )


def judgement(reasons: list[Reason], version: Version) -> Judgement:
    """The judgement for these reasons, in the order of `Check`."""
    ordered = tuple(sorted(reasons, key=lambda reason: _ORDER[reason.check]))
    return Judgement("misuse" if ordered else "allowed", ordered, version.revision)


def shown(word: str | None) -> str:
    """A text of the event, quoted and cut, so that no detail grows beyond a line."""
    if word is None:
        return "nothing"
    return repr(word if len(word) <= _SHOWN else word[:_SHOWN] + "…")


def _party(name: str | None) -> str:
    return "somebody not named" if name is None else shown(name)


def holds(circumstance: Circumstance, named: Named, records: int | None = None) -> bool:
    """Whether a circumstance holds; without `records`, whether it holds for every number."""
    over = circumstance.records_over
    return (
        _within(named.kind, circumstance.kinds)
        and _within(named.action, circumstance.actions)
        and _within(named.outcome, circumstance.outcomes)
        and _within(named.purpose, circumstance.purposes)
        and (over is None or (records is not None and records > over))
    )


def _within(word: str, words: tuple[str, ...] | None) -> bool:
    return words is None or word in words


def _may_need(part: RequiredPart, named: Named) -> bool:
    if (part.part == "items" and named.items) or (
        part.part == "organization" and named.organization
    ):
        return False
    if any(holds(circumstance, named) for circumstance in part.unless):
        return False
    return not part.only or any(holds(one, named, FOR_EVER) for one in part.only)


def _asks_for_more(named: Named) -> bool:
    """Whether the event must hold a rights request or an approval."""
    requests = named.purpose == named.version.rights_purpose
    return requests or named.action == "request" or _disposes(named)


def _disposes(named: Named) -> bool:
    """Whether this is disposal by plan, which needs an approval, by whatever action."""
    planned = named.purpose == named.version.rights.disposal.purpose
    return named.action == "dispose" or (
        planned and named.action in named.version.disposal_actions
    )


def _may_be_overdue(named: Named) -> bool:
    """Whether data whose time is over may be touched: to dispose of it, or to inspect."""
    overdue = named.version.rights.disposal.overdue_purposes
    return named.action in named.version.disposal_actions or named.purpose in overdue


def _surely_kept(named: Named) -> int:
    rule = named.file_rule
    if rule is None or rule.months is None or _may_be_overdue(named):
        return FOR_EVER
    # A run of n calendar months is never more than four days shorter than n mean months.
    return max(0, (rule.months * 30436875 // 1_000_000 - 4) * DAY)


def _unknown_names(named: Named) -> Iterator[Reason]:
    version = named.version
    for check, word, known, what in (
        (Check.UNKNOWN_FILE, named.file, version.files, "a file of the policy"),
        (Check.UNKNOWN_PURPOSE, named.purpose, version.purposes, "a purpose of the policy"),
        (Check.UNKNOWN_ROLE, named.role, version.roles, "a role of the access rights"),
        (Check.UNKNOWN_ACTION, named.action, ACTIONS, "an action"),
        (Check.UNKNOWN_ACTOR_KIND, named.kind, KINDS, "a kind of actor"),
        (Check.UNKNOWN_OUTCOME, named.outcome, OUTCOMES, "an outcome"),
    ):
        if word not in known:
            yield version.reason(check, f"{shown(word)} is not {what}")
    if named.basis is not None and named.basis not in version.bases:
        detail = f"{shown(named.basis)} is not a legal basis of the policy"
        yield version.reason(Check.UNKNOWN_LEGAL_BASIS, detail)


def _purpose(named: Named) -> Iterator[Reason]:
    file, purpose = named.file_rule, named.purpose
    if file is None or named.purpose_rule is None or purpose in file.purposes:
        return
    detail = f"{file.id} is not used for {purpose}"
    yield named.version.reason(Check.PURPOSE_NOT_ALLOWED, detail, file.clause)


def _items(named: Named) -> Iterator[Reason]:
    version, file = named.version, named.file_rule
    unknown = sorted(set(named.items) - version.items)
    if unknown:
        detail = f"{_listed(unknown)}: not an item of the policy"
        yield version.reason(Check.UNKNOWN_ITEM, detail)
    if file is None:
        return
    known = version.items.intersection(named.items)
    outside = sorted(known - file.items)
    if outside:
        detail = f"{_listed(outside)}: not in {file.id}"
        yield version.reason(Check.ITEM_OUTSIDE_FILE, detail, file.items_clause)
    provided = version.provided.get(file.id)
    if named.third_parties and provided is not None:
        kept_back = sorted((known & file.items) - provided.items)
        if kept_back:
            detail = f"{_listed(kept_back)}: of {file.id}, not provided to third parties"
            yield version.reason(Check.ITEM_OUTSIDE_FILE, detail, provided.clause)


def _legal_basis(named: Named) -> Iterator[Reason]:
    file, basis = named.file_rule, named.basis
    known = basis is None or basis in named.version.bases
    if file is None or named.third_parties or not known:
        return
    brought = named.purpose_rule.bases if named.purpose_rule is not None else frozenset()
    if basis is None or basis not in file.bases | brought:
        wanted = ", ".join(sorted(file.bases | brought))
        detail = f"the basis of {file.id} is {wanted}, and the access gave {shown(basis)}"
        yield named.version.reason(Check.LEGAL_BASIS_MISMATCH, detail, file.clause)


def _recipient(named: Named) -> Iterator[Reason]:
    version, parties, basis = named.version, named.third_parties, named.basis
    if not parties:
        return
    unlisted = [party for party in parties if party not in version.recipients]
    to, detail = " and ".join(map(_party, parties)), ""
    if unlisted:
        detail = f"{_party(unlisted[0])} is not a party to which data is provided"
    elif named.file_rule is not None and named.file not in version.provided:
        detail = f"{named.file} is provided to no third party, and went to {to}"
    elif len(parties) > 1:
        own, other = map(_party, parties)
        detail = f"{own} was provided it for itself, and passed it to {other}"
    if detail:
        yield version.reason(Check.RECIPIENT_NOT_LISTED, detail)
    if basis is None or (basis in version.bases and basis not in version.grounds):
        detail = f"{shown(basis)} is no ground for providing data to {to}"
        yield version.reason(Check.RECIPIENT_WITHOUT_GROUND, detail)


def _consignment(named: Named) -> Iterator[Reason]:
    version = named.version
    if named.kind == "consignee":
        yield from _task(named, named.organization)
        back = {None, named.organization, version.document.institution}
        if named.recipient not in back:
            detail = f"{shown(named.organization)} passed data on to {shown(named.recipient)}"
            yield version.reason(Check.RE_CONSIGNMENT, detail)
    elif named.recipient in version.consignees:
        yield from _task(named, named.recipient)


def _task(named: Named, consignee: str | None) -> Iterator[Reason]:
    version = named.version
    rule = version.consignees.get(consignee) if consignee is not None else None
    if rule is None:
        detail = f"{shown(consignee)} is not a consignee"
        yield version.reason(Check.CONSIGNEE_OUTSIDE_TASK, detail)
    elif rule.file != named.file or named.purpose not in rule.purposes:
        detail = (
            f"{consignee} is to work on {rule.file} for {', '.join(sorted(rule.purposes))}, "
            f"not on {shown(named.file)} for {shown(named.purpose)}"
        )
        yield version.reason(Check.CONSIGNEE_OUTSIDE_TASK, detail, rule.clause)


def _rights(named: Named) -> Iterator[Reason]:
    version, role = named.version, named.role_rule
    if role is None:
        return
    if named.kind in KINDS and named.kind not in role.kinds:
        detail = f"{named.role} is a role of {', '.join(sorted(role.kinds))}, not of {named.kind}"
        yield version.reason(Check.ROLE_WITHOUT_RIGHT, detail)
    elif named.organization not in version.organizations.get(named.kind, {named.organization}):
        detail = f"{named.role} is no role of {named.kind} of {shown(named.organization)}"
        yield version.reason(Check.ROLE_WITHOUT_RIGHT, detail)
    elif named.file_rule is not None and not _granted(named, named.file_rule, role):
        detail = f"{named.role} may not {shown(named.action)} {named.file} for {named.purpose}"
        yield version.reason(Check.ROLE_WITHOUT_RIGHT, detail[:300])


def _granted(named: Named, file: FileRule, role: RoleRule) -> bool:
    """Whether some grant fits, leaving out what another reason already calls wrong."""
    right_purpose = named.purpose in file.purposes
    right_action = named.action in ACTIONS
    if right_purpose and right_action:
        return (named.file, named.purpose, named.action) in role.grants
    return any(
        file == named.file
        and (not right_purpose or purpose == named.purpose)
        and (not right_action or action == named.action)
        for file, purpose, action in role.grants
    )


def _listed(words: list[str]) -> str:
    more = f" and {len(words) - 5} more" if len(words) > 5 else ""
    return ", ".join(map(shown, words[:5])) + more


_CHECKS: tuple[Callable[[Named], Iterator[Reason]], ...] = (
    _unknown_names,
    _purpose,
    _items,
    _legal_basis,
    _recipient,
    _consignment,
    _rights,
)
