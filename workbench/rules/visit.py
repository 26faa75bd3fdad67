"""Visit: one resource being validated: the log that takes the issues, its scope, and what was judged already."""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property
from typing import TYPE_CHECKING

from workbench.fhirpath.environment import Environment
from workbench.fhirpath.node import Node
from workbench.rules.narrative import find_narrative_faults
from workbench.rules.scope import Scope
from workbench.structure.issue_log import IssueLog, Place

if TYPE_CHECKING:
    from workbench.rules.rulebook import Rulebook


# Judges one element, or all elements of one name below a place.
Check = Callable[[Node, Place, "Visit"], None]
GroupCheck = Callable[[list[tuple[Node, Place]], Place, "Visit"], None]


class Memory:
    """What one validation found out once.

    `conforming`: whether an element meets a profile; while that is found out, it is taken to. `exhausted`: why a rule
    could not be evaluated in the time and room that it has, which is not tried again at every other element.
    """

    __slots__ = ("conforming", "exhausted")

    def __init__(self) -> None:
        self.conforming: dict[tuple[int, str], bool | None] = {}
        self.exhausted: dict[tuple[str, str], str] = {}


class Visit:
    """One place of a validation: in which resource it is, who hears of issues, and what was found out before."""

    def __init__(self, judge: Rulebook, log: IssueLog, scope: Scope, memory: Memory | None = None) -> None:
        self.judge = judge
        self.log = log
        self.scope = scope
        self.memory = memory or Memory()

    def within(self, scope: Scope) -> Visit:
        """The same validation, in another resource."""
        return Visit(self.judge, self.log, scope, self.memory)

    def apart(self, scope: Scope | None = None) -> Visit:
        """A trial, whose issues are told to nobody."""
        return Visit(self.judge, IssueLog(), scope or self.scope, self.memory)

    @cached_property
    def environment(self) -> Environment:
        """What an invariant of this resource may ask."""
        return Environment(
            self.judge.definitions,
            self.scope.node,
            self.scope.root.node,
            resolve=self._resolve,
            member_of=self._member_of,
            conforms_to=self._conforms_to,
            html_checks=lambda text: not find_narrative_faults(text),
        )

    def conforms(self, node: Node, place: Place, canonical: str) -> bool | None:
        """Whether an element meets a profile; None where that cannot be decided here."""
        key, known = (id(node.value), canonical), self.memory.conforming
        if key not in known:
            known[key] = True
            trial = self.apart(self.scope.scope_of(node, place) if "Resource" in node.kind.names else None)
            self.judge.judge_profile(node, place, canonical, trial)
            trial.log.settle()
            undecided = any(issue.is_undecided for issue in trial.log.issues)
            known[key] = False if trial.log.has_errors else None if undecided else True
        return known[key]

    def _resolve(self, reference: str) -> Node | None:
        found = self.scope.find(reference)
        if found is not None:
            return found.node
        return self.judge.refuse_resolution(reference)

    def _member_of(self, node: Node, value_set: str) -> bool | None:
        return self.judge.is_member(node, value_set)

    def _conforms_to(self, node: Node, canonical: str) -> bool | None:
        return self.conforms(node, self.scope.place, canonical)
