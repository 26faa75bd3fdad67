"""Launches: the work behind the Launch panel, as the EHR that opens an app and as the app that is opened."""

from __future__ import annotations

import secrets
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping
from contextlib import aclosing
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

from ui.bench import Bench, SandboxState
from ui.tasks import beside
from ui.widgets.choice import Option
from workbench.smart.launch_answer import split_address
from workbench.smart.launch_context import ContextItem
from workbench.smart_app.launch import LaunchResult
from workbench.smart_app.launch_refusal import LaunchRefused

if TYPE_CHECKING:
    from workbench.app_launch.app_launch import LaunchEvent
    from workbench.authorization_server.rules import Client
    from workbench.launch_review.review import LaunchFacts
    from workbench.sandbox.sandbox import Sandbox
    from workbench.scenario.scenario import Launch
    from workbench.site.site import Site
    from workbench.smart.client_methods import ClientAuthentication
    from workbench.smart.launch_context import LaunchContext
    from workbench.smart_app.client_credentials import ClientCredentials
    from workbench.workspace.remotes import RemoteSandbox

NO_VISIT: Option = ("none", "No visit")
NO_PATIENT: Option = ("none", "No chart open")
SAMPLE_APP = "vitals-app"
_SECRET_BYTES = 32
AUTHENTICATIONS: Mapping[str, str] = {
    "client_secret_basic": "secret by HTTP Basic",
    "client_secret_post": "secret in the form",
    "private_key_jwt": "private key",
}
"""How an app that is not public shows that it is itself, in words."""
CONTEXT_WORDS: Mapping[ContextItem, str] = {
    "patient": "the patient",
    "encounter": "the visit",
    "fhirUser": "who works with it",
    "fhirContext": "what else is open",
    "intent": "the intent",
    "tenant": "the tenant",
    "location": "the place",
    "need_patient_banner": "who shows the patient",
    "smart_style_url": "the site’s style",
}
LaunchKind = Literal["ehr", "standalone", "backend"]
Open = Callable[[str], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class EhrLaunch:
    """What the analyst chose as the EHR; `launch_uri` is empty for the built-in sample app.

    `grant` are the scopes that the consent page has ticked, all that the site offers where it is empty.
    """

    context: LaunchContext
    app: str
    launch_uri: str
    grant: str = ""


@dataclass(frozen=True, slots=True)
class AppLaunch:
    """What the analyst chose as the app; `scripted` signs in without a browser, as `user`, for `patient` and
    `encounter`. A `client_secret` that is empty is the one that the keyring keeps for the sandbox; where
    `authentication` is empty, the app shows itself by that if it is there. `port` 0 takes a free one.
    """

    fhir_base: str
    kind: LaunchKind
    client_id: str
    scope: str
    scripted: bool
    user: str = ""
    patient: str = ""
    encounter: str = ""
    grant: str = ""
    authentication: ClientAuthentication | Literal[""] = "none"
    client_secret: str = field(default="", repr=False)
    port: int = 0
    post: bool = False


@dataclass(frozen=True, slots=True)
class AppRow:
    """One app that a site knows; `words` say how it is registered."""

    id: str
    words: str
    launch_uri: str


@dataclass(frozen=True, slots=True)
class Choices:
    """Who can launch and for whom, each as the value that is sent and the words that are read."""

    users: tuple[Option, ...] = ()
    patients: tuple[Option, ...] = ()
    visits: Mapping[str, tuple[Option, ...]] = field(default_factory=dict)
    apps: tuple[AppRow, ...] = ()


@dataclass(frozen=True, slots=True)
class ContextChoices:
    """What may be open beside the chart, and the places that the user may be at, each by its reference."""

    resources: tuple[Option, ...] = ()
    places: tuple[Option, ...] = ()


async def read_choices(bench: Bench, state: SandboxState) -> Choices:
    """What a simulated site offers now; admissions that came by HL7 v2 are among it."""
    sandbox = bench.running(state.id)
    patients, visits = await sandbox.list_charts()
    by_patient: dict[str, list[Option]] = {row.id: [] for row in patients}
    for visit in visits:
        by_patient.setdefault(visit.patient, []).append((visit.id, visit.label))
    open_now = {visit.patient for visit in visits if visit.is_open}
    patients = tuple(sorted(patients, key=lambda row: row.id not in open_now))
    return Choices(
        tuple((user.id, f"{user.name}, {user.role}") for user in sandbox.site.users),
        tuple(
            (row.id, f"{row.name} · {row.mrn}" + (" · open visit" if row.id in open_now else "")) for row in patients
        ),
        {patient: (*rows, NO_VISIT) for patient, rows in by_patient.items()},
        tuple(
            AppRow(client.id, _tell_client(client), client.launch_uri)
            for client in sandbox.clients
            if not client.is_backend_service
        ),
    )


async def read_context(bench: Bench, state: SandboxState, patient: str) -> ContextChoices:
    """What a launch from this patient's chart may be about; "" is no patient."""
    resources, places = await bench.running(state.id).list_context(patient)
    return ContextChoices(
        tuple((row.reference, row.label) for row in resources), tuple((row.reference, row.label) for row in places)
    )


def _tell_client(client: Client) -> str:
    way = AUTHENTICATIONS.get(client.authentication, "")
    return f"{client.name} · {way}" if way else client.name


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


def suggest_scopes(site: Site | None, kind: LaunchKind = "standalone") -> str:
    """Scopes that an app reading and writing vital signs asks for, in the syntax that the site takes."""
    v2 = site is None or "v2" in site.smart.scope_versions
    read, write = ("rs", "crs") if v2 else ("read", "*")
    whose = "system" if kind == "backend" else "patient"
    resources = [f"{whose}/{name}.{read}" for name in ("Patient", "Encounter", "Condition")]
    resources.append(f"{whose}/Observation.{write}")
    if not v2:
        resources[-1:] = [f"{whose}/Observation.read", f"{whose}/Observation.write"]
    if kind == "backend":
        return " ".join(resources)
    return " ".join(("openid", "fhirUser", "launch" if kind == "ehr" else "launch/patient", *resources))


def tell_context(site: Site | None) -> str:
    """What the site hands to an app, in words."""
    if site is None:
        return ""
    given = ", ".join(CONTEXT_WORDS[item] for item in site.smart.context) or "nothing of where it is opened"
    return f"{site.name} tells the app {given}. It takes SMART {' and '.join(site.smart.scope_versions)} scopes."


def tell_trust(remote: RemoteSandbox) -> str:
    """By which certificates and which proxy a remote sandbox is reached; empty for the usual ones."""
    said = (
        (f"CAs in {remote.ca}", remote.ca),
        (f"our certificate {remote.certificate}", remote.certificate),
        (f"the proxy {remote.proxy}", remote.proxy),
    )
    return ", ".join(words for words, value in said if value)
