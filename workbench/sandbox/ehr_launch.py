"""EHR launch: an app opened with a context, once it is sure that what the context names is there."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from workbench.authorization_server.authorization import Authorization
from workbench.authorization_server.clients import can_be_opened
from workbench.authorization_server.refusal import add_query
from workbench.fhir_server.store import FhirStore
from workbench.sandbox.charts import charts_of, find_open_visit, list_visits
from workbench.site.site import Site
from workbench.smart.launch_context import LaunchContext, judge_fhir_context

MOST_NAMED = 6
"""Choices that a sentence names where one was made that is not among them."""


@dataclass(frozen=True, slots=True)
class BadChoice:
    """What of a launch cannot be: the field of the form, and a sentence."""

    field: str
    sentence: str


def open_app(
    site: Site,
    store: FhirStore,
    authorization: Authorization,
    context: LaunchContext,
    *,
    address: str,
    client_id: str,
    grant: str,
    iss: str,
) -> str | BadChoice:
    """The app's address with `iss` and `launch`. Without a user the app's user signs in, without a patient no chart
    is open, and where the visit is not settled it is the patient's open one.
    """
    problem = _judge(site, store, context, address)
    if problem is not None:
        return problem
    if context.encounter is None:
        context = replace(context, encounter=find_open_visit(store, context.patient) if context.patient else "")
    launch = authorization.start_launch(context, client_id, grant)
    bare, mark, fragment = address.partition("#")
    return add_query(bare, {"iss": iss, "launch": launch}) + mark + fragment


def _judge(site: Site, store: FhirStore, context: LaunchContext, address: str) -> BadChoice | None:
    if "ehr" not in site.smart.launches:
        return BadChoice("app", f"Apps are not opened from the EHR at {site.name}.")
    return _judge_people(site, store, context) or _judge_surroundings(store, context) or _judge_address(address)


def _judge_people(site: Site, store: FhirStore, context: LaunchContext) -> BadChoice | None:
    user, patient, visit = site.find_user(context.user), context.patient, context.encounter
    if context.user and user is None:
        return BadChoice("user", _unknown("user", context.user, [known.id for known in site.users]))
    if patient and store.find("Patient", patient) is None:
        return BadChoice("patient", _unknown("patient", patient, [str(known["id"]) for known in store.all("Patient")]))
    charts = charts_of(store, user) if user else None
    if patient and charts is not None and patient not in charts:
        return BadChoice("patient", f"{user.name if user else 'This user'} may not open this patient's chart.")
    if visit and not patient:
        return BadChoice("encounter", "A visit is one of a patient's; choose the patient too.")
    visits = [row.id for row in list_visits(store, patient)] if visit else []
    if visit and visit not in visits:
        return BadChoice("encounter", _unknown("visit of this patient", visit, visits))
    return None


def _unknown(what: str, chosen: str, known: Sequence[str]) -> str:
    first, more = ", ".join(known[:MOST_NAMED]), len(known) - MOST_NAMED
    named = f"{first} and {more} more" if more > 0 else first or "none"
    return f"There is no {what} “{chosen}” here; known: {named}."


def _judge_surroundings(store: FhirStore, context: LaunchContext) -> BadChoice | None:
    sentence = judge_fhir_context(context.fhir_context)
    if sentence:
        return BadChoice("fhir_context", sentence)
    for item in context.fhir_context:
        if item.reference and store.find(*item.reference.split("/", 1)) is None:
            return BadChoice("fhir_context", f"{item.reference} is not there.")
    if context.location and store.find("Location", context.location) is None:
        return BadChoice("location", "Choose a place of this list.")
    return None


def _judge_address(address: str) -> BadChoice | None:
    if not can_be_opened(address):
        sentence = "Write the full address that opens the app, such as http://127.0.0.1:8000/launch.html."
        return BadChoice("launch_uri", sentence)
    return None
