"""Finder of sides: from what a person types to what it names, a file, an address, a site or a remote sandbox."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from workbench.errors import WorkbenchError
from workbench.transports.http_trust import AS_USUAL, HttpTrust
from workbench.workspace.comparison_side import Side, is_archive, side_of_bytes, side_of_file, side_of_json, side_of_log

if TYPE_CHECKING:
    from workbench.authorization_server.published_discovery import PublishedDiscovery
    from workbench.exchange import Exchange, Request
    from workbench.site.site import Site
    from workbench.transports.http_client import HttpClient
    from workbench.workspace.workspace import Workspace

CONFIGURATION = ".well-known/smart-configuration"
FORMS = (
    "a file; a FHIR base address or the name of a site or remote sandbox, for its capability statement; "
    f"either of these with /{CONFIGURATION}; a package as ID#VERSION or FILE.tgz, a profile in it with | and its name; "
    "a release as R4, a type of it as R4:Patient; a version of HL7 v2 as hl7v2:2.5.1, a structure, "
    "segment, data type or table of it as hl7v2:2.5.1:ADT_A01; what a site or a profile asks of messages as "
    "site:ID or profile:FILE"
)
"""What a side can be, in words."""
# DSTU2 has media types of its own (DSTU2, RESTful API, “Content types”).
_ACCEPT = "application/fhir+json, application/json+fhir;q=0.9, application/json;q=0.8"


async def find_side(text: str, workspace: Workspace, client: HttpClient, *, within: float = 30.0) -> Side:
    """Read what `text` names; an address is asked. Raises WorkbenchError that names the forms that are possible."""
    address = address_of(text, workspace)
    if address is None:
        return find_here(text, workspace)
    client = client.trusting(trust_of(text, workspace))
    return side_of_bytes(body_of(await client.send(request_for(address), within=within)), text)


def address_of(text: str, workspace: Workspace) -> str | None:
    """The address that must be asked for what `text` names; None where it is found on this machine, or nowhere."""
    if text.lower().startswith(("http://", "https://")):
        return text
    name, wants_configuration = _divide(text)
    if Path(text).is_file() or any(entry.id == name for entry in workspace.sites()):
        return None
    for remote in workspace.remotes():
        if remote.id == name:
            if not remote.fhir_base:
                raise WorkbenchError(f"The remote sandbox {name} has no FHIR base address.", hint="Give it one first.")
            return f"{remote.fhir_base.rstrip('/')}/{CONFIGURATION}" if wants_configuration else remote.fhir_base
    return None


def trust_of(text: str, workspace: Workspace) -> HttpTrust:
    """How HTTP goes to the remote sandbox that `text` names; as usual to what is none."""
    from workbench.workspace.endpoints import make_remote_trust

    name, _ = _divide(text)
    return next((make_remote_trust(each) for each in workspace.remotes() if each.id == name), AS_USUAL)


def find_here(text: str, workspace: Workspace) -> Side:
    """Read what `text` names on this machine; raises WorkbenchError that names the forms that are possible."""
    if text == "-":
        return side_of_bytes(sys.stdin.buffer.read(), "standard input")
    name, wants_configuration = _divide(text)
    sites = [entry.id for entry in workspace.sites()]
    remotes = [remote.id for remote in workspace.remotes()]
    path = Path(text)
    if (path.is_file() or path.is_fifo()) and not is_archive(path):
        if name in sites or name in remotes:
            hint = f"Write ./{text} for the file, or go to another folder for the sandbox."
            raise WorkbenchError(f"“{text}” is a file here, and the name of a sandbox.", hint=hint)
        return side_of_file(path)
    if name in sites:
        site = workspace.read_site(name)
        return _configuration_of(site, text) if wants_configuration else _statement_of(site, text)
    from workbench.version_diff.version_part import find_version_part
    from workbench.workspace.message_demand import find_demand

    if part := find_version_part(text):
        return Side(text, part.kind, part)
    if demand := find_demand(text, workspace):
        return Side(text, "demand", demand)
    from workbench.workspace.definition_side import find_definition_side, package_versions

    definition = find_definition_side(text)
    if definition is not None:
        return definition
    if path.is_dir():
        return side_of_log([path], text)
    if versions := package_versions(text.partition("|")[0]):
        raise WorkbenchError(f"“{text}” names a package without its version.", hint=f"Name {' or '.join(versions)}.")
    known = ", ".join([*sites, *remotes])
    raise WorkbenchError(f"There is no “{text}”.", hint=f"A side is {FORMS}. Known names: {known}.")


def _divide(text: str) -> tuple[str, bool]:
    """`community-hospital/.well-known/smart-configuration` asks a site for its smart-configuration."""
    name = text.removesuffix(f"/{CONFIGURATION}")
    return name, name != text


def request_for(address: str) -> Request:
    """The request for a capability statement or a smart-configuration, as its address tells."""
    from workbench.exchange import Request

    try:
        path = urlsplit(address).path
    except ValueError as error:
        raise WorkbenchError(
            f"“{address}” is not an address.", hint="It looks like https://ehr.example.org/r4."
        ) from error
    if not path.endswith((CONFIGURATION, "/metadata")):
        address = f"{address.rstrip('/')}/metadata"
    return Request("GET", address, (("Accept", _ACCEPT),))


def body_of(exchange: Exchange) -> bytes:
    """What came back for a request of `request_for`; raises WorkbenchError where it is no answer to compare."""
    response, address = exchange.response, exchange.request.address
    if response is None:
        reason = exchange.failure.reason if exchange.failure else "No answer came."
        raise WorkbenchError(f"{address}: {reason}", hint="Try it in a browser, or compare a saved file.")
    if response.status != 200:
        where = response.header("location")
        moved = f" and names {where}" if where else ""
        raise WorkbenchError(
            f"{address} answered {response.status}{moved}.",
            hint="Name the FHIR base address, at which /metadata answers without a token.",
        )
    return response.body


def _statement_of(site: Site, label: str) -> Side:
    """What a simulated site says at /metadata, without running it; it has no date and loopback addresses."""
    from workbench.site.capability import capability_statement

    base, _ = _addresses(site)
    uris = _published(site).oauth_uris
    statement = capability_statement(
        site.fhir, base, date="", name=site.name, description=site.description, oauth_uris=uris
    )
    del statement["date"]
    return side_of_json(statement, label)


def _configuration_of(site: Site, label: str) -> Side:
    published = _published(site)
    if published.configuration is None or published.is_page:
        raise WorkbenchError(f"{site.name} publishes no smart-configuration.", hint="Compare /metadata instead.")
    return side_of_json(published.configuration, label)


def _published(site: Site) -> PublishedDiscovery:
    """What the site says of its authorization server, with the edits of its file."""
    from workbench.authorization_server.published_discovery import publish_discovery

    _, issuer = _addresses(site)
    types = tuple(rules.type for rules in site.fhir.resources)
    return publish_discovery(site.smart, issuer, types, site.smart.discovery)


def _addresses(site: Site) -> tuple[str, str]:
    """Where a site would answer on loopback; the same for all, as they are no part of what it offers."""
    return f"http://127.0.0.1{site.fhir.path}", "http://127.0.0.1/auth"
