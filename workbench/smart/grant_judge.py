"""GrantJudge: FHIR calls held against a grant, and for each that is refused the layer that said no.

Of several scopes that cover a call, one that admits the resource is enough.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Literal

from workbench.smart.compartment import is_in_compartment
from workbench.smart.grant import Grant, WithheldBy, WithheldScope
from workbench.smart.scope_needs import needed_for
from workbench.smart.scope_queries import NoQueries, ScopeQueries
from workbench.smart.scopes import INTERACTION_LETTERS, Scope, ScopeVersion, to_scope_text

Json = dict[str, Any]
# A scope that nobody asked for or gave, one that somebody withheld, the patient's compartment, a scope's own query.
Layer = Literal["scope", "compartment", "query"] | WithheldBy

BY_WORDS: dict[WithheldBy, str] = {
    "site": "the site withheld it",
    "role": "the role of who signed in does not have it",
    "consent": "whoever signed in did not allow it",
    "hand": "the analyst keeps it back",
    "registration": "the app is not registered for it",
}


@dataclass(frozen=True, slots=True)
class Denial:
    """Why a call is refused: the layer that decided, a sentence, and the least scope that would have allowed it."""

    layer: Layer
    sentence: str
    scope: Scope | None = None


@dataclass(frozen=True, slots=True)
class GrantJudge:
    """What one grant allows; `queries` judges granular scopes, and `base` is where the site's own resources are.

    `versions` are those of the scopes that the site takes, so that none is named which it would not give.
    """

    grant: Grant
    queries: ScopeQueries = field(default_factory=NoQueries)
    base: str = ""
    versions: tuple[ScopeVersion, ...] = ()

    def judge(self, interaction: str, resource_type: str, resource: Json | None = None) -> Denial | None:
        """Return None where the interaction is allowed.

        Without `resource` only the type is judged; with one, also whose it is and what a granular scope picks.
        """
        covering = self.covering(interaction, resource_type)
        if not covering:
            return self._tell_missing(interaction, resource_type)
        if resource is None or any(self._admits(scope, interaction, resource) for scope in covering):
            return None
        return self._tell_limit(covering, interaction, resource_type, resource)

    def covering(self, interaction: str, resource_type: str) -> tuple[Scope, ...]:
        """The granted scopes that allow the interaction on some resource of the type."""
        return tuple(scope for scope in self.grant.scopes if scope.covers(interaction, resource_type))

    def may(self, interaction: str, resource: Json) -> bool:
        """Tell whether the interaction is allowed on this resource."""
        covering = self.covering(interaction, str(resource.get("resourceType", "")))
        return any(self._admits(scope, interaction, resource) for scope in covering)

    def may_see(self, resource: Json) -> bool:
        """Tell whether a resource beside the matches of a search may be shown."""
        return self.may("read", resource) or self.may("search-type", resource)

    def may_name(self, resource: Json) -> bool:
        """Tell whether what an app writes may refer to `resource`, though it could not read it.

        An app charts into a visit that it has no scope for, but never into the visit of another patient.
        """
        writing = [scope for scope in self.grant.scopes if set(scope.letters) & set("cu")]
        return any(self._is_inside(scope, "read", resource) for scope in writing)

    def _admits(self, scope: Scope, interaction: str, resource: Json) -> bool:
        return self.queries.meets(resource, scope) and self._is_inside(scope, interaction, resource)

    def _is_inside(self, scope: Scope, interaction: str, resource: Json) -> bool:
        patients = self.limit_of(scope)
        writes = INTERACTION_LETTERS.get(interaction, "") in ("c", "u", "d")
        if patients is None or (scope.context == "user" and not writes and self._is_of_the_user(resource)):
            return True
        return any(is_in_compartment(resource, patient, about=writes, base=self.base) for patient in patients or ("",))

    def _is_of_the_user(self, resource: Json) -> bool:
        """Tell whether it is what fhirUser names: a caregiver's Person is in nobody's chart, and theirs to read."""
        return self.grant.fhir_user == f"{resource.get('resourceType')}/{resource.get('id')}"

    def limit_of(self, scope: Scope) -> tuple[str, ...] | None:
        """The patients at whom a scope ends, () where it is for one and none was chosen; None where it ends at none."""
        if scope.context == "patient":
            return (self.grant.patient,) if self.grant.patient else ()
        return self.grant.charts if scope.context == "user" else None

    def _tell_missing(self, interaction: str, resource_type: str) -> Denial:
        contexts = ("system",) if self._is_system else ("patient", "user")
        needed = self._need(interaction, resource_type, contexts[0])
        ask = self._ask(interaction, resource_type, *contexts)
        withheld = self._find_withheld(interaction, resource_type)
        if withheld is None:
            return Denial("scope", f"{ask} {self._tell_granted()}", needed)
        said = f"The app asked for {withheld.scope.text}, and {BY_WORDS[withheld.by]}: {withheld.reason}"
        return Denial(withheld.by, f"{ask} {said} {self._tell_granted()}", needed)

    def _find_withheld(self, interaction: str, resource_type: str) -> WithheldScope | None:
        return next((w for w in self.grant.withheld if w.scope.covers(interaction, resource_type)), None)

    def _tell_limit(self, covering: tuple[Scope, ...], interaction: str, resource_type: str, resource: Json) -> Denial:
        name = f"{resource_type}/{resource['id']}" if resource.get("id") else f"This {resource_type}"
        narrow = next((s for s in covering if self._is_inside(s, interaction, resource)), None)
        if narrow is not None:
            said = f"{name} is outside what the scope {narrow.text} covers. {self._tell_granted()}"
            return Denial("query", said, self._need(interaction, resource_type, narrow.context))
        limit = f"{name} belongs to a patient, and this access token is for none"
        if self.grant.patient:
            limit = f"{name} does not belong to the patient {self.grant.patient}, whom this access token is for"
        elif self.grant.charts is not None:
            limit = f"{name} does not belong to a patient whose chart {self.grant.user} may open"
        said = f"{limit}. {self._ask(interaction, resource_type, 'user')} {self._tell_granted()}"
        return Denial("compartment", said, self._need(interaction, resource_type, "user"))

    @property
    def _is_system(self) -> bool:
        contexts = {scope.context for scope in self.grant.scopes if scope.kind == "resource"}
        return contexts == {"system"}

    @property
    def _version(self) -> ScopeVersion:
        versions = {scope.version for scope in self.grant.scopes if scope.version}
        versions |= {withheld.scope.version for withheld in self.grant.withheld if withheld.scope.version}
        told: ScopeVersion = "v1" if versions == {"v1"} else "v2"
        return told if told in self.versions or not self.versions else self.versions[0]

    def _need(self, interaction: str, resource_type: str, context: str) -> Scope | None:
        return needed_for(interaction, resource_type, context=context, version=self._version)

    def _ask(self, interaction: str, resource_type: str, *contexts: str) -> str:
        needed = (self._need(interaction, resource_type, context) for context in contexts)
        wanted = " or ".join(scope.text for scope in needed if scope is not None)
        if not wanted:
            return f"No scope allows the interaction “{interaction}” on {resource_type}."
        return f"This {interaction} of {resource_type} needs the scope {wanted}."

    def _tell_granted(self) -> str:
        granted = to_scope_text(s for s in self.grant.scopes if s.kind == "resource")
        return f"Granted: {granted}." if granted else "No scope for any resource was granted."
