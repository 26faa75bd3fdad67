"""Definitions of FHIR: what each release and package says of types, profiles, value sets and search parameters."""
