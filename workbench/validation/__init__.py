"""Validation of FHIR resources: what a release and its profiles have against one, each with its place and rule."""
