"""Token endpoint of a simulated site, with introspection, revocation and userinfo beside it, over HTTP."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime, timedelta
from typing import Any

from workbench.authorization_server.authorization_request import Pairs
from workbench.authorization_server.client_authentication import ClientAuthenticator, Credentials, read_credentials
from workbench.authorization_server.refusal import Refusal
from workbench.authorization_server.signing_keys import SigningKey, SigningKeys
from workbench.authorization_server.token_families import TokenFamilies
from workbench.authorization_server.token_grants import TokenGrants
from workbench.authorization_server.token_status import TokenStatus
from workbench.exchange import Request, Response
from workbench.fhir.resource import to_json
from workbench.fhir_server.media_type import is_form
from workbench.sandbox.client_keys import ClientKeys
from workbench.sandbox.web_page import FORM_LIMIT, read_form
from workbench.site.site import Client, SmartRules
from workbench.smart.scope_queries import ScopeQueries

Answer = Callable[[Request], Awaitable[Response]]


class TokenEndpoint:
    """The addresses below `issuer` that apps and not people ask; `keys` has those of apps that sign."""

    def __init__(
        self,
        rules: SmartRules,
        *,
        fhir_base: str,
        issuer: str,
        types: tuple[str, ...],
        clock: Callable[[], datetime],
        make_token: Callable[[], str],
        make_key: Callable[[], SigningKey],
        find_client: Callable[[str], Client | None],
        keys: ClientKeys,
        queries: ScopeQueries,
    ) -> None:
        self.signing = SigningKeys(make_key, clock=clock, published_for=timedelta(seconds=rules.access_token_lifetime))
        self._keys = keys
        self._find_client = find_client
        families = TokenFamilies(clock=clock, make_token=make_token)
        authenticator = ClientAuthenticator(
            rules,
            token_endpoint=f"{issuer}/token",
            clock=lambda: clock().timestamp(),
            find_client=find_client,
            find_keys=keys.find,
        )
        self.grants = TokenGrants(
            rules,
            families,
            authenticator,
            fhir_base=fhir_base,
            issuer=issuer,
            sign=self.signing.sign,
            types=types,
            queries=queries,
        )
        self.status = TokenStatus(rules, families, authenticator, fhir_base=fhir_base, issuer=issuer)
        self._answers: dict[str, Answer] = {"token": self._give_tokens}
        if rules.introspection:
            self._answers["introspect"] = self._introspect
        if rules.revocation:
            self._answers["revoke"] = self._revoke
        if rules.userinfo:
            self._answers["userinfo"] = self._tell_user

    def serves(self, name: str) -> bool:
        """Whether the site has an address of this name below its issuer."""
        return name in self._answers

    async def answer(self, name: str, request: Request) -> Response:
        return await self._answers[name](request)

    async def _give_tokens(self, request: Request) -> Response:
        pairs = await self._read(request)
        if isinstance(pairs, Response):
            return pairs
        outcome = self.grants.answer(pairs, request.header("authorization"))
        return to_refusal(outcome) if isinstance(outcome, Refusal) else to_json_answer(200, outcome)

    async def _introspect(self, request: Request) -> Response:
        pairs = await self._read(request)
        if isinstance(pairs, Response):
            return pairs
        outcome = self.status.introspect(pairs, request.header("authorization"))
        return to_refusal(outcome) if isinstance(outcome, Refusal) else to_json_answer(200, outcome)

    async def _revoke(self, request: Request) -> Response:
        pairs = await self._read(request)
        if isinstance(pairs, Response):
            return pairs
        refusal = self.status.revoke(pairs, request.header("authorization"))
        # The body of a revocation says nothing (RFC 7009, 2.2).
        return to_refusal(refusal) if refusal else Response(200, (("Cache-Control", "no-store"),))

    async def _tell_user(self, request: Request) -> Response:
        if request.method not in ("GET", "HEAD", "POST"):
            return refuse_method("GET, POST")
        outcome = self.status.tell_user(request.header("authorization"))
        return to_refusal(outcome) if isinstance(outcome, Refusal) else to_json_answer(200, outcome)

    async def _read(self, request: Request) -> Pairs | Response:
        """The form of a request, with the keys of the app that signed it at hand."""
        if request.method != "POST":
            return refuse_method("POST")
        if not is_form(request.header("content-type")):
            sentence = "The body must be a form (application/x-www-form-urlencoded)."
            return to_refusal(Refusal("invalid_request", sentence))
        if len(request.body) > FORM_LIMIT:
            return to_refusal(Refusal("invalid_request", f"The form is larger than {FORM_LIMIT} bytes."))
        pairs = read_form(request)
        credentials = read_credentials(dict(pairs), request.header("authorization"))
        if isinstance(credentials, Credentials) and credentials.method == "private_key_jwt":
            client = self._find_client(credentials.client_id)
            if client is not None:
                await self._keys.prepare(client, credentials.key_id)
        return pairs


def to_json_answer(status: int, value: Mapping[str, Any], *headers: tuple[str, str]) -> Response:
    """JSON that nobody keeps (RFC 6749, 5.1)."""
    kept = (("Content-Type", "application/json"), ("Cache-Control", "no-store"), ("Pragma", "no-cache"))
    return Response(status, (*kept, *headers), to_json(dict(value)).encode("utf-8"))


def to_refusal(refusal: Refusal) -> Response:
    """A refusal as RFC 6749 (5.2) writes it."""
    challenge = (("WWW-Authenticate", refusal.challenge),) if refusal.challenge else ()
    body = {"error": refusal.error, "error_description": refusal.plain_description}
    return to_json_answer(refusal.status, body, *challenge)


def refuse_method(allowed: str) -> Response:
    sentence = f"Only {allowed} is answered here."
    return Response(405, (("Allow", allowed), ("Content-Type", "text/plain; charset=utf-8")), sentence.encode())
