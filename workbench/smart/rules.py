"""Rules of a site's authorization server: whom it trusts, which launches and scopes it gives, and for how long."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, get_args

ScopeVersion = Literal["v1", "v2"]
LaunchKind = Literal["ehr", "standalone"]
ContextItem = Literal["patient", "encounter", "fhirUser", "need_patient_banner", "intent", "smart_style_url"]
ClientAuthentication = Literal["none", "client_secret_basic", "client_secret_post", "private_key_jwt"]
SigningAlgorithm = Literal["RS384", "ES384"]
IntrospectionCaller = Literal["client", "token"]

CLIENT_AUTHENTICATIONS: tuple[ClientAuthentication, ...] = get_args(ClientAuthentication)
SIGNING_ALGORITHMS: tuple[SigningAlgorithm, ...] = get_args(SigningAlgorithm)
INTROSPECTION_CALLERS: tuple[IntrospectionCaller, ...] = get_args(IntrospectionCaller)


@dataclass(frozen=True, slots=True)
class Client:
    """An app that the site knows; redirect addresses compare exactly, a loopback port aside (RFC 8252, 7.3).

    `authentication` is the one way in which it shows at the token endpoint that it is itself. A secret is known by its
    digest alone (`secret_sha256`, 64 hexadecimal letters), keys by a JWK Set or by the address of one.
    `scope` holds the system scopes that it may have without a user; a client without any is no backend service.
    """

    id: str
    name: str
    redirect_uris: tuple[str, ...] = ()
    launch_uri: str = ""
    authentication: ClientAuthentication = "none"
    secret_sha256: str = field(default="", repr=False)
    jwks: Mapping[str, Any] | None = field(default=None, repr=False, hash=False)
    jwks_uri: str = ""
    scope: str = ""


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

    `registration` is `open` where any public client with a loopback redirect address is taken. With `pkce` off a
    challenge is not looked at. `introspection` names whose word opens it: that of a client with credentials, or that
    of an access token; empty where there is none. Lifetimes are in seconds.
    """

    scope_versions: tuple[ScopeVersion, ...]
    launches: tuple[LaunchKind, ...]
    context: tuple[ContextItem, ...]
    withheld: tuple[str, ...] = ()
    refresh: tuple[Literal["online_access", "offline_access"], ...] = ()
    rotate_refresh: bool = True
    pkce: Literal["required", "optional", "off"] = "required"
    client_authentication: tuple[ClientAuthentication, ...] = CLIENT_AUTHENTICATIONS
    signing_algorithms: tuple[SigningAlgorithm, ...] = SIGNING_ALGORITHMS
    backend_services: bool = False
    introspection: tuple[IntrospectionCaller, ...] = INTROSPECTION_CALLERS
    revocation: bool = True
    userinfo: bool = True
    access_token_lifetime: int = 3600
    backend_token_lifetime: int = 300
    code_lifetime: int = 60
    registration: Literal["open", "registered"] = "open"
    clients: tuple[Client, ...] = ()
