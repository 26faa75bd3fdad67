"""Discovery of where a site signs apps in: smart-configuration and capability statement, and how they differ.

SMART App Launch 2.2, “Conformance”; the older extension oauth-uris of SMART 1 is read too.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal
from urllib.parse import urlsplit

from workbench.exchange import Request, Response
from workbench.smart.json_answer import address_of, is_web_address, objects_of, parse_object, text_of, texts_of
from workbench.smart_app.launch_refusal import LaunchRefused

OAUTH_URIS = "http://fhir-registry.smarthealthit.org/StructureDefinition/oauth-uris"
ADDRESS_MEMBERS = (
    "jwks_uri",
    "introspection_endpoint",
    "revocation_endpoint",
    "userinfo_endpoint",
    "registration_endpoint",
    "management_endpoint",
)
STATEMENT_LIMIT = 32 * 1024 * 1024
Source = Literal["smart-configuration", "capability statement"]


@dataclass(frozen=True, slots=True)
class AuthorizationEndpoints:
    """Where a site signs apps in, and which document said so; what it does not name is empty.

    `remarks` are sentences on addresses that cannot be used, and are left out.
    """

    authorize: str
    token: str
    issuer: str = ""
    capabilities: tuple[str, ...] = ()
    scopes: tuple[str, ...] = ()
    challenge_methods: tuple[str, ...] = ()
    source: Source = "smart-configuration"
    jwks: str = ""
    introspection: str = ""
    revocation: str = ""
    userinfo: str = ""
    registration: str = ""
    management: str = ""
    authentications: tuple[str, ...] = ()
    signing_algorithms: tuple[str, ...] = ()
    grant_types: tuple[str, ...] = ()
    names_issuer_in_redirect: bool = False
    remarks: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class DiscoveryDifference:
    """One thing that the smart-configuration and the capability statement say differently; empty is not said."""

    name: str
    configuration: str
    statement: str
    sentence: str


def discovery_request(fhir_base: str) -> Request:
    address = fhir_base.rstrip("/") + "/.well-known/smart-configuration"
    return Request("GET", address, (("Accept", "application/json"),))


def capability_request(fhir_base: str) -> Request:
    return Request("GET", fhir_base.rstrip("/") + "/metadata", (("Accept", "application/fhir+json"),))


def parse_configuration(response: Response, *, backend: bool = False) -> AuthorizationEndpoints | LaunchRefused:
    """Read a smart-configuration; with `backend` nobody signs in, so only the token endpoint must be there."""
    what = "smart-configuration"
    document = parse_object(response)
    if isinstance(document, str):
        return LaunchRefused("discovery", "no_configuration", f"The site gave no {what}: {document}.")
    found = AuthorizationEndpoints(
        text_of(document, "authorization_endpoint"),
        text_of(document, "token_endpoint"),
        text_of(document, "issuer"),
        texts_of(document, "capabilities"),
        texts_of(document, "scopes_supported"),
        texts_of(document, "code_challenge_methods_supported"),
        jwks=address_of(document, "jwks_uri"),
        introspection=address_of(document, "introspection_endpoint"),
        revocation=address_of(document, "revocation_endpoint"),
        userinfo=address_of(document, "userinfo_endpoint"),
        registration=address_of(document, "registration_endpoint"),
        management=address_of(document, "management_endpoint"),
        authentications=texts_of(document, "token_endpoint_auth_methods_supported"),
        signing_algorithms=texts_of(document, "token_endpoint_auth_signing_alg_values_supported"),
        grant_types=texts_of(document, "grant_types_supported"),
        names_issuer_in_redirect=document.get("authorization_response_iss_parameter_supported") is True,
        remarks=tuple(_tell_unusable(document, what)),
    )
    return _judge_addresses(found, what, backend) or found


def parse_capability_statement(response: Response, *, backend: bool = False) -> AuthorizationEndpoints | LaunchRefused:
    """Read the older oauth-uris extension of a capability statement, for a site without smart-configuration."""
    what = "capability statement"
    document = parse_object(response, largest=STATEMENT_LIMIT)
    if isinstance(document, str):
        return LaunchRefused("discovery", "no_capability_statement", f"The site gave no {what}: {document}.")
    uris = _find_oauth_uris(document)
    found = AuthorizationEndpoints(
        uris.get("authorize", ""),
        uris.get("token", ""),
        source="capability statement",
        introspection=address_of(uris, "introspect"),
        revocation=address_of(uris, "revoke"),
        registration=address_of(uris, "register"),
        management=address_of(uris, "manage"),
    )
    return _judge_addresses(found, what, backend) or found


def compare_discovery(
    configuration: AuthorizationEndpoints, statement: AuthorizationEndpoints | LaunchRefused
) -> tuple[DiscoveryDifference, ...]:
    """How the two documents of one site differ; what only the smart-configuration can say is no difference."""
    if isinstance(statement, LaunchRefused):
        sentence = f"{statement.sentence} Apps of SMART 1 look there, and do not find where to sign in."
        return (DiscoveryDifference("capability statement", configuration.token, "", sentence),)
    found = []
    for name in ("authorize", "token", "introspection", "revocation", "registration", "management"):
        left, right = getattr(configuration, name), getattr(statement, name)
        if left != right and (right or name in ("authorize", "token")):
            found.append(DiscoveryDifference(name, left, right, _tell_difference(name, left, right)))
    return tuple(found)


def _tell_difference(name: str, left: str, right: str) -> str:
    what = f"The {name} endpoint"
    if not left:
        return f"{what} {right} stands in the capability statement alone, where apps of SMART 2 do not look."
    if not right:
        return f"{what} {left} stands in the smart-configuration alone: apps of SMART 1 do not find it."
    if name == "authorize" and is_older_address(right) != is_older_address(left):
        older = "smart-configuration" if is_older_address(left) else "capability statement"
        return f"{what} is {left} and {right}: the {older} seems to name the one of an older SMART version."
    return f"{what} is {left} by the smart-configuration, and {right} by the capability statement."


def is_older_address(address: str) -> bool:
    """Tell whether an address names version 1 in its path, as sites do that keep one authorization server for each."""
    return any(part.lower() in ("v1", "smart1", "smart-v1", "dstu2") for part in urlsplit(address).path.split("/"))


def _tell_unusable(document: Mapping[str, Any], what: str) -> Iterator[str]:
    for name in ADDRESS_MEMBERS:
        if name in document and not address_of(document, name):
            said = str(document[name])[:80]
            yield f"The site's {what} gives “{said}” as its {name}, which is not a full web address and is left out."


def _judge_addresses(found: AuthorizationEndpoints, what: str, backend: bool) -> LaunchRefused | None:
    wanted = (("authorization", found.authorize), ("token", found.token))
    for name, address in wanted[1:] if backend else wanted:
        if not address:
            return LaunchRefused("discovery", "no_endpoint", f"The site's {what} names no {name} endpoint.")
        if not is_web_address(address):
            sentence = f"The site's {what} gives “{address}” as its {name} endpoint, which is not a full web address."
            return LaunchRefused("discovery", "bad_endpoint", sentence)
    return None


def _find_oauth_uris(statement: Mapping[str, Any]) -> dict[str, str]:
    securities = [rest.get("security") for rest in objects_of(statement.get("rest"))]
    extensions = [e for security in objects_of(securities) for e in objects_of(security.get("extension"))]
    parts = [p for e in extensions if e.get("url") == OAUTH_URIS for p in objects_of(e.get("extension"))]
    return {text_of(part, "url"): text_of(part, "valueUri") for part in parts}
