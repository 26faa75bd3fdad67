"""FHIR server of a simulated site, without a socket: store, search, bundles, and each call judged by its grant."""
