"""SMART App Launch as pure knowledge: configuration, scopes, tokens and the rules of an authorization server."""
