"""Endpoints of a site as its own documents name them, and which of them an exchange went to."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from workbench.exchange import Exchange
from workbench.launch_review.reading import Address, Kind, Reading, first, has, read_address
from workbench.launch_review.review import LaunchFacts
from workbench.smart.json_answer import objects_of, text_of

OAUTH_URIS = "http://fhir-registry.smarthealthit.org/StructureDefinition/oauth-uris"
MEMBERS: Mapping[str, Kind] = {
    "authorization_endpoint": "authorize",
    "token_endpoint": "token",
    "introspection_endpoint": "introspection",
    "revocation_endpoint": "revocation",
    "userinfo_endpoint": "user-info",
    "jwks_uri": "keys",
}
OAUTH_MEMBERS = {
    "authorize": "authorization_endpoint",
    "token": "token_endpoint",
    "introspect": "introspection_endpoint",
    "revoke": "revocation_endpoint",
}
SMART = "/.well-known/smart-configuration"
OPENID = "/.well-known/openid-configuration"
TAILS: Mapping[str, Kind] = {"introspect": "introspection", "revoke": "revocation", "userinfo": "user-info"}


@dataclass(frozen=True, slots=True)
class Endpoints:
    """`kinds` maps addresses without query to what they are; `bases` are the FHIR bases that were seen."""

    kinds: Mapping[str, Kind] = field(default_factory=dict)
    bases: tuple[Address, ...] = ()
    client_keys: frozenset[str] = frozenset()

    def base_of(self, address: Address) -> Address | None:
        """The FHIR base that an address lies at or below."""
        return next((base for base in self.bases if is_below(address, base)), None)


def is_below(address: Address, base: Address) -> bool:
    path = base.path.rstrip("/")
    return address.origin == base.origin and (address.path == path or address.path.startswith(path + "/"))


def find_endpoints(exchanges: Sequence[Exchange], facts: LaunchFacts) -> Endpoints:
    kinds: dict[str, Kind] = {}
    bases = [read_address(facts.fhir_base)] if facts.fhir_base else []
    for index, exchange in enumerate(exchanges):
        address = read_address(exchange.request.address)
        kind = _document_kind(address)
        if kind is None:
            continue
        answer = Reading(index, exchange, kind, address).answer
        if kind != "openid-configuration":
            tail = SMART if kind == "smart-configuration" else "/metadata"
            bases.append(read_address(address.bare.removesuffix(tail)))
        members = oauth_uris(answer) if kind == "capability-statement" else answer
        for name, role in MEMBERS.items():
            if text := text_of(members, name):
                kinds.setdefault(read_address(text).bare, role)
    client_keys = frozenset(read_address(client.jwks_uri).bare for client in facts.clients if client.jwks_uri)
    return Endpoints(kinds, tuple(dict.fromkeys(bases)), client_keys)


def _document_kind(address: Address) -> Kind | None:
    if address.path.endswith(SMART):
        return "smart-configuration"
    if address.path.endswith(OPENID):
        return "openid-configuration"
    return "capability-statement" if address.path.endswith("/metadata") else None


def read_exchange(index: int, exchange: Exchange, endpoints: Endpoints) -> Reading:
    """The exchange with its kind: by the address that the site named, else by its shape."""
    reading = Reading(index, exchange, "other", read_address(exchange.request.address))
    return replace(reading, kind=_kind_of(reading, endpoints))


def _kind_of(reading: Reading, endpoints: Endpoints) -> Kind:
    address, path = reading.address, reading.address.path
    if reading.method == "OPTIONS":
        return "preflight"
    if reading.method in ("GET", "HEAD") and (document := _document_kind(address)):
        return document
    if address.bare in endpoints.client_keys:
        return "client-keys"
    named = endpoints.kinds.get(address.bare)
    if named:
        return named if named != "keys" or reading.method in ("GET", "HEAD") else "other"
    if has(reading.form, "grant_type") or has(reading.query, "grant_type"):
        return "token"
    tail = path.rstrip("/").rpartition("/")[2]
    if tail in TAILS and (reading.form or reading.bearer):
        return TAILS[tail]
    if reading.bearer or endpoints.base_of(address) is not None:
        return "fhir"
    return _browser_kind(reading, tail)


def _browser_kind(reading: Reading, tail: str) -> Kind:
    parameters, query = reading.parameters, reading.query
    if has(parameters, "response_type") or (has(parameters, "client_id") and has(parameters, "redirect_uri")):
        return "authorize"
    if first(query, "iss") and has(query, "launch"):
        return "ehr-launch"
    if has(query, "state") and (has(query, "code") or has(query, "error")):
        return "return"
    if reading.method == "GET" and tail in ("jwks", "jwks.json", "certs", "keys"):
        return "keys"
    is_html = "html" in reading.response_header("content-type").lower()
    is_json = "json" in reading.request_header("content-type").lower()
    if tail == "token" and reading.method == "POST":
        return "token"
    return "page" if is_html or (reading.form and not is_json) or 300 <= reading.status < 400 else "other"


def oauth_uris(statement: Mapping[str, Any]) -> dict[str, str]:
    """The endpoints of a capability statement's older extension, by the names of a smart-configuration."""
    rests = objects_of(statement.get("rest"))
    securities = [rest["security"] for rest in rests if isinstance(rest.get("security"), dict)]
    extensions = [e for security in securities for e in objects_of(security.get("extension"))]
    parts = [p for e in extensions if e.get("url") == OAUTH_URIS for p in objects_of(e.get("extension"))]
    found = {text_of(part, "url"): text_of(part, "valueUri") for part in parts}
    return {OAUTH_MEMBERS[name]: uri for name, uri in found.items() if name in OAUTH_MEMBERS and uri}
