"""Discriminators: what tells the elements of a slice from others, compiled for each slice.

FHIR R4, Profiling, discriminator: by value or pattern (fixed and pattern values, required bindings), existence, type,
profile and, since R5, position.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from workbench.definitions.definition_tree import Branch
from workbench.definitions.structure import Discriminator
from workbench.errors import WorkbenchError
from workbench.fhirpath.environment import NotEvaluated
from workbench.fhirpath.expression import Expression, compile_expression
from workbench.fhirpath.node import Node, child_nodes
from workbench.plain_text import with_article
from workbench.profiles.definition_path import branches_at
from workbench.profiles.value_match import equals, fits, tell_value
from workbench.rules.element import is_of_types
from workbench.rules.reference import target_type
from workbench.rules.rulebook import Rulebook
from workbench.rules.visit import Visit
from workbench.structure.coded_value import CODED_TYPES, judge_value
from workbench.structure.issue_log import Place

# None: it cannot be decided here.
Test = Callable[[Node, Place, Visit], "bool | None"]


class Matcher:
    """Tells whether an element is one of a slice; `words` say what makes it one."""

    __slots__ = ("tests", "words")

    def __init__(self, tests: Sequence[Test], words: str) -> None:
        self.tests = tuple(tests)
        self.words = words

    def __call__(self, node: Node, place: Place, visit: Visit) -> bool | None:
        verdict: bool | None = True
        for test in self.tests:
            found = test(node, place, visit)
            if found is False:
                return False
            if found is None:
                verdict = None
        return verdict


def compile_matcher(
    rulebook: Rulebook, branch: Branch, discriminators: Sequence[Discriminator], position: int
) -> Matcher | None:
    """Return what tells the elements of a slice; None where its definition does not say."""
    tests: list[Test] = []
    words: list[str] = []
    for discriminator in discriminators:
        if discriminator.kind == "position":
            tests.append(_is_at(position))
            words.append(f"at position {position + 1}")
            continue
        targets = list(branches_at(rulebook, branch, discriminator.path))
        made = _compile(branch, discriminator, targets)
        if made is None:
            return None
        tests.append(made[0])
        words.append(made[1])
    return Matcher(tests, " and ".join(word for word in words if word)) if tests else None


def _compile(branch: Branch, by: Discriminator, targets: Sequence[Branch]) -> tuple[Test, str] | None:
    find = _finder(by.path)
    name = "" if by.path == "$this" else by.path
    if find is None or not targets:
        return None
    if by.kind == "exists":
        return _existence(find, targets, name)
    if by.kind == "type":
        types = frozenset(code for target in targets for code in _types_at(target))
        shown = " or ".join(sorted(types))
        test = _refers_to(by.path, types) or _any_of(find, _is_of(types))
        return (test, f"{name} is {with_article(shown)}".strip()) if types else None
    if by.kind == "profile":
        profiles = tuple(dict.fromkeys(profile for target in targets for profile in _profiles_at(target)))
        shown = " or ".join(profiles)
        return (_any_of(find, _meets(profiles)), f"{name} meets {shown}".strip()) if profiles else None
    for target in targets:
        made = value_test(target) or (_url_test(branch) if by.path == "url" else None)
        if made is not None:
            return _any_of(find, made[0]), f"{name} {made[1]}".strip()
    return None


def _url_test(branch: Branch) -> tuple[Test, str] | None:
    """An extension whose definition is not here is still known by its url."""
    urls = frozenset(profile.partition("|")[0] for profile in _profiles_at(branch))
    return (lambda node, place, visit: node.value in urls, f"is {', '.join(sorted(urls))}") if urls else None


def value_test(branch: Branch) -> tuple[Test, str] | None:
    """The test of a value by its own fixed value, pattern or required binding, or by those of what is in it."""
    definition = branch.definition
    if definition.fixed is not None:
        wanted = definition.fixed[1]
        return lambda node, place, visit: equals(node.value, wanted), f"is {tell_value(wanted)}"
    if definition.pattern is not None:
        pattern = definition.pattern[1]
        return lambda node, place, visit: fits(node.value, pattern), f"has {tell_value(pattern)}"
    inner = [
        (name, made) for name, child in branch.children.items() for made in [_child_test(child)] if made is not None
    ]
    if inner:
        return _all_children([(name, test) for name, (test, _) in inner]), " and ".join(
            f"{name} {word}" for name, (_, word) in inner
        )
    binding = definition.binding
    if binding is not None and binding.strength == "required" and binding.value_set:
        value_set = binding.value_set
        return _in_value_set(value_set), f"is of {value_set.partition('|')[0]}"
    return None


def _child_test(branch: Branch) -> tuple[Test, str] | None:
    """Slices below count too: `coding:loinc` with its fixed code."""
    made = (
        value_test(branch)
        if branch.definition.binding is None or branch.definition.fixed or branch.definition.pattern
        else None
    )
    if made is not None:
        return made
    for inner in branch.slices.values():
        if inner.definition.least > 0:
            made = value_test(inner)
            if made is not None:
                return made
    return None


def _all_children(tests: Sequence[tuple[str, Test]]) -> Test:
    def test(node: Node, place: Place, visit: Visit) -> bool | None:
        verdict: bool | None = True
        for name, inner in tests:
            found = _any([inner(child, place, visit) for child in child_nodes(node, name)])
            if found is False:
                return False
            verdict = verdict if found else None
        return verdict

    return test


def _in_value_set(value_set: str) -> Test:
    def test(node: Node, place: Place, visit: Visit) -> bool | None:
        if node.type not in CODED_TYPES or node.value is None:
            return False
        return judge_value(visit.judge.codes, value_set, node.value, node.type).found

    return test


def _existence(find: Callable[..., list[Node]], targets: Sequence[Branch], name: str) -> tuple[Test, str] | None:
    definition = targets[0].definition
    if definition.most == 0:
        return lambda node, place, visit: not find(node, visit), f"has no {name}"
    if definition.least > 0:
        return lambda node, place, visit: bool(find(node, visit)), f"has {name}"
    return None


def _is_of(types: frozenset[str]) -> Test:
    return lambda node, place, visit: is_of_types(node, types)


def _refers_to(path: str, types: frozenset[str]) -> Test | None:
    """The type of a target that is elsewhere, and cannot be resolved, is known where its address names it."""
    before, resolves, after = path.rpartition("resolve()")
    find = _finder(before.rstrip(".")) if resolves and not after else None
    if find is None:
        return None

    def test(node: Node, place: Place, visit: Visit) -> bool | None:
        references = find(node, visit)
        return None if references is None else _any([_has_target_of(one, types, visit) for one in references])

    return test


def _has_target_of(node: Node, types: frozenset[str], visit: Visit) -> bool | None:
    reference = node.value.get("reference") if isinstance(node.value, dict) else node.value
    if not isinstance(reference, str):
        return False
    target = target_type(reference, visit.scope)
    if not target:
        return False if reference.startswith("#") else None
    return not types.isdisjoint(visit.judge.model.kind(target).names)


def _meets(profiles: Sequence[str]) -> Test:
    return lambda node, place, visit: _any([visit.conforms(node, place, profile) for profile in profiles])


def _is_at(position: int) -> Test:
    return lambda node, place, visit: place.index == position


def _any_of(find: Callable[[Node, Visit], list[Node] | None], test: Test) -> Test:
    def found(node: Node, place: Place, visit: Visit) -> bool | None:
        nodes = find(node, visit)
        return None if nodes is None else _any([test(one, place, visit) for one in nodes])

    return found


def _any(verdicts: Sequence[bool | None]) -> bool | None:
    return True if True in verdicts else None if None in verdicts else False


def _finder(path: str) -> Callable[[Node, Visit], Any] | None:
    """What finds the nodes at a discriminator's path; it gives None where that cannot be told."""
    if path in ("$this", ""):
        return lambda node, visit: [node]
    if "(" not in path:
        return _follow(tuple(path.replace("[x]", "").split(".")))
    try:
        expression = compile_expression(path)
    except WorkbenchError:
        return None
    return lambda node, visit: _find(expression, node, visit)


def _follow(names: tuple[str, ...]) -> Callable[[Node, Visit], list[Node]]:
    def find(node: Node, visit: Visit) -> list[Node]:
        nodes = [node]
        for name in names:
            if name != "$this":
                nodes = [child for one in nodes for child in child_nodes(one, name)]
        return nodes

    return find


def _find(expression: Expression, node: Node, visit: Visit) -> list[Node] | None:
    try:
        return [item for item in expression.find([node], visit.environment) if isinstance(item, Node)]
    except NotEvaluated:
        return None


def _types_at(branch: Branch) -> list[str]:
    if "." not in branch.definition.path:
        return [branch.structure.type]
    return [kind.code for kind in branch.definition.types]


def _profiles_at(branch: Branch) -> list[str]:
    if "." not in branch.definition.path:
        return [branch.structure.url] if branch.structure.derivation == "constraint" else []
    return [profile for kind in branch.definition.types for profile in kind.profiles]
