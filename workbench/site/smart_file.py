"""SMART rules of a site file: which launches, scopes and context its authorization server gives, and to which apps."""

from __future__ import annotations

from workbench.site.client_file import read_clients
from workbench.site.fault_file import read_faults
from workbench.smart.launch_context import CONTEXT_ITEMS
from workbench.smart.rules import SmartRules
from workbench.yaml_file import YamlMap


def read_smart_rules(fields: YamlMap) -> SmartRules:
    """The part `smart:` of a site file."""
    rules = SmartRules(
        scope_versions=fields.words("scope_versions", ("v1", "v2")),
        launches=fields.words("launches", ("ehr", "standalone")),
        context=fields.words("context", CONTEXT_ITEMS),
        withheld=fields.texts("withheld", ()),
        refresh=fields.words("refresh", ("online_access", "offline_access")),
        pkce=fields.choice("pkce", ("required", "optional"), "required"),
        access_token_lifetime=fields.integer("access_token_lifetime", 3600, least=1),
        code_lifetime=fields.integer("code_lifetime", 60, least=1),
        registration=fields.choice("registration", ("open", "registered"), "open"),
        clients=read_clients(fields.map("clients", default=True)),
        faults=read_faults(fields),
    )
    fields.finish()
    return rules
