"""Packages of FHIR on disk: read within limits, compiled once, and found by name and version."""
