"""Queries of granular scopes as a site's own search judges them: a scope picks what the same search would find."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from workbench.fhir.resource import Json
from workbench.fhir_server.query import SHAPING, Query, read_query
from workbench.site.site import FhirRules
from workbench.smart.scopes import Scope

# A site that takes any app meets any scope; what was read before need not all be kept.
KEPT = 500


class SiteQueries:
    """The searches of one site; each query is read once. `clock` serves dates such as `ap`."""

    def __init__(self, rules: FhirRules, base: str, clock: Callable[[], datetime]) -> None:
        self._rules = rules
        self._base = base
        self._clock = clock
        self._read: dict[tuple[str, Scope], Query | str] = {}

    def refuse(self, scope: Scope) -> str:
        """Why the site cannot judge the scope's query; of a wildcard, one type that can be searched so is enough."""
        if not scope.query:
            return ""
        types = tuple(rules.type for rules in self._rules.resources) if scope.type == "*" else (scope.type,)
        said = ""
        for kind in types:
            query = self._query(kind, scope)
            if isinstance(query, Query):
                return ""
            said = said or query
        return said

    def meets(self, resource: Json, scope: Scope) -> bool:
        query = self._query(str(resource.get("resourceType", "")), scope) if scope.query else None
        return query is None or (isinstance(query, Query) and query.matches(resource))

    def _query(self, type_name: str, scope: Scope) -> Query | str:
        key = (type_name, scope)
        if key not in self._read:
            if len(self._read) >= KEPT:
                self._read.clear()
            self._read[key] = self._parse(type_name, scope)
        return self._read[key]

    def _parse(self, type_name: str, scope: Scope) -> Query | str:
        shaping = next((name for name, _ in scope.query if name in SHAPING), "")
        if shaping:
            return f"The parameter {shaping} of its query picks no resources."
        query = read_query(self._rules, type_name, scope.query, base=self._base, now=self._clock(), strict=True)
        if not isinstance(query, Query):
            return f"This site cannot judge its query: {query[0].message}"
        return query if query.conditions else "Its query picks no resources."
