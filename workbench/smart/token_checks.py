"""Checks of an id token: whether it holds, one verdict for each thing that an app must look at.

OpenID Connect Core 1.0, 3.1.3.7, and JOSE (RFC 7515, 7517). Nothing here raises: what came is judged whatever it is.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class TokenCheck:
    """One thing that was looked at; `holds` is None where it could not be."""

    name: str
    holds: bool | None
    sentence: str
