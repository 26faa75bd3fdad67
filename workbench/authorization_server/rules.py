"""Rules of a site's authorization server: whom it trusts, which launches and scopes it gives, and for how long."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, get_args

from workbench.authorization_server.discovery_edits import DiscoveryEdits
from workbench.authorization_server.fault_rule import FaultRule
from workbench.smart.client_methods import (
    CLIENT_AUTHENTICATIONS,
    SIGNING_ALGORITHMS,
    ClientAuthentication,
    SigningAlgorithm,
)
from workbench.smart.launch_context import ContextItem, ContextRules
from workbench.smart.scopes import ScopeVersion

LaunchKind = Literal["ehr", "standalone"]
IntrospectionCaller = Literal["client", "token"]

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

    @property
    def is_backend_service(self) -> bool:
        """It works without a user, so nobody can open it."""
        return bool(self.scope) and not self.redirect_uris


@dataclass(frozen=True, slots=True)
class User:
    """Someone who can sign in; `resource` is the reference that becomes fhirUser."""

    id: str
    name: str
    role: str
    resource: str

    @property
    def kind(self) -> str:
        """The type of the user's resource: Practitioner, PractitionerRole, Patient or RelatedPerson."""
        return self.resource.partition("/")[0]


@dataclass(frozen=True, slots=True)
class RoleRules:
    """What a site keeps from users of one role: scopes that no app gets while one of them works with it."""

    role: str
    withheld: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class SmartRules:
    """The site's authorization server. `withheld` names scopes that it never grants, whoever asks.

    `registration` is `open` where any public client with a loopback redirect address is taken. With `pkce` off a
    challenge is not looked at. `introspection` names whose word opens it: that of a client with credentials, or that
    of an access token; empty where there is none. With `issuer_in_redirect` the site names itself when it sends the
    browser back (RFC 9207). `faults` are what it does wrongly on purpose. Lifetimes are in seconds.
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
    issuer_in_redirect: bool = False
    access_token_lifetime: int = 3600
    backend_token_lifetime: int = 300
    code_lifetime: int = 60
    registration: Literal["open", "registered"] = "open"
    clients: tuple[Client, ...] = ()
    roles: tuple[RoleRules, ...] = ()
    given: ContextRules = field(default_factory=ContextRules)
    discovery: DiscoveryEdits = field(default_factory=DiscoveryEdits)
    faults: tuple[FaultRule, ...] = ()

    def withheld_from(self, role: str) -> tuple[str, ...]:
        """The scopes that users of this role cannot give to an app, beside those that the site withholds from all."""
        return next((rules.withheld for rules in self.roles if rules.role == role), ())
