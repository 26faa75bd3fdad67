"""Launch of a SMART app as the app sees it: discovery, the authorization request, the redirect back and the tokens.

SMART App Launch 2.2 over OAuth 2.0 (RFC 6749) with PKCE S256 (RFC 7636). Randomness comes in as arguments.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal
from urllib.parse import parse_qs, quote, urlencode, urlsplit

from workbench.errors import WorkbenchError
from workbench.exchange import Request, Response
from workbench.smart.launch_trace import describe_exchange as describe_exchange
from workbench.smart.scopes import missing_scopes
from workbench.smart.tokens import decode_token, make_challenge

Stage = Literal["launch", "discovery", "sign-in", "redirect", "token", "refresh"]

TOKEN_MEMBERS = ("access_token", "token_type", "expires_in", "scope", "id_token", "refresh_token")
CONTEXT_MEMBERS = ("patient", "encounter", "need_patient_banner")


@dataclass(frozen=True, slots=True)
class LaunchRefused:
    """Why a launch ended without a token, as the tested system's doing.

    `error` is an OAuth error code where the site gave one, else a word of ours; `sentence` says what to do next.
    """

    stage: Stage
    error: str
    sentence: str


@dataclass(frozen=True, slots=True)
class AuthorizationEndpoints:
    """Where a site signs apps in, and which document said so."""

    authorize: str
    token: str
    issuer: str = ""
    capabilities: tuple[str, ...] = ()
    scopes: tuple[str, ...] = ()
    challenge_methods: tuple[str, ...] = ()
    source: Literal["smart-configuration", "capability statement"] = "smart-configuration"


@dataclass(frozen=True, slots=True)
class LaunchRequest:
    """What the app asks. `state` carries at least 128 bits, `verifier` is PKCE's; `launch` comes from the EHR."""

    fhir_base: str
    client_id: str
    redirect_uri: str
    scope: str
    state: str = field(repr=False)
    verifier: str = field(repr=False)
    launch: str = ""
    client_secret: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class LaunchResult:
    """What the site granted. `claims` are those of the id token, not verified; `extras` what else it answered.

    `expires_in` is in seconds; `need_patient_banner` is None where the site does not say.
    """

    fhir_base: str
    client_id: str
    token_endpoint: str
    asked: tuple[str, ...]
    granted: tuple[str, ...]
    access_token: str = field(repr=False)
    patient: str = ""
    encounter: str = ""
    need_patient_banner: bool | None = None
    expires_in: int | None = None
    id_token: str = field(default="", repr=False)
    claims: Mapping[str, Any] = field(default_factory=dict)
    refresh_token: str = field(default="", repr=False)
    client_secret: str = field(default="", repr=False)
    extras: Mapping[str, Any] = field(default_factory=dict, repr=False)

    @property
    def scope(self) -> str:
        return " ".join(self.granted)

    @property
    def fhir_user(self) -> str:
        """The reference of who signed in, such as `Practitioner/priya-raman`; empty where the site does not say."""
        claim = self.claims.get("fhirUser") or self.claims.get("profile") or self.extras.get("fhirUser") or ""
        return str(claim)

    @property
    def missing_scopes(self) -> tuple[str, ...]:
        """The scopes asked for and not granted; a context scope that was answered with its context is not missing."""
        given = {"launch/patient": self.patient, "launch/encounter": self.encounter}
        given["launch"] = self.patient or self.encounter
        return tuple(s for s in missing_scopes(self.asked, self.granted) if not given.get(s))


def to_authorize_url(request: LaunchRequest, endpoints: AuthorizationEndpoints) -> str:
    """The address that the browser is sent to, with `state`, `aud` and a PKCE S256 challenge."""
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
    joint = "&" if urlsplit(endpoints.authorize).query else "?"
    return endpoints.authorize + joint + urlencode(parameters, quote_via=quote)


def parse_launch(address: str, fhir_base: str) -> tuple[str, str] | LaunchRefused:
    """Return `iss` and `launch` from the address that an EHR opened the app at; `iss` must be `fhir_base`."""
    query = _query(address)
    iss, launch = query.get("iss", ""), query.get("launch", "")
    if not iss or not launch:
        missing = " and ".join(f"“{name}”" for name, value in (("iss", iss), ("launch", launch)) if not value)
        return LaunchRefused("launch", "invalid_launch", f"The EHR opened the app without {missing} in the address.")
    if not is_same_base(iss, fhir_base):
        sentence = f"The EHR named {iss} as its FHIR base, and the launch was for {fhir_base}. Choose that sandbox."
        return LaunchRefused("launch", "other_iss", sentence)
    return iss, launch


def parse_redirect(address: str, request: LaunchRequest, endpoints: AuthorizationEndpoints) -> str | LaunchRefused:
    """Return the authorization code from the redirect back; `state` must be the one sent (RFC 6749, 10.12)."""
    query = _query(address)
    error, state = query.get("error", ""), query.get("state", "")
    if state != request.state and (state or not error):
        said = "with a “state” that the app did not send" if state else "without the “state” that the app sent"
        sentence = f"The site came back {said}; the app must not go on."
        return LaunchRefused("redirect", "state_mismatch", sentence)
    if error:
        return LaunchRefused("redirect", error, _tell_error("The site refused the authorization", error, query))
    if query.get("iss", endpoints.issuer) != endpoints.issuer and endpoints.issuer:
        sentence = f"The redirect names the issuer {query['iss']}, and discovery named {endpoints.issuer}."
        return LaunchRefused("redirect", "issuer_mismatch", sentence)
    return query.get("code", "") or LaunchRefused(
        "redirect", "no_code", "The site came back with neither a code nor an error."
    )


def token_request(request: LaunchRequest, endpoints: AuthorizationEndpoints, code: str) -> Request:
    """Exchange `code` for tokens (RFC 6749, 4.1.3).

    A client secret goes by HTTP Basic; without one the client id stands in the form.
    """
    form = {
        "grant_type": "authorization_code",
        "code": code,
        "redirect_uri": request.redirect_uri,
        "code_verifier": request.verifier,
    }
    return _post_form(endpoints.token, form, request.client_id, request.client_secret)


def refresh_request(result: LaunchResult, scope: str = "") -> Request:
    """Ask for a new access token (RFC 6749, 6); `scope` may ask for less."""
    form = {"grant_type": "refresh_token", "refresh_token": result.refresh_token}
    if scope:
        form["scope"] = scope
    return _post_form(result.token_endpoint, form, result.client_id, result.client_secret)


def parse_token_response(
    response: Response, request: LaunchRequest, endpoints: AuthorizationEndpoints
) -> LaunchResult | LaunchRefused:
    """Read the answer to a token request."""
    blank = LaunchResult(
        request.fhir_base,
        request.client_id,
        endpoints.token,
        asked=tuple(request.scope.split()),
        granted=(),
        access_token="",
        client_secret=request.client_secret,
    )
    return _read_tokens("token", response, blank)


def parse_refresh_response(response: Response, before: LaunchResult) -> LaunchResult | LaunchRefused:
    """Read the answer to a refresh request; what it leaves out stays as it was `before`."""
    return _read_tokens("refresh", response, before)


def is_same_base(left: str, right: str) -> bool:
    """Tell whether two FHIR base addresses are one, a closing slash and the case of the host aside."""
    return _normal_base(left) == _normal_base(right)


def _normal_base(address: str) -> tuple[str, str, str]:
    parts = urlsplit(address)
    return parts.scheme.lower(), parts.netloc.lower(), parts.path.rstrip("/")


def _read_tokens(
    stage: Literal["token", "refresh"], response: Response, before: LaunchResult
) -> LaunchResult | LaunchRefused:
    answer = parse_object(response, any_status=True)
    if isinstance(answer, str):
        return LaunchRefused(stage, "invalid_response", f"The token endpoint gave no tokens: {answer}.")
    if error := text_of(answer, "error"):
        return LaunchRefused(stage, error, _tell_error("The token endpoint refused", error, answer))
    if response.status != 200:
        sentence = f"The token endpoint answered {response.status} without an OAuth error."
        return LaunchRefused(stage, "invalid_response", sentence)
    access_token = text_of(answer, "access_token")
    if not access_token:
        return LaunchRefused(stage, "invalid_response", "The token endpoint's answer has no “access_token”.")
    if text_of(answer, "token_type").lower() != "bearer":
        sentence = "The token endpoint's answer must have “token_type” “Bearer”, and does not."
        return LaunchRefused(stage, "invalid_response", sentence)
    return _result_of(answer, before, access_token)


def _result_of(answer: Mapping[str, Any], before: LaunchResult, access_token: str) -> LaunchResult:
    banner = answer.get("need_patient_banner", before.need_patient_banner)
    id_token = text_of(answer, "id_token") or before.id_token
    # RFC 6749, 5.1: a scope left out is the scope asked for; on a refresh, the scope granted before.
    granted = tuple(text_of(answer, "scope").split()) if "scope" in answer else before.granted or before.asked
    return LaunchResult(
        before.fhir_base,
        before.client_id,
        before.token_endpoint,
        asked=before.asked,
        granted=granted,
        access_token=access_token,
        patient=text_of(answer, "patient") or before.patient,
        encounter=text_of(answer, "encounter") or before.encounter,
        need_patient_banner=banner if isinstance(banner, bool) else None,
        expires_in=_whole_number(answer.get("expires_in")),
        id_token=id_token,
        claims=_claims_of(id_token),
        refresh_token=text_of(answer, "refresh_token") or before.refresh_token,
        client_secret=before.client_secret,
        extras={
            **before.extras,
            **{key: value for key, value in answer.items() if key not in TOKEN_MEMBERS + CONTEXT_MEMBERS},
        },
    )


def _claims_of(id_token: str) -> Mapping[str, Any]:
    try:
        return decode_token(id_token)[1] if id_token else {}
    except WorkbenchError:
        return {}


def _whole_number(value: Any) -> int | None:
    if isinstance(value, str) and value.isascii() and value.isdigit() and len(value) < 12:
        return int(value)
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def _post_form(address: str, form: dict[str, str], client_id: str, client_secret: str) -> Request:
    headers = [("Content-Type", "application/x-www-form-urlencoded"), ("Accept", "application/json")]
    if client_secret:
        pair = f"{quote(client_id, safe='')}:{quote(client_secret, safe='')}".encode()
        headers.append(("Authorization", "Basic " + base64.b64encode(pair).decode()))
    else:
        form = {**form, "client_id": client_id}
    return Request("POST", address, tuple(headers), urlencode(form).encode())


def parse_object(response: Response, *, any_status: bool = False) -> dict[str, Any] | str:
    """The JSON object that a site answered, or half a sentence saying why there is none."""
    if not any_status and response.status != 200:
        return f"it answered {response.status}"
    try:
        value = json.loads(response.body)
    except (ValueError, RecursionError):
        return f"it answered {response.status} with a body that is not JSON"
    return value if isinstance(value, dict) else f"it answered {response.status} with JSON that is not an object"


def text_of(document: Mapping[str, Any], name: str) -> str:
    value = document.get(name)
    return value if isinstance(value, str) else ""


def _query(address: str) -> dict[str, str]:
    return {name: values[0] for name, values in parse_qs(urlsplit(address).query).items()}


def _tell_error(what: str, error: str, document: Mapping[str, Any]) -> str:
    description = text_of(document, "error_description")
    return f"{what}: {error}" + (f" (“{description.rstrip('.')}”)." if description else ".")
