"""EHR page of a simulated site: its user picks a patient, a visit and an app, and opens the app from the chart."""

from __future__ import annotations

import hmac
from collections.abc import Callable, Sequence
from typing import Any
from urllib.parse import urlsplit

from workbench.authorization_server.authorization import Authorization
from workbench.authorization_server.rules import Client
from workbench.exchange import Request, Response
from workbench.fhir_server.store import FhirStore
from workbench.sandbox.charts import list_patients, list_visits, pick_patients
from workbench.sandbox.context_choices import list_open_resources, list_places
from workbench.sandbox.ehr_launch import BadChoice, open_app
from workbench.sandbox.web_page import is_cross_site, read_form, read_query, redirect, render_error, render_page
from workbench.site.site import Site
from workbench.smart.launch_context import FhirContextItem, LaunchContext

PATH = "/ehr"
NO_PATIENT = "none"
NO_VISIT = "none"
FIELDS = ("user", "patient", "encounter", "app", "launch_uri", "intent", "location", "banner")
BANNERS = {"": None, "yes": True, "no": False}


class EhrPage:
    """`/ehr` and `/ehr/launch`. `clients` gives the apps that the page offers."""

    def __init__(
        self,
        site: Site,
        store: FhirStore,
        authorization: Authorization,
        *,
        fhir_base: str,
        make_token: Callable[[], str],
        clients: Callable[[], tuple[Client, ...]],
    ) -> None:
        self._site = site
        self._store = store
        self._authorization = authorization
        self._fhir_base = fhir_base
        # One for all forms: another site's page cannot read ours, so it cannot know it.
        self._form_token = make_token()
        self._clients = clients

    def answer(self, request: Request) -> Response:
        path = urlsplit(request.address).path.rstrip("/")
        if path == PATH and request.method in ("GET", "HEAD"):
            return self._show(read_query(request))
        if path == f"{PATH}/launch" and request.method == "POST":
            return self._launch(request)
        if path == f"{PATH}/launch":
            return redirect(PATH)
        return render_error(self._site, "There is no such page here.", status=404)

    def start_launch(
        self, context: LaunchContext, *, launch_uri: str = "", client_id: str = "", grant: str = ""
    ) -> str | BadChoice:
        """Open an app: its address with `iss` and `launch`, or what of the choices cannot be."""
        app = next((client for client in self._clients() if client.id == client_id), None)
        address = launch_uri.strip() or (app.launch_uri if app else "")
        return open_app(
            self._site,
            self._store,
            self._authorization,
            context,
            address=address,
            client_id=client_id,
            grant=grant,
            iss=self._fhir_base,
        )

    def _launch(self, request: Request) -> Response:
        pairs = read_form(request)
        given = dict(pairs)
        token = given.get("form_token", "").encode()
        if is_cross_site(request) or not hmac.compare_digest(token, self._form_token.encode()):
            return render_error(self._site, "This form was not sent from the EHR's own page.", status=403)
        if not given.get("patient"):
            return self._show(pairs, BadChoice("patient", "Choose a patient of this list, or no chart."))
        outcome = self.start_launch(
            _read_context(pairs), launch_uri=given.get("launch_uri", ""), client_id=given.get("app", "")
        )
        return redirect(outcome) if isinstance(outcome, str) else self._show(pairs, outcome)

    def _show(self, pairs: Sequence[tuple[str, str]], problem: BadChoice | None = None) -> Response:
        given = dict(pairs)
        chosen = {name: given.get(name, "") for name in FIELDS}
        apps = tuple(client for client in self._clients() if not client.is_backend_service)
        everyone = list_patients(self._store, self._site.mrn_system)
        picked = pick_patients(everyone, given.get("find", ""), chosen["patient"])
        patients, visits = picked.rows, list_visits(self._store)
        if chosen["app"] and all(client.id != chosen["app"] for client in apps):
            apps = (*apps, Client(chosen["app"], chosen["app"], ()))
        values: dict[str, Any] = {
            "chosen": chosen,
            "chosen_resources": [value for name, value in pairs if name == "fhir_context"],
            "problem_field": problem.field if problem else "",
            "problem": problem.sentence if problem else "",
            "patients": patients,
            "picked": picked,
            "visits": [(patient, [row for row in visits if row.patient == patient.id]) for patient in patients],
            "open_visits": {row.patient for row in visits if row.is_open},
            "apps": apps,
            "form_token": self._form_token,
            "no_visit": NO_VISIT,
            "no_patient": NO_PATIENT,
            **self._surroundings(tuple(patient.id for patient in patients)),
        }
        return render_page(self._site, "ehr", status=400 if problem else 200, leads_out=True, **values)

    def _surroundings(self, patients: tuple[str, ...]) -> dict[str, Any]:
        """The lists for what the site tells of beside patient and visit; each is empty where it does not."""
        gives, rules = self._site.smart.context, self._site.smart.given
        resources = list_open_resources(self._site, self._store, patients) if "fhirContext" in gives else ()
        by_patient = [(patient, [row for row in resources if row.patient == patient]) for patient in patients]
        return {
            "resources": [(patient, rows) for patient, rows in by_patient if rows],
            "places": list_places(self._store) if "location" in gives else (),
            "intents": rules.intents if "intent" in gives else (),
            "has_banner": "need_patient_banner" in gives,
        }


def _read_context(pairs: Sequence[tuple[str, str]]) -> LaunchContext:
    given = dict(pairs)
    patient, visit = given.get("patient", ""), given.get("encounter", "")
    return LaunchContext(
        user=given.get("user", ""),
        patient="" if patient == NO_PATIENT else patient,
        encounter="" if visit == NO_VISIT or patient == NO_PATIENT else visit or None,
        fhir_context=tuple(FhirContextItem(value) for name, value in pairs if name == "fhir_context" and value),
        intent=given.get("intent", ""),
        location=given.get("location", "").removeprefix("Location/"),
        need_patient_banner=BANNERS.get(given.get("banner", "")),
    )
