"""Differences between versions of HL7 v2: what is sent and read otherwise, in the grades of the FHIR definitions."""
