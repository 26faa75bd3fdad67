"""Remarks on a launch that went on: what discovery and the token answer say otherwise than an app may expect."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import urlsplit

from workbench.exchange import Response
from workbench.smart.scope_outcome import compare_scopes
from workbench.smart.scopes import parse_scopes
from workbench.smart_app.client_credentials import ClientCredentials
from workbench.smart_app.discovery import AuthorizationEndpoints, is_older_address
from workbench.smart_app.launch import LaunchResult

KIND_CAPABILITIES = {"ehr": "launch-ehr", "standalone": "launch-standalone"}


def remark_discovery(
    endpoints: AuthorizationEndpoints, kind: str, credentials: ClientCredentials, scope: str, *, post: bool = False
) -> tuple[str, ...]:
    """Sentences on what discovery says that may not fit a launch of this kind: `ehr`, `standalone` or `backend`.

    With `post` the authorization request goes as a form.
    """
    return (
        *endpoints.remarks,
        *_remark_addresses(endpoints, kind),
        *_remark_client(endpoints, kind, credentials),
        *_remark_methods(endpoints, kind),
        *_remark_capabilities(endpoints, kind, scope, post),
    )


def remark_tokens(
    response: Response, answer: Mapping[str, Any], before: LaunchResult, after: LaunchResult
) -> Iterator[str]:
    """Sentences on what a token endpoint answered; `before` is what was known until then."""
    if "json" not in response.header("content-type").lower():
        yield "The token endpoint's answer does not say that it is JSON (Content-Type); some apps refuse it."
    yield from _remark_lifetime(answer)
    if not isinstance(answer.get("scope"), str):
        yield "The token endpoint does not say which scopes it granted (scope): an app takes it for all that it asked."
    known, said = (before.granted, "before") if before.access_token else (before.asked, "was asked")
    wider = [each.scope for each in compare_scopes(known, after.granted) if each.outcome == "not asked"]
    if wider:
        yield f"The site granted more than {said}: {' '.join(wider)}."
    if not before.access_token and "openid" in after.granted and not after.id_token:
        yield "The site granted openid and gave no id token: the app does not know who signed in."
    yield from _remark_context(answer)
    kept = next((scope for scope in ("offline_access", "online_access") if scope in after.granted), "")
    if kept and not after.refresh_token:
        yield f"The site granted {kept} and gave no refresh token: the app must launch anew when its token ends."
    yield from _remark_patient(after)
    if after.rotated is False and after.credentials.authentication == "none":
        # RFC 9700, 4.14.2
        yield "The refresh token of this public app stays the same: whoever finds it can use it as long as it holds."


def _remark_context(answer: Mapping[str, Any]) -> Iterator[str]:
    for name in ("patient", "encounter", "intent", "tenant", "location", "smart_style_url"):
        if name in answer and not isinstance(answer[name], str):
            yield f"The launch context “{name}” is not a text, so it is left out."
    if "need_patient_banner" in answer and not isinstance(answer["need_patient_banner"], bool):
        yield "The launch context “need_patient_banner” is neither true nor false, so it is left out."
    if "fhirContext" in answer and not isinstance(answer["fhirContext"], list):
        yield "The launch context “fhirContext” is not a list, so it is left out."


def _remark_addresses(endpoints: AuthorizationEndpoints, kind: str) -> Iterator[str]:
    named = (("authorization", endpoints.authorize), ("token", endpoints.token))
    for name, address in named[1:] if kind == "backend" else named:
        parts = urlsplit(address)
        if parts.scheme == "http" and parts.hostname not in ("127.0.0.1", "::1", "localhost"):
            yield f"The {name} endpoint {address} is not https: codes and tokens would cross the network in clear text."
        if is_older_address(address) and "permission-v2" in endpoints.capabilities:
            yield (
                f"The {name} endpoint {address} seems to be that of SMART 1, and the site says that it takes scopes of "
                "SMART 2 (permission-v2)."
            )


def _remark_client(endpoints: AuthorizationEndpoints, kind: str, credentials: ClientCredentials) -> Iterator[str]:
    known, authentication = endpoints.authentications, credentials.authentication
    taken = authentication in known or (authentication == "none" and "client-public" in endpoints.capabilities)
    if known and not taken:
        way = "apps without secret and key (client-public)" if authentication == "none" else authentication
        yield f"The site does not name {way} among the ways that apps authenticate: {', '.join(known)}."
    key, algorithms = credentials.key, endpoints.signing_algorithms
    if authentication == "private_key_jwt" and key and algorithms and key.algorithm not in algorithms:
        yield f"The site does not name {key.algorithm} among the algorithms of assertions: {', '.join(algorithms)}."
    if kind == "backend" and endpoints.grant_types and "client_credentials" not in endpoints.grant_types:
        yield "The site does not name client_credentials among its grant types: it may take no backend services."


def _remark_methods(endpoints: AuthorizationEndpoints, kind: str) -> Iterator[str]:
    methods = endpoints.challenge_methods
    if kind == "backend" or endpoints.source != "smart-configuration":
        return
    if "S256" not in methods:
        yield "The smart-configuration does not name S256 among its PKCE methods: apps that look for it stop here."
    if "plain" in methods:
        yield "The smart-configuration names the PKCE method “plain”, which SMART forbids: it protects nothing."


def _remark_capabilities(endpoints: AuthorizationEndpoints, kind: str, scope: str, post: bool) -> Iterator[str]:
    if not endpoints.capabilities:
        return
    wanted = KIND_CAPABILITIES.get(kind, "")
    if wanted and wanted not in endpoints.capabilities:
        yield f"The site does not name the capability {wanted}, which this launch needs."
    if post and "authorize-post" not in endpoints.capabilities:
        yield "The site does not name the capability authorize-post, and the authorization request goes as a form."
    asked = {each.version for each in parse_scopes(scope) if each.version}
    for version in sorted(asked):
        other = "permission-v1" if version == "v2" else "permission-v2"
        if f"permission-{version}" not in endpoints.capabilities and other in endpoints.capabilities:
            yield f"The app asks for scopes as SMART {version[1]} writes them, and the site names {other} alone."


def _remark_lifetime(answer: Mapping[str, Any]) -> Iterator[str]:
    value = answer.get("expires_in")
    if value is None:
        yield "The token endpoint does not say how long the access token holds (expires_in)."
    elif isinstance(value, str) and value.isascii() and value.isdigit():
        yield f"The lifetime of the access token (expires_in) is the text “{value}”, and should be a number."
    elif not isinstance(value, int) or isinstance(value, bool) or not 0 < value < 10**10:
        yield f"The lifetime of the access token (expires_in) is {str(value)[:40]}, which is no number of seconds."
    elif value > 86400:
        yield f"The access token holds for {value / 86400:.0f} days: whoever finds it can use it as long."


def _remark_patient(after: LaunchResult) -> Iterator[str]:
    if after.patient:
        return
    asked = next((each.text for each in parse_scopes(after.scope) if each.context == "patient"), "")
    named = next((scope for scope in ("launch/patient", asked) if scope and scope in after.granted), "")
    if named:
        yield f"The site granted {named} and named no patient: the app does not know whose chart it may read."
