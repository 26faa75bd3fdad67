"""Coded values: what an element says by codes, judged by a value set and told in words."""

from __future__ import annotations

import difflib
from typing import Any

from workbench.fhir.resource import Json
from workbench.structure.codes import Codes
from workbench.structure.primitive_value import show
from workbench.terminology.value_set import Membership

CODED_TYPES = frozenset({"code", "Coding", "CodeableConcept", "Quantity", "string", "uri", "CodeableReference"})
_CONCEPTS = frozenset({"CodeableConcept", "CodeableReference"})
_FEW_CODES = 12


def codings_of(value: Any, type_name: str) -> list[Json] | None:
    """The codings that say a code in a Coding, CodeableConcept, CodeableReference or Quantity; None where misshapen."""
    if not isinstance(value, dict):
        return None
    if type_name == "CodeableReference":
        value = value.get("concept", {})
        if not isinstance(value, dict):
            return None
    found = value.get("coding", []) if type_name in ("CodeableConcept", "CodeableReference") else [value]
    if not isinstance(found, list):
        return None
    return [item for item in found if isinstance(item, dict) and isinstance(item.get("code"), str)]


def system_of(coding: Json) -> str:
    system = coding.get("system")
    return system if isinstance(system, str) else ""


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


def name_codes(value: Any, type_name: str) -> str:
    """The codes of an element that has any: `“http://loinc.org|8867-4”`, three of them at most."""
    codings = codings_of(value, type_name) or ()
    told = [f"“{system_of(coding)}|{coding['code']}”".replace("“|", "“") for coding in codings[:3]]
    return f"{', '.join(told)}{' …' if len(codings) > 3 else ''}" if told else show(value)


def tell_outside(value: Any, type_name: str, must: str, codes: Codes, value_set: str) -> str:
    """The sentence of a code that is outside of a value set; `must` follows it, and then what the set has."""
    codings = [{"code": value}] if isinstance(value, str) else codings_of(value, type_name) or []
    if not codings:
        concept = value.get("concept", value) if isinstance(value, dict) else {}
        alone = "; a text alone is not enough" if isinstance(concept, dict) and "text" in concept else ""
        return f"A code of the value set {bare(value_set)} is missing here{alone}."
    named = show(value) if isinstance(value, str) else name_codes(value, type_name)
    said = f"{named} is not" if len(codings) == 1 else f"None of {named} is"
    return f"{said} in the value set {bare(value_set)}, {must}{_tell_codes(codings, value, codes, value_set)}"


def _tell_codes(codings: list[Json], value: Any, codes: Codes, value_set: str) -> str:
    """What the set has instead: the code in another system, few codes, or one that is much alike."""
    sets = codes.known(value_set) or {}
    for coding in [] if isinstance(value, str) else codings:
        system = next((system for system, listed in sets.items() if coding["code"] in listed), "")
        if system:
            return f": it has “{coding['code']}” of the system {system}."
    known = sorted({code for listed in sets.values() for code in listed})
    if 0 < len(known) <= _FEW_CODES:
        return f": it has {', '.join(known)}."
    near = difflib.get_close_matches(str(codings[0]["code"])[:60], known, n=1)
    return f". Did you mean “{near[0]}”?" if near else "."


def bare(canonical: str) -> str:
    return canonical.partition("|")[0]
