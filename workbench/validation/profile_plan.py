"""ProfilePlan: what a profile asks beyond the base, compiled once into checks of elements and of groups of them.

What the base of the release asks already is left out: it is judged for every resource, and told once.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING

from workbench.definitions.structure import ElementDefinition, ElementType, Structure
from workbench.fhirpath.node import Node
from workbench.validation.binding import BindingCheck, asks_codes
from workbench.validation.definition_tree import Branch, make_tree
from workbench.validation.element import elements_of
from workbench.validation.invariant import JUDGED_ELSEWHERE, InvariantCheck
from workbench.validation.issue_log import Place
from workbench.validation.reference import AggregationCheck, TargetCheck
from workbench.validation.value_check import LengthCheck, RangeCheck, TypeCheck, ValueCheck
from workbench.validation.visit import Visit

if TYPE_CHECKING:
    from workbench.validation.judge import Judge

Check = Callable[[Node, Place, Visit], None]
_REFERRING = frozenset({"Reference", "CodeableReference"})


class ElementPlan:
    """What is asked of one element: `checks` of itself, `groups` of what is in it."""

    __slots__ = ("checks", "groups")

    def __init__(self, checks: tuple[Check, ...], groups: tuple[Check, ...]) -> None:
        self.checks = checks
        self.groups = groups

    def __call__(self, node: Node, place: Place, visit: Visit) -> None:
        for check in self.checks:
            check(node, place, visit)
        if node.value.__class__ is dict or node.sibling.__class__ is dict:
            for group in self.groups:
                group(node, place, visit)

    def __bool__(self) -> bool:
        return bool(self.checks or self.groups)


class ContentPlan:
    """What is asked of an element with the content of another, `Questionnaire.item.item`, compiled when one is met."""

    __slots__ = ("branch", "judge", "plan")

    def __init__(self, judge: Judge, branch: Branch) -> None:
        self.judge = judge
        self.branch = branch
        self.plan: ElementPlan | None = None

    def __call__(self, node: Node, place: Place, visit: Visit) -> None:
        if self.plan is None:
            self.plan = ElementPlan((), tuple(_groups(self.judge, self.branch, ())))
        self.plan(node, place, visit)


class GroupPlan:
    """The elements under one name: how many, what each must be, and which slices they make."""

    __slots__ = ("branch", "least", "most", "name", "plan", "slicing", "structure")

    def __init__(self, branch: Branch, least: int, most: int | None, plan: ElementPlan, slicing: Check2 | None) -> None:
        self.name = branch.name
        self.branch = branch
        self.structure = branch.structure
        self.least = least
        self.most = most
        self.plan = plan
        self.slicing = slicing

    def __call__(self, node: Node, place: Place, visit: Visit) -> None:
        elements = elements_of(node, self.name, place)
        count = len(elements)
        if self.most is not None and count > self.most:
            self._tell_many(count, place, visit)
        if self.plan:
            for one, at in elements:
                self.plan(one, at, visit)
        if count < self.least and not elements:
            self._tell_missing(count, place, visit)
        elif self.slicing is not None:
            self.slicing(elements, place, visit)
        if 0 < count < self.least:
            # Where a slice is told to be missing, that says it better.
            self._tell_missing(count, place, visit)

    def _tell_missing(self, count: int, place: Place, visit: Visit) -> None:
        here = Place(place, self.name)
        if visit.log.is_spoilt(here):
            return
        asker = tell_asker(self.structure)
        said = f"“{self.name}” is missing: {asker} asks for it"
        if count or self.least > 1:
            said = f"“{self.name}” stands {count} times, and {asker} asks for at least {self.least}"
        rule = f"{self.branch.definition.id} min"
        visit.log.tell("error", "required", f"{said}.", here, rule, self.structure.canonical, aspect="min")
        visit.log.spoil(here)

    def _tell_many(self, count: int, place: Place, visit: Visit) -> None:
        asker = tell_asker(self.structure)
        said = f"“{self.name}” stands {count} times, and {asker} allows {self.most}"
        if self.most == 0:
            said = f"“{self.name}” must not stand here, says {asker}; take it out"
            visit.log.spoil(Place(place, self.name))
        rule, profile = f"{self.branch.definition.id} max", self.structure.canonical
        visit.log.tell("error", "structure", f"{said}.", Place(place, self.name), rule, profile, aspect="max")


Check2 = Callable[[list[tuple[Node, Place]], Place, Visit], None]


def tell_asker(structure: Structure) -> str:
    return structure.title or structure.name or structure.url


def compile_profile(judge: Judge, structure: Structure) -> ElementPlan:
    """Return the plan of a profile or extension for the elements of its type."""
    tree = make_tree(structure)
    if tree is None:
        return ElementPlan((), ())
    return compile_element(judge, tree, [])


def compile_element(judge: Judge, branch: Branch, known: Sequence[Branch]) -> ElementPlan:
    """`known` are branches that judge the same element too: what they ask is not asked again."""
    bases = [*judge.base_elements(branch.definition), *(other.definition for other in known)]
    checks = tuple(element_checks(judge, branch, bases))
    content = branch.known.get(branch.definition.content_reference)
    if content is not None and not branch.children:
        return ElementPlan((*checks, ContentPlan(judge, content)), ())
    return ElementPlan(checks, tuple(_groups(judge, branch, known)))


def element_checks(judge: Judge, branch: Branch, bases: Sequence[ElementDefinition]) -> Iterator[Check]:
    definition, structure = branch.definition, branch.structure
    profile = structure.canonical
    is_root = "." not in definition.path
    if not is_root:
        types = {kind.code for kind in definition.types}
        if types and any(types < {kind.code for kind in base.types} for base in bases):
            yield TypeCheck(frozenset(types), definition.id, structure)
        yield from _type_checks(judge, branch, bases)
    if definition.fixed is not None and all(definition.fixed != base.fixed for base in bases):
        yield ValueCheck(definition.fixed[1], True, definition.id, structure)
    if definition.pattern is not None and all(definition.pattern != base.pattern for base in bases):
        yield ValueCheck(definition.pattern[1], False, definition.id, structure)
    if definition.least_value is not None or definition.most_value is not None:
        yield RangeCheck(definition.least_value, definition.most_value, definition.id, structure)
    if definition.most_length is not None:
        yield LengthCheck(definition.most_length, definition.id, structure)
    binding = definition.binding
    if binding is not None and asks_codes(binding) and all(binding != base.binding for base in bases):
        yield BindingCheck(binding, definition.id, profile)
    told = {(item.key, item.expression) for base in bases for item in base.constraints}
    told |= judge.type_constraints(definition)
    for constraint in definition.constraints:
        rule = (constraint.key, constraint.expression)
        if constraint.expression and constraint.key not in JUDGED_ELSEWHERE and rule not in told:
            yield InvariantCheck(constraint, profile)


def _type_checks(judge: Judge, branch: Branch, bases: Sequence[ElementDefinition]) -> Iterator[Check]:
    definition = branch.definition
    by_type: dict[str, ElementType] = {kind.code: kind for base in bases for kind in base.types}
    for kind in definition.types:
        known = by_type.get(kind.code)
        if kind.profiles and kind.code != "Extension" and (known is None or known.profiles != kind.profiles):
            yield judge.profile_check(kind.profiles, kind.code)
        if kind.code in _REFERRING and kind.targets and (known is None or known.targets != kind.targets):
            yield TargetCheck(kind.targets, definition.id, branch.structure.canonical)
        if kind.code in _REFERRING and kind.aggregation and (known is None or known.aggregation != kind.aggregation):
            yield AggregationCheck(kind.aggregation, definition.id, branch.structure.canonical)


def _groups(judge: Judge, branch: Branch, known: Sequence[Branch]) -> Iterator[GroupPlan]:
    for name, child in branch.children.items():
        same = [other.children[name] for other in known if name in other.children]
        group = _group(judge, child, same)
        if group is not None:
            yield group


def _group(judge: Judge, child: Branch, known: Sequence[Branch]) -> GroupPlan | None:
    definition = child.definition
    bases = [*judge.base_elements(definition), *(other.definition for other in known)]
    least = definition.least if all(definition.least > base.least for base in bases) else 0
    most = definition.most
    if most is not None and any(base.most is not None and base.most <= most for base in bases):
        most = None
    plan = compile_element(judge, child, known)
    slicing = judge.compile_slicing(child, known)
    if not least and most is None and not plan and slicing is None:
        return None
    return GroupPlan(child, least, most, plan, slicing)
