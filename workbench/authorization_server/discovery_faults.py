"""Discovery faults: how what a site publishes can be wrong, by name, each with what a good app does then."""

from __future__ import annotations

from dataclasses import dataclass

from workbench.authorization_server.discovery_edits import DiscoveryFault


@dataclass(frozen=True, slots=True)
class DiscoveryFaultDescription:
    """What a fault is: the `site` does this, a `good_app` that, and `clause` is what the site breaks."""

    name: DiscoveryFault
    title: str
    site: str
    good_app: str
    clause: str


def all_discovery_faults() -> tuple[DiscoveryFaultDescription, ...]:
    """Every fault, in the order in which they are listed."""
    return _DESCRIPTIONS


def describe_discovery_fault(name: DiscoveryFault) -> DiscoveryFaultDescription:
    return next(fault for fault in _DESCRIPTIONS if fault.name == name)


_CONFORMANCE = "SMART App Launch 2.2, “Conformance”"
_DESCRIPTIONS = (
    DiscoveryFaultDescription(
        "v1-addresses",
        "Addresses of version 1",
        "names, in both documents, an authorization server that takes scopes of version 1 alone",
        "tells which of its scopes were refused, instead of starting over or showing an empty chart",
        f"{_CONFORMANCE} (permission-v2)",
    ),
    DiscoveryFaultDescription(
        "method-missing",
        "Methods not named",
        "leaves out which PKCE methods and which client authentication its token endpoint takes",
        "uses S256 all the same, and the authentication that it was registered with",
        f"{_CONFORMANCE} (code_challenge_methods_supported)",
    ),
    DiscoveryFaultDescription(
        "other-issuer",
        "Another issuer",
        "names an issuer that is not the one of its id tokens",
        "refuses an answer (iss beside the code) and an id token that name another issuer than the one published",
        "OpenID Connect Core 1.0, 3.1.3.7; RFC 9207, 2",
    ),
    DiscoveryFaultDescription(
        "capability-only",
        "No smart-configuration",
        "answers 404 for smart-configuration, and names its addresses in the capability statement alone",
        "reads the capability statement where it supports older sites, or says what is missing and where",
        _CONFORMANCE,
    ),
    DiscoveryFaultDescription(
        "old",
        "Smart-configuration of 1.0",
        "publishes a document of SMART 1.0: no issuer, no keys, no grant types, no PKCE, scopes of version 1",
        "works with what is there, or names the member that it needs",
        f"{_CONFORMANCE} (members that are required since 2.0)",
    ),
    DiscoveryFaultDescription(
        "disagree",
        "Two documents that differ",
        "names one authorization server in smart-configuration and an older one in the capability statement",
        "goes by smart-configuration, and does not mix addresses of both",
        "SMART App Launch 1.0, “Conformance” (the endpoints stand in both documents)",
    ),
    DiscoveryFaultDescription(
        "not-json",
        "A page instead of JSON",
        "answers 200 for smart-configuration with an HTML page, as a portal's own sign-in does",
        "says that the document cannot be read, with its address",
        _CONFORMANCE,
    ),
    DiscoveryFaultDescription(
        "no-cors",
        "Closed to browsers",
        "sends no CORS headers with its discovery, so that a script in a browser cannot read it",
        "says that it cannot reach the EHR, instead of waiting for ever",
        "SMART App Launch 2.2, “Considerations for Cross-Origin Resource Sharing (CORS) support”",
    ),
)
