"""Intake: what HL7 v2 messages become in the FHIR data of a simulated site."""
