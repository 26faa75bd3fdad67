"""Conformance of HL7 v2: what a version and a profile ask of a message, and what of it a message or a log keeps."""
