"""Token grants of a site: codes and refresh tokens turned into access tokens, and what each access token allows.

OAuth 2.0 (RFC 6749, 4.1.3, 5 and 6) with PKCE (RFC 7636, 4.6); a code or refresh token used twice ends all it gave.
"""

from __future__ import annotations

import hmac
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from workbench.smart.authorization import Consent, Pairs, keep_newest
from workbench.smart.refusal import Refusal
from workbench.smart.rules import Client, SmartRules
from workbench.smart.scopes import Grant, Scope, missing_scopes, names_patient, parse_scopes, to_scope_text
from workbench.smart.tokens import make_challenge

VERIFIER = re.compile(r"[A-Za-z0-9._~-]{43,128}")
REFRESH_LIFETIMES = {"offline_access": timedelta(days=90), "online_access": timedelta(hours=12)}


@dataclass(frozen=True, slots=True)
class _Code:
    family: str
    expires: datetime
    used: bool = False


@dataclass(frozen=True, slots=True)
class _Refresh:
    family: str
    expires: datetime
    used: bool = False


@dataclass(frozen=True, slots=True)
class _Access:
    family: str
    grant: Grant
    expires: datetime


class TokenGrants:
    """The tokens of one authorization server. A family is all that came of one consent, and ends as one."""

    def __init__(
        self,
        rules: SmartRules,
        *,
        fhir_base: str,
        issuer: str,
        clock: Callable[[], datetime],
        make_token: Callable[[], str],
        sign: Callable[[Mapping[str, Any]], str],
        find_client: Callable[[str], Client | None],
    ) -> None:
        self._rules = rules
        self._fhir_base = fhir_base
        self._issuer = issuer
        self._clock = clock
        self._make_token = make_token
        self._sign = sign
        self._find_client = find_client
        self._families: dict[str, Consent] = {}
        self._codes: dict[str, _Code] = {}
        self._refreshes: dict[str, _Refresh] = {}
        self._accesses: dict[str, _Access] = {}

    def issue_code(self, consent: Consent) -> str:
        code, family = self._make_token(), self._make_token()
        keep_newest(self._families, family, consent)
        lifetime = timedelta(seconds=self._rules.code_lifetime)
        keep_newest(self._codes, code, _Code(family, self._clock() + lifetime))
        return code

    def grant_for(self, access_token: str) -> Grant | None:
        """What an access token allows; None where it is unknown, too old or revoked."""
        access = self._accesses.get(access_token)
        if access is None or access.family not in self._families or self._clock() >= access.expires:
            return None
        return access.grant

    def answer(self, pairs: Pairs, authorization: str = "") -> dict[str, Any] | Refusal:
        """Judge a token request and return the members of its answer; `authorization` is the header's value."""
        given = dict(pairs)
        repeated = next((name for name in given if sum(key == name for key, _ in pairs) > 1), "")
        if repeated:
            return Refusal("invalid_request", f"The parameter “{repeated}” stands more than once.")
        if authorization or given.get("client_secret") or given.get("client_assertion"):
            sentence = "This site takes public apps alone: name the app by client_id, without a secret."
            return Refusal("invalid_client", sentence, status=401)
        grant_type = given.get("grant_type", "")
        if grant_type not in ("authorization_code", "refresh_token"):
            known = "unsupported_grant_type" if grant_type else "invalid_request"
            return Refusal(known, f"The grant_type “{grant_type}” is not authorization_code or refresh_token.")
        client = self._find_client(given.get("client_id", ""))
        if client is None:
            return Refusal("invalid_client", "The app (client_id) is not known at this site.", status=401)
        return self._redeem(given, client) if grant_type == "authorization_code" else self._refresh(given, client)

    def _redeem(self, given: dict[str, str], client: Client) -> dict[str, Any] | Refusal:
        missing = next((name for name in ("code", "redirect_uri") if not given.get(name)), "")
        if missing:
            return Refusal("invalid_request", f"The parameter “{missing}” is missing.")
        code = self._codes.get(given["code"])
        if code is None:
            return _invalid("The code is unknown.")
        consent = self._families.get(code.family)
        if code.used:
            # RFC 6749, 4.1.2: somebody else may hold the code, so what it gave is taken back.
            self._families.pop(code.family, None)
            return _invalid("The code was used before; the tokens that it gave are revoked.")
        self._codes[given["code"]] = replace(code, used=True)
        if consent is None or self._clock() >= code.expires:
            return _invalid(f"The code is older than {self._rules.code_lifetime} seconds.")
        problem = _judge_redemption(given, client, consent)
        return _invalid(problem) if problem else self._give(code.family, consent, consent.scopes, with_id=True)

    def _refresh(self, given: dict[str, str], client: Client) -> dict[str, Any] | Refusal:
        if not given.get("refresh_token"):
            return Refusal("invalid_request", "The parameter “refresh_token” is missing.")
        refresh = self._refreshes.get(given["refresh_token"])
        consent = self._families.get(refresh.family) if refresh else None
        if refresh is None or consent is None or self._clock() >= refresh.expires:
            return _invalid("The refresh token is unknown, too old or revoked.")
        if consent.client.id != client.id:
            return _invalid("The refresh token was given to another app.")
        if refresh.used:
            self._families.pop(refresh.family, None)
            return _invalid("The refresh token was used before; all tokens of this sign-in are revoked.")
        texts = given.get("scope", "").split()
        more = missing_scopes(texts, [scope.text for scope in consent.scopes])
        if more:
            return Refusal("invalid_scope", f"The scope {more[0]} was not granted before, so a refresh cannot give it.")
        self._refreshes[given["refresh_token"]] = replace(refresh, used=True)
        scopes = parse_scopes(" ".join(texts)) or consent.scopes
        return self._give(refresh.family, consent, scopes, with_id=False)

    def _give(self, family: str, consent: Consent, scopes: tuple[Scope, ...], *, with_id: bool) -> dict[str, Any]:
        access_token, now = self._make_token(), self._clock()
        expires = now + timedelta(seconds=self._rules.access_token_lifetime)
        texts = frozenset(scope.text for scope in scopes)
        grant = Grant(
            scopes,
            patient=consent.patient or None,
            encounter=consent.encounter or None,
            user=consent.user.id,
            client_id=consent.client.id,
            fhir_user=consent.user.resource,
            expires=expires,
        )
        keep_newest(self._accesses, access_token, _Access(family, grant, expires))
        answer: dict[str, Any] = {
            "access_token": access_token,
            "token_type": "Bearer",
            "expires_in": self._rules.access_token_lifetime,
            "scope": to_scope_text(scopes),
        }
        answer |= self._context_of(consent, scopes)
        if with_id and "openid" in texts:
            answer["id_token"] = self._sign(self._claims_of(consent, texts, now, expires))
        # What may be refreshed was settled by the consent; a refresh for fewer scopes goes on.
        for name in REFRESH_LIFETIMES.keys() & {scope.text for scope in consent.scopes}:
            answer["refresh_token"] = self._make_token()
            keep_newest(self._refreshes, answer["refresh_token"], _Refresh(family, now + REFRESH_LIFETIMES[name]))
            break
        return answer

    def _context_of(self, consent: Consent, scopes: Sequence[Scope]) -> dict[str, Any]:
        """The launch context that the site's rules and the granted scopes give (SMART App Launch 2.2, 2.0.9)."""
        texts, gives = {scope.text for scope in scopes}, self._rules.context
        context: dict[str, Any] = {}
        if consent.patient and "patient" in gives and ("launch" in texts or names_patient(scopes)):
            context["patient"] = consent.patient
            if "need_patient_banner" in gives:
                context["need_patient_banner"] = True
        if consent.encounter and "encounter" in gives and texts & {"launch", "launch/encounter"}:
            context["encounter"] = consent.encounter
        if "fhirUser" in gives and texts & {"fhirUser", "profile"}:
            context["fhirUser"] = consent.user.resource
        if "smart_style_url" in gives:
            context["smart_style_url"] = f"{self._issuer}/smart-style.json"
        return context

    def _claims_of(self, consent: Consent, texts: frozenset[str], now: datetime, expires: datetime) -> dict[str, Any]:
        claims: dict[str, Any] = {
            "iss": self._issuer,
            "sub": consent.user.id,
            "aud": consent.client.id,
            "iat": int(now.timestamp()),
            "exp": int(expires.timestamp()),
        }
        if consent.nonce:
            claims["nonce"] = consent.nonce
        if "fhirUser" in self._rules.context:
            person = f"{self._fhir_base}/{consent.user.resource}"
            claims |= {name: person for name in ("fhirUser", "profile") if name in texts}
        return claims


def _judge_redemption(given: Mapping[str, str], client: Client, consent: Consent) -> str:
    if consent.client.id != client.id:
        return "The code was given to another app."
    if given["redirect_uri"] != consent.redirect_uri:
        return "The redirect_uri is not the one that the code was sent to."
    verifier = given.get("code_verifier", "")
    if not consent.challenge:
        return "A code_verifier came for a code that was asked for without PKCE." if verifier else ""
    if not VERIFIER.fullmatch(verifier) or not hmac.compare_digest(make_challenge(verifier), consent.challenge):
        return "The code_verifier does not fit the code_challenge."
    return ""


def _invalid(sentence: str) -> Refusal:
    return Refusal("invalid_grant", sentence)
