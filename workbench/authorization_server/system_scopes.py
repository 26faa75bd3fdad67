"""System scopes: what a backend service gets of what it asks, by its registration and by the site.

SMART App Launch 2.2, “Backend services”: no user is there to ask, so the right was given beforehand.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from urllib.parse import quote

from workbench.authorization_server.rules import Client, SmartRules
from workbench.authorization_server.scope_offer import ScopeOffer, keep_back, limit_of_site, refuse_resource
from workbench.smart.grant import WithheldScope
from workbench.smart.scope_cover import is_given
from workbench.smart.scope_queries import NoQueries, ScopeQueries
from workbench.smart.scopes import LETTERS, Scope, parse_scopes


def offer_system_scopes(
    rules: SmartRules,
    client: Client,
    asked: Iterable[Scope],
    types: frozenset[str],
    *,
    queries: ScopeQueries | None = None,
) -> ScopeOffer:
    """The least of what is asked and what the client may have, in the order asked, and what is withheld."""
    allowed = [scope for scope in parse_scopes(client.scope) if scope.context == "system"]
    limits = (limit_of_site(rules),)
    offered: list[Scope] = []
    withheld: list[WithheldScope] = []
    for scope in dict.fromkeys(asked):
        refused = _refuse(rules, scope, types, queries or NoQueries())
        if refused:
            withheld.append(WithheldScope(scope, "site", refused))
            continue
        met = [each for other in allowed if (each := _meet(scope, other)) is not None]
        if not is_given(scope, met):
            withheld.append(WithheldScope(scope, "registration", f"The app is registered for {client.scope}."))
        for each in met:
            left, kept_back = keep_back(each, types, limits)
            offered += left
            withheld += kept_back
    return ScopeOffer(tuple(dict.fromkeys(offered)), tuple(dict.fromkeys(withheld)))


def _refuse(rules: SmartRules, scope: Scope, types: frozenset[str], queries: ScopeQueries) -> str:
    if scope.kind == "resource" and scope.context != "system":
        return "A backend service has no user, so it is granted system/ scopes alone."
    return refuse_resource(rules, scope, types, queries)


def _meet(asked: Scope, allowed: Scope) -> Scope | None:
    """What both give, written in the version that was asked for; None where that is nothing, or cannot be said."""
    if "*" not in (asked.type, allowed.type) and asked.type != allowed.type:
        return None
    type_name = allowed.type if asked.type == "*" else asked.type
    letters = "".join(letter for letter in LETTERS if letter in asked.letters and letter in allowed.letters)
    query = tuple(dict.fromkeys((*asked.query, *allowed.query)))
    if not letters:
        return None
    if (type_name, letters, query) == (asked.type, asked.letters, asked.query):
        return asked
    if asked.version == "v1":
        return None if query else asked.for_type(type_name).with_letters(letters)
    written = "&".join(f"{quote(name)}={quote(value, safe=':/|,')}" for name, value in query)
    text = f"system/{type_name}.{letters}" + (f"?{written}" if written else "")
    return replace(asked, text=text, type=type_name, letters=letters, query=query)
