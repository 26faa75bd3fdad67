"""Differences between definitions of FHIR: profiles, types, value sets, search parameters, packages, whole releases."""
