"""The search box, and what masking hides."""

from string import Formatter
from typing import get_args

import pytest

from audit.judgement import Check
from investigate.masking import HIDDEN, masked
from investigate.sentences import FIELDS, KEYS
from investigate.web.evidence import Unmaskable, unmaskable
from investigate.web.search import target
from stream.detectors import DETECTORS

EVENT = "019ab0f2-6c1e-7d31-8f0a-3c1d5e7f9a10"


@pytest.mark.parametrize(
    ("typed", "page"),
    [
        ("member:48213", "/subject?id=member%3A48213"),
        ("  staff:0417 ", "/handler?id=staff%3A0417"),
        ("consignee:ntsys-01", "/handler?id=consignee%3Antsys-01"),
        ("203.0.113.9", "/where?ip=203.0.113.9"),
        ("203.0.113.0/24", "/where?ip=203.0.113.0%2F24"),
        ("2001:db8::9", "/where?ip=2001%3Adb8%3A%3A9"),
        ("02:00:00:ab:cd:ef", "/where?mac=02%3A00%3A00%3Aab%3Acd%3Aef"),
        (EVENT, f"/event?id={EVENT}"),
        (EVENT.upper(), f"/event?id={EVENT}"),
        (f"event:{EVENT.upper()}", f"/event?id={EVENT.upper()}"),
        ("c0ffee", "/where?cookie=c0ffee"),
        ("session:s-77", "/session?id=s-77"),
        ("request: r-81a2", "/request?id=r-81a2"),
        ("file:user_personal_information", "/touched?file=user_personal_information"),
        ("recipient:district:jongno", "/recipient?id=district%3Ajongno"),
        ("life:member:48213", "/life?id=member%3A48213"),
        ("cookie:member:1", "/where?cookie=member%3A1"),
        ("subject:x y", "/subject?id=x+y"),
        ("//evil.example", "/where?cookie=%2F%2Fevil.example"),
        ("<script>", "/where?cookie=%3Cscript%3E"),
    ],
)
def test_the_search_box_tells_what_was_typed(typed, page):
    """An id, an address, a cookie and an event lead to their pages, and nothing elsewhere."""
    assert target(typed) == page


@pytest.mark.parametrize(
    ("name", "value", "shown"),
    [
        ("cookie", "c0ffee1234567890", f"c0f{HIDDEN}"),
        ("cookie", "short", HIDDEN),
        ("subject", "member:48213", "member:48213"),
        ("subject", "member:a.name", f"member:a{HIDDEN}"),
        ("subject", "가나다", f"가{HIDDEN}"),
        ("actor", "staff:inspector", "staff:inspector"),
        ("actor", "member:inspector", f"member:i{HIDDEN}"),
        ("recipient", "member:a.name", f"member:a{HIDDEN}"),
        ("recipient", "district:jongno", "district:jongno"),
        ("party", "ntsys", "ntsys"),
        ("path", "/pay/4111 1111 1111 1111", f"/pay/{HIDDEN}1111"),
        ("path", "/pay/4111111111111112", "/pay/4111111111111112"),
        ("justification", "4111 1111 1111 1111 12/28", f"{HIDDEN}1111 12/28"),
        ("justification", "3782 822463 10005 1234", f"{HIDDEN}0005 1234"),
        ("justification", "02 4111 1111 1111 1112", "02 4111 1111 1111 1112"),
        ("path", "/pay?card=4111+1111+1111+1111&n=1", f"/pay?card={HIDDEN}1111&n=1"),
        ("path", "/pay/4111%201111%201111%201111", f"/pay/{HIDDEN}1111"),
        ("path", "/pay?card=%204111111111111111%22", f"/pay?card=%20{HIDDEN}1111%22"),
        ("file", "user_billing_information", "user_billing_information"),
        ("subjects", ["member:1", "member:given"], ["member:1", f"member:g{HIDDEN}"]),
    ],
)
def test_what_says_who_somebody_is_is_masked(name, value, shown):
    """Cookies, card numbers and names of members are masked; numbers and institutions are not."""
    assert masked(name, value) == shown


SECRET = "c0ffee-4711, 0815-secret"
NAMED = "member:a.name"
FILLED = {"key": SECRET, "actor": NAMED, "who": f"member:1, {NAMED}", "subject_read": NAMED}
OPEN = {
    *("accesses_now", "accounts_failed", "accounts_tried", "address", "addresses", "asked", "at"),
    *("beside", "by", "changes_seen", "copies_made", "days", "days_before", "events", "failures"),
    *("file_given", "file_read", "first", "given", "handlers_seen", "in_30_days", "in_day"),
    *("in_hour", "items_now", "last", "last_at", "last_used", "leaps_seen", "minutes", "moved"),
    *("networks", "networks_seen", "new_role", "old_role", "people_read", "places"),
    *("purpose_said", "recipient_named", "records_taken", "said", "said_ko", "seconds", "since"),
    *("standing", "standing_ko", "state", "state_ko", "subjects", "tries_each", "usual"),
    *("usual_accesses", "usual_items", "whose", "whose_ko", "why"),
}
"""What may be read in a sentence by whoever may read findings."""
SENTENCES = [(one.id, text) for one in DETECTORS for text in (one.sentence.en, one.sentence.ko)]


@pytest.mark.parametrize(("detector", "template"), SENTENCES)
def test_a_sentence_names_nothing_that_is_masked(detector, template):
    """No detector's sentence shows a cookie, a session, or a member's id that is a name."""
    places = {name for _, name, _, _ in Formatter().parse(template) if name}
    assert places - FIELDS.keys() <= OPEN | {"key"}
    is_open = KEYS.get(detector) in {"ip", "source"}
    key = NAMED if KEYS.get(detector) in {"subject", "actor"} else SECRET
    said = template.format(**dict.fromkeys(places, "7") | FILLED | {"key": key})
    (row,) = masked("", [{"detector": detector, "sentence": said}])
    assert row["sentence"] != HIDDEN
    assert NAMED not in row["sentence"]
    assert is_open or "secret" not in row["sentence"]


def test_every_key_of_a_sentence_is_known():
    """Of every detector that says its key, it is known which field that is."""
    assert {detector for detector, text in SENTENCES if "{key}" in text} == KEYS.keys()


@pytest.mark.parametrize("detector", ["shared_cookie", "of a later version"])
def test_a_sentence_that_nobody_knows_is_hidden(detector):
    """What this version does not say may hold anything, and is not shown."""
    row = {"detector": detector, "sentence": f"Cookie {SECRET} again"}
    assert masked("", row)["sentence"] == HIDDEN


def test_a_check_names_no_member():
    """The detail of a check keeps its words; a member's name in it is masked."""
    detail = f"'{NAMED}' touched data of 'member:2'"
    row = {"detector": str(Check.NOT_OWN_DATA.value), "sentence": detail, "details": [detail]}
    told = f"'member:a{HIDDEN}' touched data of 'member:2'"
    assert masked("", row) == {**row, "sentence": told, "details": [told]}


def test_what_was_asked_for_is_not_masked():
    """A value that the asker named is shown as it was named."""
    asked = "member:a.name"
    rows = masked("", [{"subject": asked, "cookie": "secret"}], frozenset([asked]))
    assert rows == [{"subject": asked, "cookie": HIDDEN}]


def test_what_is_offered_can_be_unmasked():
    """Of what is masked in an event, whatever may be asked for is offered, and nothing else."""
    names = *get_args(Unmaskable), "details", "role"
    card = "4111111111111111"
    event = dict.fromkeys(names, "open") | {"cookie": SECRET, "path": card, "details": [card]}
    shown = masked("", event, frozenset(["open"]))
    assert shown["details"] != event["details"]
    assert unmaskable(event, shown) == ["cookie", "path"]
