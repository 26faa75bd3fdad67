"""Issue: one thing that a judge of a resource, a message or a request has to say, with its place."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

# The issue type of FHIR for what a judge does not support, here for what it cannot decide without asking others.
UNDECIDED = "not-supported"
Severity = Literal["fatal", "error", "warning", "information"]
_RANKS = {"fatal": 0, "error": 1, "warning": 2, "undecided": 3, "information": 4}


@dataclass(frozen=True, slots=True)
class Issue:
    """`code` is a FHIR issue-type code, `path` a FHIRPath or HL7 v2 path, `rule` what decided.

    Of what is undecided, `cause` is a part of a sentence that says what stands in the way, alike wherever it does, and
    `subject` what cannot be judged, such as a code.
    """

    severity: Severity
    code: str
    message: str
    path: str = ""
    rule: str = ""
    profile: str = ""
    line: int | None = None
    column: int | None = None
    cause: str = ""
    subject: str = ""

    @property
    def is_error(self) -> bool:
        return self.severity in ("fatal", "error")

    @property
    def rank(self) -> int:
        """How grave it is, 0 the gravest; what is undecided stands after the warnings."""
        return _RANKS["undecided" if self.is_undecided else self.severity]

    @property
    def is_undecided(self) -> bool:
        """Whether it says that something cannot be decided here, which is neither valid nor wrong."""
        return self.code == UNDECIDED and not self.is_error
