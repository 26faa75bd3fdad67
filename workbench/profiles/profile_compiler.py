"""Compiler of profiles: each element of a snapshot made into the checks of what it asks beyond the base.

What the base of the release asks already is left out: it is judged for every resource, and told once.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from workbench.definitions.definition_tree import Branch, make_tree
from workbench.definitions.structure import ElementDefinition, ElementType, Structure
from workbench.profiles.profile_plan import ContentPlan, ElementPlan, GroupPlan
from workbench.profiles.value_check import LengthCheck, RangeCheck, TypeCheck, ValueCheck
from workbench.rules.binding import BindingCheck, asks_codes
from workbench.rules.invariant import JUDGED_ELSEWHERE, InvariantCheck
from workbench.rules.reference import AggregationCheck, TargetCheck
from workbench.rules.rulebook import Rulebook
from workbench.rules.visit import Check

_REFERRING = frozenset({"Reference", "CodeableReference"})


def compile_profile(rulebook: Rulebook, structure: Structure) -> ElementPlan:
    """Return the plan of a profile or extension for the elements of its type."""
    tree = make_tree(structure)
    if tree is None:
        return ElementPlan((), ())
    return compile_element(rulebook, tree, [])


def compile_element(rulebook: Rulebook, branch: Branch, known: Sequence[Branch]) -> ElementPlan:
    """`known` are branches that rulebook the same element too: what they ask is not asked again."""
    bases = [*rulebook.base_elements(branch.definition), *(other.definition for other in known)]
    checks = tuple(_element_checks(rulebook, branch, bases))
    content = branch.known.get(branch.definition.content_reference)
    if content is not None and not branch.children:
        of_content = ContentPlan(lambda: ElementPlan((), tuple(_groups(rulebook, content, ()))))
        return ElementPlan((*checks, of_content), ())
    return ElementPlan(checks, tuple(_groups(rulebook, branch, known)))


def _element_checks(rulebook: Rulebook, branch: Branch, bases: Sequence[ElementDefinition]) -> Iterator[Check]:
    definition, structure = branch.definition, branch.structure
    profile = structure.canonical
    is_root = "." not in definition.path
    if not is_root:
        types = {kind.code for kind in definition.types}
        if types and any(types < {kind.code for kind in base.types} for base in bases):
            yield TypeCheck(frozenset(types), definition.id, structure)
        yield from _type_checks(rulebook, branch, bases)
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
    told |= rulebook.type_constraints(definition)
    for constraint in definition.constraints:
        rule = (constraint.key, constraint.expression)
        if constraint.expression and constraint.key not in JUDGED_ELSEWHERE and rule not in told:
            yield InvariantCheck(constraint, profile)


def _type_checks(rulebook: Rulebook, branch: Branch, bases: Sequence[ElementDefinition]) -> Iterator[Check]:
    definition = branch.definition
    by_type: dict[str, ElementType] = {kind.code: kind for base in bases for kind in base.types}
    for kind in definition.types:
        known = by_type.get(kind.code)
        if kind.profiles and kind.code != "Extension" and (known is None or known.profiles != kind.profiles):
            yield rulebook.profile_check(kind.profiles, kind.code)
        if kind.code in _REFERRING and kind.targets and (known is None or known.targets != kind.targets):
            yield TargetCheck(kind.targets, definition.id, branch.structure.canonical)
        if kind.code in _REFERRING and kind.aggregation and (known is None or known.aggregation != kind.aggregation):
            yield AggregationCheck(kind.aggregation, definition.id, branch.structure.canonical)


def _groups(rulebook: Rulebook, branch: Branch, known: Sequence[Branch]) -> Iterator[GroupPlan]:
    for name, child in branch.children.items():
        same = [other.children[name] for other in known if name in other.children]
        group = _group(rulebook, child, same)
        if group is not None:
            yield group


def _group(rulebook: Rulebook, child: Branch, known: Sequence[Branch]) -> GroupPlan | None:
    definition = child.definition
    bases = [*rulebook.base_elements(definition), *(other.definition for other in known)]
    least = definition.least if all(definition.least > base.least for base in bases) else 0
    most = definition.most
    if most is not None and any(base.most is not None and base.most <= most for base in bases):
        most = None
    plan = compile_element(rulebook, child, known)
    slicing = rulebook.compile_slicing(child, known)
    if not least and most is None and not plan and slicing is None:
        return None
    return GroupPlan(child, least, most, plan, slicing)
