"""The OpenID provider as this machine's settings name it."""

import click

from gamsa.settings import Settings
from investigate.oidc import roles
from investigate.oidc.provider import Client, Provider


def provider(settings: Settings) -> Provider | None:
    """The provider through which people come into the console; None where none is named.

    Raises UsageError where something of it is missing or wrong.
    """
    issuer, client_id = settings.oidc_issuer, settings.oidc_client_id
    secret, mapping = settings.oidc_client_secret_file, settings.oidc_roles
    named = {
        "GAMSA_OIDC_ISSUER": issuer,
        "GAMSA_OIDC_CLIENT_ID": client_id,
        "GAMSA_OIDC_CLIENT_SECRET_FILE": secret,
        "GAMSA_OIDC_ROLES": mapping,
    }
    missing = [name for name, value in named.items() if value is None]
    if len(missing) == len(named):
        if not settings.passwords:
            raise click.UsageError("GAMSA_PASSWORDS=off lets nobody in without GAMSA_OIDC_ISSUER")
        return None
    if issuer is None or client_id is None or secret is None or mapping is None:
        raise click.UsageError(f"for an OpenID provider set {', '.join(missing)} as well")
    try:
        told = secret.read_text(encoding="utf-8").strip()
        return Provider(Client(issuer, client_id, told, roles.load(mapping)))
    except (OSError, ValueError) as error:
        raise click.UsageError(f"the OpenID provider's settings: {error}") from None
