"""Requests of an app to a token endpoint, and the answers read: code, refresh and client credentials.

RFC 6749, 4.1.3, 4.4, 5 and 6; SMART App Launch 2.2 for the launch context that stands beside the tokens.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Literal

from workbench.exchange import Request, Response
from workbench.smart.json_answer import objects_of, parse_object, tell_error, text_of
from workbench.smart_app.client_credentials import ClientCredentials, Moment, post_form
from workbench.smart_app.discovery import AuthorizationEndpoints
from workbench.smart_app.launch import LaunchRequest, LaunchResult, read_claims
from workbench.smart_app.launch_refusal import LaunchRefused
from workbench.smart_app.launch_remarks import remark_tokens

TOKEN_MEMBERS = ("access_token", "token_type", "expires_in", "scope", "id_token", "refresh_token")
TEXT_CONTEXT = ("patient", "encounter", "intent", "tenant", "location", "smart_style_url")
# What an Authorization header can carry; a line end in it would become a header of its own.
SENDABLE = re.compile(r"[!-~]+")
# Some three hundred years, in seconds: beyond that a lifetime is no lifetime.
LONGEST = 10**10
CONTEXT_MEMBERS = (*TEXT_CONTEXT, "need_patient_banner", "fhirContext")


def token_request(request: LaunchRequest, endpoints: AuthorizationEndpoints, code: str, moment: Moment) -> Request:
    """Exchange `code` for tokens (RFC 6749, 4.1.3)."""
    form = {
        "grant_type": "authorization_code",
        "code": code,
        "redirect_uri": request.redirect_uri,
        "code_verifier": request.verifier,
    }
    return post_form(endpoints.token, form, request.credentials, moment)


def refresh_request(result: LaunchResult, moment: Moment, scope: str = "") -> Request:
    """Ask for a new access token (RFC 6749, 6); `scope` may ask for less."""
    form = {"grant_type": "refresh_token", "refresh_token": result.refresh_token}
    if scope:
        form["scope"] = scope
    return post_form(result.endpoints.token, form, result.credentials, moment)


def backend_request(
    credentials: ClientCredentials, endpoints: AuthorizationEndpoints, scope: str, moment: Moment
) -> Request:
    """Ask for an access token without a user (SMART App Launch 2.2, “Backend services”)."""
    form = {"grant_type": "client_credentials", "scope": scope}
    return post_form(endpoints.token, form, credentials, moment)


def blank_result(
    fhir_base: str, credentials: ClientCredentials, endpoints: AuthorizationEndpoints, scope: str
) -> LaunchResult:
    """What is known before the token endpoint answers."""
    return LaunchResult(fhir_base, credentials, endpoints, tuple(scope.split()), granted=(), access_token="")


def parse_token_response(
    response: Response, request: LaunchRequest, endpoints: AuthorizationEndpoints
) -> LaunchResult | LaunchRefused:
    """Read the answer to a token request."""
    blank = blank_result(request.fhir_base, request.credentials, endpoints, request.scope)
    return read_tokens("token", response, replace(blank, nonce=request.nonce))


def parse_refresh_response(response: Response, before: LaunchResult) -> LaunchResult | LaunchRefused:
    """Read the answer to a refresh request; what it leaves out stays as it was `before`."""
    return read_tokens("refresh", response, before)


def read_tokens(
    stage: Literal["token", "refresh"], response: Response, before: LaunchResult
) -> LaunchResult | LaunchRefused:
    """Read what a token endpoint answered; what it leaves out stays as it was `before`."""
    answer = parse_object(response, any_status=True)
    if isinstance(answer, str):
        return LaunchRefused(stage, "invalid_response", f"The token endpoint gave no tokens: {answer}.")
    if error := text_of(answer, "error"):
        return LaunchRefused(stage, error, tell_error("The token endpoint refused", error, answer))
    if response.status != 200:
        sentence = f"The token endpoint answered {response.status} without an OAuth error."
        return LaunchRefused(stage, "invalid_response", sentence)
    access_token = text_of(answer, "access_token")
    if not access_token:
        return LaunchRefused(stage, "invalid_response", "The token endpoint's answer has no “access_token”.")
    if not SENDABLE.fullmatch(access_token):
        sentence = "The access token holds letters that cannot stand in a header (RFC 6750, 2.1), so it is of no use."
        return LaunchRefused(stage, "invalid_response", sentence)
    if text_of(answer, "token_type").lower() != "bearer":
        sentence = "The token endpoint's answer must have “token_type” “Bearer”, and does not."
        return LaunchRefused(stage, "invalid_response", sentence)
    after = _result_of(answer, before, access_token)
    return replace(after, remarks=tuple(remark_tokens(response, answer, before, after)))


def _result_of(answer: Mapping[str, Any], before: LaunchResult, access_token: str) -> LaunchResult:
    id_token, refresh_token = text_of(answer, "id_token"), text_of(answer, "refresh_token") or before.refresh_token
    # RFC 6749, 5.1: a scope left out is the scope asked for; on a refresh, the scope granted before.
    granted = tuple(text_of(answer, "scope").split()) if "scope" in answer else before.granted or before.asked
    extras = {key: value for key, value in answer.items() if key not in TOKEN_MEMBERS + CONTEXT_MEMBERS}
    after = replace(
        before,
        granted=granted,
        access_token=access_token,
        issued=None,
        expires_in=_whole_number(answer.get("expires_in")),
        refresh_token=refresh_token,
        rotated=refresh_token != before.refresh_token if before.refresh_token else None,
        extras={**before.extras, **extras},
        **_context_of(answer, before),
    )
    # The checks of the token before say nothing of this one.
    return replace(after, id_token=id_token, claims=read_claims(id_token), checks=()) if id_token else after


def _context_of(answer: Mapping[str, Any], before: LaunchResult) -> dict[str, Any]:
    banner = answer.get("need_patient_banner", before.need_patient_banner)
    listed = objects_of(answer.get("fhirContext"))
    context: dict[str, Any] = {name: text_of(answer, name) or getattr(before, name) for name in TEXT_CONTEXT}
    context["need_patient_banner"] = banner if isinstance(banner, bool) else None
    context["fhir_context"] = tuple(listed) if "fhirContext" in answer else before.fhir_context
    return context


def _whole_number(value: Any) -> int | None:
    if isinstance(value, str) and value.isascii() and value.isdigit() and len(value) < 12:
        value = int(value)
    return value if isinstance(value, int) and not isinstance(value, bool) and 0 <= value < LONGEST else None
