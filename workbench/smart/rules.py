"""Rules of a site's authorization server: whom it trusts, which launches and scopes it gives, and for how long."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

ScopeVersion = Literal["v1", "v2"]
LaunchKind = Literal["ehr", "standalone"]
ContextItem = Literal["patient", "encounter", "fhirUser", "need_patient_banner", "intent", "smart_style_url"]


@dataclass(frozen=True, slots=True)
class Client:
    """An app that the site knows; redirect addresses compare exactly, a loopback port aside (RFC 8252, 7.3)."""

    id: str
    name: str
    redirect_uris: tuple[str, ...]
    launch_uri: str = ""


@dataclass(frozen=True, slots=True)
class User:
    """Someone who can sign in; `resource` is the reference that becomes fhirUser."""

    id: str
    name: str
    role: str
    resource: str


@dataclass(frozen=True, slots=True)
class SmartRules:
    """The site's authorization server. `withheld` names scopes that it never grants, whoever asks.

    `registration` is `open` where any public client with a loopback redirect address is taken.
    Lifetimes are in seconds.
    """

    scope_versions: tuple[ScopeVersion, ...]
    launches: tuple[LaunchKind, ...]
    context: tuple[ContextItem, ...]
    withheld: tuple[str, ...] = ()
    refresh: tuple[Literal["online_access", "offline_access"], ...] = ()
    pkce: Literal["required", "optional"] = "required"
    access_token_lifetime: int = 3600
    code_lifetime: int = 60
    registration: Literal["open", "registered"] = "open"
    clients: tuple[Client, ...] = ()
