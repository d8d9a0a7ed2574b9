"""Which passwords may be chosen, and how they are kept.

The rules are those of NIST SP 800-63B: length counts, every character may be used, none must be,
nothing expires; what is guessed first is refused. A password is the only factor here, so it has
at least 15 characters.
"""

import unicodedata
from importlib import resources
from itertools import pairwise

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from investigate.accounts.errors import WrongAccountError

LEAST, MOST = 15, 256
_FEWEST_DIFFERENT = 6
_RUN = 3
"""Characters that follow one another count as one when the run is longer than this."""
_hasher = PasswordHasher()  # argon2id with the parameters of RFC 9106 for little memory
_OF_NOBODY = _hasher.hash("the password of nobody, for names that nobody has")


def hashed(password: str, name: str) -> str:
    """Hash a password that `name` may have; raises WrongAccountError for one that is too weak."""
    text = _normal(password)
    if why := _weakness(text, name):
        raise WrongAccountError(f"the password {why}; several unusual words make a good one")
    return _hasher.hash(text)


def matches(password: str, password_hash: str | None) -> bool:
    """Whether it is the password; without a hash, or with an empty one, it takes as long."""
    if len(password) > MOST:
        return False
    try:
        _hasher.verify(password_hash or _OF_NOBODY, _normal(password))
    except (VerificationError, InvalidHashError):
        return False
    return bool(password_hash)


def _normal(password: str) -> str:
    """One form for what keyboards write in several."""
    return unicodedata.normalize("NFKC", password)


def _weakness(password: str, name: str) -> str:
    """Say what makes it easy to guess; nothing when it is hard."""
    if not LEAST <= len(password) <= MOST:
        return f"must have {LEAST} to {MOST} characters"
    plain = password.casefold()
    if len(set(plain)) < _FEWEST_DIFFERENT or len(_without_runs(plain)) < LEAST // 2:
        return "repeats or counts"
    if plain in _common():
        return "is one that is tried first"
    left = plain.replace(name.casefold(), "").replace("gamsa", "").replace("감사", "")
    if len(left) < LEAST // 2:
        return "is mostly the user's name or the program's"
    return ""


def _without_runs(text: str) -> str:
    """Leave out characters that go on counting up, down or in place: `abcdef` is `abc`."""
    kept, run, step = text[:1], 1, 0
    for before, after in pairwise(text):
        towards = ord(after) - ord(before)
        run = run + 1 if towards == step and abs(towards) <= 1 else 2
        step = towards
        if run <= _RUN:
            kept += after
    return kept


def _common() -> frozenset[str]:
    text = resources.files(__package__).joinpath("common_passwords.txt").read_text("utf-8")
    return frozenset(text.split("\n"))
