"""SMART App Launch as pure knowledge of both sides: scopes, grants, tokens, and words for what is said in a launch."""
