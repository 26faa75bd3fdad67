"""Published discovery: what a site says of its authorization server in both documents, with the edits it is to have."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from workbench.authorization_server.configuration import smart_configuration
from workbench.authorization_server.discovery_edits import DiscoveryEdits
from workbench.authorization_server.rules import SmartRules
from workbench.smart.scopes import parse_scope

Json = dict[str, Any]
OAUTH_URIS = "oauth-uris"
# Sub-extensions of oauth-uris (SMART App Launch 1.0) by the members of smart-configuration that say the same.
URI_MEMBERS = {
    "authorize": "authorization_endpoint",
    "token": "token_endpoint",
    "register": "registration_endpoint",
    "manage": "management_endpoint",
    "introspect": "introspection_endpoint",
    "revoke": "revocation_endpoint",
}
OLD_MEMBERS = (
    "authorization_endpoint",
    "token_endpoint",
    "scopes_supported",
    "response_types_supported",
    "introspection_endpoint",
    "revocation_endpoint",
    "capabilities",
)
OLD_CAPABILITIES = (
    "launch-ehr",
    "launch-standalone",
    "client-public",
    "client-confidential-symmetric",
    "sso-openid-connect",
    "context-banner",
    "context-style",
    "context-ehr-patient",
    "context-ehr-encounter",
    "context-standalone-patient",
    "context-standalone-encounter",
    "permission-offline",
    "permission-patient",
    "permission-user",
)


@dataclass(frozen=True, slots=True)
class PublishedDiscovery:
    """`configuration` is the smart-configuration, None where there is none and `page` where a page stands for it.

    `oauth_uris` are the addresses in the capability statement's security, none of which means that it has none.
    """

    configuration: Json | None
    oauth_uris: dict[str, str]
    is_page: bool = False
    is_open: bool = True


def publish_discovery(
    rules: SmartRules, issuer: str, types: Iterable[str], edits: DiscoveryEdits
) -> PublishedDiscovery:
    """What both documents say; without edits, what the site does."""
    document = smart_configuration(rules, issuer, types)
    uris = {name: str(document[member]) for name, member in URI_MEMBERS.items() if member in document}
    faults = edits.faults
    older = {"authorize": f"{issuer}/v1/authorize", "token": f"{issuer}/v1/token"}
    if "v1-addresses" in faults:
        document |= {URI_MEMBERS[name]: address for name, address in older.items()}
    if "v1-addresses" in faults or "disagree" in faults:
        uris |= older
    if "method-missing" in faults:
        for member in ("code_challenge_methods_supported", "token_endpoint_auth_methods_supported"):
            document.pop(member, None)
    if "other-issuer" in faults:
        document["issuer"] = f"{issuer}/other"
    if "old" in faults:
        document = _make_old(document)
    document, uris = _edit(document, uris, edits)
    kept = None if "capability-only" in faults else document
    return PublishedDiscovery(kept, uris, "not-json" in faults, "no-cors" not in faults)


def find_idle_edit(published: PublishedDiscovery, edits: DiscoveryEdits) -> str:
    """The first thing left out, or address set, that the documents do not have; "" where every edit counts."""
    document = published.configuration or {}
    for name in edits.leave_out:
        member, _, word = name.partition(".")
        holder: Any = published.oauth_uris if member == OAUTH_URIS else document.get(member)
        if holder is None or (word and word not in holder):
            return name
    known = {f"{OAUTH_URIS}.{name}" for name in URI_MEMBERS}
    return next((name for name, _ in edits.set if name.startswith(OAUTH_URIS) and name not in known), "")


def _edit(document: Json, uris: dict[str, str], edits: DiscoveryEdits) -> tuple[Json, dict[str, str]]:
    document, uris = dict(document), dict(uris)
    for name, value in edits.set:
        member, _, word = name.partition(".")
        if member == OAUTH_URIS:
            uris[word] = str(value)
        else:
            document[name] = value
    for name in edits.leave_out:
        member, _, word = name.partition(".")
        if member == OAUTH_URIS:
            uris = {key: address for key, address in uris.items() if word and key != word}
        elif not word:
            document.pop(member, None)
        elif isinstance(document.get(member), list):
            document[member] = [item for item in document[member] if item != word]
    return document, uris


def _make_old(document: Json) -> Json:
    """The document as SMART 1.0 had it, whose scopes are those of version 1."""
    old = {member: document[member] for member in OLD_MEMBERS if member in document}
    scopes = (parse_scope(text).in_version("v1") for text in old["scopes_supported"])
    old["scopes_supported"] = list(dict.fromkeys(scope.text for scope in scopes if scope is not None))
    old["capabilities"] = [word for word in old["capabilities"] if word in OLD_CAPABILITIES]
    return old
