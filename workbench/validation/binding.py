"""Bindings: whether the codes of an element are those that a definition binds it to, as strictly as it says.

FHIR R4, Terminologies: of a concept one coding must be in a required set; what an extensible set lacks may be said
otherwise, so that a code outside is a warning; preferred and example sets ask nothing.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from workbench.definitions.structure import Binding
from workbench.definitions.value_set import Membership
from workbench.fhirpath.node import Node
from workbench.issue import UNDECIDED
from workbench.validation.codes import CODED_TYPES, Codes, codings_of, system_of
from workbench.validation.issue_log import Place
from workbench.validation.primitive_value import show
from workbench.validation.visit import Visit

_FEW_CODES = 12
_CONCEPTS = frozenset({"CodeableConcept", "CodeableReference"})


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
            self._tell_undecided(verdict, place, visit)
        elif verdict is not None and verdict.found is False and says_code(node.value, name):
            said = f"{tell_code(node.value, name)} is not in the value set {bare(binding.value_set)}"
            offered = offer_codes(codes, binding.value_set)
            hint = "which should be used where one of its codes fits"
            self._tell("warning", "code-invalid", f"{said}, {hint}{offered}.", place, visit)

    def _judge(self, node: Node, value_set: str, place: Place, visit: Visit) -> None:
        """A set that must be kept."""
        codes, name = visit.judge.codes, node.type
        verdict = judge_value(codes, value_set, node.value, name)
        if verdict.found is None:
            self._tell_undecided(verdict, place, visit)
        elif verdict.found is False:
            said = f"{tell_code(node.value, name)} is not in the value set {bare(value_set)}, as it must be"
            self._tell("error", "code-invalid", f"{said}{offer_codes(codes, value_set)}.", place, visit)

    def _tell_undecided(self, verdict: Membership, place: Place, visit: Visit) -> None:
        why = verdict.reason or f"the value set {bare(self.binding.value_set)} is not here"
        said = f"Whether the code here is one of {bare(self.binding.value_set)} cannot be decided offline: {why}."
        self._tell("information", UNDECIDED, said, place, visit)

    def _tell(self, severity: Any, code: str, message: str, place: Place, visit: Visit) -> None:
        visit.log.tell(severity, code, message, place, f"{self.element} binding", self.profile)


def asks_codes(binding: Binding) -> bool:
    """Whether a binding asks anything of what stands at its element."""
    return bool(binding.value_set and (binding.strength in ("required", "extensible") or binding.most))


def judge_value(codes: Codes, value_set: str, value: Any, type_name: str) -> Membership:
    """Judge what an element says by one of its codes that is in the set, or else by one that cannot be decided."""
    if isinstance(value, str):
        return codes.judge(value_set, None, value)
    codings = codings_of(value, type_name)
    if codings is None:
        return Membership(True)
    if not codings:
        return Membership(not _must_have_code(value, type_name))
    undecided: Membership | None = None
    for coding in codings:
        verdict = codes.judge(value_set, system_of(coding), coding["code"])
        if verdict.found:
            return verdict
        if verdict.found is None:
            undecided = verdict
    return undecided or Membership(False)


def says_code(value: Any, type_name: str) -> bool:
    return isinstance(value, str) or bool(codings_of(value, type_name))


def _must_have_code(value: Any, type_name: str) -> bool:
    """A concept that says a text or codings without code; one that says but why it is absent need not have one."""
    if type_name == "CodeableReference":
        value = value.get("concept", {})
    return type_name in _CONCEPTS and isinstance(value, dict) and ("text" in value or "coding" in value)


def tell_code(value: Any, type_name: str) -> str:
    """The code as a sentence begins with it."""
    if not isinstance(value, dict):
        return show(value)
    codings = codings_of(value, type_name)
    if not codings:
        concept = value.get("concept", value)
        text = concept.get("text") if isinstance(concept, dict) else None
        return f"The text {show(text)} alone" if text else "What stands here without a code"
    told = [f"“{system_of(coding)}|{coding['code']}”" for coding in codings[:3]]
    return told[0] if len(codings) == 1 else f"None of {', '.join(told)}{' …' if len(codings) > 3 else ''}"


def offer_codes(codes: Codes, value_set: str) -> str:
    """The codes of a small set, to follow a sentence."""
    known = sorted(code for listed in (codes.known(value_set) or {}).values() for code in listed)
    return f": it has {', '.join(known)}" if 0 < len(known) <= _FEW_CODES else ""


def bare(canonical: str) -> str:
    return canonical.partition("|")[0]
