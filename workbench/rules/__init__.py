"""Rules of the standard beyond structure: what each resource, reference, code, invariant and extension must keep."""
