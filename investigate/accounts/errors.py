"""Why something about accounts is refused; each message is what, and the next step.

AccountsError
├── WrongAccountError     a name, a role or a password is not what it must be
├── UnknownAccountError   nobody has this name
└── DatabaseError         the database is away, or of another version
"""


class AccountsError(Exception):
    """Something about accounts is refused."""


class WrongAccountError(AccountsError):
    """A name, a role or a password is not what it must be."""


class UnknownAccountError(AccountsError):
    """Nobody has this name."""


class DatabaseError(AccountsError):
    """The database is away, or of another version."""
