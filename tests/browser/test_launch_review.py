"""npm's fhirclient in Chromium, judged as the app under test at both sites."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest

from tests.browser.test_fhirclient import peer_app as peer_app
from workbench.exchange import Exchange
from workbench.launch_review.judge import review_launch
from workbench.launch_review.review import LaunchFacts
from workbench.sandbox.app_host import AppHost
from workbench.sandbox.sandbox import Sandbox
from workbench.site.site import Client

# The one site gives a script in a browser months of access, the other lets one refresh token go on.
RISK_AT = {"community-hospital": "offline-browser-app", "academic-medical-center": "refresh-not-rotated"}

pytestmark = [pytest.mark.browser, pytest.mark.peer]


def test_npm_fhirclient_fails_by_a_state_that_can_be_guessed_and_by_nothing_else(
    page: Any, sandbox: Sandbox, host: Callable[[Path], AppHost], peer_app: Path, seen: list[Exchange]
) -> None:
    seen.clear()
    app = host(peer_app)
    sandbox.register_client(Client("peer-app", "Peer", (f"{app.address}/index.html",)))
    chosen = {"user": "raman", "patient": "amara-okafor", "app": "peer-app", "launch_uri": app.launch_address}
    page.goto(f"{sandbox.addresses.ehr_page}?{urlencode(chosen)}")
    page.get_by_role("button", name="Open the app").click()
    page.get_by_role("button", name="Allow", exact=True).click()
    page.wait_for_selector("#ready")
    wait_for_the_last(seen)
    facts = LaunchFacts(fhir_base=sandbox.addresses.fhir_base, clients=sandbox.clients)
    review = review_launch(tuple(seen), facts=facts)
    (state,) = review.failed
    assert (state.requirement.id, state.requirement.party) == ("authorize-state-random", "app")
    assert state.evidence[0].sentence == "16 characters of its alphabet hold at most 95 bits."
    assert review.counts["warning"] == 0
    assert {risk.id for risk in review.risks} == {"weak-state", "id-token-unchecked", RISK_AT[sandbox.site.id]}


def wait_for_the_last(seen: list[Exchange]) -> None:
    for _ in range(200):
        if any("Observation?" in exchange.request.address and exchange.request.method == "GET" for exchange in seen):
            return
        time.sleep(0.02)
    raise AssertionError("the site did not tell its last exchange")
