"""npm's fhirclient in Chromium as an app with a secret or a key of its own, through a launch and a refresh."""

from __future__ import annotations

import base64
import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest

from tests.authorization_server.client_keys import EC_KEY, RSA_KEY, ClientKey
from workbench.authorization_server.client_authentication import digest_secret
from workbench.exchange import Exchange
from workbench.sandbox.app_host import AppHost
from workbench.sandbox.sandbox import Sandbox
from workbench.site.site import Client
from workbench.smart.tokens import decode_token

pytestmark = [pytest.mark.browser, pytest.mark.peer]

SECRET = "a-long-random-secret-of-a-test"
PAGE = '<!doctype html><meta charset="utf-8"><title>{name}</title><body><script src="fhir-client.min.js"></script>'
LAUNCH = """FHIR.oauth2.authorize({options}).catch(error => {{
  document.body.textContent = String(error); document.body.id = "failed";
}});"""
INDEX = """FHIR.oauth2.ready().then(async client => {
  const first = client.getState("tokenResponse.access_token");
  await client.refresh();
  const patient = await client.patient.read();
  const second = client.getState("tokenResponse.access_token");
  document.body.textContent = JSON.stringify({ id: patient.id, refreshed: first !== second });
  document.body.id = "ready";
}).catch(error => { document.body.textContent = String(error); document.body.id = "failed"; });"""


@pytest.fixture
def make_app(tmp_path: Path, fhirclient_script: Path, sandbox: Sandbox) -> Callable[[dict[str, Any]], Path]:
    """Write an app of a few lines around the library, with these options beside the usual ones."""

    def make(options: dict[str, Any]) -> Path:
        right = "rs" if "v2" in sandbox.site.smart.scope_versions else "read"
        scope = f"launch openid fhirUser online_access patient/Patient.{right}"
        given = {"clientId": "peer-app", "scope": scope, "redirectUri": "index.html", "pkceMode": "required"} | options
        about = {"version": 1, "name": "Peer", "client_id": "peer-app", "launch": "launch.html"}
        lines = [f"{key}: {value}\n" for key, value in (about | {"standalone": "index.html"}).items()]
        (tmp_path / "app.yaml").write_text("".join(lines), encoding="utf-8")
        for name, script in (("launch", LAUNCH.format(options=json.dumps(given))), ("index", INDEX)):
            page = PAGE.format(name=name) + f'<script src="{name}.js"></script>'
            (tmp_path / f"{name}.html").write_text(page, encoding="utf-8")
            (tmp_path / f"{name}.js").write_text(script, encoding="utf-8")
        shutil.copy(fhirclient_script, tmp_path / "fhir-client.min.js")
        return tmp_path

    return make


def launch(page: Any, sandbox: Sandbox, app: AppHost) -> str:
    """Open the app from the chart and allow it; returns what its page says in the end."""
    chosen = {"user": "raman", "patient": "amara-okafor", "app": "peer-app", "launch_uri": app.launch_address}
    page.goto(f"{sandbox.addresses.ehr_page}?{urlencode(chosen)}")
    page.get_by_role("button", name="Open the app").click()
    page.get_by_role("button", name="Allow", exact=True).click()
    page.wait_for_selector("#ready, #failed")
    return str(page.inner_text("body"))


def token_requests(seen: list[Exchange]) -> list[Exchange]:
    asked = [exchange for exchange in seen if urlsplit(exchange.request.address).path == "/auth/token"]
    return [exchange for exchange in asked if exchange.request.method == "POST"]


def test_npm_fhirclient_launches_and_refreshes_with_a_secret_in_the_header(
    page: Any, sandbox: Sandbox, host: Callable[[Path], AppHost], make_app: Any, seen: list[Exchange]
) -> None:
    seen.clear()
    app = host(make_app({"clientSecret": SECRET}))
    redirect, digest = (f"{app.address}/index.html",), digest_secret(SECRET)
    sandbox.register_client(Client("peer-app", "Peer", redirect, "", "client_secret_basic", digest))
    told = json.loads(launch(page, sandbox, app))
    assert told == {"id": "amara-okafor", "refreshed": True}
    shown = [exchange.request.header("authorization") for exchange in token_requests(seen)]
    assert shown == [f"Basic {base64.b64encode(f'peer-app:{SECRET}'.encode()).decode()}"] * 2


def test_npm_fhirclient_is_refused_with_a_wrong_secret(
    page: Any, sandbox: Sandbox, host: Callable[[Path], AppHost], make_app: Any
) -> None:
    app = host(make_app({"clientSecret": "another"}))
    redirect, digest = (f"{app.address}/index.html",), digest_secret(SECRET)
    sandbox.register_client(Client("peer-app", "Peer", redirect, "", "client_secret_basic", digest))
    assert "invalid_client" in launch(page, sandbox, app)


@pytest.mark.parametrize("key", [RSA_KEY, EC_KEY], ids=["RS384", "ES384"])
def test_npm_fhirclient_launches_with_an_assertion_that_its_key_signs(
    page: Any, sandbox: Sandbox, host: Callable[[Path], AppHost], make_app: Any, seen: list[Exchange], key: ClientKey
) -> None:
    if key.algorithm not in sandbox.site.smart.signing_algorithms:
        pytest.skip(f"{sandbox.site.name} takes no {key.algorithm}")
    seen.clear()
    app = host(make_app({"clientPrivateJwk": key.private_jwk}))
    redirect = (f"{app.address}/index.html",)
    sandbox.register_client(Client("peer-app", "Peer", redirect, "", "private_key_jwt", jwks=key.jwks))
    launch(page, sandbox, app)
    redeemed, refreshed = token_requests(seen)
    assertion = parse_qs(redeemed.request.body.decode())["client_assertion"][0]
    assert decode_token(assertion)[0]["alg"] == key.algorithm
    assert redeemed.response is not None
    assert redeemed.response.status == 200
    # The library does not sign when it refreshes, and a confidential app is not refreshed by its refresh token alone.
    assert b"client_assertion" not in refreshed.request.body
    assert refreshed.response is not None
    assert refreshed.response.status == 401
