"""What is found of apps and of a server that are not ours; each finding was looked up in its clause."""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Literal

import pytest

from tests.app_launch import test_peer_sekmet as sekmet
from tests.app_launch.test_peer_sekmet import peer as peer
from tests.authorization_server.client_keys import EC_KEY
from tests.sandbox.running import make_sandbox
from tests.sandbox.test_peer_cumulus import register
from tests.sandbox.test_peer_cumulus import run as run_cumulus
from workbench.app_launch.backend_launch import launch_backend
from workbench.exchange import Exchange
from workbench.launch_review.judge import review_launch
from workbench.launch_review.review import LaunchFacts, LaunchReview
from workbench.sandbox.sandbox import Sandbox
from workbench.smart_app.client_credentials import ClientCredentials
from workbench.transports.http_client import HttpClient

pytestmark = pytest.mark.peer


@pytest.fixture
def seen() -> list[Exchange]:
    return []


@pytest.fixture
def community(seen: list[Exchange]) -> Iterator[Sandbox]:
    sandbox = make_sandbox("community-hospital", on_exchange=seen.append)
    asyncio.run(sandbox.start())
    yield sandbox
    asyncio.run(sandbox.stop())


def judge(sandbox: Sandbox, seen: list[Exchange], party: Literal["app", "server"]) -> LaunchReview:
    facts = LaunchFacts(fhir_base=sandbox.addresses.fhir_base, clients=sandbox.clients)
    return review_launch(tuple(seen), party=party, facts=facts)


def found(review: LaunchReview, outcome: str) -> list[str]:
    return [verdict.requirement.id for verdict in review.verdicts if verdict.outcome == outcome]


def wait_for(told: Callable[[], bool]) -> None:
    """The site tells its last exchange after it has answered."""
    for _ in range(200):
        if told():
            return
        time.sleep(0.02)
    raise AssertionError("the site did not tell its last exchange")


def test_pypi_fhirclient_keeps_all_it_must_and_reads_the_older_document(
    community: Sandbox, seen: list[Exchange]
) -> None:
    pytest.importorskip("fhirclient.client")
    from tests.sandbox.test_peer_fhirclient import launch

    scope = "launch/patient openid fhirUser offline_access patient/Patient.rs"
    app: Any = launch(community, scope=scope)
    assert app.patient.id == "grace-nguyen"
    assert app.reauthorize()
    wait_for(lambda: b"refresh_token" in seen[-1].request.body)
    review = judge(community, seen, "app")
    assert found(review, "fail") == []
    assert found(review, "warning") == ["discovery-app-well-known"]
    # It logs “Received an id_token, ignoring”.
    assert [risk.id for risk in review.risks] == ["id-token-unchecked"]
    assert found(judge(community, seen, "server"), "fail") == []


def test_cumulus_keeps_all_that_a_backend_service_must(community: Sandbox, seen: list[Exchange]) -> None:
    python = Path(os.environ.get("WORKBENCH_PEERS", "")) / "bin" / "python"
    if not os.environ.get("WORKBENCH_PEERS") or not python.exists():
        pytest.skip("cumulus-fhir-support is not here; install it into a venv and name that in WORKBENCH_PEERS")
    register(community, EC_KEY)
    assert run_cumulus(python, community, jwks={"keys": [EC_KEY.private_jwk]})["answer"]["entry"]
    wait_for(lambda: "Patient" in seen[-1].request.address)
    review = judge(community, seen, "app")
    assert (found(review, "fail"), found(review, "warning"), review.risks) == ([], [], ())
    assert review.counts["pass"] >= 25
    assert found(judge(community, seen, "server"), "fail") == []


def test_sekmet_gives_tokens_that_old_caches_may_keep(peer: sekmet.Peer) -> None:
    async def run() -> list[Exchange]:
        async with HttpClient() as client, peer.hosting():
            credentials = ClientCredentials.of("RS384", key=sekmet.KEYS["RS384"])
            events = launch_backend(client, fhir_base=peer.base, credentials=credentials, scope=sekmet.SCOPE)
            return [event async for event in events if isinstance(event, Exchange)]

    review = review_launch(asyncio.run(run()), facts=LaunchFacts(fhir_base=peer.base))
    assert found(review, "fail") == ["token-no-cache"]
    assert found(review, "warning") == ["discovery-response-types"]
