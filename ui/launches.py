"""Launches: the work behind the Launch panel, as the EHR that opens an app and as the app that is opened."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping
from contextlib import aclosing
from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from ui.bench import Bench, SandboxState
from ui.widgets.choice import Option
from workbench.smart.launch import LaunchRefused, LaunchResult

if TYPE_CHECKING:
    from workbench.scenario.app_launch import LaunchEvent
    from workbench.scenario.scenario import Launch
    from workbench.site.site import Site

NO_VISIT: Option = ("none", "No visit")


@dataclass(frozen=True, slots=True)
class Choices:
    """Who can launch and for whom, each as the value that is sent and the words that are read."""

    users: tuple[Option, ...] = ()
    patients: tuple[Option, ...] = ()
    visits: Mapping[str, tuple[Option, ...]] = field(default_factory=dict)
    apps: tuple[tuple[str, str, str], ...] = ()


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
        tuple((client.id, client.name, client.launch_uri) for client in sandbox.clients),
    )


async def launch_as_app(
    bench: Bench,
    state: SandboxState | None,
    *,
    fhir_base: str,
    kind: str,
    client_id: str,
    scope: str,
    scripted: bool,
    user: str,
    patient: str,
    encounter: str,
    grant: str,
    open_browser: Callable[[str], Awaitable[None]],
    client_secret: str = "",
) -> AsyncGenerator[LaunchEvent, None]:
    """Launch the workbench as an app; events as `workbench.scenario.app_launch` gives them."""
    from workbench.scenario import app_launch
    from workbench.scenario.scripted_user import ScriptedUser
    from workbench.smart.client_credentials import ClientCredentials

    ehr_page = state.addresses.ehr_page if state is not None and state.addresses is not None else ""
    own = state is not None and state.fhir_base == fhir_base
    client = await bench.http_to(state.id) if state is not None and own else bench.http
    story = app_launch.launch_as_app(
        client,
        fhir_base=fhir_base,
        kind="ehr" if kind == "ehr" else "standalone",
        credentials=ClientCredentials.of(client_id, client_secret),
        scope=scope,
        user=ScriptedUser(user=user) if scripted else None,
        open_browser=open_browser,
        ehr_page=ehr_page if own else "",
        patient=patient if scripted else "",
        encounter=encounter if scripted else "",
        grant=grant if scripted else "",
        receiver=state.name if state is not None and own else urlsplit(fhir_base).netloc,
        within=300,
    )
    async with aclosing(story) as events:
        async for event in events:
            yield event


def make_launch_step(
    kind: str,
    *,
    client_id: str,
    scope: str,
    user: str,
    patient: str,
    encounter: str,
    grant: str,
    outcome: LaunchResult | LaunchRefused,
    site: Site | None,
) -> Launch:
    """The scenario step that repeats a launch; what a person chose in the browser is read from what was granted."""
    from workbench.scenario.scenario import Launch

    if isinstance(outcome, LaunchResult):
        patient, encounter = patient or outcome.patient, encounter or outcome.encounter
        grant = grant or (" ".join(outcome.granted) if outcome.missing_scopes else "")
        users = site.users if site is not None else ()
        user = user or next((each.id for each in users if outcome.fhir_user.endswith(each.resource)), "")
    return Launch(
        "",
        kind="ehr" if kind == "ehr" else "standalone",
        client_id=client_id,
        scope=scope,
        user=user,
        patient=patient,
        encounter=encounter,
        grant=grant,
    )


def suggest_scopes(site: Site | None) -> str:
    """Scopes that an app reading and writing vital signs asks for, in the syntax that the site takes."""
    v2 = site is None or "v2" in site.smart.scope_versions
    read, write = ("rs", "crs") if v2 else ("read", "*")
    resources = [f"patient/{name}.{read}" for name in ("Patient", "Encounter", "Condition")]
    resources.append(f"patient/Observation.{write}")
    if not v2:
        resources[-1:] = ["patient/Observation.read", "patient/Observation.write"]
    return " ".join(("openid", "fhirUser", "launch/patient", *resources))


def tell_context(site: Site | None) -> str:
    """What the site hands to an app, in words."""
    if site is None:
        return ""
    given = ", ".join(site.smart.context) or "no context"
    return f"{site.name} gives the app: {given}. It takes SMART {' and '.join(site.smart.scope_versions)} scopes."
