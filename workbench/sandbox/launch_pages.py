"""Pages of a launch: sign-in, patient, visit, what is open, consent, each with a form that takes the flow a step on.

A form must come from its own page: with the flow's token, and from no other site.
"""

from __future__ import annotations

import hmac
from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import urlencode, urlsplit

from workbench.authorization_server.authorization import Authorization
from workbench.authorization_server.flow import Flow
from workbench.exchange import Request, Response
from workbench.fhir_server.store import FhirStore
from workbench.sandbox.charts import PatientRow, find_patient, list_patients, list_visits, pick_patients
from workbench.sandbox.consent_page import group_scopes, lifetime_words, list_withheld
from workbench.sandbox.context_choices import MOST_CHOICES, ResourceRow, list_choices, tell_surroundings
from workbench.sandbox.web_page import is_cross_site, read_form, read_query, redirect, render_error, render_page
from workbench.site.site import Site
from workbench.smart.launch_context import parse_context_scope
from workbench.smart.scope_words import name_context_type

PAGES = ("sign-in", "patient", "encounter", "resource", "consent")
NO_VISIT = "none"
NO_RESOURCE = "none"


class LaunchPages:
    """The pages below `address`, for the flows of one authorization server."""

    def __init__(self, site: Site, store: FhirStore, authorization: Authorization, *, address: str) -> None:
        self._site = site
        self._store = store
        self._authorization = authorization
        self._address = address

    def address_of(self, flow: Flow, **more: str) -> str:
        """The page whose turn it is."""
        return f"{self._address}/{flow.page}?{urlencode({'flow': flow.id} | more)}"

    def answer(self, name: str, request: Request) -> Response:
        """Answer GET or POST of the page `name`; a page out of turn leads to the one whose turn it is."""
        posted = request.method == "POST"
        pairs = read_form(request) if posted else read_query(request)
        given = dict(pairs)
        if posted and is_cross_site(request):
            return render_error(self._site, "This form was sent from another site's page.", status=403)
        flow = self._authorization.find_flow(given.get("flow", ""))
        if flow is None:
            hint = "It was finished, or it took too long. Go back to the app and start again."
            return render_error(self._site, "This sign-in has ended.", hint=hint)
        if posted and not hmac.compare_digest(given.get("form_token", "").encode(), flow.form_token.encode()):
            return render_error(self._site, "This form was not made by this page.", status=403)
        if flow.page != name:
            return redirect(self.address_of(flow))
        if not posted:
            return self._show(flow, find=given.get("find", ""))
        return self._decide(flow, pairs) if name == "consent" else self._step(flow, given)

    def _step(self, flow: Flow, given: Mapping[str, str]) -> Response:
        moved = self._move(flow, given)
        if isinstance(moved, Flow):
            return redirect(self.address_of(moved))
        return self._show(flow, moved, find=given.get("find", ""))

    def _decide(self, flow: Flow, pairs: Sequence[tuple[str, str]]) -> Response:
        """Go to the app with what was decided, or show the page again with a whole group ticked or not."""
        given, ticked = dict(pairs), {value for name, value in pairs if name == "scope"}
        groups = {group.id: {row.scope.text for row in group.rows} for group in group_scopes(flow)}
        for name, change in (("tick", ticked.union), ("untick", ticked.difference)):
            if name in given:
                kept = self._authorization.tick(flow, change(groups.get(given[name], set())))
                return redirect(
                    f"{self.address_of(kept)}#{given[name]}" if given[name] in groups else self.address_of(kept)
                )
        return redirect(self._authorization.decide(flow, given.get("decision") == "allow", ticked))

    def _move(self, flow: Flow, given: Mapping[str, str]) -> Flow | str:
        """The flow after this page's form; a sentence where the form does not answer the page."""
        if flow.page == "sign-in":
            return self._authorization.sign_in(flow, given.get("user", "")) or "Choose who you are."
        if flow.page == "patient":
            patient = given.get("patient", "")
            known = self._store.find("Patient", patient) is not None
            chosen = self._authorization.choose_patient(flow, patient) if known else None
            return chosen or "Choose a patient of this list."
        if flow.page == "resource":
            reference = given.get("resource", "")
            if reference != NO_RESOURCE and reference not in {row.reference for row in self._choices_of(flow)}:
                return "Choose one of this list, or none."
            return self._authorization.choose_resource(flow, reference if reference != NO_RESOURCE else "")
        visit = given.get("encounter", "")
        if visit != NO_VISIT and visit not in {row.id for row in list_visits(self._store, flow.patient)}:
            return "Choose a visit of this list."
        return self._authorization.choose_encounter(flow, visit if visit != NO_VISIT else "")

    def _show(self, flow: Flow, problem: str = "", find: str = "") -> Response:
        values: dict[str, Any] = {"flow": flow, "problem": problem, "patient": self._patient_of(flow)}
        if flow.page == "sign-in":
            values |= {"users": self._site.users}
        elif flow.page == "patient":
            everyone = list_patients(self._store, self._site.mrn_system, flow.charts)
            values |= {"picked": pick_patients(everyone, find)}
        elif flow.page == "encounter":
            values |= {"visits": list_visits(self._store, flow.patient), "no_visit": NO_VISIT}
        elif flow.page == "resource":
            words = name_context_type(parse_context_scope(flow.next_resource)[0])
            rows = self._choices_of(flow)
            values |= {"rows": rows, "no_resource": NO_RESOURCE, "words": words, "is_cut": len(rows) == MOST_CHOICES}
        else:
            values |= self._consent_values(flow)
        name, leads_out = flow.page.replace("-", "_"), flow.page == "consent"
        return render_page(self._site, name, status=400 if problem else 200, leads_out=leads_out, **values)

    def _consent_values(self, flow: Flow) -> dict[str, Any]:
        parts = urlsplit(flow.redirect_uri)
        visits = list_visits(self._store, flow.patient) if flow.encounter else ()
        return {
            "groups": group_scopes(flow),
            "withheld": list_withheld(flow, self._site),
            "lifetime": lifetime_words(self._site.smart.access_token_lifetime),
            "surroundings": tell_surroundings(self._site, self._store, flow),
            "visit": next((row.label for row in visits if row.id == flow.encounter), ""),
            "origin": f"{parts.scheme}://{parts.netloc}",
        }

    def _choices_of(self, flow: Flow) -> tuple[ResourceRow, ...]:
        kind, _ = parse_context_scope(flow.next_resource)
        return list_choices(self._site, self._store, kind, flow.patient)

    def _patient_of(self, flow: Flow) -> PatientRow | None:
        return find_patient(self._store, self._site.mrn_system, flow.patient) if flow.patient else None
