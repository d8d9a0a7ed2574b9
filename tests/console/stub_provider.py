"""A provider in this process, which signs whatever a test wants it to say."""

import base64
import json
from dataclasses import dataclass, field
from urllib.parse import parse_qs, parse_qsl, urlsplit

import httpx2
from joserfc import jwt
from joserfc.jwk import KeySet, RSAKey

from investigate.accounts.users import Role
from investigate.oidc.provider import Client, Provider
from investigate.oidc.roles import Roles
from tests.accounts.conftest import Clock

ISSUER = "https://login.example/realm"
CLIENT_ID = "gamsa"
SECRET = "a secret: of the client/%"
ROLES = Roles(
    claim="groups",
    roles={"audit": Role.INVESTIGATOR, "staff": Role.HANDLER, "board": Role.AUDITOR},
    actor="{trail_id}",
    scope="openid profile groups",
)
KEY = RSAKey.generate_key(2048, {"use": "sig"}, auto_kid=True)
OTHER_KEY = RSAKey.generate_key(2048, {"kid": KEY.kid}, auto_kid=False)


@dataclass
class Stub:
    """What the provider has and says; a test changes it as an attacker would."""

    clock: Clock
    key: RSAKey = field(default_factory=lambda: KEY)
    beside: list = field(default_factory=list)
    """Further keys that it shows, as it writes them."""
    header: dict = field(default_factory=dict)
    claims: dict = field(default_factory=dict)
    description: dict = field(default_factory=dict)
    token: str = ""
    asked: dict = field(default_factory=dict)
    """What the browser was sent with."""
    posted: list = field(default_factory=list)
    away: bool = False
    refuses: str = ""

    def answer(self, request):
        """Answer as a provider does."""
        if self.away:
            raise httpx2.ConnectError("refused")
        match request.url.path:
            case "/realm/.well-known/openid-configuration":
                return httpx2.Response(200, json=self.described())
            case "/realm/keys":
                ours = KeySet([self.key]).as_dict(private=False)["keys"]
                return httpx2.Response(200, json={"keys": [*self.beside, *ours]})
            case "/realm/token":
                self.posted.append((request, parse_qs(request.content.decode())))
                if self.refuses:
                    return httpx2.Response(400, json={"error": self.refuses})
                return httpx2.Response(200, json={"id_token": self.token or self.signed()})
        return httpx2.Response(404)

    def described(self):
        ends = {"authorization": "auth", "token": "token", "end_session": "logout"}
        places = {f"{name}_endpoint": f"{ISSUER}/{path}" for name, path in ends.items()}
        return {"issuer": ISSUER, "jwks_uri": f"{ISSUER}/keys", **places, **self.description}

    def signed(self):
        now = self.clock()
        claims = {"iss": ISSUER, "aud": CLIENT_ID, "sub": "s-1", "iat": now, "exp": now + 300}
        claims |= {
            "preferred_username": "desk.audit-2",
            "groups": ["audit"],
            "trail_id": "staff:0900",
        }
        claims |= {"nonce": self.asked.get("nonce", "")} | self.claims
        claims = {name: value for name, value in claims.items() if value is not None}
        header = {"alg": "RS256", "kid": self.key.kid} | self.header
        header = {name: value for name, value in header.items() if value is not None}
        return jwt.encode(header, claims, self.key, algorithms=[header["alg"]])

    def sent(self, answer):
        """Where the browser was sent: what a person would see and go through."""
        parts = urlsplit(answer.headers["location"])
        self.asked = dict(parse_qsl(parts.query))
        return f"{parts.scheme}://{parts.netloc}{parts.path}"

    def forged(self, algorithm, key):
        """The token as somebody without the provider's key can make it."""
        payload = self.signed().split(".")[1]
        claims = json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
        header = {"alg": algorithm, "kid": self.key.kid}
        return jwt.encode(header, claims, key, algorithms=[algorithm])


def provider_of(stub):
    """A provider whose answers are the stub's."""
    client = Client(ISSUER, CLIENT_ID, SECRET, ROLES)
    return Provider(client, httpx2.Client(transport=httpx2.MockTransport(stub.answer)))
