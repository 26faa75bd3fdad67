"""Review of a SMART launch: what the clauses ask of its app and of its site, held against each exchange."""
