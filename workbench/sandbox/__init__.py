"""Simulated sites that run: a hospital's FHIR, SMART and HL7 v2 endpoints on loopback."""
