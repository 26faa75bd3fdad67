"""PyPI cumulus-fhir-support, a backend-services client that is not ours, against a simulated site."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import json
import os
import subprocess
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives import serialization

from tests.authorization_server.client_keys import EC_KEY, RSA_KEY, ClientKey
from workbench.authorization_server.rules import Client
from workbench.exchange import Exchange
from workbench.sandbox.sandbox import Sandbox
from workbench.site.site_file import parse_site
from workbench.smart.tokens import decode_token
from workbench.workspace.library import fixtures_folder, load_population

pytestmark = pytest.mark.peer

SCRIPT = """
import asyncio, json, sys
import cumulus_fhir_support as cfs

async def run(given):
    async with cfs.FhirClient(given["base"], given["resources"], smart_client_id=given["client_id"],
                              smart_jwks=given.get("jwks"), smart_pem=given.get("pem")) as client:
        response = await client.request("GET", given["path"])
        return response.json()

given = json.load(sys.stdin)
try:
    print(json.dumps({"answer": asyncio.run(run(given))}))
except cfs.AuthFailed as error:
    print(json.dumps({"refused": str(error)}))
"""


@pytest.fixture(scope="module")
def python() -> Path:
    folder = os.environ.get("WORKBENCH_PEERS", "")
    found = Path(folder) / "bin" / "python"
    if not folder or not found.exists():
        pytest.skip("cumulus-fhir-support is not here; install it into a venv and name that in WORKBENCH_PEERS")
    return found


@pytest.fixture
def seen() -> list[Exchange]:
    return []


@pytest.fixture(params=["v1", "v2"])
def site(request: pytest.FixtureRequest, seen: list[Exchange]) -> Iterator[Sandbox]:
    """The community hospital as it is, and with the scopes of SMART 1."""
    text = (fixtures_folder() / "sites" / "community-hospital.yaml").read_text("utf-8")
    given = parse_site(text.replace("scope_versions: [v2]", f"scope_versions: [{request.param}]"))
    sandbox = Sandbox(given, load_population(given.population), on_exchange=seen.append)
    asyncio.run(sandbox.start())
    yield sandbox
    asyncio.run(sandbox.stop())


def run(python: Path, sandbox: Sandbox, path: str = "Patient?_count=100", **given: Any) -> dict[str, Any]:
    """Let the client ask for Patients, in a process and with libraries of its own."""
    base = sandbox.addresses.fhir_base
    asked = {"base": base, "client_id": "cumulus", "resources": ["Patient"], "path": path} | given
    done = subprocess.run(
        [python, "-c", SCRIPT], input=json.dumps(asked), capture_output=True, text=True, timeout=60, check=True
    )
    value: dict[str, Any] = json.loads(done.stdout)
    return value


def thumbprint_of(jwk: dict[str, Any]) -> str:
    """RFC 7638, which the client names a key of a PEM file by."""
    numbers = {name: jwk[name] for name in ("crv", "e", "kty", "n", "x", "y") if name in jwk}
    digest = hashlib.sha256(json.dumps(numbers, separators=(",", ":"), sort_keys=True).encode()).digest()
    return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()


def register(sandbox: Sandbox, key: ClientKey, **changes: Any) -> None:
    client = Client("cumulus", "Cumulus", authentication="private_key_jwt", jwks=key.jwks, scope="system/*.*")
    scope = "system/*.rs" if sandbox.site.smart.scope_versions == ("v2",) else "system/*.read"
    sandbox.register_client(replace(client, scope=scope, **changes))


@pytest.mark.parametrize("key", [RSA_KEY, EC_KEY], ids=["RS384", "ES384"])
def test_it_signs_in_with_its_key_and_reads_every_patient(
    python: Path, site: Sandbox, seen: list[Exchange], key: ClientKey
) -> None:
    register(site, key)
    bundle = run(python, site, jwks={"keys": [key.private_jwk]})["answer"]
    population = {each["id"] for each in site.population if each["resourceType"] == "Patient"}
    assert {entry["resource"]["id"] for entry in bundle["entry"]} == population
    token = next(exchange for exchange in seen if exchange.request.address.endswith("/auth/token"))
    form = dict(pair.split("=", 1) for pair in token.request.body.decode().split("&"))
    assert decode_token(form["client_assertion"])[0]["alg"] == key.algorithm


@pytest.mark.parametrize("key", [RSA_KEY, EC_KEY], ids=["RS384", "ES384"])
def test_it_signs_in_with_a_key_in_pem_named_by_its_thumbprint(python: Path, site: Sandbox, key: ClientKey) -> None:
    named = ClientKey(key.private, key.algorithm, thumbprint_of(key.jwk))
    register(site, named)
    form = serialization.PrivateFormat.PKCS8
    pem = key.private.private_bytes(serialization.Encoding.PEM, form, serialization.NoEncryption()).decode()
    assert len(run(python, site, pem=pem)["answer"]["entry"]) > 3


def test_it_is_refused_with_the_key_of_another(python: Path, site: Sandbox) -> None:
    register(site, EC_KEY)
    told = run(python, site, jwks={"keys": [ClientKey(RSA_KEY.private, "RS384", EC_KEY.id).private_jwk]})
    assert "not one for RS384" in told["refused"]


def test_it_is_refused_where_it_may_have_nothing_of_what_it_asks(python: Path, site: Sandbox) -> None:
    register(site, EC_KEY)
    told = run(python, site, jwks={"keys": [EC_KEY.private_jwk]}, resources=["Account"])
    assert "invalid_scope" in told["refused"] or "None of the scopes" in told["refused"]


def test_it_may_not_read_what_it_did_not_ask_for(python: Path, site: Sandbox, seen: list[Exchange]) -> None:
    register(site, EC_KEY)
    with pytest.raises(subprocess.CalledProcessError):
        run(python, site, "Observation", jwks={"keys": [EC_KEY.private_jwk]})
    last = [exchange for exchange in seen if exchange.request.address.endswith("/Observation")][-1]
    assert last.response is not None
    assert last.response.status == 403
    assert b"needs the scope system/Observation." in last.response.body
