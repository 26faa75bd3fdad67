"""FHIR as pure knowledge: resources, dates, and what a site says of its endpoint."""
