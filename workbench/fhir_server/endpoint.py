"""FHIR endpoint of a simulated site: a request in, a response out, whatever arrives.

Content negotiation, tokens and bodies are judged here; the interactions themselves in `interactions`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from http import HTTPStatus

from workbench.errors import WorkbenchError
from workbench.exchange import Request, Response
from workbench.fhir.resource import parse_resource
from workbench.fhir_server.access import Access
from workbench.fhir_server.answer import Answer, refuse, refuse_all, to_response
from workbench.fhir_server.bundle import answer_bundle
from workbench.fhir_server.call import Call, allowed_methods, preferences, read_parameters, read_request_call
from workbench.fhir_server.interactions import Interactions
from workbench.fhir_server.media_type import accepts_json, is_form, is_json
from workbench.fhir_server.scope_queries import SiteQueries
from workbench.fhir_server.store import FhirStore, to_instant
from workbench.issue import Issue
from workbench.site.capability import capability_statement
from workbench.site.site import Site
from workbench.smart.grant import Grant
from workbench.smart.grant_judge import GrantJudge

# Methods beyond these mean nothing to FHIR (RFC 9110, 15.6.2).
KNOWN_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "DELETE", "PATCH", "OPTIONS"})


class FhirEndpoint:
    """The site's rules over its store; `oauth_uris` are the addresses of its authorization server at the moment."""

    def __init__(
        self, site: Site, store: FhirStore, *, oauth_uris: Callable[[], Mapping[str, str]] | None = None
    ) -> None:
        self._site = site
        self._store = store
        self._oauth_uris = oauth_uris
        self._queries: dict[str, SiteQueries] = {}
        self._since = to_instant(store.clock())

    def answer(self, request: Request, grant: Grant | None, *, base: str) -> Response:
        """Return the response to `request`; `grant` is what its token allows, None where it has none that holds."""
        call = read_request_call(request, base)
        prefer = preferences(request).get("return", "")
        try:
            answer = self._answer(request, call, grant, base, prefer)
        except WorkbenchError as error:
            answer = refuse(HTTPStatus.INTERNAL_SERVER_ERROR, "exception", str(error))
        return to_response(answer, base, prefer=prefer, head=request.method == "HEAD")

    def _answer(self, request: Request, call: Call, grant: Grant | None, base: str, prefer: str) -> Answer:
        refusal = self._refuse_request(request, call)
        if refusal is not None:
            return refusal
        if call.interaction == "capabilities":
            return Answer(HTTPStatus.OK, self._capability_statement(base))
        if grant is None:
            return self._refuse_stranger(request)
        judge = GrantJudge(grant, self._queries_at(base), base, self._site.smart.scope_versions)
        access = Access(self._site, judge)
        interactions = Interactions(self._site, self._store, base, access)
        if call.interaction in ("create", "update", "batch"):
            return self._answer_body(request, call, interactions, prefer)
        if call.interaction == "search-type" and request.method == "POST":
            form = _read_form(request)
            return (
                form if isinstance(form, Answer) else interactions.run(replace(call, parameters=call.parameters + form))
            )
        if not call.type and call.interaction == "not-offered":
            allow = (("Allow", allowed_methods(call, None)),)
            return refuse(HTTPStatus.METHOD_NOT_ALLOWED, "not-supported", call.reason, headers=allow)
        return interactions.run(call)

    def _queries_at(self, base: str) -> SiteQueries:
        return self._queries.setdefault(base, SiteQueries(self._site.fhir, base, self._store.clock))

    def _refuse_request(self, request: Request, call: Call) -> Answer | None:
        if request.method not in KNOWN_METHODS:
            said = f"{request.method[:20]} is not a method of FHIR."
            return refuse(HTTPStatus.NOT_IMPLEMENTED, "not-supported", said)
        wanted = dict(call.parameters).get("_format") or request.header("accept")
        if not accepts_json(wanted):
            said = f"{self._site.name} answers in JSON (application/fhir+json) alone, and “{wanted}” was asked for."
            return refuse(HTTPStatus.NOT_ACCEPTABLE, "not-supported", said)
        return None

    def _refuse_stranger(self, request: Request) -> Answer:
        challenge = f'Bearer realm="{self._site.id}"'
        if request.header("authorization"):
            said = "The access token is not valid here: it is unknown, expired or was taken back. Launch again."
            challenge += ', error="invalid_token"'
        else:
            said = "An access token is needed: send “Authorization: Bearer …” with the token of a launch."
        return refuse(HTTPStatus.UNAUTHORIZED, "login", said, headers=(("WWW-Authenticate", challenge),))

    def _answer_body(self, request: Request, call: Call, interactions: Interactions, prefer: str) -> Answer:
        """A place that takes nothing is refused before its body is read, which then need not be sound."""
        if call.interaction != "batch":
            refusal = interactions.refuse_call(call)
            if refusal is not None:
                return refusal
        if not is_json(request.header("content-type")):
            sent = request.header("content-type") or "without a Content-Type"
            said = f"The body was sent as {sent}; {self._site.name} takes application/fhir+json in UTF-8."
            return refuse(HTTPStatus.UNSUPPORTED_MEDIA_TYPE, "not-supported", said)
        try:
            resource = parse_resource(request.body)
        except WorkbenchError as error:
            return refuse_all(HTTPStatus.BAD_REQUEST, (_issue_of(error),))
        if call.interaction == "batch":
            return answer_bundle(interactions, resource, prefer=prefer, strict=call.strict)
        return interactions.run(replace(call, resource=resource))

    def _capability_statement(self, base: str) -> dict[str, object]:
        return capability_statement(
            self._site.fhir,
            base,
            date=self._since,
            name=self._site.name,
            description=self._site.description,
            oauth_uris=self._oauth_uris() if self._oauth_uris else None,
        )


def _read_form(request: Request) -> tuple[tuple[str, str], ...] | Answer:
    """The parameters in the body of POST _search (FHIR R4, RESTful API, search)."""
    if not request.body:
        return ()
    if not is_form(request.header("content-type")):
        said = "A search by POST takes application/x-www-form-urlencoded."
        return refuse(HTTPStatus.UNSUPPORTED_MEDIA_TYPE, "not-supported", said)
    parameters = read_parameters(request.body.decode("utf-8", errors="replace"))
    if parameters is None:
        return refuse(HTTPStatus.BAD_REQUEST, "too-costly", "The search has more parameters than it could mean.")
    return parameters


def _issue_of(error: WorkbenchError) -> Issue:
    place = f" (line {error.line}, column {error.column})" if error.line else ""
    hint = f" {error.hint}" if error.hint else ""
    said = f"The body cannot be read{place}: {error.message}{hint}"
    return Issue("fatal", "structure", said, line=error.line, column=error.column)
