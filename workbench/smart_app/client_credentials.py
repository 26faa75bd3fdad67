"""Credentials of an app: how it shows the token endpoint that it is itself, and requests that carry the proof.

RFC 6749, 2.3.1 for secrets; RFC 7523 with SMART App Launch 2.2, “Asymmetric authentication”, for keys.
"""

from __future__ import annotations

import base64
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from urllib.parse import quote, urlencode

from workbench.errors import WorkbenchError
from workbench.exchange import Headers, Request
from workbench.smart.client_methods import ClientAuthentication
from workbench.smart_app.app_keys import AppKey

ASSERTION_TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
# At most five minutes may lie ahead; one less leaves room for a site whose clock is behind.
ASSERTION_LIFETIME = timedelta(minutes=4)


@dataclass(frozen=True, slots=True)
class ClientCredentials:
    """Who the app is at a site. `jwks_uri` goes along as `jku` where the site fetches the app's keys."""

    client_id: str
    authentication: ClientAuthentication = "none"
    client_secret: str = field(default="", repr=False)
    key: AppKey | None = None
    jwks_uri: str = ""

    @classmethod
    def of(cls, client_id: str, client_secret: str = "", key: AppKey | None = None) -> ClientCredentials:
        """The usual way with what there is: a key, else a secret by HTTP Basic, else nothing."""
        usual: ClientAuthentication = "private_key_jwt" if key else "client_secret_basic" if client_secret else "none"
        return cls(client_id, usual, client_secret, key)

    def require_whole(self) -> None:
        """Raise WorkbenchError where what the way of authentication needs is not there."""
        if self.authentication in ("client_secret_basic", "client_secret_post") and not self.client_secret:
            raise WorkbenchError(
                f"The client “{self.client_id}” authenticates by {self.authentication}, and no client secret is known.",
                hint="Enter the secret that the site gave, or launch as a public client.",
            )
        if self.authentication == "private_key_jwt" and self.key is None:
            raise WorkbenchError(
                f"The client “{self.client_id}” authenticates by private_key_jwt, and there is no key to sign with.",
                hint="Make a key, and give its JWK Set to the site.",
            )


@dataclass(frozen=True, slots=True)
class Moment:
    """What makes a client assertion one of its own: the time, and an id that no other has."""

    now: datetime
    jti: str


def post_form(
    address: str, form: Mapping[str, str], credentials: ClientCredentials, moment: Moment, *, audience: str = ""
) -> Request:
    """A form for an endpoint of the authorization server, with the proof of who sends it.

    `audience` is whom a client assertion is for, the token endpoint; `address` where it is empty.
    """
    headers, proof = _prove(credentials, audience or address, moment)
    kept = (("Content-Type", "application/x-www-form-urlencoded"), ("Accept", "application/json"))
    return Request("POST", address, (*kept, *headers), urlencode({**form, **proof}).encode())


def make_assertion(credentials: ClientCredentials, audience: str, moment: Moment) -> str:
    """The signed client assertion; raises WorkbenchError without a key."""
    credentials.require_whole()
    if credentials.key is None:
        raise WorkbenchError(f"The client “{credentials.client_id}” has no key to sign with.")
    claims = {
        "iss": credentials.client_id,
        "sub": credentials.client_id,
        "aud": audience,
        "iat": int(moment.now.timestamp()),
        "exp": int((moment.now + ASSERTION_LIFETIME).timestamp()),
        "jti": moment.jti,
    }
    return credentials.key.sign(claims, {"jku": credentials.jwks_uri} if credentials.jwks_uri else None)


def _prove(credentials: ClientCredentials, audience: str, moment: Moment) -> tuple[Headers, dict[str, str]]:
    if credentials.authentication == "client_secret_basic":
        # RFC 6749, 2.3.1: both are encoded as in a form before they become the pair; “%20” is read alike everywhere.
        pair = f"{quote(credentials.client_id, safe='')}:{quote(credentials.client_secret, safe='')}".encode()
        return (("Authorization", "Basic " + base64.b64encode(pair).decode()),), {}
    if credentials.authentication == "client_secret_post":
        return (), {"client_id": credentials.client_id, "client_secret": credentials.client_secret}
    if credentials.authentication == "private_key_jwt":
        assertion = make_assertion(credentials, audience, moment)
        return (), {"client_assertion_type": ASSERTION_TYPE, "client_assertion": assertion}
    return (), {"client_id": credentials.client_id}
