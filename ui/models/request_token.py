"""Request token: an access token to send requests with, and what is odd about sending one now or there."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from workbench.smart_app.launch import LaunchResult


@dataclass(frozen=True, slots=True)
class Token:
    """An access token that a launch gave; `label` names it without showing it.

    `base` is the FHIR base that it was given for and `expires` its end, where they are known.
    """

    label: str
    value: str = field(repr=False)
    base: str = ""
    expires: datetime | None = None

    @classmethod
    def of(cls, result: LaunchResult, number: int) -> Token:
        until = result.expires.astimezone() if result.expires else None
        parts = [f"Token {number}", result.patient, f"until {until:%H:%M}" if until else ""]
        return cls(" · ".join(part for part in parts if part), result.access_token, result.fhir_base, result.expires)

    def remark(self, address: str, now: datetime) -> str:
        """A sentence on sending this token to `address` at `now`; empty where nothing is odd."""
        if self.base and not address.startswith(self.base.rstrip("/")):
            return f"The chosen token was given for {self.base}, and this request takes it elsewhere."
        if self.expires is not None and now >= self.expires:
            return f"The chosen token ended at {self.expires.astimezone():%H:%M:%S}. Refresh it in Launch."
        return ""
