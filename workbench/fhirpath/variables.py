"""Variables: what `%resource`, `%ucum`, `%vs-name` and the other constants stand for (FHIR R4, FHIRPath, variables)."""

from __future__ import annotations

from typing import Any

from workbench.fhirpath.environment import NotEvaluated, Run

_CONSTANTS = {
    "sct": "http://snomed.info/sct",
    "loinc": "http://loinc.org",
    "ucum": "http://unitsofmeasure.org",
}
_PREFIXES = {"vs-": "http://hl7.org/fhir/ValueSet/", "ext-": "http://hl7.org/fhir/StructureDefinition/"}


def find_constant(run: Run, name: str) -> list[Any]:
    """Raises NotEvaluated for a name that nothing has."""
    environment = run.environment
    if name == "resource":
        return [environment.resource]
    if name in environment.variables:
        return list(environment.variables[name])
    if name == "rootResource":
        return [environment.root]
    if name == "context":
        return run.context
    if name in _CONSTANTS:
        return [_CONSTANTS[name]]
    for prefix, base in _PREFIXES.items():
        if name.startswith(prefix):
            return [base + name.removeprefix(prefix)]
    raise NotEvaluated(f"there is no variable %{name}")
