"""The URL under which browsers know the console, and what they may call it."""

import pytest
from click import UsageError

from gamsa.console import _address
from investigate.web.site import Address, Site
from tests.console.conftest import browser


@pytest.mark.parametrize(
    ("url", "hosts"),
    [
        ("https://audit.example", {"audit.example", "audit.example:443"}),
        ("https://audit.example:443", {"audit.example", "audit.example:443"}),
        ("https://audit.example:80", {"audit.example:80"}),
        ("https://[2001:db8::9]:8443", {"[2001:db8::9]:8443"}),
        ("http://127.0.0.1:8443", {"127.0.0.1:8443", "localhost:8443", "[::1]:8443"}),
        ("http://[::1]:8443", {"127.0.0.1:8443", "localhost:8443", "[::1]:8443"}),
    ],
)
def test_a_usual_port_may_be_left_out(url, hosts):
    """Browsers do not say the usual port, IPv6 stands in brackets, loopback has three names."""
    assert Address(url).hosts == hosts


@pytest.mark.parametrize(
    "url",
    [
        *("audit.example", "ftp://audit.example", "https://", "https://:8443", "http://::1:8443"),
        *("https://audit.example/console", "https://audit.example?", "https://user@audit.example"),
        *("https://audit.example:port", "https://audit.example:0", "https://[audit]:1", ""),
    ],
)
def test_what_is_no_url_of_a_console_is_refused(url):
    """A path, a user or a port that is none is refused before anything is served."""
    with pytest.raises(ValueError, match="is no URL"):
        Address(url)


def test_by_ipv6_pages_come(site):
    """On the other loopback address the console answers as on the first."""
    six = Site(site.users, site.sessions, Address("http://[::1]:8443"), site.archive, site.clock)
    assert browser(six).get("/sign-in").status_code == 200
    assert browser(six).get("/sign-in", headers={"Host": "::1:8443"}).status_code == 421


def test_a_host_is_the_same_in_capitals(site):
    """A browser writes it small; what asks by the URL as it was given may not."""
    address = Address("https://Audit.Example:8443")
    console = browser(Site(site.users, site.sessions, address, site.archive, site.clock))
    for host in ("audit.example:8443", "Audit.Example:8443"):
        assert console.get("/sign-in", headers={"Host": host}).status_code == 200


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "0:0:0:0:0:0:0:0"])
def test_every_address_of_a_machine_is_no_url(host):
    """No browser would come by it, so the URL is asked for before anything is served."""
    with pytest.raises(UsageError, match="--url"):
        _address(None, host, 8443, secure=True)
    assert _address("https://audit.example", host, 8443, secure=True).hosts >= {"audit.example"}
    assert _address(None, "192.0.2.7", 8443, secure=True).url == "https://192.0.2.7:8443"
