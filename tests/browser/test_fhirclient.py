"""A SMART app that nobody here wrote, npm's fhirclient in Chromium, launches at the simulated sites."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest

from workbench.exchange import Exchange
from workbench.sandbox.app_host import AppHost
from workbench.sandbox.sandbox import Sandbox
from workbench.site.site import Client

pytestmark = [pytest.mark.browser, pytest.mark.peer]

SCOPE = "launch launch/patient openid fhirUser online_access patient/Patient.read patient/Observation.read"
SCOPE_V2 = "launch launch/patient openid fhirUser offline_access patient/Patient.rs patient/Observation.rs"
PAGE = '<!doctype html><meta charset="utf-8"><title>{name}</title><body><script src="fhir-client.min.js"></script>'
LAUNCH = """FHIR.oauth2.authorize({{
  clientId: "peer-app", scope: "{scope}", redirectUri: "index.html", pkceMode: "required"
}}).catch(error => {{ document.body.textContent = String(error); document.body.id = "failed"; }});"""
INDEX = """FHIR.oauth2.ready().then(async client => {
  const patient = await client.patient.read();
  const found = await client.request(`Observation?patient=${client.patient.id}&code=8867-4`);
  const before = client.state.tokenResponse.access_token;
  await client.refresh();
  const again = await client.request({url: `Patient/${client.patient.id}`, cache: "no-store"});
  document.body.textContent = JSON.stringify({
    id: patient.id, family: patient.name[0].family, user: client.user.fhirUser, total: (found.entry || []).length,
    again: again.id, refreshed: client.state.tokenResponse.access_token !== before
  });
  document.body.id = "ready";
}).catch(error => { document.body.textContent = String(error); document.body.id = "failed"; });"""


@pytest.fixture
def peer_app(tmp_path: Path, fhirclient_script: Path, sandbox: Sandbox) -> Path:
    """An app of a few lines around the library, as its own documentation shows it."""
    scope = SCOPE_V2 if "v2" in sandbox.site.smart.scope_versions else SCOPE
    about = {
        "version": "1",
        "name": "Peer",
        "client_id": "peer-app",
        "launch": "launch.html",
        "standalone": "index.html",
    }
    (tmp_path / "app.yaml").write_text("".join(f"{key}: {value}\n" for key, value in about.items()), encoding="utf-8")
    for name, script in (("launch", LAUNCH.format(scope=scope)), ("index", INDEX)):
        page = PAGE.format(name=name) + f'<script src="{name}.js"></script>'
        (tmp_path / f"{name}.html").write_text(page, encoding="utf-8")
        (tmp_path / f"{name}.js").write_text(script, encoding="utf-8")
    shutil.copy(fhirclient_script, tmp_path / "fhir-client.min.js")
    return tmp_path


def test_npm_fhirclient_completes_an_ehr_launch_with_pkce_and_reads_the_patient_before_and_after_a_refresh(
    page: Any, sandbox: Sandbox, host: Callable[[Path], AppHost], peer_app: Path, seen: list[Exchange]
) -> None:
    seen.clear()
    app = host(peer_app)
    sandbox.register_client(Client("peer-app", "Peer", (f"{app.address}/index.html",)))
    chosen = {"user": "raman", "patient": "amara-okafor", "app": "peer-app", "launch_uri": app.launch_address}
    page.goto(f"{sandbox.addresses.ehr_page}?{urlencode(chosen)}")
    page.get_by_role("button", name="Open the app").click()
    page.get_by_role("button", name="Allow", exact=True).click()
    read = read_outcome(page)
    assert (read["id"], read["family"]) == ("amara-okafor", "Okafor")
    assert read["user"].endswith("Practitioner/priya-raman")
    assert read["total"] >= 1
    assert (read["refreshed"], read["again"]) == (True, "amara-okafor")
    asked = next(e for e in seen if urlsplit(e.request.address).path == "/auth/authorize")
    assert parse_qs(urlsplit(asked.request.address).query)["code_challenge_method"] == ["S256"]
    traded = next(e for e in seen if urlsplit(e.request.address).path == "/auth/token" and e.request.method == "POST")
    assert "code_verifier" in parse_qs(traded.request.body.decode())


def test_npm_fhirclient_completes_a_standalone_launch_and_reads_the_patient_before_and_after_a_refresh(
    page: Any, sandbox: Sandbox, host: Callable[[Path], AppHost], peer_app: Path
) -> None:
    app = host(peer_app)
    sandbox.register_client(Client("peer-app", "Peer", (f"{app.address}/index.html",)))
    page.goto(f"{app.launch_address}?{urlencode({'iss': sandbox.addresses.fhir_base})}")
    page.get_by_label("Tomas Berg").check()
    page.get_by_role("button", name="Sign in").click()
    page.get_by_label("Nguyen").check()
    page.get_by_role("button", name="Continue").click()
    page.get_by_role("button", name="Allow", exact=True).click()
    read = read_outcome(page)
    assert (read["id"], read["again"], read["refreshed"]) == ("grace-nguyen", "grace-nguyen", True)


def read_outcome(page: Any) -> dict[str, Any]:
    page.wait_for_selector("#ready, #failed")
    assert page.locator("#ready").count() == 1, page.inner_text("body")
    read: dict[str, Any] = json.loads(page.inner_text("body"))
    return read
