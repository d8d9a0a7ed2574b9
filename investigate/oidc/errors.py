"""Why nobody comes in through the provider.

OidcError
├── ProviderAwayError    the provider does not answer, or not as OpenID Connect says
├── WrongTokenError      what it says is not for us, not now, or not by it
├── RefusedThereError    it did not let somebody in, or did not find what we sent right
└── NoRoleError          it knows who they are, and none of their groups has a role here
"""


class OidcError(Exception):
    """Somebody is not let in through the provider; the message is for who runs the console."""


class ProviderAwayError(OidcError):
    """The provider does not answer, or not as OpenID Connect says."""


class WrongTokenError(OidcError):
    """What the provider says is not for us, not now, or not by it."""


class RefusedThereError(OidcError):
    """The provider did not let somebody in, or did not find what we sent right."""


class NoRoleError(OidcError):
    """None of somebody's groups has a role here."""
