"""Paths of discriminators followed through definitions: from a slice to the elements that say what makes it one."""

from __future__ import annotations

import re
from collections.abc import Iterator

from workbench.definitions.definition_tree import Branch
from workbench.rules.rulebook import Rulebook

_STEP = re.compile(r"extension\(\s*['\"]([^'\"]*)['\"]\s*\)|ofType\(\s*([\w.]+)\s*\)|resolve\(\)|\$this|[\w\[\]]+")


def branches_at(rulebook: Rulebook, branch: Branch, path: str) -> Iterator[Branch]:
    """The definitions to which a path leads; into the profiles of types where the structure itself ends."""
    steps = list(_STEP.finditer(path))
    if not path or path == "$this":
        yield from _with_profiles(rulebook, branch)
        return
    yield from _follow(rulebook, branch, steps)


def _follow(rulebook: Rulebook, branch: Branch, steps: list[re.Match[str]]) -> Iterator[Branch]:
    if not steps:
        yield from _with_profiles(rulebook, branch)
        return
    first, rest = steps[0], steps[1:]
    for following in _step(rulebook, branch, first):
        yield from _follow(rulebook, following, rest)


def _step(rulebook: Rulebook, branch: Branch, step: re.Match[str]) -> Iterator[Branch]:
    text = step.group()
    if text == "$this":
        yield branch
    elif text.startswith("extension("):
        yield from _extensions(rulebook, branch, step.group(1))
    elif text.startswith("ofType("):
        yield from (
            one for one in [branch, *branch.slices.values()] if step.group(2) in {k.code for k in one.definition.types}
        )
    elif text == "resolve()":
        yield from _targets(rulebook, branch)
    else:
        yield from _children(rulebook, branch, text.replace("[x]", ""))


def _children(rulebook: Rulebook, branch: Branch, name: str) -> Iterator[Branch]:
    child = branch.children.get(name)
    if child is not None:
        yield child
        yield from (inner for inner in child.slices.values() if inner.definition.least > 0)
    for root in _profiles_of(rulebook, branch):
        if name in root.children:
            yield root.children[name]
    if child is None:
        for root in _types_of(rulebook, branch):
            if name in root.children:
                yield root.children[name]


def _extensions(rulebook: Rulebook, branch: Branch, url: str) -> Iterator[Branch]:
    extension = branch.children.get("extension")
    for one in extension.slices.values() if extension else ():
        if any(profile.partition("|")[0] == url for kind in one.definition.types for profile in kind.profiles):
            yield one
            return
        fixed = one.children["url"].definition.fixed if "url" in one.children else None
        if fixed is not None and fixed[1] == url:
            yield one
            return


def _targets(rulebook: Rulebook, branch: Branch) -> Iterator[Branch]:
    for kind in branch.definition.types:
        for target in kind.targets:
            root = rulebook.tree(target)
            if root is not None:
                yield root


def _with_profiles(rulebook: Rulebook, branch: Branch) -> Iterator[Branch]:
    yield branch
    yield from _profiles_of(rulebook, branch)


def _profiles_of(rulebook: Rulebook, branch: Branch) -> Iterator[Branch]:
    for kind in branch.definition.types:
        for profile in kind.profiles:
            root = rulebook.tree(profile)
            if root is not None:
                yield root


def _types_of(rulebook: Rulebook, branch: Branch) -> Iterator[Branch]:
    for kind in branch.definition.types:
        root = rulebook.tree(kind.code)
        if root is not None:
            yield root
