"""Which pages of the console a kept search may lead to: those that ask, and nothing else."""

from urllib.parse import parse_qsl, urlencode, urlsplit

OTHERS = "life", "session", "request", "touched", "recipient", "count"
"""The pages with a form of their own, to which the first page leads."""
PAGES = frozenset(
    {
        *("/subject", "/handler", "/where", "/event", "/findings", "/inquiries", "/export"),
        *(f"/{one}" for one in OTHERS),
    }
)
LONGEST = 2_048
_NEVER = frozenset({"purpose", "case", "justification", "csrf", "cursor", "lang"})
"""Of a query: grounds are said anew each time; pages and languages are of the moment."""


def target(text: str) -> str | None:
    """The page of ours that the text names, without grounds; None for whatever else it is.

    It is written anew, so that nothing but a path of ours and an encoded query is left.
    """
    try:
        parts = urlsplit(text)
        query = [pair for pair in parse_qsl(parts.query) if pair[0] not in _NEVER]
        encoded = urlencode(query)
    except ValueError:
        return None
    known = not parts.scheme and not parts.netloc and parts.path in PAGES
    whole = f"{parts.path}?{encoded}".rstrip("?")
    return whole if known and len(whole) <= LONGEST else None
