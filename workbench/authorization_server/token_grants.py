"""Token grants of a site: codes, refresh tokens and backend services' own right turned into access tokens.

OAuth 2.0 (RFC 6749, 4.1.3, 4.4, 5, 6) with PKCE (RFC 7636, 4.6); a code or refresh token used twice ends all it gave.
"""

from __future__ import annotations

import hmac
import re
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any

from workbench.authorization_server.authorization_request import Pairs, is_repeated
from workbench.authorization_server.client_authentication import ClientAuthenticator
from workbench.authorization_server.context_answer import context_answer
from workbench.authorization_server.flow import Consent
from workbench.authorization_server.refusal import Refusal
from workbench.authorization_server.rules import Client, SmartRules
from workbench.authorization_server.system_scopes import offer_system_scopes
from workbench.authorization_server.token_families import Family, TokenFamilies
from workbench.authorization_server.user_claims import claims_of, person_of
from workbench.smart.grant import Grant
from workbench.smart.scope_cover import missing_scopes
from workbench.smart.scope_queries import ScopeQueries
from workbench.smart.scopes import Scope, parse_scopes, to_scope_text
from workbench.smart.tokens import make_challenge

VERIFIER = re.compile(r"[A-Za-z0-9._~-]{43,128}")
# An offline refresh token lives on with each use; online access ends when the user's work does.
OFFLINE_LIFETIME = timedelta(days=90)
ONLINE_LIFETIME = timedelta(hours=12)
NO_REFRESH = "The refresh token is unknown, too old or revoked."

Answer = dict[str, Any]


class TokenGrants:
    """The token endpoint of one authorization server; `types` are the resource types that the site serves."""

    def __init__(
        self,
        rules: SmartRules,
        families: TokenFamilies,
        authenticator: ClientAuthenticator,
        *,
        fhir_base: str,
        issuer: str,
        sign: Callable[[Mapping[str, Any]], str],
        types: Iterable[str] = (),
        queries: ScopeQueries | None = None,
    ) -> None:
        self._rules = rules
        self._families = families
        self._authenticator = authenticator
        self._fhir_base = fhir_base
        self._issuer = issuer
        self._sign = sign
        self._types = frozenset(types)
        self._queries = queries
        self._kinds: dict[str, Callable[[Mapping[str, str], Client], Answer | Refusal]] = {
            "authorization_code": self._redeem,
            "refresh_token": self._refresh,
        }
        if rules.backend_services:
            self._kinds["client_credentials"] = self._serve

    def issue_code(self, consent: Consent) -> str:
        family = self._families.start(consent.client, consent)
        return self._families.issue_code(family, timedelta(seconds=self._rules.code_lifetime))

    def grant_for(self, access_token: str) -> Grant | None:
        """What an access token allows; None where it is unknown, too old or revoked."""
        access = self._families.find_access(access_token)
        return access.grant if access else None

    def answer(self, pairs: Pairs, authorization: str = "") -> Answer | Refusal:
        """Judge a token request and return the members of its answer; `authorization` is the header's value."""
        given = read_parameters(pairs)
        if isinstance(given, Refusal):
            return given
        give = self._kinds.get(given.get("grant_type", ""))
        if give is None:
            known = "unsupported_grant_type" if given.get("grant_type") else "invalid_request"
            kinds = " or ".join(self._kinds)
            return Refusal(known, f"The grant_type “{given.get('grant_type', '')}” is not {kinds}.")
        named = given if authorization else self._name_client(given)
        if isinstance(named, Refusal):
            return named
        client = self._authenticator.authenticate(named, authorization)
        return client if isinstance(client, Refusal) else give(given, client)

    def find_refresher(self, refresh_token: str) -> Client | None:
        """The public app that a refresh token was given to; it need not name itself again (RFC 6749, 6)."""
        refresh = self._families.find_refresh(refresh_token)
        family = self._families.find(refresh.family) if refresh else None
        return family.client if family and family.client.authentication == "none" else None

    def _name_client(self, given: Mapping[str, str]) -> Mapping[str, str] | Refusal:
        token = given.get("refresh_token", "") if given["grant_type"] == "refresh_token" else ""
        if not token or any(given.get(name) for name in ("client_id", "client_secret", "client_assertion")):
            return given
        if self._families.find_refresh(token) is None:
            return _invalid(NO_REFRESH)
        client = self.find_refresher(token)
        return {**given, "client_id": client.id} if client else given

    def _redeem(self, given: Mapping[str, str], client: Client) -> Answer | Refusal:
        missing = next((name for name in ("code", "redirect_uri") if not given.get(name)), "")
        if missing:
            return Refusal("invalid_request", f"The parameter “{missing}” is missing.")
        code = self._families.find_code(given["code"])
        if code is None:
            return _invalid("The code is unknown.")
        if code.used:
            # RFC 6749, 4.1.2: somebody else may hold the code, so what it gave is taken back.
            self._families.end(code.family)
            return _invalid("The code was used before; the tokens that it gave are revoked.")
        self._families.use_code(given["code"])
        family = self._families.find(code.family)
        if family is None or family.consent is None or self._now() >= code.expires:
            return _invalid(f"The code is older than {self._rules.code_lifetime} seconds.")
        problem = _judge_redemption(given, client, family.consent, self._rules)
        if problem:
            return _invalid(problem)
        refresh = self._issue_refresh(code.family, family)
        return self._give(code.family, family.consent, family.consent.scopes, with_id=True) | refresh

    def _refresh(self, given: Mapping[str, str], client: Client) -> Answer | Refusal:
        if not given.get("refresh_token"):
            return Refusal("invalid_request", "The parameter “refresh_token” is missing.")
        refresh = self._families.find_refresh(given["refresh_token"])
        family = self._families.find(refresh.family) if refresh else None
        if refresh is None or family is None or family.consent is None:
            return _invalid(NO_REFRESH)
        if family.client.id != client.id:
            return _invalid("The refresh token was given to another app.")
        if refresh.used:
            self._families.end(refresh.family)
            return _invalid("The refresh token was used before; all tokens of this sign-in are revoked.")
        texts, granted = given.get("scope", "").split(), family.consent.scopes
        more = missing_scopes(texts, [scope.text for scope in granted])
        if more:
            return Refusal("invalid_scope", f"The scope {more[0]} was not granted before, so a refresh cannot give it.")
        # What may be refreshed was settled by the consent; a refresh for fewer scopes goes on.
        scopes = parse_scopes(" ".join(texts)) or granted
        versions = {*self._rules.scope_versions, *(scope.version for scope in granted), ""}
        other = next((scope for scope in scopes if scope.version not in versions), None)
        if other is not None:
            return Refusal(
                "invalid_scope", f"This site takes no scopes of SMART {other.version}, such as {other.text}."
            )
        answer = self._give(refresh.family, family.consent, scopes, with_id=False)
        if not self._rules.rotate_refresh:
            return answer
        self._families.use_refresh(given["refresh_token"])
        return answer | self._issue_refresh(refresh.family, family)

    def _serve(self, given: Mapping[str, str], client: Client) -> Answer | Refusal:
        """A backend service's own right (RFC 6749, 4.4); it gets no refresh token, since it can ask again."""
        if client.authentication == "none" or not client.scope:
            sentence = f"The app {client.id} is not registered as a backend service of this site."
            return Refusal("unauthorized_client", sentence)
        if not given.get("scope"):
            return Refusal("invalid_scope", "A backend service names the scopes that it needs (scope).")
        asked = parse_scopes(given["scope"])
        offer = offer_system_scopes(self._rules, client, asked, self._types, queries=self._queries)
        scopes = offer.scopes
        if not scopes:
            sentence = f"None of the scopes may be had by {client.id}, whom the site allows {client.scope}."
            return Refusal("invalid_scope", sentence)
        lifetime = self._rules.backend_token_lifetime
        expires = self._now() + timedelta(seconds=lifetime)
        grant = Grant(scopes, client_id=client.id, expires=expires, withheld=offer.withheld)
        token = self._families.issue_access(self._families.of_service(client), grant, expires, {})
        return _to_answer(token, lifetime, scopes)

    def _give(self, name: str, consent: Consent, scopes: tuple[Scope, ...], *, with_id: bool) -> Answer:
        now, lifetime = self._now(), self._rules.access_token_lifetime
        expires = now + timedelta(seconds=lifetime)
        grant = Grant(
            scopes,
            patient=consent.patient or None,
            encounter=consent.encounter or None,
            user=consent.user.id,
            client_id=consent.client.id,
            fhir_user=consent.user.resource,
            expires=expires,
            charts=consent.charts,
            withheld=consent.withheld,
        )
        context = context_answer(self._rules, consent.context, consent.user, scopes, self._issuer)
        token = self._families.issue_access(name, grant, expires, context)
        answer = _to_answer(token, lifetime, scopes) | context
        if with_id and any(scope.text == "openid" for scope in scopes):
            person = person_of(self._rules, consent, scopes, self._fhir_base)
            answer["id_token"] = self._sign(claims_of(consent, person, self._issuer, now, expires))
        return answer

    def _issue_refresh(self, name: str, family: Family) -> Answer:
        """A refresh token where the user granted one, and nothing else."""
        texts = {scope.text for scope in family.consent.scopes} if family.consent else set()
        if "offline_access" in texts:
            return {"refresh_token": self._families.issue_refresh(name, self._now() + OFFLINE_LIFETIME)}
        if "online_access" in texts:
            return {"refresh_token": self._families.issue_refresh(name, family.started + ONLINE_LIFETIME)}
        return {}

    def _now(self) -> datetime:
        return self._families.clock()


def read_parameters(pairs: Pairs) -> dict[str, str] | Refusal:
    """The parameters by name; one that stands twice is refused (RFC 6749, 3.2)."""
    given = dict(pairs)
    repeated = next((name for name in given if is_repeated(pairs, name)), "")
    return Refusal("invalid_request", f"The parameter “{repeated}” stands more than once.") if repeated else given


def _to_answer(token: str, lifetime: int, scopes: tuple[Scope, ...]) -> Answer:
    scope = to_scope_text(scopes)
    return {"access_token": token, "token_type": "Bearer", "expires_in": lifetime, "scope": scope}


def _judge_redemption(given: Mapping[str, str], client: Client, consent: Consent, rules: SmartRules) -> str:
    if consent.client.id != client.id:
        return "The code was given to another app."
    if given["redirect_uri"] != consent.redirect_uri:
        return "The redirect_uri is not the one that the code was sent to."
    if rules.pkce == "off":
        return ""
    verifier = given.get("code_verifier", "")
    if not consent.challenge:
        return "A code_verifier came for a code that was asked for without PKCE." if verifier else ""
    if not VERIFIER.fullmatch(verifier) or not hmac.compare_digest(make_challenge(verifier), consent.challenge):
        return "The code_verifier does not fit the code_challenge."
    return ""


def _invalid(sentence: str) -> Refusal:
    return Refusal("invalid_grant", sentence)
