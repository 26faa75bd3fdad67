"""Visitor of a site whose apps are registered: right requests for codes and tokens, and each with something wrong."""

from __future__ import annotations

import base64
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric import ec

from tests.authorization_server.client_keys import EC_KEY, RSA_KEY, ClientKey, assertion_form, claims_for
from tests.sandbox.person import REDIRECT, Person, query_of
from workbench.authorization_server.client_authentication import digest_secret
from workbench.authorization_server.rules import Client
from workbench.exchange import Response
from workbench.sandbox.sandbox import Sandbox
from workbench.site.site_file import read_site
from workbench.workspace.library import load_population

ROOT = Path(__file__).parents[2]
WEB = "https://app.example.org/callback"
SECRET = "a-secret-of-forty-three-letters-for-tests-00"
SCOPE = "launch/patient openid patient/Patient.rs offline_access"
STRANGERS_KEY = ClientKey(ec.generate_private_key(ec.SECP384R1()), "ES384", EC_KEY.id)
CLIENTS = (
    Client("app", "An app", (WEB, "https://app.example.org/back?x=1", "http://127.0.0.1/callback")),
    Client("other", "Another app", ("http://127.0.0.1/callback",)),
    Client(
        "secret",
        "An app with a secret",
        ("http://127.0.0.1/callback",),
        authentication="client_secret_basic",
        secret_sha256=digest_secret(SECRET),
    ),
    Client(
        "service",
        "A backend service",
        authentication="private_key_jwt",
        jwks={"keys": [RSA_KEY.jwk, EC_KEY.jwk]},
        scope="system/Patient.rs system/Observation.rs",
    ),
)


class Visitor(Person):
    """An app at the site of these tests, registered as `app`."""

    async def authorize(self, **changes: str | None) -> Response:
        return await super().authorize(**({"client_id": "app", "scope": SCOPE} | changes))

    async def redeem(self, code: str, /, **changes: str | None) -> Response:
        return await super().redeem(code, **({"client_id": "app"} | changes))

    async def token(self, authorization: str = "", /, **fields: str) -> Response:
        headers = (("Authorization", authorization),) if authorization else ()
        return await self.post(f"{self.site.issuer}/token", list(fields.items()), headers)

    async def open_app(self, client_id: str) -> str:
        """Open an app from the EHR's page and return its launch."""
        chosen = (("user", "berg"), ("patient", "amara-okafor"), ("encounter", ""), ("app", client_id))
        return query_of(await self.answer(self.site.ehr_page, *chosen, ("launch_uri", REDIRECT)))["launch"]

    async def refresh(self, **changes: str) -> Response:
        given = {"grant_type": "refresh_token", "client_id": "app"}
        if "refresh_token" not in changes:
            given["refresh_token"] = (await self.launch())["refresh_token"]
        return await self.token(**(given | changes))

    async def serve(self, key: ClientKey = RSA_KEY, /, scope: str = "system/Patient.rs", **changes: Any) -> Response:
        """Ask for a backend service's token with an assertion that differs by `changes`; None leaves a claim out."""
        signing = {name[1:]: changes.pop(name) for name in tuple(changes) if name.startswith("_")}
        claims = claims_for("service", f"{self.site.issuer}/token", time.time())
        claims = {name: value for name, value in (claims | changes).items() if value is not None}
        return await self.assert_with(key.sign(claims, **signing), scope)

    async def assert_with(self, assertion: str, scope: str = "system/Patient.rs", **changes: str) -> Response:
        fields = {"grant_type": "client_credentials", "scope": scope} | assertion_form(assertion) | changes
        return await self.token(**{name: value for name, value in fields.items() if value})


def basic(client_id: str, secret: str) -> str:
    return "Basic " + base64.b64encode(f"{client_id}:{secret}".encode()).decode()


def make_refusing_sandbox() -> Sandbox:
    """Community Hospital with the apps of these tests alone, backend services, and codes that last two seconds."""
    site = read_site(ROOT / "fixtures/sites/community-hospital.yaml")
    smart = replace(
        site.smart, registration="registered", clients=CLIENTS, backend_services=True, code_lifetime=2, withheld=()
    )
    return Sandbox(replace(site, smart=smart), load_population(site.population))
