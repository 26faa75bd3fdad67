"""Queries of granular scopes: whether a site can judge one, and which resources it picks.

SMART App Launch 2.2 lets a scope carry any FHIR search, so only who searches can judge it.
"""

from __future__ import annotations

from typing import Any, Protocol

from workbench.smart.scopes import Scope

Json = dict[str, Any]


class ScopeQueries(Protocol):
    """What a site knows of the queries of granular scopes."""

    def refuse(self, scope: Scope) -> str:
        """Why the site cannot judge the scope's query, as a sentence; "" where it can."""

    def meets(self, resource: Json, scope: Scope) -> bool:
        """Tell whether the scope's query picks `resource`; one that cannot be judged picks none."""


class NoQueries:
    """A site that judges no queries, so that no granular scope is granted and none covers anything."""

    def refuse(self, scope: Scope) -> str:
        return "This site cannot judge the queries of granular scopes." if scope.query else ""

    def meets(self, resource: Json, scope: Scope) -> bool:
        return not scope.query
