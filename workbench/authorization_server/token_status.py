"""Token status: what a token is worth told to who may ask, a token taken back, and who stands behind one.

RFC 7662 with SMART App Launch 2.2 (“Token introspection”), RFC 7009, OpenID Connect Core (5.3).
"""

from __future__ import annotations

from typing import Any

from workbench.authorization_server.authorization_request import Pairs
from workbench.authorization_server.client_authentication import ClientAuthenticator, refuse_client
from workbench.authorization_server.refusal import Refusal
from workbench.authorization_server.rules import SmartRules
from workbench.authorization_server.token_families import Family, IssuedAccess, IssuedRefresh, TokenFamilies
from workbench.authorization_server.token_grants import read_parameters
from workbench.authorization_server.user_claims import person_of
from workbench.smart.scopes import to_scope_text

INACTIVE = {"active": False}


class TokenStatus:
    """What one authorization server tells of the tokens that it gave."""

    def __init__(
        self,
        rules: SmartRules,
        families: TokenFamilies,
        authenticator: ClientAuthenticator,
        *,
        fhir_base: str,
        issuer: str,
    ) -> None:
        self._rules = rules
        self._families = families
        self._authenticator = authenticator
        self._fhir_base = fhir_base
        self._issuer = issuer

    def introspect(self, pairs: Pairs, authorization: str = "") -> dict[str, Any] | Refusal:
        """The members of an introspection answer (RFC 7662, 2.2); a token that does not hold is told as that alone."""
        given = read_parameters(pairs)
        if isinstance(given, Refusal):
            return given
        refusal = self._refuse_caller(given, authorization)
        if refusal is not None:
            return refusal
        if not given.get("token"):
            return Refusal("invalid_request", "The parameter “token” is missing.")
        if not self._may_learn(given["token"], authorization):
            return INACTIVE
        access = self._families.find_access(given["token"])
        if access is not None:
            return self._tell_access(access)
        refresh = self._families.find_refresh(given["token"])
        return INACTIVE if refresh is None or refresh.used else self._tell_refresh(refresh)

    def revoke(self, pairs: Pairs, authorization: str = "") -> Refusal | None:
        """Take a token back for its own client; nothing happens where it is known no more (RFC 7009, 2.2)."""
        given = read_parameters(pairs)
        if isinstance(given, Refusal):
            return given
        client = self._authenticator.authenticate(given, authorization)
        if isinstance(client, Refusal):
            return client
        if not given.get("token"):
            return Refusal("invalid_request", "The parameter “token” is missing.")
        issued = self._families.find_refresh(given["token"]) or self._families.find_access(given["token"])
        family = self._families.find(issued.family) if issued else None
        if issued is None or family is None:
            return None
        if family.client.id != client.id:
            return Refusal("invalid_grant", "The token was given to another app.")
        if isinstance(issued, IssuedRefresh):
            self._families.end(issued.family)
        else:
            self._families.end_access(given["token"])
        return None

    def tell_user(self, authorization: str) -> dict[str, Any] | Refusal:
        """The claims of who signed in, for an access token with the scope openid."""
        access = self._find_bearer(authorization)
        if access is None:
            return _refuse_bearer(authorization)
        family = self._families.find(access.family)
        consent = family.consent if family else None
        if consent is None or all(scope.text != "openid" for scope in access.grant.scopes):
            challenge = 'Bearer realm="token", error="insufficient_scope", scope="openid"'
            sentence = "The access token was given without the scope openid."
            return Refusal("insufficient_scope", sentence, status=403, challenge=challenge)
        person = person_of(self._rules, consent, access.grant.scopes, self._fhir_base)
        return person | ({"name": consent.user.name} if "profile" in person else {})

    def _refuse_caller(self, given: dict[str, str], authorization: str) -> Refusal | None:
        """A client with credentials or an access token opens the introspection, as the site has it."""
        if authorization.partition(" ")[0].lower() == "bearer":
            if "token" not in self._rules.introspection:
                return refuse_client("This site asks for the credentials of a client here, not for an access token.")
            return None if self._find_bearer(authorization) else _refuse_bearer(authorization)
        client = self._authenticator.authenticate(given, authorization)
        if isinstance(client, Refusal):
            return client
        if client.authentication == "none" or "client" not in self._rules.introspection:
            asked = " or ".join(INTROSPECTION_WORDS[caller] for caller in self._rules.introspection)
            return refuse_client(f"The app {client.id} may not ask what tokens are worth; this site asks for {asked}.")
        return None

    def _may_learn(self, token: str, authorization: str) -> bool:
        """Anyone can have a public app, so the token of one opens what is told of that app's own tokens alone."""
        bearer = self._find_bearer(authorization)
        caller = self._families.find(bearer.family) if bearer else None
        if caller is None or caller.client.authentication != "none":
            return True
        issued = self._families.find_access(token) or self._families.find_refresh(token)
        family = self._families.find(issued.family) if issued else None
        return family is not None and family.client.id == caller.client.id

    def _find_bearer(self, authorization: str) -> IssuedAccess | None:
        kind, _, token = authorization.partition(" ")
        return self._families.find_access(token.strip()) if kind.lower() == "bearer" else None

    def _tell_access(self, access: IssuedAccess) -> dict[str, Any]:
        family = self._families.find(access.family)
        told = {
            "active": True,
            "scope": to_scope_text(access.grant.scopes),
            "client_id": access.grant.client_id,
            "token_type": "Bearer",
            "iat": int(access.issued.timestamp()),
            "exp": int(access.expires.timestamp()),
            "iss": self._issuer,
            "aud": self._fhir_base,
            "sub": access.grant.user or access.grant.client_id,
        }
        context = {name: value for name, value in access.context.items() if name != "fhirUser"}
        return told | context | self._tell_person(family, access)

    def _tell_person(self, family: Family | None, access: IssuedAccess) -> dict[str, Any]:
        """As the id token told it, which stands beside the access token (SMART App Launch 2.2)."""
        if family is None or family.consent is None:
            return {}
        person = person_of(self._rules, family.consent, access.grant.scopes, self._fhir_base)
        return {name: value for name, value in person.items() if name != "profile"}

    def _tell_refresh(self, refresh: IssuedRefresh) -> dict[str, Any]:
        family = self._families.find(refresh.family)
        if family is None or family.consent is None:
            return INACTIVE
        return {
            "active": True,
            "scope": to_scope_text(family.consent.scopes),
            "client_id": family.client.id,
            "iat": int(refresh.issued.timestamp()),
            "exp": int(refresh.expires.timestamp()),
            "iss": self._issuer,
            "sub": family.consent.user.id,
        }


INTROSPECTION_WORDS = {"client": "a client with credentials of its own", "token": "an access token"}


def _refuse_bearer(authorization: str) -> Refusal:
    """RFC 6750, 3.1: a request without a token is told the scheme alone."""
    if not authorization:
        challenge = 'Bearer realm="token"'
        return Refusal("invalid_token", "An access token is needed (Authorization: Bearer).", "", "", 401, challenge)
    sentence = "The access token is unknown, too old or revoked."
    challenge = f'Bearer realm="token", error="invalid_token", error_description="{sentence}"'
    return Refusal("invalid_token", sentence, status=401, challenge=challenge)
