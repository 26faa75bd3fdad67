"""Launches of the workbench at the simulated sites, recorded at both ends once for all tests of a run."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from workbench.app_launch.app_launch import launch_as_app
from workbench.app_launch.scripted_user import ScriptedUser
from workbench.app_launch.token_requests import refresh_launch
from workbench.authorization_server.discovery_edits import DiscoveryEdits, DiscoveryFault
from workbench.exchange import Exchange, Request
from workbench.launch_review.review import LaunchFacts
from workbench.smart.secrets import find_secrets
from workbench.smart_app.client_credentials import ClientCredentials
from workbench.smart_app.launch import LaunchResult
from workbench.smart_app.launch_refusal import LaunchRefused
from workbench.transports.http_client import HttpClient
from workbench.workspace.workspace import Workspace

SITES = ("community-hospital", "academic-medical-center")
KINDS = ("ehr", "standalone")
READ = {"v2": "patient/Patient.rs patient/Observation.rs", "v1": "patient/Patient.read patient/Observation.read"}


@dataclass(frozen=True, slots=True)
class Recorded:
    """One launch, two reads and a refresh, as the app and as the site saw them."""

    sent: tuple[Exchange, ...]
    received: tuple[Exchange, ...]
    facts: LaunchFacts

    @property
    def secrets(self) -> frozenset[str]:
        return frozenset(secret for exchange in self.sent for secret in find_secrets(exchange))


@cache
def record(site_id: str, kind: Any, *faults: DiscoveryFault) -> Recorded:
    """With `faults` of discovery the launch goes as far as the workbench lets it."""
    return asyncio.run(_record(site_id, kind, faults))


async def _record(site_id: str, kind: Any, faults: tuple[DiscoveryFault, ...]) -> Recorded:
    received: list[Exchange] = []
    sent: list[Exchange] = []
    sandbox = Workspace(Path("/nowhere")).make_sandbox(site_id, received.append)
    sandbox.discovery = DiscoveryEdits(faults=faults)
    await sandbox.start()
    try:
        facts = LaunchFacts(fhir_base=sandbox.addresses.fhir_base, clients=sandbox.clients)
        context = "launch" if kind == "ehr" else "launch/patient"
        scope = f"{context} openid fhirUser online_access {READ[sandbox.site.smart.scope_versions[-1]]}"
        async with HttpClient() as client:
            events = [
                event
                async for event in launch_as_app(
                    client,
                    fhir_base=sandbox.addresses.fhir_base,
                    kind=kind,
                    credentials=ClientCredentials("workbench"),
                    scope=scope,
                    user=ScriptedUser(user="raman"),
                    ehr_page=sandbox.addresses.ehr_page,
                    patient="amara-okafor",
                )
            ]
            sent += [event for event in events if isinstance(event, Exchange)]
            result = events[-1]
            if faults and isinstance(result, LaunchRefused):
                return Recorded(tuple(sent), tuple(received), facts)
            assert isinstance(result, LaunchResult), result
            for path in (f"Patient/{result.patient}", f"Observation?patient={result.patient}"):
                sent.append(await client.send(_read(result, path)))
            refreshed, _ = await refresh_launch(client, result)
            sent.append(refreshed)
    finally:
        await sandbox.stop()
    return Recorded(tuple(sent), tuple(received), facts)


def _read(result: LaunchResult, path: str) -> Request:
    headers = (("Authorization", f"Bearer {result.access_token}"), ("Accept", "application/fhir+json"))
    return Request("GET", f"{result.fhir_base}/{path}", headers)
