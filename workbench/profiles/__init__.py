"""Profiles compiled: what each asks of elements beyond the base of its release, and which elements are of a slice."""
