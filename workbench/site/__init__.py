"""Sites: what a hospital's EHR allows, asks and does, as decisions over a data file."""
