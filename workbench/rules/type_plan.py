"""TypePlan: what is judged of each element of a type beyond its structure: invariants, codes, references, extensions.

A plan is compiled once for each type, and names only the elements under which there is anything to rulebook.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from workbench.definitions.structure import ElementDefinition
from workbench.definitions.type_table import TypedElement
from workbench.fhirpath.node import Kind, Node
from workbench.rules.binding import BindingCheck
from workbench.rules.extension import Owner, check_extension
from workbench.rules.invariant import JUDGED_ELSEWHERE, InvariantCheck
from workbench.rules.reference import TargetCheck, check_canonical, check_reference
from workbench.rules.resource_rules import check_unique_id
from workbench.rules.rulebook import Rulebook
from workbench.rules.visit import Check, Visit
from workbench.structure.coded_value import CODED_TYPES
from workbench.structure.issue_log import Place

_REFERRING = frozenset({"Reference", "CodeableReference"})


class Part:
    """One element under one JSON name; `beside` tells that it is the `_name` of a primitive."""

    __slots__ = ("beside", "checks", "kind", "name", "path", "plan")

    def __init__(self, name: str, path: str, kind: Kind, checks: tuple[Check, ...], *, beside: bool = False) -> None:
        self.name = name
        self.path = path
        self.kind = kind
        self.checks = checks
        self.beside = beside
        self.plan: TypePlan | None = None


class TypePlan:
    """`checks` judge an element of the type itself, `parts` by JSON name what is in it."""

    __slots__ = ("checks", "kind", "parts")

    def __init__(self, kind: Kind) -> None:
        self.kind = kind
        self.checks: tuple[Check, ...] = ()
        self.parts: dict[str, Part] = {}


def compile_type(rulebook: Rulebook, type_name: str) -> TypePlan:
    """Return the plan of a data type, a resource or an inner type such as `Patient.contact`."""
    kind = rulebook.model.kind(type_name)
    plan = TypePlan(kind)
    owner = type_name.partition(".")[0]
    structure = rulebook.definitions.structure(owner)
    table = rulebook.definitions.table(type_name)
    if structure is None or table is None:
        return plan
    profile = structure.canonical
    elements = {element.path: element for element in structure.elements if ":" not in element.id}
    own = elements.get(type_name)
    plan.checks = (*_special_checks(rulebook, type_name), *_invariants(own.constraints if own else (), profile))
    for typed in table.elements.values():
        element = elements.get(f"{type_name}.{typed.name}")
        part = _make_part(rulebook, typed, element, profile, type_name)
        if part is not None:
            plan.parts[typed.json_name] = part
        if rulebook.model.is_primitive(typed.type):
            # What stands beside a primitive may have extensions, which are judged as any others.
            name = typed.name.removesuffix("[x]")
            plan.parts[f"_{typed.json_name}"] = Part(
                name, f"{type_name}.{typed.name}", rulebook.model.kind(typed.type), (), beside=True
            )
    return plan


def _special_checks(rulebook: Rulebook, type_name: str) -> Iterable[Check]:
    if type_name == "Reference":
        yield check_reference
    yield from rulebook.special_checks(type_name)


def _invariants(constraints: Iterable[Any], profile: str) -> tuple[Check, ...]:
    return tuple(
        InvariantCheck(constraint, profile)
        for constraint in constraints
        if constraint.expression and constraint.key not in JUDGED_ELSEWHERE
    )


def _make_part(
    rulebook: Rulebook, typed: TypedElement, element: ElementDefinition | None, profile: str, type_name: str
) -> Part | None:
    model = rulebook.model
    kind = model.kind(typed.type)
    checks: list[Check] = []
    # The elements of a snapshot and of a differential have the same ids (ElementDefinition, id).
    if typed.name == "id" and type_name != "ElementDefinition" and not rulebook.definitions.is_resource(type_name):
        checks.append(check_unique_id)
    path = f"{type_name}.{typed.name}"
    # The inner type has the constraints of its element as its own, and a data type those of its root.
    if element is not None and not typed.type.startswith(f"{type_name}."):
        own = rulebook.definitions.structure(typed.type) if "." not in typed.type else None
        known = {constraint.key for constraint in own.elements[0].constraints} if own and own.elements else set()
        if "." not in typed.type:
            checks += _invariants([item for item in element.constraints if item.key not in known], profile)
    if typed.type == "canonical":
        checks.append(check_canonical)
    binding = element.binding if element is not None else None
    if binding is not None and binding.value_set and typed.type in CODED_TYPES:
        listed = rulebook.codes.known(binding.value_set) is not None
        if (binding.strength == "required" and not listed) or binding.strength == "extensible" or binding.most:
            checks.append(BindingCheck(binding, path, profile))
    if typed.type in _REFERRING and typed.targets:
        targets = next((kind.targets for kind in element.types if kind.code == typed.type), ()) if element else ()
        checks.append(TargetCheck(targets, path, profile))
    for wanted in element.types if element is not None else ():
        if wanted.code == typed.type and wanted.profiles and typed.type != "Extension":
            checks.append(rulebook.profile_check(wanted.profiles))
    if kind.primitive and not checks and typed.type != "xhtml":
        return None
    return Part(typed.name.removesuffix("[x]"), path, kind, tuple(checks))


def walk(node: Node, plan: TypePlan, place: Place, visit: Visit, path: str) -> None:
    """Judge an element and all that is in it. `path` is how its type names it."""
    for check in plan.checks:
        check(node, place, visit)
    owner: Owner | None = None
    find = plan.parts.get
    for key, item in node.value.items():
        part = find(key)
        if part is None:
            continue
        if part.beside:
            _walk_beside(node.value, key, item, part, place, visit)
            continue
        if part.kind.name == "Extension" and owner is None:
            owner = Owner(node, place, path)
        if item.__class__ is list:
            for index, one in enumerate(item):
                _walk_part(one, part, Place(place, part.name, index), visit, owner, node)
        else:
            _walk_part(item, part, Place(place, part.name), visit, owner, node)


def _walk_part(value: Any, part: Part, place: Place, visit: Visit, owner: Owner | None, parent: Node) -> None:
    kind = part.kind
    if kind.any_resource:
        if value.__class__ is dict:
            visit.judge.walk_resource(value, part.name, parent, place, visit)
        return
    if value.__class__ is not dict:
        if kind.primitive and value is not None and not isinstance(value, list):
            node = Node(value, kind)
            for check in part.checks:
                check(node, place, visit)
        return
    if kind.primitive:
        return
    node = Node(value, kind)
    if part.plan is None:
        part.plan = visit.judge.type_plan(kind.name)
    walk(node, part.plan, place, visit, part.path)
    # After its parts: where one of them is told to be wrong, what follows from it is not told again.
    for check in part.checks:
        check(node, place, visit)
    if owner is not None and kind.name == "Extension":
        check_extension(node, place, owner, visit)


def _walk_beside(parent: Any, key: str, item: Any, part: Part, place: Place, visit: Visit) -> None:
    """The extensions of primitives, and of each of several."""
    values = parent.get(key[1:])
    plan = visit.judge.type_plan("Element")
    for index, beside in enumerate(item if isinstance(item, list) else [item]):
        if beside.__class__ is not dict:
            continue
        value = values
        if isinstance(item, list):
            value = values[index] if isinstance(values, list) and index < len(values) else None
        at = Place(place, part.name, index if isinstance(item, list) else -1)
        if "id" in beside:
            check_unique_id(Node(beside["id"], part.kind), Place(at, "id"), visit)
        extensions = beside.get("extension")
        owner = Owner(Node(value, part.kind, beside), at, part.path)
        extension = plan.parts.get("extension")
        if isinstance(extensions, list) and extension is not None:
            for number, one in enumerate(extensions):
                _walk_part(one, extension, Place(at, "extension", number), visit, owner, owner.node)
