"""Terminology: the codes of code systems and value sets, and what is known of a code without a server."""
