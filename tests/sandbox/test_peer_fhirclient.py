"""PyPI fhirclient, a SMART app that is not ours, through whole launches against a sandbox."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qs, urljoin, urlsplit

import pytest

from tests.sandbox.running import running
from workbench.app_launch.web_form import parse_page
from workbench.authorization_server.client_authentication import digest_secret
from workbench.authorization_server.rules import Client
from workbench.sandbox.sandbox import Sandbox
from workbench.smart.launch_context import LaunchContext

requests = pytest.importorskip("requests")
client_module = pytest.importorskip("fhirclient.client")

pytestmark = pytest.mark.peer

CALLBACK = "http://127.0.0.1:5000/callback"
ANSWERS = {"user": "berg", "patient": "grace-nguyen", "decision": "allow"}


@pytest.fixture(scope="module")
def community() -> Iterator[Sandbox]:
    with running("community-hospital") as sandbox:
        yield sandbox


def sign_in(browser: Any, address: str) -> str:
    """Fill the site's forms with requests until the site sends the browser back to the app."""
    response = browser.get(address, allow_redirects=False, timeout=10)
    while not response.headers.get("location", "").startswith(CALLBACK):
        if response.is_redirect:
            address = urljoin(address, response.headers["location"])
            response = browser.get(address, allow_redirects=False, timeout=10)
            continue
        assert response.status_code == 200, response.text
        (form,) = parse_page(response.text).forms
        fields = [(f.name, f.value) for f in form.fields if f.kind in ("hidden", "checkbox")]
        fields += [(name, value) for name, value in ANSWERS.items() if name in form.names]
        response = browser.post(urljoin(address, form.action), data=fields, allow_redirects=False, timeout=10)
    return str(response.headers["location"])


def launch(sandbox: Sandbox, **settings: str) -> Any:
    base = {"app_id": "workbench", "api_base": sandbox.addresses.fhir_base, "redirect_uri": CALLBACK}
    app = client_module.FHIRClient(settings=base | settings)
    assert app.ready is False
    app.prepare()
    with requests.Session() as browser:
        browser.trust_env = False
        app.handle_callback(sign_in(browser, app.authorize_url))
    return app


def test_a_standalone_launch_reads_the_patient_and_vitals(community: Sandbox) -> None:
    from fhirclient.models.observation import Observation

    app = launch(community, scope="openid fhirUser offline_access patient/Patient.rs patient/Observation.rs")
    assert app.ready
    assert app.patient_id == "grace-nguyen"
    assert app.human_name(app.patient.name[0]).endswith("Nguyen")
    search = Observation.where({"patient": "grace-nguyen", "category": "vital-signs"})
    found = list(search.perform_resources_iter(app.server))
    assert found
    assert {observation.subject.reference for observation in found} == {"Patient/grace-nguyen"}


def test_a_launch_from_the_ehr_brings_its_own_patient(community: Sandbox) -> None:
    address = asyncio.run(
        community.start_launch(LaunchContext("raman", "amara-okafor"), launch_uri="http://127.0.0.1:5000/launch")
    )
    token = parse_qs(urlsplit(address).query)["launch"][0]
    app = launch(community, scope="openid fhirUser patient/Patient.rs", launch_token=token)
    assert app.patient.id == "amara-okafor"
    assert app.launch_context["encounter"] == "amara-okafor-open"


def test_a_refresh_goes_on_where_the_token_ended(community: Sandbox) -> None:
    app = launch(community, scope="offline_access patient/Patient.rs")
    before = app.server.auth.access_token
    assert app.reauthorize()
    assert app.server.auth.access_token != before
    assert app.patient.id == "grace-nguyen"


def test_what_was_not_granted_is_refused(community: Sandbox) -> None:
    from fhirclient.models.condition import Condition
    from fhirclient.server import FHIRPermissionDeniedException

    app = launch(community, scope="patient/Patient.rs")
    with pytest.raises(FHIRPermissionDeniedException):
        list(Condition.where({"patient": "grace-nguyen"}).perform_iter(app.server))


def test_an_app_with_a_secret_launches_and_refreshes(community: Sandbox) -> None:
    secret = "a-secret-of-a-test"
    client = Client("confidential", "With a secret", (CALLBACK,), "", "client_secret_basic", digest_secret(secret))
    community.register_client(client)
    scope = "online_access patient/Patient.rs"
    app = launch(community, app_id="confidential", app_secret=secret, scope=scope)
    assert app.patient.id == "grace-nguyen"
    before = app.server.auth.access_token
    assert app.reauthorize()
    assert app.server.auth.access_token != before


def test_an_app_with_a_wrong_secret_gets_no_token(community: Sandbox) -> None:
    from fhirclient.server import FHIRUnauthorizedException

    client = Client("confidential", "With a secret", (CALLBACK,), "", "client_secret_basic", digest_secret("right"))
    community.register_client(client)
    with pytest.raises(FHIRUnauthorizedException):
        launch(community, app_id="confidential", app_secret="wrong", scope="patient/Patient.rs")
