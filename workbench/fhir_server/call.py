"""Call: one FHIR interaction as it was asked for, whether by a request of its own or by an entry of a bundle."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

from workbench.definitions.definitions import load_definitions
from workbench.exchange import Request
from workbench.fhir.resource import Json
from workbench.fhir.rules import ResourceRules

METHODS = ("GET", "HEAD", "POST", "PUT", "DELETE", "PATCH", "OPTIONS")
MOST_PARAMETERS = 1000
ID = re.compile(r"[A-Za-z0-9\-.]{1,64}")
Parameters = tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Call:
    """`interaction` is FHIR's word for it, or `not-found` and `not-offered` with the reason in `reason`.

    `promised_id` is the id that a create within a transaction will get, which others of its entries refer to.
    `allow` lists the methods that the place could take, from which a site's rules pick those that it does.
    """

    interaction: str
    type: str = ""
    id: str = ""
    version: str = ""
    parameters: Parameters = ()
    if_match: str = ""
    if_none_match: str = ""
    if_modified_since: str = ""
    if_none_exist: str = ""
    strict: bool = False
    resource: Json | None = None
    promised_id: str = ""
    reason: str = ""
    allow: tuple[tuple[str, str], ...] = ()


# Which method means which interaction at a type, at an instance, at its history and at one version of it.
AT_TYPE = (("GET", "search-type"), ("POST", "create"))
AT_INSTANCE = (("GET", "read"), ("PUT", "update"), ("DELETE", "delete"))
AT_HISTORY = (("GET", "history-instance"),)
AT_VERSION = (("GET", "vread"),)
AT_SEARCH = (("POST", "search-type"),)


def read_call(method: str, target: str) -> Call:
    """Return the call that `method` at `target` (a path and query below the base address) asks for."""
    path, _, query = target.partition("?")
    segments = [unquote(segment) for segment in path.strip("/").split("/")] if path.strip("/") else []
    parameters = read_parameters(query)
    if parameters is None:
        return Call("not-found", reason="The query of this address cannot be read.")
    call = _read_place("GET" if method == "HEAD" else method, segments)
    return replace(call, parameters=parameters)


def read_parameters(query: str) -> Parameters | None:
    """Return decoded names and values in order; None where there are more than a search could mean."""
    try:
        return tuple(parse_qsl(query, keep_blank_values=True, max_num_fields=MOST_PARAMETERS))
    except ValueError:
        return None


def read_request_call(request: Request, base: str) -> Call:
    """Return the call of an HTTP request with the headers that bear on it; its body is not looked at."""
    try:
        parts, root = urlsplit(request.address), urlsplit(base).path.rstrip("/")
    except ValueError:
        return Call("not-found", reason="This address cannot be read.")
    if parts.path != root and not parts.path.startswith(root + "/"):
        return Call("not-found", reason=f"FHIR is served below {root or '/'} here.")
    call = read_call(request.method, parts.path[len(root) :] + (f"?{parts.query}" if parts.query else ""))
    return replace(
        call,
        if_match=request.header("if-match"),
        if_none_match=request.header("if-none-match"),
        if_modified_since=request.header("if-modified-since"),
        if_none_exist=request.header("if-none-exist"),
        strict="strict" in preferences(request).get("handling", ""),
    )


def read_entry_call(entry: Any, base: str, *, strict: bool = False) -> Call | str:
    """Return the call of a batch or transaction entry, or in words why there is none."""
    request = entry.get("request") if isinstance(entry, dict) else None
    if not isinstance(request, dict):
        return "it has no request"
    method, url = request.get("method"), request.get("url")
    if method not in METHODS[:-1] or not isinstance(url, str):
        return "its request needs a method and a url"
    call = read_call(method, url.removeprefix(base.rstrip("/")))
    resource = entry.get("resource")
    if call.interaction in ("create", "update") and not isinstance(resource, dict):
        return f"its {method} has no resource"
    if call.interaction in ("batch", "capabilities"):
        return f"{method} {url} cannot stand in a bundle"
    return replace(
        call,
        if_match=str(request.get("ifMatch", "")),
        if_none_match=str(request.get("ifNoneMatch", "")),
        if_none_exist=str(request.get("ifNoneExist", "")),
        strict=strict,
        resource=resource if isinstance(resource, dict) else None,
    )


def preferences(request: Request) -> dict[str, str]:
    """The parts of all Prefer headers (RFC 7240), such as return and handling."""
    values = ",".join(value for name, value in request.headers if name.lower() == "prefer")
    parts = (part.partition("=") for part in re.split(r"[,;]", values))
    return {name.strip().lower(): value.strip().strip('"').lower() for name, _, value in parts}


def allowed_methods(call: Call, rules: ResourceRules | None) -> str:
    """The methods that the site takes at the call's place, for the Allow header (RFC 9110, 10.2.1)."""
    offered = rules.interactions if rules else ()
    methods = [method for method, interaction in call.allow if interaction in (*offered, "capabilities", "batch")]
    return ", ".join((["GET", "HEAD"] if "GET" in methods else []) + [m for m in methods if m != "GET"])


def _read_place(method: str, segments: list[str]) -> Call:
    if any(segment.startswith("$") for segment in segments):
        return Call("not-found", reason=f"The operation {segments[-1]} is not offered here.")
    if not segments:
        return _pick(method, (("POST", "batch"),), Call("", reason="A whole-system search is not offered here."))
    if segments == ["metadata"]:
        return _pick(method, (("GET", "capabilities"),), Call(""))
    if segments[0] in ("_history", "_search"):
        return Call("not-offered", reason="System-wide history and search are not offered here.")
    if not load_definitions().is_resource(segments[0]):
        return Call("not-found", reason=f"“{segments[0]}” is not a resource type of FHIR R4.")
    return _read_resource_place(method, segments)


def _read_resource_place(method: str, segments: list[str]) -> Call:
    call = Call("", type=segments[0])
    match segments[1:]:
        case []:
            return _pick(method, AT_TYPE, call)
        case ["_search"]:
            return _pick(method, AT_SEARCH, call)
        case ["_history"]:
            return replace(call, interaction="not-offered", reason="The history of a whole type is not offered here.")
        case [resource_id]:
            return _pick(method, AT_INSTANCE, replace(call, id=resource_id))
        case [resource_id, "_history"]:
            return _pick(method, AT_HISTORY, replace(call, id=resource_id))
        case [resource_id, "_history", version]:
            return _pick(method, AT_VERSION, replace(call, id=resource_id, version=version))
    return replace(call, interaction="not-found", reason=f"There is nothing at {'/'.join(segments)} in FHIR R4.")


def _pick(method: str, choices: Iterable[tuple[str, str]], call: Call) -> Call:
    """The interaction that `method` means here; PATCH and the like are refused by name."""
    choices = tuple(choices)
    interaction = dict(choices).get(method)
    if interaction is not None:
        return replace(call, interaction=interaction, allow=choices, reason="")
    place = "/".join(filter(None, (call.type, call.id))) or "the base address"
    reason = call.reason or f"{method} is not offered at {place} here."
    return replace(call, interaction="not-offered", allow=choices, reason=reason)
