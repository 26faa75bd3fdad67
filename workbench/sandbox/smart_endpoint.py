"""SMART endpoint of a simulated site: carries its authorization, pages and tokens over HTTP.

The rules are those of `authorization_server`; here stand the addresses, forms and answers alone.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

from workbench.authorization_server.authorization import Authorization
from workbench.authorization_server.configuration import openid_configuration
from workbench.authorization_server.context_answer import style_of
from workbench.authorization_server.discovery_edits import DiscoveryEdits
from workbench.authorization_server.flow import Flow
from workbench.authorization_server.signing_keys import SigningKey
from workbench.exchange import Exchange, Request, Response
from workbench.fhir_server.scope_queries import SiteQueries
from workbench.fhir_server.store import FhirStore
from workbench.sandbox.charts import charts_of, place_of_visit
from workbench.sandbox.client_keys import ClientKeys
from workbench.sandbox.discovery_endpoint import DiscoveryEndpoint
from workbench.sandbox.launch_pages import PAGES, LaunchPages
from workbench.sandbox.token_endpoint import TokenEndpoint, refuse_method, to_json_answer
from workbench.sandbox.web_page import read_form, read_query, redirect, render_emblem, render_error, render_style
from workbench.site.site import Client, Site
from workbench.smart.grant import Grant
from workbench.smart.scopes import ScopeVersion
from workbench.smart.tokens import TokenKey

PATH = "/auth"
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
        make_key: Callable[[], SigningKey] = TokenKey.make,
        on_exchange: Callable[[Exchange], None] | None = None,
    ) -> None:
        self.issuer = origin + PATH
        self.fhir_base = origin + site.fhir.path
        self._site = site
        types = tuple(rules.type for rules in site.fhir.resources)
        queries = SiteQueries(site.fhir, self.fhir_base, clock)
        self.authorization = Authorization(
            site.smart,
            site.users,
            types,
            fhir_base=self.fhir_base,
            issuer=self.issuer,
            clock=clock,
            make_token=make_token,
            clients=clients,
            issue=lambda consent: self.tokens.issue_code(consent),
            charts_of=lambda user: charts_of(store, user),
            locate=lambda encounter: place_of_visit(store, encounter),
            withheld=withheld,
            queries=queries,
        )
        self._pages = LaunchPages(site, store, self.authorization, address=self.issuer)
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
        self.discovery = DiscoveryEndpoint(site, issuer=self.issuer, edits=discovery or (lambda: site.smart.discovery))

    async def close(self) -> None:
        """Close the connections to the addresses of apps' keys."""
        await self._client_keys.close()

    def rotate_key(self, *, publish_former: bool = True) -> None:
        """Sign id tokens with a new key from now on."""
        self.token_endpoint.signing.rotate(publish_former=publish_former)

    @property
    def used_keys(self) -> tuple[Mapping[str, Any], ...]:
        """The public keys that id tokens were signed with."""
        return self.token_endpoint.signing.used

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
            pages = request.method in ("GET", "HEAD", "POST")
            return self._pages.answer(name, request) if pages else refuse_method("GET, POST")
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
            return redirect(self._pages.address_of(outcome))
        if outcome.address:
            return redirect(outcome.address)
        hint = "Nothing was sent back to the app. Tell whoever looks after it."
        return render_error(self._site, outcome.description, hint=hint)
