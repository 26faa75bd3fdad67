"""PyPI Authlib, an OAuth client that is not ours, at the addresses of a simulated site that programs ask."""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tests.authorization_server.client_keys import EC_KEY, RSA_KEY, ClientKey
from tests.sandbox.person import REDIRECT
from tests.sandbox.running import make_sandbox, tell
from workbench.authorization_server.client_authentication import digest_secret
from workbench.authorization_server.rules import Client
from workbench.sandbox.sandbox import Sandbox

pytestmark = pytest.mark.peer

SECRET = "a-secret_of.letters~that-need-no-encoding"
# Reads what to do as JSON, and prints what came of it; `code` is one that a person got for it.
SCRIPT = """
import json, sys, time
from authlib.integrations.requests_client import OAuth2Session
from authlib.oauth2.rfc7523 import PrivateKeyJWT
from joserfc.jwk import ECKey, RSAKey

given = json.load(sys.stdin)
issuer = given["issuer"]
session = OAuth2Session(given["client_id"], given["credentials"], token_endpoint_auth_method=given["method"],
                        revocation_endpoint_auth_method=given["method"], redirect_uri=given.get("redirect_uri"),
                        scope=given.get("scope"), trust_env=False)

def sign():
    # The library's own expiry lies an hour ahead, and it keeps the jti of claims that are given to it.
    if given["method"] == "private_key_jwt":
        session.client_secret = {"RS384": RSAKey, "ES384": ECKey}[given["alg"]].import_key(given["credentials"])
        way = PrivateKeyJWT(f"{issuer}/token", {"exp": int(time.time()) + 240}, {"kid": given["kid"]}, given["alg"])
        session.register_client_auth_method(way)

sign()
more = {"code": given["code"], "code_verifier": given["verifier"]} if "code" in given else {
    "grant_type": "client_credentials", "scope": given["scope"]}
token = session.fetch_token(f"{issuer}/token", **more)
told = {"token": dict(token), "read": session.get(f"{given['base']}/Patient").status_code}
sign()
told["before"] = session.introspect_token(f"{issuer}/introspect", token=token["access_token"]).json()
if "refresh_token" in token:
    told["refreshed"] = dict(session.refresh_token(f"{issuer}/token"))
    token = session.token
sign()
told["revoked"] = session.revoke_token(f"{issuer}/revoke", token=token["access_token"]).status_code
sign()
told["after"] = session.introspect_token(f"{issuer}/introspect", token=token["access_token"]).json()
print(json.dumps(told))
"""


@pytest.fixture(scope="module")
def python() -> Path:
    found = Path(os.environ.get("WORKBENCH_PEERS", "")) / "bin" / "python"
    if not os.environ.get("WORKBENCH_PEERS") or not found.exists():
        pytest.skip("Authlib is not here; install it into a venv and name that in WORKBENCH_PEERS")
    if subprocess.run([found, "-c", "import authlib, requests"], capture_output=True, check=False).returncode:
        pytest.skip("Authlib is not in the venv of WORKBENCH_PEERS")
    return found


@pytest.fixture(scope="module")
def site() -> Iterator[Sandbox]:
    sandbox = make_sandbox("community-hospital")
    for name, client in ((client.id, client) for client in sandbox.clients):
        if client.authentication.startswith("client_secret"):
            sandbox.register_client(replace(client, id=name, secret_sha256=digest_secret(SECRET)))
    asyncio.run(sandbox.start())
    yield sandbox
    asyncio.run(sandbox.stop())


def run(python: Path, sandbox: Sandbox, **given: Any) -> dict[str, Any]:
    addresses = {"issuer": sandbox.addresses.issuer, "base": sandbox.addresses.fhir_base}
    done = subprocess.run(
        [python, "-W", "ignore", "-c", SCRIPT], input=json.dumps(addresses | given), capture_output=True, text=True,
        timeout=60, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    value: dict[str, Any] = json.loads(done.stdout)
    return value


@pytest.mark.parametrize(
    ("client_id", "method"), [("chart-summary", "client_secret_basic"), ("intake-forms", "client_secret_post")]
)
def test_it_redeems_refreshes_introspects_and_revokes_with_a_secret(
    python: Path, site: Sandbox, client_id: str, method: str
) -> None:
    scope = "launch/patient patient/Patient.rs online_access"
    code = tell(site, lambda person: person.code(client_id=client_id, scope=scope))
    told = run(
        python,
        site,
        client_id=client_id,
        credentials=SECRET,
        method=method,
        code=code,
        verifier="v" * 43,
        redirect_uri=REDIRECT,
    )
    assert (told["token"]["scope"], told["read"]) == (scope, 200)
    assert (told["before"]["client_id"], told["before"]["patient"]) == (client_id, "amara-okafor")
    assert told["refreshed"]["refresh_token"] != told["token"]["refresh_token"]
    assert (told["revoked"], told["after"]) == (200, {"active": False})


@pytest.mark.parametrize("key", [RSA_KEY, EC_KEY], ids=["RS384", "ES384"])
def test_it_works_as_a_backend_service_with_a_key(python: Path, site: Sandbox, key: ClientKey) -> None:
    client = Client("night", "At night", authentication="private_key_jwt", jwks=key.jwks, scope="system/*.rs")
    site.register_client(client)
    told = run(
        python,
        site,
        client_id="night",
        credentials=key.private_jwk,
        method="private_key_jwt",
        alg=key.algorithm,
        kid=key.id,
        scope="system/Patient.rs",
    )
    assert (told["token"]["expires_in"], told["token"]["scope"], told["read"]) == (300, "system/Patient.rs", 200)
    assert (told["before"]["active"], told["before"]["sub"]) == (True, "night")
    assert (told["revoked"], told["after"]) == (200, {"active": False})
