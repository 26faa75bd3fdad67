"""Offer of scopes: what a site may grant of what an app asks, by its rules alone."""

from __future__ import annotations

from collections.abc import Iterable

from workbench.smart.compartment import QUERY_ELEMENTS
from workbench.smart.rules import SmartRules
from workbench.smart.scopes import Scope, parse_scopes, withhold


def offer_scopes(
    rules: SmartRules, asked: Iterable[Scope], types: frozenset[str], *, ehr_launch: bool
) -> tuple[Scope, ...]:
    """The scopes that the site may grant, in the order asked; what it does not know or give is left out."""
    withheld = parse_scopes(" ".join(rules.withheld))
    offered = (withhold(s, withheld) for s in asked if _is_known(rules, s, types, ehr_launch))
    return tuple(dict.fromkeys(scope for scope in offered if scope is not None))


def _is_known(rules: SmartRules, scope: Scope, types: frozenset[str], ehr_launch: bool) -> bool:
    if scope.kind == "resource":
        served = scope.type == "*" or scope.type in types
        asked = all(name in QUERY_ELEMENTS for name, _ in scope.query)
        return served and asked and scope.version in rules.scope_versions and scope.context != "system"
    if scope.kind == "refresh":
        return scope.text in rules.refresh
    gives = {
        "launch": ehr_launch,
        "launch/patient": "patient" in rules.context,
        "launch/encounter": "encounter" in rules.context,
        "fhirUser": "fhirUser" in rules.context,
        "profile": "fhirUser" in rules.context,
        "openid": True,
    }
    return gives.get(scope.text, False)
