"""Claims of a user: those that say who signed in, and those of an id token."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from workbench.authorization_server.context_answer import fhir_user_claim
from workbench.authorization_server.flow import Consent
from workbench.authorization_server.rules import SmartRules
from workbench.smart.scopes import Scope


def person_of(rules: SmartRules, consent: Consent, scopes: Sequence[Scope], fhir_base: str) -> dict[str, Any]:
    """The claims that say who signed in (OpenID Connect Core, 5.1; SMART's fhirUser)."""
    claims: dict[str, Any] = {"sub": consent.user.id}
    if "fhirUser" in rules.context:
        texts, person = {scope.text for scope in scopes}, fhir_user_claim(rules, consent.user, fhir_base)
        claims |= {name: person for name in ("fhirUser", "profile") if name in texts}
    return claims


def claims_of(
    consent: Consent, person: dict[str, Any], issuer: str, now: datetime, expires: datetime
) -> dict[str, Any]:
    """The claims of an id token (OpenID Connect Core, 2); `person` are those that say who signed in."""
    claims: dict[str, Any] = {
        "iss": issuer,
        "aud": consent.client.id,
        "iat": int(now.timestamp()),
        "exp": int(expires.timestamp()),
        **person,
    }
    if consent.signed_in is not None:
        claims["auth_time"] = int(consent.signed_in.timestamp())
    return claims | ({"nonce": consent.nonce} if consent.nonce else {})
