"""ProfilePlan: what a profile asks of an element and of what is in it, as compiled checks (`profile_compiler`)."""

from __future__ import annotations

from collections.abc import Callable

from workbench.definitions.definition_tree import Branch
from workbench.fhirpath.node import Node
from workbench.plain_text import tell_times
from workbench.rules.element import elements_of
from workbench.rules.visit import Check, GroupCheck, Visit
from workbench.structure.issue_log import Place


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

    __slots__ = ("_compile", "_plan")

    def __init__(self, compile_plan: Callable[[], ElementPlan]) -> None:
        self._compile = compile_plan
        self._plan: ElementPlan | None = None

    def __call__(self, node: Node, place: Place, visit: Visit) -> None:
        if self._plan is None:
            self._plan = self._compile()
        self._plan(node, place, visit)


class GroupPlan:
    """The elements under one name: how many, what each must be, and which slices they make."""

    __slots__ = ("branch", "least", "most", "name", "plan", "slicing", "structure")

    def __init__(
        self, branch: Branch, least: int, most: int | None, plan: ElementPlan, slicing: GroupCheck | None
    ) -> None:
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
        asker = self.structure.called
        said = f"“{self.name}” is missing: {asker} asks for it"
        if count:
            said = f"“{self.name}” stands {tell_times(count)}, and {asker} asks for at least {self.least}"
        elif self.least > 1:
            said = f"“{self.name}” is missing: {asker} asks for at least {self.least}"
        rule = f"{self.branch.definition.id} min"
        visit.log.tell("error", "required", f"{said}.", here, rule, self.structure.canonical, aspect="min")
        visit.log.spoil(here)

    def _tell_many(self, count: int, place: Place, visit: Visit) -> None:
        asker = self.structure.called
        said = f"“{self.name}” stands {tell_times(count)}, and {asker} allows {self.most}"
        if self.most == 0:
            said = f"“{self.name}” must not stand here, says {asker}; take it out"
            visit.log.spoil(Place(place, self.name))
        rule, profile = f"{self.branch.definition.id} max", self.structure.canonical
        visit.log.tell("error", "structure", f"{said}.", Place(place, self.name), rule, profile, aspect="max")
