"""Configuration that a site publishes for apps: smart-configuration, and the OpenID document beside it.

SMART App Launch 2.2, “Conformance”.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from workbench.smart.rules import SmartRules


def smart_configuration(rules: SmartRules, base: str, issuer: str, types: Iterable[str] = ()) -> dict[str, Any]:
    """What stands at `<base>/.well-known/smart-configuration`; `types` are the resource types that the site serves."""
    return {
        "issuer": issuer,
        "jwks_uri": f"{issuer}/jwks",
        "authorization_endpoint": f"{issuer}/authorize",
        "token_endpoint": f"{issuer}/token",
        "token_endpoint_auth_methods_supported": ["none"],
        "grant_types_supported": ["authorization_code", *(["refresh_token"] if rules.refresh else [])],
        "scopes_supported": list(_scopes(rules, types)),
        "response_types_supported": ["code"],
        "code_challenge_methods_supported": ["S256"],
        "capabilities": list(_capabilities(rules)),
    }


def openid_configuration(rules: SmartRules, issuer: str) -> dict[str, Any]:
    """What stands at `<issuer>/.well-known/openid-configuration` (OpenID Connect Discovery 1.0, 3)."""
    return {
        "issuer": issuer,
        "jwks_uri": f"{issuer}/jwks",
        "authorization_endpoint": f"{issuer}/authorize",
        "token_endpoint": f"{issuer}/token",
        "response_types_supported": ["code"],
        "subject_types_supported": ["public"],
        "id_token_signing_alg_values_supported": ["RS256"],
        "token_endpoint_auth_methods_supported": ["none"],
        "claims_supported": ["iss", "sub", "aud", "exp", "iat", "fhirUser"],
        "scopes_supported": ["openid", "fhirUser", "profile", *rules.refresh],
    }


def _scopes(rules: SmartRules, types: Iterable[str]) -> Iterable[str]:
    yield from ("openid", "fhirUser", "profile")
    if "ehr" in rules.launches:
        yield "launch"
    if "standalone" in rules.launches:
        yield from (f"launch/{item}" for item in ("patient", "encounter") if item in rules.context)
    yield from rules.refresh
    rights = [right for version, right in (("v1", "read"), ("v2", "rs")) if version in rules.scope_versions]
    writes = [right for version, right in (("v1", "write"), ("v2", "cruds")) if version in rules.scope_versions]
    for name in ("*", *types):
        scopes = (f"{context}/{name}.{right}" for context in ("patient", "user") for right in (*rights, *writes))
        yield from (scope for scope in scopes if scope not in rules.withheld)


def _capabilities(rules: SmartRules) -> Iterable[str]:
    yield from (f"launch-{kind}" for kind in rules.launches)
    yield from ("authorize-post", "client-public", "sso-openid-connect")
    if "need_patient_banner" in rules.context:
        yield "context-banner"
    if "smart_style_url" in rules.context:
        yield "context-style"
    for kind in rules.launches:
        yield from (f"context-{kind}-{item}" for item in ("patient", "encounter") if item in rules.context)
    yield from (f"permission-{name.removesuffix('_access')}" for name in rules.refresh)
    yield from ("permission-patient", "permission-user")
    yield from (f"permission-{version}" for version in rules.scope_versions)
