"""Discovery of where a site signs apps in: smart-configuration, or the older extension of a capability statement."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from workbench.exchange import Request, Response
from workbench.smart.launch import AuthorizationEndpoints, LaunchRefused, parse_object, text_of

OAUTH_URIS = "http://fhir-registry.smarthealthit.org/StructureDefinition/oauth-uris"


def discovery_request(fhir_base: str) -> Request:
    address = fhir_base.rstrip("/") + "/.well-known/smart-configuration"
    return Request("GET", address, (("Accept", "application/json"),))


def capability_request(fhir_base: str) -> Request:
    return Request("GET", fhir_base.rstrip("/") + "/metadata", (("Accept", "application/fhir+json"),))


def parse_configuration(response: Response) -> AuthorizationEndpoints | LaunchRefused:
    """Read a smart-configuration (SMART App Launch 2.2, conformance)."""
    what = "smart-configuration"
    document = parse_object(response)
    if isinstance(document, str):
        return LaunchRefused("discovery", "no_configuration", f"The site gave no {what}: {document}.")
    authorize, token = text_of(document, "authorization_endpoint"), text_of(document, "token_endpoint")
    problem = _judge_addresses(authorize, token, what)
    if problem:
        return problem
    return AuthorizationEndpoints(
        authorize,
        token,
        text_of(document, "issuer"),
        _texts(document, "capabilities"),
        _texts(document, "scopes_supported"),
        _texts(document, "code_challenge_methods_supported"),
    )


def parse_capability_statement(response: Response) -> AuthorizationEndpoints | LaunchRefused:
    """Read the older oauth-uris extension of a capability statement, for a site without smart-configuration."""
    what = "capability statement"
    document = parse_object(response)
    if isinstance(document, str):
        return LaunchRefused("discovery", "no_capability_statement", f"The site gave no {what}: {document}.")
    uris = _find_oauth_uris(document)
    authorize, token = uris.get("authorize", ""), uris.get("token", "")
    problem = _judge_addresses(authorize, token, what)
    return problem or AuthorizationEndpoints(authorize, token, source="capability statement")


def _judge_addresses(authorize: str, token: str, what: str) -> LaunchRefused | None:
    for name, address in (("authorization", authorize), ("token", token)):
        if not address:
            return LaunchRefused("discovery", "no_endpoint", f"The site's {what} names no {name} endpoint.")
        if not address.lower().startswith(("https://", "http://")) or not urlsplit(address).netloc:
            sentence = f"The site's {what} gives “{address}” as its {name} endpoint, which is not a full web address."
            return LaunchRefused("discovery", "bad_endpoint", sentence)
    return None


def _find_oauth_uris(statement: Mapping[str, Any]) -> dict[str, str]:
    securities = [rest.get("security") for rest in _objects(statement.get("rest"))]
    extensions = [e for security in _objects(securities) for e in _objects(security.get("extension"))]
    parts = [p for e in extensions if e.get("url") == OAUTH_URIS for p in _objects(e.get("extension"))]
    return {text_of(part, "url"): text_of(part, "valueUri") for part in parts}


def _objects(value: Any) -> list[dict[str, Any]]:
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []


def _texts(document: Mapping[str, Any], name: str) -> tuple[str, ...]:
    value = document.get(name)
    return tuple(item for item in value if isinstance(item, str)) if isinstance(value, list) else ()
