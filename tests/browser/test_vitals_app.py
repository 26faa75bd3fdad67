"""The built-in sample app in Chromium: launched at each site, it shows vital signs and writes one."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest

from tests.browser.conftest import Loop
from workbench.app_launch.app_launch import launch_as_app
from workbench.app_launch.scripted_user import ScriptedUser
from workbench.exchange import Exchange, Request
from workbench.sandbox.app_host import AppHost
from workbench.sandbox.sandbox import Sandbox
from workbench.smart_app.client_credentials import ClientCredentials
from workbench.smart_app.launch import LaunchResult
from workbench.transports.http_client import HttpClient
from workbench.workspace.library import fixtures_folder

pytestmark = pytest.mark.browser


def open_chart(
    page: Any, sandbox: Sandbox, app: AppHost, *, patient: str = "amara-okafor", leave_out: str = ""
) -> None:
    """Launch from the EHR's page as a person does, the scope `leave_out` unticked."""
    chosen = {"user": "berg", "patient": patient, "app": app.client_id, "launch_uri": app.launch_address}
    page.goto(f"{sandbox.addresses.ehr_page}?{urlencode(chosen)}")
    page.get_by_role("button", name="Open the app").click()
    if leave_out:
        page.uncheck(f'input[name=scope][value="{leave_out}"]')
    page.get_by_role("button", name="Allow", exact=True).click()
    page.wait_for_selector("#save")


def take_picture(page: Any, name: str) -> None:
    """Pictures are for a designer's eye; they are taken where a folder for them is named."""
    if folder := os.environ.get("WORKBENCH_PICTURES"):
        page.screenshot(path=str(Path(folder) / f"{name}.png"), full_page=True)


def find_heart_rates(loop: Loop, sandbox: Sandbox, patient: str) -> list[dict[str, Any]]:
    """Search by FHIR as another app would, with a launch of its own."""
    scope = "launch/patient patient/Observation." + ("rs" if "v2" in sandbox.site.smart.scope_versions else "read")

    async def search() -> list[dict[str, Any]]:
        base = sandbox.addresses.fhir_base
        async with HttpClient() as client:
            events = [e async for e in launch_as_app(
                client, fhir_base=base, kind="standalone", credentials=ClientCredentials("workbench"), scope=scope,
                user=ScriptedUser(user="raman"), patient=patient,
            )]  # fmt: skip
            result = events[-1]
            assert isinstance(result, LaunchResult), result
            headers = (("Authorization", f"Bearer {result.access_token}"), ("Accept", "application/fhir+json"))
            address = f"{base}/Observation?patient={patient}&code=8867-4&_count=100"
            exchange = await client.send(Request("GET", address, headers))
            assert exchange.response is not None
            assert exchange.response.status == 200, exchange.response.body
            return [entry["resource"] for entry in json.loads(exchange.response.body).get("entry", ())]

    return loop.run(search())


@pytest.fixture
def app(host: Callable[[Path], AppHost]) -> AppHost:
    return host(fixtures_folder() / "apps" / "vitals")


def test_a_heart_rate_written_by_the_app_is_found_by_search(
    page: Any, sandbox: Sandbox, app: AppHost, loop: Loop
) -> None:
    before = {found["id"] for found in find_heart_rates(loop, sandbox, "amara-okafor")}
    open_chart(page, sandbox, app)
    assert page.inner_text(".banner h1").startswith("Amara")
    assert "100001" in page.inner_text(".banner")
    assert page.locator("li.missing").count() == 0, page.inner_text(".scopes")
    page.fill("#input-heart-rate", "91")
    page.click("#save")
    page.wait_for_selector("#outcome .note")
    assert "Heart rate 91 beats/min was saved" in page.inner_text("#outcome")
    assert page.inner_text("#row-heart-rate .value") == "91"
    take_picture(page, f"vitals-{sandbox.site.id}")
    (new,) = [found for found in find_heart_rates(loop, sandbox, "amara-okafor") if found["id"] not in before]
    assert new["valueQuantity"]["value"] == 91
    assert new["encounter"]["reference"] == "Encounter/amara-okafor-open"
    assert new["performer"][0]["reference"].endswith("Practitioner/tomas-berg")


def test_a_site_that_names_no_visit_is_searched_for_one(
    page: Any, sandbox: Sandbox, app: AppHost, seen: list[Exchange]
) -> None:
    seen.clear()
    open_chart(page, sandbox, app)
    searched = any("/Encounter?" in exchange.request.address for exchange in seen)
    assert searched == ("encounter" not in sandbox.site.smart.context)
    assert ("found by search" in page.inner_text("form")) == searched


def test_a_scope_that_was_not_granted_is_named_with_what_it_stops(page: Any, sandbox: Sandbox, app: AppHost) -> None:
    scope = "patient/Observation." + ("c" if "v2" in sandbox.site.smart.scope_versions else "write")
    open_chart(page, sandbox, app, leave_out=scope)
    assert "1 of 7 was not granted" in page.inner_text(".warn-text")
    assert f"the site did not grant {scope}" in page.inner_text("form .note").replace("\n", " ")
    assert page.is_disabled("#save")
    page.check("#anyway")
    page.fill("#input-heart-rate", "91")
    page.click("#save")
    page.wait_for_selector("#outcome .note.fail")
    said = page.inner_text("#outcome")
    assert "The site answered 403." in said
    assert "Observation" in said
    assert "scope" in said
    take_picture(page, f"vitals-refused-{sandbox.site.id}")


def test_scopes_are_asked_for_in_the_version_that_the_site_takes(
    page: Any, sandbox: Sandbox, app: AppHost, seen: list[Exchange]
) -> None:
    seen.clear()
    open_chart(page, sandbox, app)
    asked = next(e for e in seen if urlsplit(e.request.address).path == "/auth/authorize")
    (scope,) = parse_qs(urlsplit(asked.request.address).query)["scope"]
    version = "v2" if "patient/Observation.rs" in scope.split() else "v1"
    assert version in sandbox.site.smart.scope_versions


def test_the_app_starts_by_itself_with_the_address_of_a_site(page: Any, sandbox: Sandbox, app: AppHost) -> None:
    page.goto(app.standalone_address)
    page.get_by_role("link", name="Sign in at a site").click()
    page.get_by_label("FHIR base address of the site").fill(sandbox.addresses.fhir_base)
    page.get_by_role("button", name="Sign in").click()
    page.check("input[name=user][value=raman]")
    page.get_by_role("button", name="Sign in").click()
    page.check("input[name=patient][value=chiara-rossi]")
    page.get_by_role("button", name="Continue").click()
    page.get_by_role("button", name="Allow", exact=True).click()
    page.wait_for_selector(".banner")
    assert "Rossi" in page.inner_text(".banner")
    assert "code=" not in page.url


def test_a_refusal_of_the_user_reaches_the_page(page: Any, sandbox: Sandbox, app: AppHost) -> None:
    page.goto(app.standalone_address_at(sandbox.addresses.fhir_base))
    page.check("input[name=user][value=raman]")
    page.get_by_role("button", name="Sign in").click()
    page.check("input[name=patient][value=chiara-rossi]")
    page.get_by_role("button", name="Continue").click()
    page.get_by_role("button", name="Do not allow").click()
    page.wait_for_selector("[role=alert]")
    assert "access_denied" in page.inner_text("[role=alert]")


def test_a_site_that_is_not_there_is_said_in_words(page: Any, app: AppHost) -> None:
    page.goto(app.standalone_address_at("http://127.0.0.1:9/fhir"))
    page.wait_for_selector("[role=alert]")
    assert "cannot be reached" in page.inner_text("[role=alert]")


def test_a_redirect_that_the_app_did_not_ask_for_is_refused(page: Any, app: AppHost) -> None:
    page.goto(f"{app.standalone_address}?code=stolen&state=forged")
    page.wait_for_selector("[role=alert]")
    assert "did not send" in page.inner_text("[role=alert]")
