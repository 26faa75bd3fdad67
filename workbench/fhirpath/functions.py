"""Functions: all that an expression may call, by name."""

from __future__ import annotations

from workbench.fhirpath import collection_functions, conversions, fhir_functions, number_functions, text_functions
from workbench.fhirpath.invocation import Function

FUNCTIONS: dict[str, Function] = {
    **collection_functions.REGISTRY,
    **text_functions.REGISTRY,
    **number_functions.REGISTRY,
    **conversions.REGISTRY,
    **fhir_functions.REGISTRY,
}
