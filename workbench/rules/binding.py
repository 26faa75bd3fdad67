"""Bindings: whether the codes of an element are those that a definition binds it to, as strictly as it says.

FHIR R4, Terminologies: of a concept one coding must be in a required set; what an extensible set lacks may be said
otherwise, so that a code outside is a warning; preferred and example sets ask nothing.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from workbench.definitions.structure import Binding
from workbench.fhirpath.node import Node
from workbench.rules.visit import Visit
from workbench.structure.coded_value import CODED_TYPES, bare, judge_value, name_codes, says_code, tell_outside
from workbench.structure.issue_log import Place
from workbench.terminology.value_set import Membership

_SHOULD = "which should be used where one of its codes fits"


@dataclass(frozen=True, slots=True)
class BindingCheck:
    """The binding of one element; `element` is its id and `profile` the canonical of what asks it."""

    binding: Binding
    element: str
    profile: str

    def __call__(self, node: Node, place: Place, visit: Visit) -> None:
        name = node.type
        if name not in CODED_TYPES or node.value is None or visit.log.is_spoilt(place):
            return
        binding, codes = self.binding, visit.judge.codes
        if binding.strength == "required":
            self._judge(node, binding.value_set, place, visit)
            return
        verdict = judge_value(codes, binding.value_set, node.value, name) if binding.strength == "extensible" else None
        if binding.most and (verdict is None or verdict.found is not True):
            self._judge(node, binding.most, place, visit)
        if verdict is not None and verdict.found is None:
            self._tell_undecided(verdict, binding.value_set, node, place, visit)
        elif verdict is not None and verdict.found is False and says_code(node.value, name):
            said = tell_outside(node.value, name, _SHOULD, codes, binding.value_set)
            self._tell("warning", "code-invalid", said, place, visit)

    def _judge(self, node: Node, value_set: str, place: Place, visit: Visit) -> None:
        """A set that must be kept."""
        codes, name = visit.judge.codes, node.type
        verdict = judge_value(codes, value_set, node.value, name)
        if verdict.found is None:
            self._tell_undecided(verdict, value_set, node, place, visit)
        elif verdict.found is False:
            said = tell_outside(node.value, name, "as it must be", codes, value_set)
            self._tell("error", "code-invalid", said, place, visit)

    def _tell_undecided(self, verdict: Membership, value_set: str, node: Node, place: Place, visit: Visit) -> None:
        subject = name_codes(node.value, node.type)
        question = f"Whether {subject} is one of {bare(value_set)}"
        why = verdict.reason or f"the value set {bare(value_set)} is not here"
        visit.log.tell_undecided(question, why, place, f"{self.element} binding", self.profile, subject=subject)

    def _tell(self, severity: Any, code: str, message: str, place: Place, visit: Visit) -> None:
        visit.log.tell(severity, code, message, place, f"{self.element} binding", self.profile)


def asks_codes(binding: Binding) -> bool:
    """Whether a binding asks anything of what stands at its element."""
    return bool(binding.value_set and (binding.strength in ("required", "extensible") or binding.most))
