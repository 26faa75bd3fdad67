"""Judge: what a release and its packages ask, compiled as it is needed and held against elements."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from workbench.definitions.definition_tree import Branch
from workbench.definitions.definitions import Definitions
from workbench.definitions.structure import Structure
from workbench.fhir.resource import Json
from workbench.fhirpath.node import Node
from workbench.plain_text import with_article
from workbench.profiles.profile_compiler import compile_profile
from workbench.profiles.profile_plan import ElementPlan
from workbench.profiles.slicing import compile_slicing
from workbench.rules.bundle import check_bundle
from workbench.rules.coding import check_coding, check_identifier
from workbench.rules.resource_rules import check_narrative, check_resource
from workbench.rules.rulebook import Rulebook
from workbench.rules.scope import Scope
from workbench.rules.type_plan import TypePlan, compile_type, walk
from workbench.rules.visit import Check, GroupCheck, Visit
from workbench.rules.vital_signs import check_vital_sign
from workbench.structure.codes import Codes
from workbench.structure.issue_log import Place

_SPECIAL: dict[str, tuple[Check, ...]] = {
    "Coding": (check_coding,),
    "Quantity": (check_coding,),
    "Identifier": (check_identifier,),
    "Narrative": (check_narrative,),
    "Bundle": (check_bundle,),
    "Observation": (check_vital_sign,),
}


class Judge(Rulebook):
    """Keeps no state of a resource, so that threads share one; what two of them compile at once is the same."""

    def __init__(self, definitions: Definitions, codes: Codes) -> None:
        super().__init__(definitions, codes)
        self._types: dict[str, TypePlan] = {}
        self._profiles: dict[str, ElementPlan] = {}

    def walk_resource(self, value: Json, name: str, parent: Node, place: Place, visit: Visit) -> None:
        """Judge a resource that stands in another: contained, an entry of a bundle, or a parameter."""
        url = parent.value.get("fullUrl") if name == "resource" else ""
        scope = Scope(
            self.model.node_of_resource(value),
            place,
            visit.scope,
            full_url=url if isinstance(url, str) else "",
            is_contained=name == "contained",
        )
        self.judge_resource(visit.within(scope))

    def judge_resource(self, visit: Visit, profiles: Sequence[str] = ()) -> None:
        """Judge the resource of the visit's scope by its type, the profiles it claims, and those named."""
        scope = visit.scope
        if not scope.node.type:
            return
        check_resource(scope.node, scope.place, visit)
        walk(scope.node, self.type_plan(scope.node.type), scope.place, visit, scope.node.type)
        judged: set[str] = set()
        for index, canonical in enumerate(_claimed_profiles(scope.node.value)):
            at = Place(Place(scope.place, "meta"), "profile", index)
            if not visit.log.is_spoilt(at):
                self._judge_named(canonical, at, visit, judged)
        for canonical in profiles:
            self._judge_named(canonical, scope.place, visit, judged)

    def _judge_named(self, canonical: str, at: Place, visit: Visit, judged: set[str]) -> None:
        """Hold the resource against a profile, unless it is among those that it was held against already."""
        scope = visit.scope
        structure = self.definitions.structure(canonical)
        if structure is None:
            self._tell_missing(canonical, "is not installed", at, visit)
            return
        if structure.type not in scope.node.kind.names:
            said = f"“{canonical}” is a profile of {structure.type}, and this is {with_article(scope.node.type)}."
            visit.log.tell("error", "structure", said, at, "Meta.profile type", structure.canonical)
            return
        version = canonical.partition("|")[2]
        if version and structure.version and version != structure.version:
            instead = f"is not installed, and version {structure.version} of it stands in"
            self._tell_missing(canonical, instead, at, visit)
        if structure.canonical not in judged:
            judged.add(structure.canonical)
            self.judge_profile(scope.node, scope.place, canonical, visit)

    def _tell_missing(self, canonical: str, what: str, place: Place, visit: Visit) -> None:
        why, rule = f"the profile {canonical} {what}", f"{canonical} installed"
        visit.log.tell_undecided("Whether this meets its profile", why, place, rule, aspect=canonical)

    def judge_profile(self, node: Node, place: Place, canonical: str, visit: Visit) -> None:
        """Hold an element against a profile of its type or its type itself, beyond what the base asks."""
        structure = self.definitions.structure(canonical)
        if structure is None or structure.is_differential:
            what = "is not installed" if structure is None else f"is based on {structure.base}, which is not installed"
            self._tell_missing(canonical, what, place, visit)
            return
        if structure.type not in node.kind.names:
            named = with_article(node.type or "thing of no known type")
            said = f"This is {named}, and must be {with_article(structure.type)}."
            visit.log.tell("error", "structure", said, place, f"{structure.type} type", structure.canonical)
            return
        self._profile_plan(structure)(node, place, visit)

    def _profile_plan(self, structure: Structure) -> ElementPlan:
        key = structure.canonical
        found = self._profiles.get(key)
        if found is None:
            found = self._profiles[key] = compile_profile(self, structure)
        return found

    def profile_check(self, profiles: Sequence[str], type_name: str = "") -> Check:
        """A check that an element of that type meets one of the profiles."""

        def check(node: Node, place: Place, visit: Visit) -> None:
            if type_name and type_name != node.type and type_name not in node.kind.names:
                return
            # Within an element that is a resource, its own references and rules count.
            inside = visit.within(visit.scope.scope_of(node, place)) if "Resource" in node.kind.names else visit
            if len(profiles) == 1:
                self.judge_profile(node, place, profiles[0], inside)
                return
            self._judge_any(node, place, profiles, inside)

        return check

    def _judge_any(self, node: Node, place: Place, profiles: Sequence[str], visit: Visit) -> None:
        verdicts = [visit.conforms(node, place, profile) for profile in profiles]
        if any(verdicts):
            return
        names = " or ".join(self.title(profile) for profile in profiles)
        if None in verdicts:
            why = "it depends on what is not here"
            visit.log.tell_undecided(f"Whether this meets {names}", why, place, "type profile", profiles[0])
            return
        why = self.first_fault(node, place, profiles[0], visit)
        visit.log.tell("error", "structure", f"This does not meet {names}: {why}", place, "type profile", profiles[0])

    def first_fault(self, node: Node, place: Place, canonical: str, visit: Visit) -> str:
        """The sentence that says why an element does not meet a profile."""
        trial = visit.apart()
        self.judge_profile(node, place, canonical, trial)
        trial.log.settle()
        return next((issue.message for issue in trial.log.issues if issue.is_error), "")

    def type_plan(self, type_name: str) -> TypePlan:
        found = self._types.get(type_name)
        if found is None:
            found = self._types[type_name] = compile_type(self, type_name)
        return found

    def compile_slicing(self, branch: Branch, known: Sequence[Branch]) -> GroupCheck | None:
        return compile_slicing(self, branch, known)

    def special_checks(self, type_name: str) -> tuple[Check, ...]:
        """The checks of a type that its definition does not say as constraints."""
        kind = self.model.kind(type_name)
        return next((checks for name, checks in _SPECIAL.items() if name in kind.names), ())


def _claimed_profiles(resource: Any) -> list[str]:
    meta = resource.get("meta") if isinstance(resource, dict) else None
    profiles = meta.get("profile") if isinstance(meta, dict) else None
    return [name for name in profiles if isinstance(name, str)] if isinstance(profiles, list) else []
