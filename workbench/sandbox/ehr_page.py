"""EHR page of a simulated site: its user picks a patient, a visit and an app, and opens the app from the chart."""

from __future__ import annotations

import hmac
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import urlsplit

from workbench.exchange import Request, Response
from workbench.sandbox.charts import find_open_visit, list_patients, list_visits
from workbench.sandbox.fhir_store import FhirStore
from workbench.sandbox.web_page import is_cross_site, read_form, read_query, redirect, render_error, render_page
from workbench.site.site import Site
from workbench.smart.authorization import Authorization
from workbench.smart.clients import UNSAFE
from workbench.smart.refusal import add_query
from workbench.smart.rules import Client

PATH = "/ehr"
NO_VISIT = "none"


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
            return self._show(dict(read_query(request)))
        if path == f"{PATH}/launch" and request.method == "POST":
            return self._launch(request)
        if path == f"{PATH}/launch":
            return redirect(PATH)
        return render_error(self._site, "There is no such page here.", status=404)

    def start_launch(self, given: Mapping[str, str]) -> str | tuple[str, str]:
        """Open an app as the form says: the app's address with `iss` and `launch`, or the field and what is wrong."""
        if "ehr" not in self._site.smart.launches:
            return "app", f"Apps are not opened from the EHR at {self._site.name}."
        user = self._site.find_user(given.get("user", ""))
        if user is None:
            return "user", "Choose who is signed in."
        patient, visit = given.get("patient", ""), given.get("encounter", "")
        if self._store.find("Patient", patient) is None:
            return "patient", "Choose a patient of this list."
        if visit and visit != NO_VISIT and visit not in {row.id for row in list_visits(self._store, patient)}:
            return "encounter", "This visit is not one of the chosen patient."
        address = self._launch_address(given)
        if UNSAFE.search(address) or not address.startswith(("http://", "https://")):
            return "launch_uri", "Write the full address that opens the app, such as http://127.0.0.1:8000/launch.html."
        encounter = "" if visit == NO_VISIT else visit or find_open_visit(self._store, patient)
        launch = self._authorization.start_launch(user, patient, encounter, given.get("app", ""))
        bare, mark, fragment = address.partition("#")
        return add_query(bare, {"iss": self._fhir_base, "launch": launch}) + mark + fragment

    def _launch(self, request: Request) -> Response:
        given = dict(read_form(request))
        token = given.get("form_token", "").encode()
        if is_cross_site(request) or not hmac.compare_digest(token, self._form_token.encode()):
            return render_error(self._site, "This form was not sent from the EHR's own page.", status=403)
        outcome = self.start_launch(given)
        return redirect(outcome, 302) if isinstance(outcome, str) else self._show(given, outcome)

    def _launch_address(self, given: Mapping[str, str]) -> str:
        typed = given.get("launch_uri", "").strip()
        app = next((client for client in self._clients() if client.id == given.get("app")), None)
        return typed or (app.launch_uri if app else "")

    def _show(self, given: Mapping[str, str], problem: tuple[str, str] | None = None) -> Response:
        chosen = {name: given.get(name, "") for name in ("user", "patient", "encounter", "app", "launch_uri")}
        patients = list_patients(self._store, self._site.mrn_system)
        apps, visits = self._clients(), list_visits(self._store)
        if chosen["app"] and all(client.id != chosen["app"] for client in apps):
            apps = (*apps, Client(chosen["app"], chosen["app"], ()))
        values: dict[str, Any] = {
            "chosen": chosen,
            "problem_field": problem[0] if problem else "",
            "problem": problem[1] if problem else "",
            "patients": patients,
            "visits": [(patient, [row for row in visits if row.patient == patient.id]) for patient in patients],
            "open_visits": {row.patient for row in visits if row.is_open},
            "apps": apps,
            "form_token": self._form_token,
            "no_visit": NO_VISIT,
        }
        return render_page(self._site, "ehr", status=400 if problem else 200, **values)
