"""Launch choices: what a launch offers to choose from, and what the analyst chose, as the EHR and as the app."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

from ui.bench import Bench, SandboxState
from ui.widgets.choice import Option
from workbench.smart.launch_context import ContextItem

if TYPE_CHECKING:
    from workbench.authorization_server.rules import Client
    from workbench.site.site import Site
    from workbench.smart.client_methods import ClientAuthentication
    from workbench.smart.launch_context import LaunchContext
    from workbench.workspace.remotes import RemoteSandbox

NO_VISIT: Option = ("none", "No visit")
NO_PATIENT: Option = ("none", "No chart open")
SAMPLE_APP = "vitals-app"
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
