"""Vital signs: the profiles that FHIR asks of observations with certain codes of LOINC (Observation, vital signs)."""

from __future__ import annotations

from typing import Any

from workbench.definitions.definitions import Definitions
from workbench.definitions.structure_json import CANONICAL
from workbench.fhirpath.node import Node
from workbench.rules.visit import Visit
from workbench.structure.issue_log import Place

LOINC = "http://loinc.org"
_PROFILES = {
    "85353-1": "vitalspanel",
    "9279-1": "resprate",
    "8867-4": "heartrate",
    "2708-6": "oxygensat",
    "8310-5": "bodytemp",
    "8302-2": "bodyheight",
    "9843-4": "headcircum",
    "29463-7": "bodyweight",
    "39156-5": "bmi",
    "85354-9": "bp",
}
_DEEPEST = 10


def check_vital_sign(node: Node, place: Place, visit: Visit) -> None:
    """Tell which profile is asked of a vital sign that claims none of them, and is not held against it of itself."""
    profile = next((_PROFILES[code] for code in _codes_of(node.value) if code in _PROFILES), "")
    if not profile or _claims(node.value, CANONICAL + "vitalsigns", visit.judge.definitions):
        return
    said = (
        f"FHIR asks of this vital sign that it meet {CANONICAL}{profile}, which it does not claim; "
        "name that profile to hold it against it."
    )
    visit.log.tell(
        "information", "informational", said, place, "Observation vital sign", visit.judge.canonical("Observation")
    )


def _codes_of(resource: Any) -> list[str]:
    concept = resource.get("code")
    codings = concept.get("coding") if isinstance(concept, dict) else None
    found = codings if isinstance(codings, list) else []
    return [str(item.get("code")) for item in found if isinstance(item, dict) and item.get("system") == LOINC]


def _claims(resource: Any, wanted: str, definitions: Definitions) -> bool:
    """Whether a profile that is claimed is `wanted` or derives from it; of one that is not here that is not known."""
    meta = resource.get("meta")
    profiles = meta.get("profile") if isinstance(meta, dict) else None
    for canonical in profiles if isinstance(profiles, list) else []:
        structure = definitions.structure(canonical) if isinstance(canonical, str) else None
        for _ in range(_DEEPEST):
            if structure is None or structure.url == wanted:
                break
            structure = definitions.structure(structure.base) if structure.derivation == "constraint" else None
        if structure is not None:
            return True
    return False
