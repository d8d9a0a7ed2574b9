"""Which role here somebody has by their groups at the provider: a file of the institution."""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from investigate.accounts.users import Role
from investigate.oidc.errors import NoRoleError

Text = Annotated[str, Field(min_length=1)]
_CLAIM = re.compile(r"\{([^{}]+)\}")
Template = Annotated[str, Field(pattern=r"^[^{}]*\{[^{}]+\}[^{}]*$")]
"""A text with a claim in braces."""


class Roles(BaseModel):
    """The claim that names somebody's groups, and the role of each that has one.

    Of several that somebody is in, the first of the file counts.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    claim: Text
    roles: Mapping[Text, Role] = Field(min_length=1)
    scope: Text = "openid profile"
    """What is asked for; some providers tell the groups for a scope of its own alone."""
    name: Template = "{preferred_username}"
    """What somebody is called here at their first sign-in: {upn}."""
    actor: Template | None = None
    """Who somebody is in the trail: staff:{employee_number}."""

    def of(self, claims: Mapping[str, Any]) -> Role:
        """The role of somebody with these claims; raises NoRoleError."""
        said = claims.get(self.claim)
        groups = [said] if isinstance(said, str) else said if isinstance(said, list) else []
        for group, role in self.roles.items():
            if group in groups:
                return role
        raise NoRoleError(f"none of the groups that {self.claim!r} names has a role here")

    def name_of(self, claims: Mapping[str, Any]) -> str | None:
        """What somebody is called here, in small letters; None where no claim says so.

        Providers take one name in capitals for the same; other alphabets are left as they are.
        """
        name = _filled(self.name, claims)
        return name.lower() if name is not None and name.isascii() else name

    def actor_of(self, claims: Mapping[str, Any]) -> str | None:
        """Who somebody with these claims is in the trail; None where nothing says so."""
        return None if self.actor is None else _filled(self.actor, claims)


def _filled(template: str, claims: Mapping[str, Any]) -> str | None:
    """The template with the claims that it names; None where one of them is no text or number."""
    named = {name: claims.get(name) for name in _CLAIM.findall(template)}
    if not all(type(one) in {str, int} and one != "" for one in named.values()):
        return None
    return _CLAIM.sub(lambda claim: str(named[claim[1]]), template)


def load(file: Path) -> Roles:
    """Read the file; raises ValueError that says where it is wrong."""
    try:
        return Roles.model_validate(yaml.safe_load(file.read_text(encoding="utf-8")))
    except OSError as error:
        raise ValueError(f"{file} cannot be read: {error.strerror}") from None
    except yaml.YAMLError as error:
        raise ValueError(f"{file} is no YAML: {error}") from None
    except ValidationError as error:
        wrong = (f"{'.'.join(map(str, one['loc']))}: {one['msg']}" for one in error.errors())
        raise ValueError(f"{file}: {'; '.join(wrong)}") from None
