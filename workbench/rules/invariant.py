"""Invariants of elements: each constraint of a definition held against an element by FHIRPath."""

from __future__ import annotations

from workbench.definitions.structure import Constraint
from workbench.errors import WorkbenchError
from workbench.fhirpath.environment import Exhausted, NotEvaluated, reason_of
from workbench.fhirpath.expression import Expression
from workbench.fhirpath.invariant import compile_invariant
from workbench.fhirpath.node import Node
from workbench.issue import UNDECIDED, Issue
from workbench.rules.rule_words import tell_rule
from workbench.rules.visit import Visit
from workbench.structure.issue_log import Place

# Rules that the structure, the narrative, the references and the contained resources are judged by without FHIRPath.
JUDGED_ELSEWHERE = frozenset({"ele-1", "ext-1", "dom-2", "dom-3", "dom-4", "dom-5", "dom-6", "ref-1", "txt-1", "txt-2"})
_LONGEST = 200


class InvariantCheck:
    """One constraint, compiled when it is first needed; `profile` is the canonical that asks it."""

    __slots__ = ("_expression", "_unreadable", "constraint", "profile")

    def __init__(self, constraint: Constraint, profile: str) -> None:
        self.constraint = constraint
        self.profile = constraint.source or profile
        self._expression: Expression | None = None
        self._unreadable = ""

    def __call__(self, node: Node, place: Place, visit: Visit) -> None:
        expression = self._expression or self._compile()
        if expression is None:
            self._tell_undecided(self._unreadable, place, visit)
            return
        rule = (self.constraint.key, self.constraint.expression)
        if rule in visit.memory.exhausted:
            self._tell_undecided(visit.memory.exhausted[rule], place, visit)
            return
        try:
            if expression.judge(node, visit.environment) is True:
                return
        except NotEvaluated as error:
            if isinstance(error, Exhausted):
                visit.memory.exhausted[rule] = error.reason
            self._tell_undecided(error.reason, place, visit)
            return
        self._tell_broken(place, visit)

    def _compile(self) -> Expression | None:
        if not self._unreadable:
            try:
                self._expression = compile_invariant(self.constraint.expression)
            except WorkbenchError as error:
                self._unreadable = reason_of(error)
        return self._expression

    def _tell_broken(self, place: Place, visit: Visit) -> None:
        constraint = self.constraint
        said = constraint.human.rstrip(".") or tell_rule(constraint.key, constraint.expression)
        said = said or f"it must be so that {_short(constraint.expression)}"
        message = f"The rule {constraint.key} is broken: {said}."
        issue = Issue(constraint.severity, "invariant", message, str(place), constraint.key, self.profile)
        visit.log.tell_later(issue, constraint.expression)

    def _tell_undecided(self, why: str, place: Place, visit: Visit) -> None:
        key = self.constraint.key
        message = f"Whether the rule {key} holds cannot be decided here: {why}."
        issue = Issue("information", UNDECIDED, message, str(place), key, self.profile, cause=why, subject=key)
        visit.log.tell_later(issue, self.constraint.expression)


def _short(expression: str) -> str:
    text = " ".join(expression.split())
    return text if len(text) <= _LONGEST else text[: _LONGEST - 1] + "…"
