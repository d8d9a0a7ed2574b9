"""The search box, and what masking hides."""

import pytest

from investigate.web.masking import HIDDEN, masked
from investigate.web.search import target

EVENT = "019ab0f2-6c1e-7d31-8f0a-3c1d5e7f9a10"


@pytest.mark.parametrize(
    ("typed", "page"),
    [
        ("member:48213", "/subject?id=member%3A48213"),
        ("  staff:0417 ", "/handler?id=staff%3A0417"),
        ("consignee:ntsys-01", "/handler?id=consignee%3Antsys-01"),
        ("203.0.113.9", "/where?ip=203.0.113.9"),
        ("2001:db8::9", "/where?ip=2001%3Adb8%3A%3A9"),
        ("02:00:00:ab:cd:ef", "/where?mac=02%3A00%3A00%3Aab%3Acd%3Aef"),
        (EVENT, f"/event?id={EVENT}"),
        ("c0ffee", "/where?cookie=c0ffee"),
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
        ("path", "/pay/4111 1111 1111 1111", f"/pay/{HIDDEN}1111"),
        ("path", "/pay/4111111111111112", "/pay/4111111111111112"),
        ("file", "user_billing_information", "user_billing_information"),
        ("subjects", ["member:1", "member:given"], ["member:1", f"member:g{HIDDEN}"]),
    ],
)
def test_what_says_who_somebody_is_is_masked(name, value, shown):
    """Cookies, card numbers and ids that are names are masked; numbers and handlers are not."""
    assert masked(name, value) == shown


def test_what_was_asked_for_is_not_masked():
    """A value that the asker named is shown as it was named."""
    asked = "member:a.name"
    rows = masked("", [{"subject": asked, "cookie": "secret"}], frozenset([asked]))
    assert rows == [{"subject": asked, "cookie": HIDDEN}]
