"""Implicit value sets: those of SNOMED CT and LOINC that no package holds, as their canonicals say what is in them.

FHIR R4, Using SNOMED CT with FHIR and Using LOINC with FHIR, implicit value sets.
"""

from __future__ import annotations

import re
from urllib.parse import unquote

from workbench.terminology.value_set import ConceptFilter, Selection, ValueSet
from workbench.terminology.well_known import LOINC, SNOMED

_SNOMED = re.compile(r"(?P<edition>http://snomed\.info/sct(?:/\d+(?:/version/\d{8})?)?)\?fhir_vs(?:=(?P<which>.+))?")
_LOINC = re.compile(r"https?://loinc\.org/vs(?:/(?P<which>L[A-Z]\d+-\d))?")


def find_implicit_value_set(canonical: str) -> ValueSet | None:
    """Return the value set that a canonical such as `http://snomed.info/sct?fhir_vs=isa/73211009` stands for."""
    if found := _SNOMED.fullmatch(canonical):
        version = found["edition"] if found["edition"] != SNOMED else ""
        return _select(canonical, Selection(SNOMED, version, filters=tuple(_rules_of_snomed(found["which"] or ""))))
    if found := _LOINC.fullmatch(canonical.partition("|")[0]):
        return _select(canonical, Selection(LOINC, filters=tuple(_rules_of_loinc(found["which"] or ""))))
    return None


def _select(canonical: str, selection: Selection) -> ValueSet:
    return ValueSet(canonical, status="active", includes=(selection,))


def _rules_of_snomed(which: str) -> list[ConceptFilter]:
    kind, _, rest = unquote(which).partition("/")
    if not kind:
        return []
    if kind == "isa":
        return [ConceptFilter("concept", "is-a", rest)]
    if kind == "refset" and rest:
        return [ConceptFilter("concept", "in", rest)]
    return [ConceptFilter("constraint", "=", rest if kind == "ecl" else which)]


def _rules_of_loinc(which: str) -> list[ConceptFilter]:
    """Answer lists begin with LL; anything else is a part, whose codes are below it."""
    if not which:
        return []
    return [ConceptFilter("LIST" if which.startswith("LL") else "ancestor", "=", which)]
