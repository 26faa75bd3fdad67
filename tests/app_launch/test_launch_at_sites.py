"""The workbench launches as an app at both simulated sites, headless, through their own pages."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from workbench.app_launch.app_launch import LaunchEvent, launch_as_app
from workbench.app_launch.scripted_user import ScriptedUser
from workbench.app_launch.token_requests import refresh_launch
from workbench.exchange import Exchange, Request
from workbench.sandbox.sandbox import Sandbox
from workbench.smart.launch_trace import describe_exchange
from workbench.smart_app.client_credentials import ClientCredentials
from workbench.smart_app.launch import LaunchResult
from workbench.smart_app.launch_refusal import LaunchRefused
from workbench.transports.http_client import HttpClient
from workbench.workspace.workspace import Workspace

APP = ClientCredentials("workbench")
SITES = ("community-hospital", "academic-medical-center")
READ = {"v2": "patient/Patient.rs patient/Observation.rs", "v1": "patient/Patient.read patient/Observation.read"}


@pytest.fixture(scope="module", params=SITES)
def sandbox(request: pytest.FixtureRequest) -> Iterator[Sandbox]:
    sandbox = Workspace(Path("/nowhere")).make_sandbox(request.param)
    asyncio.run(sandbox.start())
    yield sandbox
    asyncio.run(sandbox.stop())


def scope_of(sandbox: Sandbox, kind: str) -> str:
    context = "launch" if kind == "ehr" else "launch/patient"
    return f"{context} openid fhirUser online_access {READ[sandbox.site.smart.scope_versions[-1]]}"


async def launch(client: HttpClient, sandbox: Sandbox, kind: Any, **changes: Any) -> list[LaunchEvent]:
    given: dict[str, Any] = {
        "fhir_base": sandbox.addresses.fhir_base,
        "credentials": APP,
        "scope": scope_of(sandbox, kind),
        "user": ScriptedUser(user="raman"),
        "ehr_page": sandbox.addresses.ehr_page,
        "patient": "amara-okafor",
    }
    return [event async for event in launch_as_app(client, kind=kind, **(given | changes))]


def launched(sandbox: Sandbox, kind: Any, **changes: Any) -> list[LaunchEvent]:
    async def run() -> list[LaunchEvent]:
        async with HttpClient() as client:
            return await launch(client, sandbox, kind, **changes)

    return asyncio.run(run())


@pytest.mark.parametrize("kind", ["ehr", "standalone"])
def test_a_launch_gives_the_patient_and_reads_it(sandbox: Sandbox, kind: Any) -> None:
    async def run() -> None:
        async with HttpClient() as client:
            *_, result = await launch(client, sandbox, kind)
            assert isinstance(result, LaunchResult), result
            assert result.patient == "amara-okafor"
            assert result.missing_scopes == ()
            assert result.fhir_user.endswith("Practitioner/priya-raman")
            headers = (("Authorization", f"Bearer {result.access_token}"), ("Accept", "application/fhir+json"))
            address = f"{result.fhir_base}/Patient/{result.patient}"
            exchange = await client.send(Request("GET", address, headers))
            assert exchange.response is not None
            assert exchange.response.status == 200, exchange.response.body
            assert describe_exchange(exchange) == "The app read Patient/amara-okafor."

    asyncio.run(run())


@pytest.mark.parametrize("post", [False, True])
@pytest.mark.parametrize("kind", ["ehr", "standalone"])
def test_the_id_token_of_a_site_holds_and_nothing_is_remarked(sandbox: Sandbox, kind: Any, post: bool) -> None:
    *exchanges, result = launched(sandbox, kind, post=post)
    assert isinstance(result, LaunchResult), result
    assert {check.name for check in result.checks} >= {"signature", "issuer", "audience", "nonce", "expiry"}
    assert [check for check in result.checks if not check.holds] == []
    assert (result.remarks, result.differences) == ((), ())
    asked = [e for e in exchanges if isinstance(e, Exchange) and "/auth/authorize" in e.request.address]
    assert [e.request.method for e in asked] == ["POST" if post else "GET"]


def test_the_visit_comes_with_an_ehr_launch_where_the_site_gives_it(sandbox: Sandbox) -> None:
    result = launched(sandbox, "ehr", encounter="amara-okafor-open")[-1]
    assert isinstance(result, LaunchResult), result
    given = "encounter" in sandbox.site.smart.context
    assert result.encounter == ("amara-okafor-open" if given else "")


def test_each_step_of_a_launch_is_told_in_words(sandbox: Sandbox) -> None:
    told = " ".join(describe_exchange(e) for e in launched(sandbox, "standalone") if isinstance(e, Exchange))
    steps = (
        "how to sign in (smart-configuration)",
        "asked for 6 scopes, with PKCE",
        "sign-in page",
        "raman signed in",
        "patient choice",
        "The user chose the patient amara-okafor",
        "consent page",
        "The user allowed the app. The site sent the browser back to the app with a code.",
        "exchanged the code for an access token",
        "The site granted 6 scopes",
    )
    places = [told.find(step) for step in steps]
    assert -1 not in places, told
    assert places == sorted(places), told


def test_an_ehr_launch_is_told_from_the_page_of_the_ehr_on(sandbox: Sandbox) -> None:
    exchanges = [event for event in launched(sandbox, "ehr") if isinstance(event, Exchange)]
    assert describe_exchange(exchanges[0]).startswith("The browser opened the site’s EHR page.")
    assert describe_exchange(exchanges[1]).startswith("raman launched the app from the EHR for patient amara-okafor")
    assert "in the launch that the EHR handed over" in " ".join(map(describe_exchange, exchanges))


def test_a_user_may_leave_fewer_scopes_ticked(sandbox: Sandbox) -> None:
    left = scope_of(sandbox, "standalone").rpartition(" ")[0]
    result = launched(sandbox, "standalone", grant=left)[-1]
    assert isinstance(result, LaunchResult), result
    assert result.missing_scopes == (scope_of(sandbox, "standalone").rpartition(" ")[2],)


def test_a_user_who_refuses_ends_the_launch_with_access_denied(sandbox: Sandbox) -> None:
    problem = launched(sandbox, "standalone", user=ScriptedUser(user="raman", decision="deny"))[-1]
    assert isinstance(problem, LaunchRefused)
    assert (problem.stage, problem.error) == ("redirect", "access_denied")


@pytest.mark.parametrize(
    ("changes", "stage", "words"),
    [
        ({"user": ScriptedUser(user="nobody")}, "sign-in", "does not offer “nobody”"),
        ({"patient": "nobody"}, "sign-in", "does not offer “nobody”"),
        ({"scope": "patient/Nonsense"}, "redirect", "invalid_scope"),
    ],
)
def test_what_a_site_does_not_know_ends_the_launch_in_words(
    sandbox: Sandbox, changes: dict[str, Any], stage: str, words: str
) -> None:
    problem = launched(sandbox, "standalone", **changes)[-1]
    assert isinstance(problem, LaunchRefused), problem
    assert problem.stage == stage
    assert words in problem.sentence


def test_a_refresh_token_gives_a_new_access_token(sandbox: Sandbox) -> None:
    async def run() -> None:
        async with HttpClient() as client:
            *_, before = await launch(client, sandbox, "standalone")
            assert isinstance(before, LaunchResult), before
            assert before.refresh_token
            exchange, after = await refresh_launch(client, before)
            assert isinstance(after, LaunchResult), after
            assert after.access_token != before.access_token
            assert (after.patient, after.granted) == (before.patient, before.granted)
            assert "with its refresh token" in describe_exchange(exchange)

    asyncio.run(run())


def test_a_sandbox_that_stops_in_the_middle_ends_the_launch_in_words() -> None:
    async def run() -> LaunchEvent:
        sandbox = Workspace(Path("/nowhere")).make_sandbox("community-hospital")
        await sandbox.start()
        scope = scope_of(sandbox, "standalone")
        async with HttpClient() as client:
            events = launch_as_app(
                client, fhir_base=sandbox.addresses.fhir_base, kind="standalone", credentials=APP, scope=scope,
                user=ScriptedUser(user="raman"), patient="amara-okafor", within=5,
            )  # fmt: skip
            await anext(events)
            await sandbox.stop()
            return [event async for event in events][-1]

    last = asyncio.run(run())
    assert isinstance(last, LaunchRefused)
    assert (last.stage, last.error) == ("sign-in", "refused")


def test_no_app_writes_everything_at_a_strict_site_and_all_types_may_be_read() -> None:
    async def run() -> LaunchEvent:
        sandbox = Workspace(Path("/nowhere")).make_sandbox("academic-medical-center")
        await sandbox.start()
        try:
            async with HttpClient() as client:
                asked = "launch/patient patient/*.read user/*.*"
                return (await launch(client, sandbox, "standalone", scope=asked))[-1]
        finally:
            await sandbox.stop()

    result = asyncio.run(run())
    assert isinstance(result, LaunchResult), result
    assert result.granted == ("launch/patient", "patient/*.read", "user/*.read")
