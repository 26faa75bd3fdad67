"""FHIRPath: expressions read, compiled and evaluated over FHIR resources, within limits."""
