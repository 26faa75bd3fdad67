"""FHIR as pure knowledge: resources, FHIRPath, definitions and capability statements."""
