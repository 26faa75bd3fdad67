"""The workbench itself as the app: a standalone launch, the patient, a refresh, the patient again."""

from __future__ import annotations

from workbench.app_launch.app_launch import launch_as_app
from workbench.app_launch.scripted_user import ScriptedUser
from workbench.app_launch.token_requests import refresh_launch
from workbench.errors import WorkbenchError
from workbench.exchange import Request
from workbench.fhir.resource import parse_json
from workbench.sandbox.sandbox import Sandbox
from workbench.smart_app.client_credentials import ClientCredentials
from workbench.smart_app.launch import LaunchResult
from workbench.smart_app.launch_refusal import LaunchRefused
from workbench.transports.http_client import HttpClient

SCOPE = "openid fhirUser offline_access launch/patient patient/Patient.rs"
USER = ScriptedUser(user="raman", patient="amara-okafor")
WITHIN = 2.0


async def meet(sandbox: Sandbox) -> str:
    """The step that it did not get beyond and what it says of it; "" where it ends its story."""
    base = sandbox.addresses.fhir_base
    async with HttpClient() as client:
        launch = launch_as_app(
            client,
            fhir_base=base,
            kind="standalone",
            credentials=ClientCredentials("workbench"),
            scope=SCOPE,
            user=USER,
            within=WITHIN,
        )
        outcome = [event async for event in launch][-1]
        if isinstance(outcome, LaunchRefused):
            return f"{outcome.stage}: {outcome.error}: {outcome.sentence}"
        assert isinstance(outcome, LaunchResult)
        broken = next((check for check in outcome.checks if check.holds is False), None)
        if broken is not None:
            return f"token: {broken.sentence}"
        if "openid" in outcome.granted and not outcome.id_token:
            return "token: it gave no id token"
        if not outcome.patient:
            return "patient: no patient is known"
        said = await _read(client, base, outcome)
        if said:
            return f"patient: {said}"
        if not outcome.refresh_token:
            return "refresh: it has no refresh token"
        _, after = await refresh_launch(client, outcome, within=WITHIN)
        if isinstance(after, LaunchRefused):
            return f"refresh: {after.error}: {after.sentence}"
        said = await _read(client, base, after)
        return f"read again: {said}" if said else ""


async def _read(client: HttpClient, base: str, result: LaunchResult) -> str:
    headers = (("Authorization", f"Bearer {result.access_token}"),)
    exchange = await client.send(Request("GET", f"{base}/Patient/{result.patient}", headers), within=WITHIN)
    if exchange.response is None:
        return exchange.failure.reason if exchange.failure else "no answer"
    if exchange.response.status != 200:
        return f"answer {exchange.response.status}"
    try:
        parse_json(exchange.response.body)
    except WorkbenchError as error:
        return error.message
    return ""
