"""Structure of resources: each element held against the tables of its release, and what is told of it, as issues."""
