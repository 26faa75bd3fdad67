"""Authorization server of a site, as pure decisions: which apps it takes, what it grants them, and what goes wrong."""
