"""The workbench as the app at a site that goes wrong on purpose: each fault is refused, or told."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from workbench.app_launch.app_launch import launch_as_app
from workbench.app_launch.scripted_user import ScriptedUser
from workbench.app_launch.token_requests import refresh_launch
from workbench.authorization_server.discovery_edits import DISCOVERY_FAULTS, DiscoveryEdits, DiscoveryFault
from workbench.authorization_server.fault_rule import FAULT_NAMES, LaunchFault
from workbench.authorization_server.launch_faults import make_fault_rule
from workbench.sandbox.sandbox import Sandbox
from workbench.smart_app.client_credentials import ClientCredentials
from workbench.smart_app.launch import LaunchResult
from workbench.smart_app.launch_refusal import LaunchRefused
from workbench.transports.http_client import HttpClient
from workbench.workspace.workspace import Workspace

SCOPE = "launch/patient openid fhirUser offline_access patient/Patient.rs"


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    sandbox = Workspace(Path("/nowhere")).make_sandbox("community-hospital")
    asyncio.run(sandbox.start())
    yield sandbox
    asyncio.run(sandbox.stop())


async def launch(client: HttpClient, sandbox: Sandbox) -> LaunchResult | LaunchRefused:
    events = launch_as_app(
        client, fhir_base=sandbox.addresses.fhir_base, kind="standalone", credentials=ClientCredentials("workbench"),
        scope=SCOPE, user=ScriptedUser(user="raman"), patient="amara-okafor", within=3,
    )  # fmt: skip
    last = [event async for event in events][-1]
    assert isinstance(last, LaunchResult | LaunchRefused), last
    return last


def launched(sandbox: Sandbox, *, refresh: bool = False) -> LaunchResult | LaunchRefused:
    async def run() -> LaunchResult | LaunchRefused:
        async with HttpClient() as client:
            end = await launch(client, sandbox)
            return (await refresh_launch(client, end))[1] if refresh and isinstance(end, LaunchResult) else end

    return asyncio.run(run())


REFUSED: dict[LaunchFault, tuple[str, str]] = {
    "slow-answer": ("token", "timeout"),
    "server-error": ("token", "invalid_response"),
    "malformed-json": ("token", "invalid_response"),
    "wrong-aud": ("redirect", "invalid_request"),
    "invalid-scope": ("redirect", "invalid_scope"),
    "access-denied": ("redirect", "access_denied"),
    "redirect-refused": ("sign-in", "http_400"),
    "state-changed": ("redirect", "state_mismatch"),
    "wrong-code": ("token", "invalid_grant"),
    "expired-code": ("token", "invalid_grant"),
    "invalid-client": ("token", "invalid_client"),
    "wrong-token-type": ("token", "invalid_response"),
}
CHECKED: dict[LaunchFault, str] = {
    "clock-off": "issued",
    "id-token-wrong-issuer": "issuer",
    "id-token-wrong-audience": "audience",
    "id-token-wrong-nonce": "nonce",
    "id-token-expired": "expiry",
    "id-token-wrong-signature": "signature",
    "id-token-unsigned": "algorithm",
    "key-withdrawn": "key",
}
REMARKED: dict[LaunchFault, str] = {
    "pkce-not-checked": "does not name S256",
    "missing-patient": "named no patient",
    "no-refresh-token": "no refresh token",
    "id-token-missing": "no id token",
}
# Noticed when the tokens are used: at the refresh, at a FHIR call, or with the next id token.
LATER: tuple[LaunchFault, ...] = ("expired-refresh-token", "expired-token", "key-rotated")


@pytest.fixture
def faulty(sandbox: Sandbox, request: pytest.FixtureRequest) -> Iterator[Sandbox]:
    rule = make_fault_rule(request.param)
    use = sandbox.faults.add(rule)
    yield sandbox
    sandbox.faults.remove(use.id)


@pytest.mark.parametrize(("faulty", "fault"), [(name, name) for name in REFUSED], indirect=["faulty"])
def test_a_fault_that_no_app_can_live_with_ends_the_launch(faulty: Sandbox, fault: LaunchFault) -> None:
    refused = launched(faulty)
    assert isinstance(refused, LaunchRefused), refused
    assert (refused.stage, refused.error) == REFUSED[fault]


@pytest.mark.parametrize(("faulty", "fault"), [(name, name) for name in CHECKED], indirect=["faulty"])
def test_a_fault_of_the_id_token_fails_its_check(faulty: Sandbox, fault: LaunchFault) -> None:
    result = launched(faulty)
    assert isinstance(result, LaunchResult), result
    assert CHECKED[fault] in {check.name for check in result.failed_checks}


@pytest.mark.parametrize(("faulty", "fault"), [(name, name) for name in REMARKED], indirect=["faulty"])
def test_a_fault_that_an_app_can_live_with_is_remarked(faulty: Sandbox, fault: LaunchFault) -> None:
    result = launched(faulty)
    assert isinstance(result, LaunchResult), result
    assert any(REMARKED[fault] in remark for remark in result.remarks), result.remarks


@pytest.mark.parametrize("faulty", ["expired-refresh-token"], indirect=True)
def test_a_refresh_token_that_ended_is_refused_at_the_refresh(faulty: Sandbox) -> None:
    refused = launched(faulty, refresh=True)
    assert isinstance(refused, LaunchRefused), refused
    assert (refused.stage, refused.error) == ("refresh", "invalid_grant")


def test_each_fault_has_its_place_here() -> None:
    assert {*REFUSED, *CHECKED, *REMARKED, *LATER} == set(FAULT_NAMES)


DISCOVERY: dict[DiscoveryFault, str] = {
    "v1-addresses": "seems to be that of SMART 1",
    "method-missing": "does not name S256",
    "other-issuer": "and discovery named",
    "capability-only": "as apps of SMART 1 do",
    "old": "does not name S256",
    "disagree": "older SMART version",
    "not-json": "not JSON",
    "no-cors": "",
}


@pytest.mark.parametrize("fault", DISCOVERY_FAULTS)
def test_what_is_wrong_with_discovery_is_told(sandbox: Sandbox, fault: DiscoveryFault) -> None:
    before = sandbox.discovery
    sandbox.discovery = DiscoveryEdits(faults=(fault,))
    try:
        end = launched(sandbox)
    finally:
        sandbox.discovery = before
    if fault == "other-issuer":
        # The redirect names the issuer (RFC 9207), so an app need not wait for the id token.
        assert isinstance(end, LaunchRefused) and end.error == "issuer_mismatch"
        assert DISCOVERY[fault] in end.sentence
        return
    assert isinstance(end, LaunchResult), end
    told = (*end.remarks, *(each.sentence for each in end.differences), *(each.sentence for each in end.failed_checks))
    assert DISCOVERY[fault] in " ".join(told)
    # Only browsers ask for CORS, so what an app of another kind sees is in order.
    assert bool(told) == bool(DISCOVERY[fault])


def test_a_fault_that_happens_once_leaves_the_next_launch_whole(sandbox: Sandbox) -> None:
    use = sandbox.faults.add(replace(make_fault_rule("server-error"), times=1))
    try:
        first, second = launched(sandbox), launched(sandbox)
    finally:
        sandbox.faults.remove(use.id)
    assert isinstance(first, LaunchRefused) and isinstance(second, LaunchResult)
