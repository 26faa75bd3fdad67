"""SMART rules of a site file: which launches, scopes and context its authorization server gives, and to which apps."""

from __future__ import annotations

from workbench.authorization_server.rules import INTROSPECTION_CALLERS, RoleRules, SmartRules
from workbench.site.client_file import read_clients
from workbench.site.context_file import read_context
from workbench.site.discovery_file import read_discovery
from workbench.site.fault_file import read_faults
from workbench.smart.client_methods import CLIENT_AUTHENTICATIONS, SIGNING_ALGORITHMS
from workbench.smart.scopes import parse_scope
from workbench.yaml_file import Word, YamlMap

LONGEST = 10 * 365 * 24 * 3600


def read_smart_rules(fields: YamlMap) -> SmartRules:
    """The part `smart:` of a site file."""
    context, given = read_context(fields)
    rules = SmartRules(
        scope_versions=fields.words("scope_versions", ("v1", "v2")),
        launches=fields.words("launches", ("ehr", "standalone")),
        context=context,
        withheld=_scopes(fields, "withheld"),
        refresh=fields.words("refresh", ("online_access", "offline_access")),
        pkce=fields.choice("pkce", ("required", "optional", "off"), "required"),
        rotate_refresh=fields.flag("rotate_refresh", True),
        client_authentication=_words_or_all(fields, "client_authentication", CLIENT_AUTHENTICATIONS),
        signing_algorithms=_words_or_all(fields, "signing_algorithms", SIGNING_ALGORITHMS),
        backend_services=fields.flag("backend_services", False),
        backend_token_lifetime=_lifetime(fields, "backend_token_lifetime", 300),
        introspection=_words_or_all(fields, "introspection", INTROSPECTION_CALLERS),
        revocation=fields.flag("revocation", True),
        userinfo=fields.flag("userinfo", True),
        issuer_in_redirect=fields.flag("issuer_in_redirect", False),
        access_token_lifetime=_lifetime(fields, "access_token_lifetime", 3600),
        code_lifetime=_lifetime(fields, "code_lifetime", 60),
        registration=fields.choice("registration", ("open", "registered"), "open"),
        clients=read_clients(fields.map("clients", default=True)),
        roles=_roles(fields.map("roles", default=True)),
        given=given,
        discovery=read_discovery(fields.map("discovery", default=True)),
        faults=read_faults(fields),
    )
    fields.finish()
    return rules


def _lifetime(fields: YamlMap, key: str, usual: int) -> int:
    seconds = fields.integer(key, usual, least=1)
    if seconds > LONGEST:
        raise fields.refuse(key, f"“{fields.name_of(key)}” is longer than ten years.", "It is a number of seconds.")
    return seconds


def _roles(fields: YamlMap) -> tuple[RoleRules, ...]:
    return tuple(_role(fields.map(role), role) for role in fields.names())


def _role(fields: YamlMap, role: str) -> RoleRules:
    rules = RoleRules(role, _scopes(fields, "withheld"))
    fields.finish()
    return rules


def _scopes(fields: YamlMap, key: str) -> tuple[str, ...]:
    texts = fields.texts(key, ())
    unknown = next((text for text in texts if parse_scope(text).kind == "unknown"), None)
    if unknown is not None:
        hint = "Scopes are written as patient/Observation.read or user/Observation.cud, one an item."
        raise fields.refuse(key, f"“{unknown}” in “{fields.name_of(key)}” is no scope.", hint)
    return texts


def _words_or_all(fields: YamlMap, key: str, words: tuple[Word, ...]) -> tuple[Word, ...]:
    """The words under `key`; all of them where the file says nothing, none where its list is empty."""
    return fields.words(key, words) if key in fields else words
