"""System scopes: what a backend service gets of what it asks, by its registration and by the site.

SMART App Launch 2.2, “Backend services”: no user is there to ask, so the right was given beforehand.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from urllib.parse import quote

from workbench.smart.compartment import QUERY_ELEMENTS
from workbench.smart.rules import Client, SmartRules
from workbench.smart.scopes import LETTERS, V1_LETTERS, Scope, parse_scopes, withhold


def grant_system_scopes(
    rules: SmartRules, client: Client, asked: Iterable[Scope], types: frozenset[str]
) -> tuple[Scope, ...]:
    """The least of what is asked and what the client may have, in the order asked; other scopes are left out."""
    allowed = [scope for scope in parse_scopes(client.scope) if scope.context == "system"]
    withheld = parse_scopes(" ".join(rules.withheld))
    met = (_meet(one, other) for one in asked if one.context == "system" for other in allowed)
    known = (scope for scope in met if scope is not None and _is_known(rules, scope, types))
    left = (withhold(scope, withheld) for scope in known)
    return tuple(dict.fromkeys(scope for scope in left if scope is not None))


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
        word = {value: word for word, value in V1_LETTERS.items()}.get(letters)
        if word is None or query:
            return None
        return replace(asked, text=f"system/{type_name}.{word}", type=type_name, letters=letters)
    written = "&".join(f"{quote(name)}={quote(value, safe=':/|,')}" for name, value in query)
    text = f"system/{type_name}.{letters}" + (f"?{written}" if written else "")
    return replace(asked, text=text, type=type_name, letters=letters, query=query)


def _is_known(rules: SmartRules, scope: Scope, types: frozenset[str]) -> bool:
    served = scope.type == "*" or scope.type in types
    return served and scope.version in rules.scope_versions and all(name in QUERY_ELEMENTS for name, _ in scope.query)
