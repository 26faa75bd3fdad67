"""Launch of a SMART app as the app sees it: what it asks, the redirect back, and what it was granted.

SMART App Launch 2.2 over OAuth 2.0 (RFC 6749) with PKCE S256 (RFC 7636). Randomness and time come in as arguments.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import parse_qs, quote, urlencode, urlsplit

from workbench.errors import WorkbenchError
from workbench.exchange import Request
from workbench.smart.json_answer import tell_error
from workbench.smart.scope_cover import missing_scopes
from workbench.smart.scope_outcome import ScopeOutcome, compare_scopes
from workbench.smart.tokens import decode_token, make_challenge
from workbench.smart_app.client_credentials import ClientCredentials
from workbench.smart_app.discovery import AuthorizationEndpoints, DiscoveryDifference
from workbench.smart_app.launch_refusal import LaunchRefused
from workbench.smart_app.token_checks import TokenCheck


@dataclass(frozen=True, slots=True)
class LaunchRequest:
    """What the app asks. `state` and `nonce` carry at least 128 bits, `verifier` is PKCE's; `launch` is the EHR's.

    The nonce is sent where an id token is asked for (`openid`).
    """

    fhir_base: str
    credentials: ClientCredentials
    redirect_uri: str
    scope: str
    state: str = field(repr=False)
    verifier: str = field(repr=False)
    launch: str = ""
    nonce: str = field(default="", repr=False)

    @property
    def client_id(self) -> str:
        return self.credentials.client_id


@dataclass(frozen=True, slots=True)
class LaunchResult:
    """What the site granted, in launch or as a backend service.

    `claims` are those of the id token, as `checks` found them; `extras` what else the site answered. `issued` is when
    the token came and `expires_in` in seconds; `need_patient_banner` is None where the site does not say. `rotated`
    tells whether the last refresh gave a new refresh token, None before one. `remarks` are sentences on what went
    otherwise than an app may expect.
    """

    fhir_base: str
    credentials: ClientCredentials
    endpoints: AuthorizationEndpoints
    asked: tuple[str, ...]
    granted: tuple[str, ...]
    access_token: str = field(repr=False)
    patient: str = ""
    encounter: str = ""
    need_patient_banner: bool | None = None
    fhir_context: tuple[Mapping[str, Any], ...] = ()
    intent: str = ""
    tenant: str = ""
    location: str = ""
    smart_style_url: str = ""
    issued: datetime | None = None
    expires_in: int | None = None
    id_token: str = field(default="", repr=False)
    claims: Mapping[str, Any] = field(default_factory=dict, repr=False)
    nonce: str = field(default="", repr=False)
    jwks: Mapping[str, Any] | None = field(default=None, repr=False)
    checks: tuple[TokenCheck, ...] = ()
    userinfo: Mapping[str, Any] = field(default_factory=dict, repr=False)
    refresh_token: str = field(default="", repr=False)
    rotated: bool | None = None
    differences: tuple[DiscoveryDifference, ...] = ()
    remarks: tuple[str, ...] = ()
    extras: Mapping[str, Any] = field(default_factory=dict, repr=False)

    @property
    def client_id(self) -> str:
        return self.credentials.client_id

    @property
    def scope(self) -> str:
        return " ".join(self.granted)

    @property
    def expires(self) -> datetime | None:
        """When the access token ends; None where the site did not say."""
        if self.issued is None or self.expires_in is None:
            return None
        return self.issued + timedelta(seconds=self.expires_in)

    @property
    def failed_checks(self) -> tuple[TokenCheck, ...]:
        return tuple(check for check in self.checks if check.holds is False)

    @property
    def findings(self) -> tuple[str, ...]:
        """Sentences on all that is odd: scopes lost, remarks, checks that fail, discovery that differs."""
        lost = (f"{e.scope}: {e.sentence}" for e in self.scope_outcomes if e.outcome in ("narrower", "not granted"))
        failed = (f"The id token does not hold ({check.name}). {check.sentence}" for check in self.failed_checks)
        return (*lost, *self.remarks, *failed, *(each.sentence for each in self.differences))

    @property
    def fhir_user(self) -> str:
        """The reference of who signed in, such as `Practitioner/priya-raman`; empty where the site does not say.

        An id token that does not hold names nobody.
        """
        claims = {} if self.failed_checks else self.claims
        named = claims.get("fhirUser") or claims.get("profile") or self.extras.get("fhirUser")
        return str(named or self.userinfo.get("fhirUser") or "")

    @property
    def access_claims(self) -> Mapping[str, Any]:
        """The claims of an access token that is a JWT, for display: an app is not its audience. Empty where opaque."""
        return read_claims(self.access_token)

    @property
    def missing_scopes(self) -> tuple[str, ...]:
        """The scopes asked for and not granted; a context scope that was answered with its context is not missing."""
        return tuple(s for s in missing_scopes(self.asked, self.granted) if not self._answers(s))

    @property
    def scope_outcomes(self) -> tuple[ScopeOutcome, ...]:
        """What became of each scope asked for, and those granted beyond."""
        return tuple(
            replace(each, outcome="in other words", sentence="It was answered with its context.")
            if each.outcome == "not granted" and self._answers(each.scope)
            else each
            for each in compare_scopes(self.asked, self.granted)
        )

    def _answers(self, scope: str) -> bool:
        """Tell whether the context that a scope asks for is there, with the scope or without it."""
        given = {"launch/patient": self.patient, "launch/encounter": self.encounter}
        given["launch"] = self.patient or self.encounter
        return bool(given.get(scope))


def read_claims(token: str) -> Mapping[str, Any]:
    """The claims of a JWT, nothing verified; empty where it is none."""
    try:
        return decode_token(token)[1] if token else {}
    except WorkbenchError:
        return {}


def to_authorize_parameters(request: LaunchRequest) -> dict[str, str]:
    """What the app asks with, `state`, `aud` and a PKCE S256 challenge among it."""
    parameters = {
        "response_type": "code",
        "client_id": request.client_id,
        "redirect_uri": request.redirect_uri,
        "scope": request.scope,
        "state": request.state,
        "aud": request.fhir_base,
        "code_challenge": make_challenge(request.verifier),
        "code_challenge_method": "S256",
    }
    if request.launch:
        parameters["launch"] = request.launch
    if request.nonce and "openid" in request.scope.split():
        parameters["nonce"] = request.nonce
    return parameters


def to_authorize_url(request: LaunchRequest, endpoints: AuthorizationEndpoints) -> str:
    """The address that the browser is sent to."""
    joint = "&" if urlsplit(endpoints.authorize).query else "?"
    return endpoints.authorize + joint + urlencode(to_authorize_parameters(request), quote_via=quote)


def to_authorize_form(request: LaunchRequest, endpoints: AuthorizationEndpoints) -> Request:
    """The same as a form that the browser posts, for sites with the capability `authorize-post`."""
    headers = (("Content-Type", "application/x-www-form-urlencoded"), ("Accept", "text/html"))
    body = urlencode(to_authorize_parameters(request)).encode()
    return Request("POST", endpoints.authorize, headers, body)


def parse_launch(address: str, bases: str | Iterable[str]) -> tuple[str, str] | LaunchRefused:
    """Return `iss` and `launch` from the address that an EHR opened the app at; `iss` must be one of `bases`."""
    known = (bases,) if isinstance(bases, str) else tuple(bases)
    query = _query(address)
    iss, launch = query.get("iss", ""), query.get("launch", "")
    if not iss or not launch:
        missing = " and ".join(f"“{name}”" for name, value in (("iss", iss), ("launch", launch)) if not value)
        return LaunchRefused("launch", "invalid_launch", f"The EHR opened the app without {missing} in the address.")
    if any(is_same_base(iss, base) for base in known):
        return iss, launch
    if len(known) == 1:
        sentence = f"The EHR named {iss} as its FHIR base, and the launch was for {known[0]}. Choose that sandbox."
    else:
        sentence = f"The EHR named {iss} as its FHIR base, which no sandbox here has. Add it as a sandbox first."
    return LaunchRefused("launch", "other_iss", sentence)


def parse_redirect(address: str, request: LaunchRequest, endpoints: AuthorizationEndpoints) -> str | LaunchRefused:
    """Return the authorization code from the redirect back; `state` must be the one sent (RFC 6749, 10.12)."""
    repeated = next((name for name, values in _values(address).items() if len(values) > 1), "")
    if repeated in ("code", "state", "error", "iss"):
        sentence = f"The site came back with “{repeated}” more than once; the app cannot know which one is meant."
        return LaunchRefused("redirect", "repeated_parameter", sentence)
    query = _query(address)
    error, state = query.get("error", ""), query.get("state", "")
    if state != request.state and (state or not error):
        said = "with a “state” that the app did not send" if state else "without the “state” that the app sent"
        sentence = f"The site came back {said}; the app must not go on."
        return LaunchRefused("redirect", "state_mismatch", sentence)
    if problem := _judge_issuer(query, endpoints):
        return LaunchRefused("redirect", "issuer_mismatch", problem)
    if error:
        return LaunchRefused("redirect", error, tell_error("The site refused the authorization", error, query))
    return query.get("code", "") or LaunchRefused(
        "redirect", "no_code", "The site came back with neither a code nor an error."
    )


def is_same_base(left: str, right: str) -> bool:
    """Tell whether two FHIR base addresses are one, a closing slash and the case of the host aside."""
    try:
        return _normal_base(left) == _normal_base(right)
    except ValueError:
        return False


def _judge_issuer(query: Mapping[str, str], endpoints: AuthorizationEndpoints) -> str:
    """What is wrong with the issuer that the redirect names (RFC 9207, 2.4); empty where nothing is."""
    if "iss" in query and endpoints.issuer and query["iss"] != endpoints.issuer:
        return f"The redirect names the issuer {query['iss']}, and discovery named {endpoints.issuer}."
    if "iss" not in query and endpoints.names_issuer_in_redirect:
        return "The redirect names no issuer (iss), and the site's smart-configuration says that it does."
    return ""


def _normal_base(address: str) -> tuple[str, str, str]:
    parts = urlsplit(address)
    return parts.scheme.lower(), parts.netloc.lower(), parts.path.rstrip("/")


def _values(address: str) -> dict[str, list[str]]:
    return parse_qs(urlsplit(address).query)


def _query(address: str) -> dict[str, str]:
    return {name: values[0] for name, values in _values(address).items()}
