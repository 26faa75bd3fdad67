"""Configuration that a site publishes for apps: smart-configuration, and the OpenID document beside it.

SMART App Launch 2.2, “Conformance”.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from workbench.authorization_server.rules import SmartRules

CLIENT_CAPABILITIES = (
    ("client-public", {"none"}),
    ("client-confidential-symmetric", {"client_secret_basic", "client_secret_post"}),
    ("client-confidential-asymmetric", {"private_key_jwt"}),
)


def smart_configuration(rules: SmartRules, issuer: str, types: Iterable[str] = ()) -> dict[str, Any]:
    """What stands at `.well-known/smart-configuration` of a FHIR base; `types` are those that the site serves."""
    return {
        **_endpoints(rules, issuer),
        **_client_authentication(rules),
        "grant_types_supported": list(_grant_types(rules)),
        "scopes_supported": list(_scopes(rules, types)),
        "response_types_supported": ["code"],
        # A site that does not look at challenges names no method: SMART lets none be named but S256.
        **({} if rules.pkce == "off" else {"code_challenge_methods_supported": ["S256"]}),
        **({"authorization_response_iss_parameter_supported": True} if rules.issuer_in_redirect else {}),
        "capabilities": list(_capabilities(rules)),
    }


def openid_configuration(rules: SmartRules, issuer: str) -> dict[str, Any]:
    """What stands at `<issuer>/.well-known/openid-configuration` (OpenID Connect Discovery 1.0, 3)."""
    return {
        **_endpoints(rules, issuer),
        **_client_authentication(rules),
        "grant_types_supported": list(_grant_types(rules)),
        "response_types_supported": ["code"],
        "subject_types_supported": ["public"],
        "id_token_signing_alg_values_supported": ["RS256"],
        "claims_supported": ["iss", "sub", "aud", "exp", "iat", "auth_time", "nonce", "fhirUser"],
        "scopes_supported": ["openid", "fhirUser", "profile", *rules.refresh],
        # Left out, it would mean that they are read.
        "request_uri_parameter_supported": False,
    }


def _endpoints(rules: SmartRules, issuer: str) -> dict[str, str]:
    return {
        "issuer": issuer,
        "jwks_uri": f"{issuer}/jwks",
        "authorization_endpoint": f"{issuer}/authorize",
        "token_endpoint": f"{issuer}/token",
        **({"introspection_endpoint": f"{issuer}/introspect"} if rules.introspection else {}),
        **({"revocation_endpoint": f"{issuer}/revoke"} if rules.revocation else {}),
        **({"userinfo_endpoint": f"{issuer}/userinfo"} if rules.userinfo else {}),
    }


def _client_authentication(rules: SmartRules) -> dict[str, list[str]]:
    """The ways that the site takes at its token endpoint, and its algorithms where one of them is signed."""
    told: dict[str, list[str]] = {"token_endpoint_auth_methods_supported": [*rules.client_authentication]}
    if "private_key_jwt" in rules.client_authentication:
        told["token_endpoint_auth_signing_alg_values_supported"] = [*rules.signing_algorithms]
    return told


def _grant_types(rules: SmartRules) -> Iterable[str]:
    yield "authorization_code"
    if rules.refresh:
        yield "refresh_token"
    if rules.backend_services:
        yield "client_credentials"


def _scopes(rules: SmartRules, types: Iterable[str]) -> Iterable[str]:
    """Those that an app may count on; a site may take others, such as `launch/TYPE` of what it serves."""
    yield from ("openid", "fhirUser", "profile")
    if "ehr" in rules.launches:
        yield "launch"
    if "standalone" in rules.launches:
        yield from (f"launch/{item}" for item in ("patient", "encounter", "location") if item in rules.context)
    yield from rules.refresh
    rights = [right for version, right in (("v1", "read"), ("v2", "rs")) if version in rules.scope_versions]
    writes = [right for version, right in (("v1", "write"), ("v2", "cruds")) if version in rules.scope_versions]
    contexts = ("patient", "user", *(["system"] if rules.backend_services else []))
    for name in ("*", *types):
        scopes = (f"{context}/{name}.{right}" for context in contexts for right in (*rights, *writes))
        yield from (scope for scope in scopes if scope not in rules.withheld)


def _capabilities(rules: SmartRules) -> Iterable[str]:
    yield from (f"launch-{kind}" for kind in rules.launches)
    yield from (word for word, methods in CLIENT_CAPABILITIES if methods & {*rules.client_authentication})
    yield from ("authorize-post", "sso-openid-connect")
    if "need_patient_banner" in rules.context:
        yield "context-banner"
    if "smart_style_url" in rules.context:
        yield "context-style"
    for kind in rules.launches:
        yield from (f"context-{kind}-{item}" for item in ("patient", "encounter") if item in rules.context)
    yield from (f"permission-{name.removesuffix('_access')}" for name in rules.refresh)
    yield from ("permission-patient", "permission-user")
    yield from (f"permission-{version}" for version in rules.scope_versions)
