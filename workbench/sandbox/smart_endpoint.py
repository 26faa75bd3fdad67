"""SMART endpoint of a simulated site: carries its authorization, pages and tokens over HTTP.

The rules are those of `workbench.smart`; here stand the addresses, forms and answers alone.
"""

from __future__ import annotations

import hmac
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any
from urllib.parse import urlencode, urlsplit

from workbench.exchange import Exchange, Request, Response
from workbench.sandbox.charts import charts_of, find_patient, list_patients, list_visits, place_of_visit
from workbench.sandbox.client_keys import ClientKeys
from workbench.sandbox.discovery_endpoint import DiscoveryEndpoint
from workbench.sandbox.fhir_store import FhirStore
from workbench.sandbox.scope_queries import SiteQueries
from workbench.sandbox.token_endpoint import TokenEndpoint, refuse_method, to_json_answer
from workbench.sandbox.web_page import (
    is_cross_site,
    read_form,
    read_query,
    redirect,
    render_emblem,
    render_error,
    render_page,
    render_style,
)
from workbench.site.site import Client, Site
from workbench.smart.authorization import Authorization
from workbench.smart.configuration import openid_configuration
from workbench.smart.context_answer import style_of
from workbench.smart.discovery_edits import DiscoveryEdits
from workbench.smart.flow import Flow
from workbench.smart.grant import Grant
from workbench.smart.rules import ScopeVersion
from workbench.smart.scope_words import describe_scope
from workbench.smart.tokens import TokenKey

PATH = "/auth"
PAGES = ("sign-in", "patient", "encounter", "consent")
NO_VISIT = "none"
# An authorization server of SMART 1 beside that of today, where discovery is told to name one.
OLDER = "v1/"


class SmartEndpoint:
    """The authorization server of one running site, below `<origin>/auth`."""

    def __init__(
        self,
        site: Site,
        store: FhirStore,
        *,
        origin: str,
        clock: Callable[[], datetime],
        make_token: Callable[[], str],
        clients: Callable[[], tuple[Client, ...]],
        withheld: Callable[[], tuple[str, ...]] = tuple,
        discovery: Callable[[], DiscoveryEdits] | None = None,
        make_key: Callable[[], TokenKey] = TokenKey.make,
        on_exchange: Callable[[Exchange], None] | None = None,
    ) -> None:
        self.issuer = origin + PATH
        self.fhir_base = origin + site.fhir.path
        self._site = site
        self._store = store
        types = tuple(rules.type for rules in site.fhir.resources)
        queries = SiteQueries(site.fhir, self.fhir_base, clock)
        self.authorization = Authorization(
            site.smart,
            site.users,
            types,
            fhir_base=self.fhir_base,
            clock=clock,
            make_token=make_token,
            clients=clients,
            issue=lambda consent: self.tokens.issue_code(consent),
            charts_of=lambda user: charts_of(store, user),
            locate=lambda encounter: place_of_visit(store, encounter),
            withheld=withheld,
            queries=queries,
        )
        self._client_keys = ClientKeys(name=site.name, clock=clock, on_exchange=on_exchange)
        self.token_endpoint = TokenEndpoint(
            site.smart,
            fhir_base=self.fhir_base,
            issuer=self.issuer,
            types=types,
            clock=clock,
            make_token=make_token,
            make_key=make_key,
            find_client=self.authorization.find_client,
            keys=self._client_keys,
            queries=queries,
        )
        self.tokens = self.token_endpoint.grants
        self.discovery = DiscoveryEndpoint(
            site, fhir_base=self.fhir_base, issuer=self.issuer, edits=discovery or (lambda: site.smart.discovery)
        )

    async def close(self) -> None:
        """Close the connections to the addresses of apps' keys."""
        await self._client_keys.close()

    def rotate_key(self, *, publish_former: bool = True) -> None:
        """Sign id tokens with a new key from now on."""
        self.token_endpoint.signing.rotate(publish_former=publish_former)

    def grant_for(self, request: Request) -> Grant | None:
        """What the request's bearer token allows (RFC 6750, 2.1); None without a token that holds."""
        kind, _, token = request.header("authorization").partition(" ")
        return self.tokens.grant_for(token.strip()) if kind.lower() == "bearer" else None

    def answer_discovery(self, request: Request) -> Response:
        """Answer `<fhir base>/.well-known/smart-configuration`."""
        if request.method not in ("GET", "HEAD"):
            return refuse_method("GET")
        return self.discovery.answer()

    async def answer(self, request: Request) -> Response:
        """Answer a request at or below `/auth`."""
        path = urlsplit(request.address).path.removeprefix(PATH)
        name = path.strip("/")
        is_older = name.startswith(OLDER) and self.discovery.names_version_1
        name = name.removeprefix(OLDER) if is_older else name
        if name in PAGES:
            return self._answer_page(name, request)
        documents: Mapping[str, Callable[[], Response]] = {
            "jwks": lambda: to_json_answer(200, self.token_endpoint.signing.to_jwks()),
            "style.css": lambda: render_style(self._site),
            "emblem.svg": lambda: render_emblem(self._site),
            "smart-style.json": lambda: to_json_answer(200, style_of(self._site.smart)),
            ".well-known/openid-configuration": lambda: to_json_answer(
                200, openid_configuration(self._site.smart, self.issuer)
            ),
        }
        if name in documents:
            return documents[name]() if request.method in ("GET", "HEAD") else refuse_method("GET")
        if name == "authorize":
            return self._authorize(request, ("v1",) if is_older else None)
        if self.token_endpoint.serves(name):
            return await self.token_endpoint.answer(name, request)
        return render_error(self._site, "There is no such page here.", status=404)

    def _authorize(self, request: Request, versions: tuple[ScopeVersion, ...] | None) -> Response:
        if request.method not in ("GET", "HEAD", "POST"):
            return refuse_method("GET, POST")
        pairs = read_form(request) if request.method == "POST" else read_query(request)
        outcome = self.authorization.begin(pairs, versions)
        if isinstance(outcome, Flow):
            return redirect(self._address_of(outcome))
        if outcome.address:
            return redirect(outcome.address, 302)
        hint = "Nothing was sent back to the app. Tell whoever looks after it."
        return render_error(self._site, outcome.description, hint=hint)

    def _answer_page(self, name: str, request: Request) -> Response:
        if request.method not in ("GET", "HEAD", "POST"):
            return refuse_method("GET, POST")
        posted = request.method == "POST"
        pairs = read_form(request) if posted else read_query(request)
        given = dict(pairs)
        if posted and is_cross_site(request):
            return render_error(self._site, "This form was sent from another site's page.", status=403)
        flow = self.authorization.find_flow(given.get("flow", ""))
        if flow is None:
            hint = "It was finished, or it took too long. Go back to the app and start again."
            return render_error(self._site, "This sign-in has ended.", hint=hint)
        if posted and not hmac.compare_digest(given.get("form_token", "").encode(), flow.form_token.encode()):
            return render_error(self._site, "This form was not made by this page.", status=403)
        if flow.page != name:
            return redirect(self._address_of(flow))
        if not posted:
            return self._show(flow)
        if name == "consent":
            ticked = [value for key, value in pairs if key == "scope"]
            return redirect(self.authorization.decide(flow, given.get("decision") == "allow", ticked), 302)
        moved = self._move(flow, given)
        return redirect(self._address_of(moved)) if isinstance(moved, Flow) else self._show(flow, moved)

    def _move(self, flow: Flow, given: Mapping[str, str]) -> Flow | str:
        """The flow after this page's form; a sentence where the form does not answer the page."""
        if flow.page == "sign-in":
            return self.authorization.sign_in(flow, given.get("user", "")) or "Choose who you are."
        if flow.page == "patient":
            patient = given.get("patient", "")
            known = self._store.find("Patient", patient) is not None
            chosen = self.authorization.choose_patient(flow, patient) if known else None
            return chosen or "Choose a patient of this list."
        visit = given.get("encounter", "")
        if visit != NO_VISIT and visit not in {row.id for row in list_visits(self._store, flow.patient)}:
            return "Choose a visit of this list."
        return self.authorization.choose_encounter(flow, visit if visit != NO_VISIT else "")

    def _show(self, flow: Flow, problem: str = "") -> Response:
        values: dict[str, Any] = {"flow": flow, "problem": problem, "patient": self._patient_of(flow)}
        if flow.page == "sign-in":
            values |= {"users": self._site.users}
        elif flow.page == "patient":
            values |= {"patients": list_patients(self._store, self._site.mrn_system, flow.charts)}
        elif flow.page == "encounter":
            values |= {"visits": list_visits(self._store, flow.patient), "no_visit": NO_VISIT}
        else:
            values |= self._consent_values(flow)
        return render_page(self._site, flow.page.replace("-", "_"), status=400 if problem else 200, **values)

    def _consent_values(self, flow: Flow) -> dict[str, Any]:
        rows = [(scope, describe_scope(scope)) for scope in flow.offered]
        parts = urlsplit(flow.redirect_uri)
        return {
            "about_you": [row for row in rows if row[0].kind in ("identity", "context", "refresh")],
            "records": [row for row in rows if row[0].kind == "resource"],
            "withheld": flow.withheld,
            "visit": next((v.label for v in list_visits(self._store, flow.patient) if v.id == flow.encounter), ""),
            "origin": f"{parts.scheme}://{parts.netloc}",
        }

    def _patient_of(self, flow: Flow) -> Any:
        return find_patient(self._store, self._site.mrn_system, flow.patient) if flow.patient else None

    def _address_of(self, flow: Flow) -> str:
        return f"{self.issuer}/{flow.page}?{urlencode({'flow': flow.id})}"
