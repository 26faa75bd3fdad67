"""References: whether what they name is here where it must be, and of a type that the element may refer to."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from workbench.definitions.structure_json import CANONICAL
from workbench.fhirpath.node import Node
from workbench.plain_text import with_article
from workbench.rules.scope import Scope, parse_address
from workbench.rules.visit import Visit
from workbench.structure.issue_log import Place
from workbench.structure.primitive_value import is_absolute, show

_WHERE = {"contained": "contained here", "bundled": "in the same bundle", "referenced": "that is elsewhere"}


def check_reference(node: Node, place: Place, visit: Visit) -> None:
    """What every Reference must keep: a target within reach where it says so, and the type it says."""
    reference = node.value.get("reference")
    if not isinstance(reference, str) or visit.log.is_spoilt(place):
        return
    at = Place(place, "reference")
    if " " in reference:
        said = f"{show(reference)} is no address: it must not hold blanks. Say a name in “display” instead."
        _tell(visit, "value", said, at, "Reference.reference format", "Reference")
    elif reference.startswith("#"):
        _check_contained(reference, place, visit)
    elif reference.startswith(("urn:uuid:", "urn:oid:")):
        _check_urn(reference, at, visit)
    elif "?" in reference and "/" not in reference.partition("?")[0]:
        _check_conditional(reference, at, visit)
    elif not is_absolute(reference) and not _is_relative(reference, visit):
        said = f"{show(reference)} looks like no reference: a relative one is the type and id of a resource, Patient/1."
        profile = visit.judge.canonical("Reference")
        visit.log.tell("warning", "value", said, at, "Reference.reference format", profile)
    named = node.value.get("type")
    target = target_type(reference, visit.scope)
    if isinstance(named, str) and target and named.removeprefix(CANONICAL) != target:
        said = f"“type” says {named}, and “reference” names {with_article(target)}; make them agree."
        _tell(visit, "value", said, Place(place, "type"), "Reference.type", "Reference")


def _is_relative(reference: str, visit: Visit) -> bool:
    address = parse_address(reference.partition("#")[0])
    return address is not None and not address[0] and visit.judge.definitions.is_resource(address[1])


def _check_contained(reference: str, place: Place, visit: Visit) -> None:
    contained = Place(visit.scope.root.place, "contained")
    if visit.log.is_spoilt(contained) or visit.log.is_spoilt_below(contained):
        return
    if visit.scope.find(reference) is None:
        said = f"“{reference}” names no contained resource of {visit.scope.root.node.type or 'this resource'}"
        if reference == "#":
            said = "“#” names the resource around a contained one, and this one is not contained"
        _tell(visit, "invariant", f"{said}; contain it, or refer to where it is.", place, "ref-1", "Reference")


def _check_urn(reference: str, place: Place, visit: Visit) -> None:
    """Such a name says nothing of where the resource is, so that it can only be in the same bundle."""
    if visit.scope.bundle is not None and visit.scope.find(reference) is None:
        said = f"No entry of this bundle has the fullUrl “{reference}”; add the entry, or refer to one that is there."
        _tell(visit, "not-found", said, place, "Reference.reference target", "Bundle")


def _check_conditional(reference: str, place: Place, visit: Visit) -> None:
    bundle = visit.scope.bundle
    if bundle is not None and bundle.node.value.get("type") in ("transaction", "batch"):
        return
    said = "A reference by search is resolved in a transaction alone; name the resource itself, or say its identifier."
    visit.log.tell(
        "warning", "value", said, place, "Reference.reference conditional", visit.judge.canonical("Reference")
    )


def target_type(reference: str, scope: Scope) -> str:
    """The type of resource that a reference names, as far as it is known here; else empty."""
    found = scope.find(reference)
    if found is not None:
        return found.node.type
    bare = reference.partition("?")[0] if "?" in reference else reference.partition("#")[0]
    tables = scope.node.kind.model.tables
    if "?" in reference:
        return bare if tables.is_resource(bare) else ""
    address = parse_address(bare)
    return address[1] if address is not None and tables.is_resource(address[1]) else ""


@dataclass(frozen=True, slots=True)
class TargetCheck:
    """What the reference at one element may name: canonicals of types or profiles. `element` is its id."""

    targets: Sequence[str]
    element: str
    profile: str

    def __call__(self, node: Node, place: Place, visit: Visit) -> None:
        value: Any = node.value
        if node.type == "CodeableReference" and isinstance(value, dict):
            value, place = value.get("reference"), Place(place, "reference")
        reference = value.get("reference") if isinstance(value, dict) else None
        if not isinstance(reference, str) or visit.log.is_spoilt(place):
            return
        target = target_type(reference, visit.scope)
        if not target:
            return
        types = {name for canonical in self.targets for name in visit.judge.type_names(canonical)}
        if types and target not in types and "Resource" not in types:
            said = f"“{place.name}” refers to {with_article(target)}, and may refer only to {', '.join(sorted(types))}."
            aspect = "target"
            visit.log.tell(
                "error", "value", said, Place(place, "reference"), f"{self.element} target", self.profile, aspect=aspect
            )
            return
        self._check_profiles(reference, target, place, visit)

    def _check_profiles(self, reference: str, target: str, place: Place, visit: Visit) -> None:
        """One that is here must meet one of the profiles for its type."""
        found = visit.scope.find(reference)
        wanted = [name for name in self.targets if target in visit.judge.type_names(name) or name.endswith("/Resource")]
        if found is None or not wanted or any(visit.judge.is_base(name) for name in wanted):
            return
        inner = visit.within(found)
        verdicts = [inner.conforms(found.node, found.place, name) for name in wanted]
        if any(verdict for verdict in verdicts):
            return
        names = ", ".join(visit.judge.title(name) for name in wanted)
        at = Place(place, "reference")
        if any(verdict is None for verdict in verdicts):
            question, why = f"Whether {found.place} meets {names}", "a part of what it asks is undecided"
            visit.log.tell_undecided(question, why, at, f"{self.element} target", self.profile)
        elif not set(wanted) & set(_claimed(found.node.value)):
            why = visit.judge.first_fault(found.node, found.place, wanted[0], inner)
            said = f"{found.place}, which this names, does not meet {names}: {why}"
            visit.log.tell("error", "structure", said, at, f"{self.element} target", self.profile)


@dataclass(frozen=True, slots=True)
class AggregationCheck:
    """Where the target of a reference must be: contained, in the same bundle, or elsewhere (ElementDefinition)."""

    modes: tuple[str, ...]
    element: str
    profile: str

    def __call__(self, node: Node, place: Place, visit: Visit) -> None:
        reference = node.value.get("reference") if isinstance(node.value, dict) else None
        if not isinstance(reference, str) or visit.log.is_spoilt(place):
            return
        found = visit.scope.find(reference)
        mode = "contained" if reference.startswith("#") else "bundled" if found is not None else "referenced"
        # What is in the same bundle is referred to as well.
        if mode in self.modes or (mode == "bundled" and "referenced" in self.modes):
            return
        wanted = " or ".join(_WHERE[name] for name in self.modes)
        said = f"“{place.name}” refers to a resource {_WHERE[mode]}, and must refer to one {wanted}."
        at = Place(place, "reference")
        visit.log.tell("error", "value", said, at, f"{self.element} aggregation", self.profile)


def check_canonical(node: Node, place: Place, visit: Visit) -> None:
    """A canonical is absolute, or names a contained resource, which then must be there (Data types, canonical)."""
    name = node.value
    if not isinstance(name, str) or visit.log.is_spoilt(place):
        return
    if not name.startswith("#"):
        if not is_absolute(name):
            said = f"“{name}” is not absolute, as a canonical must be, such as https://example.org/{name}."
            _tell(visit, "value", said, place, "canonical absolute", "canonical")
            visit.log.spoil(place)
    elif visit.scope.find(name) is None:
        said = f"“{name}” names no contained resource of {visit.scope.root.node.type or 'this resource'}; contain it."
        _tell(visit, "not-found", said, place, "canonical target", "canonical")


def _claimed(resource: Any) -> list[str]:
    """What the target says it meets; what it then lacks is told at the target itself."""
    meta = resource.get("meta") if isinstance(resource, dict) else None
    profiles = meta.get("profile") if isinstance(meta, dict) else None
    return [str(name).partition("|")[0] for name in profiles] if isinstance(profiles, list) else []


def _tell(visit: Visit, code: str, said: str, place: Place, rule: str, type_name: str) -> None:
    visit.log.tell("error", code, said, place, rule, visit.judge.canonical(type_name))
