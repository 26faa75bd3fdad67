"""Launches: the work behind the Launch panel, as the EHR that opens an app and as the app that is opened."""

from __future__ import annotations

import secrets
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import aclosing
from typing import TYPE_CHECKING

from ui.bench import Bench, SandboxState
from ui.launch_choices import SAMPLE_APP, AppLaunch, EhrLaunch
from ui.tasks import beside
from workbench.smart.launch_answer import split_address
from workbench.smart_app.launch import LaunchResult
from workbench.smart_app.launch_refusal import LaunchRefused

if TYPE_CHECKING:
    from workbench.app_launch.app_launch import LaunchEvent
    from workbench.launch_review.review import LaunchFacts
    from workbench.sandbox.sandbox import Sandbox
    from workbench.scenario.scenario import Launch
    from workbench.smart_app.client_credentials import ClientCredentials

_SECRET_BYTES = 32
Open = Callable[[str], Awaitable[None]]


def load_launches() -> None:
    """Import what a launch and its review are made of: beside the window, which would stand still meanwhile."""
    import workbench.app_launch.app_launch
    import workbench.app_launch.backend_launch
    import workbench.launch_review.judge
    import workbench.workspace.ehr_launch  # noqa: F401  # what is here is found by those who use it
    from workbench.transports.http_client import load_http_client

    load_http_client()


async def launch_as_ehr(bench: Bench, sandbox_id: str, chosen: EhrLaunch) -> str:
    """Open an app from the chart; returns the address that opens it, once."""
    await beside(load_launches)
    uri = await bench.start_sample_app() if chosen.app == SAMPLE_APP else chosen.launch_uri
    return await bench.running(sandbox_id).start_launch(
        chosen.context, launch_uri=uri, client_id=chosen.app, grant=chosen.grant
    )


async def launch_as_app(
    bench: Bench, state: SandboxState | None, chosen: AppLaunch, open_browser: Open
) -> AsyncGenerator[LaunchEvent, None]:
    """Launch the workbench as an app at the sandbox `state`; events as `workbench.app_launch.app_launch` gives them."""
    await beside(load_launches)
    from workbench.app_launch.app_launch import launch_as_app
    from workbench.app_launch.backend_launch import launch_backend
    from workbench.app_launch.scripted_user import ScriptedUser

    client = await bench.http_to(state.id) if state is not None else bench.http
    receiver = state.name if state is not None else split_address(chosen.fhir_base).netloc
    credentials = await beside(find_credentials, bench, state, chosen)
    story: AsyncGenerator[LaunchEvent, None]
    if chosen.kind == "backend":
        story = launch_backend(
            client, fhir_base=chosen.fhir_base, credentials=credentials, scope=chosen.scope, receiver=receiver
        )
    else:
        story = launch_as_app(
            client,
            fhir_base=chosen.fhir_base,
            kind=chosen.kind,
            credentials=credentials,
            scope=chosen.scope,
            user=ScriptedUser(user=chosen.user) if chosen.scripted else None,
            open_browser=open_browser,
            ehr_page=state.addresses.ehr_page if state is not None and state.addresses is not None else "",
            patient=chosen.patient if chosen.scripted else "",
            encounter=chosen.encounter if chosen.scripted else "",
            grant=chosen.grant if chosen.scripted else "",
            receiver=receiver,
            within=300,
            port=chosen.port,
            post=chosen.post,
            bases={each.fhir_base: each.name for each in bench.sandboxes if each.fhir_base},
        )
    async with aclosing(story) as events:
        async for event in events:
            yield event


def find_credentials(bench: Bench, state: SandboxState | None, chosen: AppLaunch) -> ClientCredentials:
    """Who the app is, as the keyring has it; a simulated site is told of it, as a hospital's registration would.

    Keys and keyrings take their time: this belongs off the window's thread.
    """
    from workbench.smart_app.client_credentials import ClientCredentials
    from workbench.workspace.app_registration import register_workbench

    way, secret = chosen.authentication, chosen.client_secret
    simulated = state is not None and state.kind == "simulated" and state.state == "up"
    if way == "":
        credentials = ClientCredentials.of(chosen.client_id, _kept_secret(bench, state, chosen.client_id))
    elif way == "private_key_jwt":
        key = bench.app_keys.current() or bench.app_keys.make()
        bench.served_keys = bench.app_keys.read()
        credentials = ClientCredentials(chosen.client_id, way, key=key)
    else:
        if not secret and way != "none":
            secret = secrets.token_urlsafe(_SECRET_BYTES) if simulated else _kept_secret(bench, state, chosen.client_id)
        credentials = ClientCredentials(chosen.client_id, way, secret)
    if state is not None and simulated and way != "none":
        register_workbench(bench.running(state.id), credentials, chosen.scope)
    return credentials


def _kept_secret(bench: Bench, state: SandboxState | None, client_id: str) -> str:
    """The secret that the keyring has of a remote sandbox, which is that of the client it was saved with."""
    if state is None or state.remote is None or client_id != (state.remote.client_id or client_id):
        return ""
    return bench.secret_of(state.id)


def tell_facts(bench: Bench, state: SandboxState | None, fhir_base: str) -> LaunchFacts:
    """What a review of a launch cannot see in its exchanges, of a site that runs here or of another."""
    from workbench.launch_review.review import LaunchFacts

    if state is None or state.site is None or state.kind != "simulated" or state.state != "up":
        return LaunchFacts(fhir_base)
    sandbox, rules = bench.running(state.id), state.site.smart
    return LaunchFacts(
        fhir_base,
        clients=sandbox.clients,
        site_keys=sandbox.used_keys,
        scope_versions=rules.scope_versions,
        registration=rules.registration,
    )


def make_launch_step(chosen: AppLaunch, outcome: LaunchResult | LaunchRefused, sandbox: Sandbox | None) -> Launch:
    """The scenario step that repeats a launch, with what the running `sandbox` does wrongly on purpose.

    What a person chose in the browser is read from what was granted.
    """
    from workbench.authorization_server.launch_fault_text import to_text
    from workbench.scenario.scenario import Launch

    scripted = chosen if chosen.scripted else AppLaunch("", "standalone", "", "", False)
    user, patient, encounter, grant = scripted.user, scripted.patient, scripted.encounter, scripted.grant
    if isinstance(outcome, LaunchResult):
        patient, encounter = patient or outcome.patient, encounter or outcome.encounter
        grant = grant or (" ".join(outcome.granted) if outcome.missing_scopes else "")
        users = sandbox.site.users if sandbox is not None else ()
        user = user or next((each.id for each in users if outcome.fhir_user.endswith(each.resource)), "")
    if chosen.kind == "backend":
        user = patient = encounter = grant = ""
    uses = sandbox.faults.uses if sandbox is not None else ()
    return Launch(
        "",
        kind=chosen.kind,
        client_id=chosen.client_id,
        scope=chosen.scope,
        user=user,
        patient=patient,
        encounter=encounter,
        grant=grant,
        authentication="" if chosen.authentication == "none" else chosen.authentication,
        faults=tuple(to_text(use.rule) for use in uses if use.enabled),
        discovery=sandbox.discovery.faults if sandbox is not None else (),
    )
