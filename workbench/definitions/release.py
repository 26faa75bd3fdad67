"""Release: one published version of FHIR, and what is known of it here."""

from __future__ import annotations

import re
from dataclasses import dataclass

from workbench.errors import WorkbenchError


@dataclass(frozen=True, slots=True)
class Release:
    """`key` is the version as people write it, `4.0`; `complete` is False where the structure alone is known.

    A release that is not complete has elements, cardinalities, types and choices; no bindings, invariants or codes.
    """

    key: str
    name: str
    version: str
    complete: bool = True

    def covers(self, version: str) -> bool:
        """Tell whether `version`, such as `4.0` or `4.0.1`, is one of this release."""
        return version == self.key or version.startswith(f"{self.key}.")


RELEASES: tuple[Release, ...] = (
    Release("3.0", "STU3", "3.0.2", complete=False),
    Release("4.0", "R4", "4.0.1"),
    Release("4.3", "R4B", "4.3.0"),
    Release("5.0", "R5", "5.0.0"),
)


def find_release(text: str) -> Release:
    """Return the release that `text` names: `4.0`, `4.0.1`, `R4`, `r4b`; an unknown one raises WorkbenchError."""
    wanted = text.strip()
    for release in RELEASES:
        if wanted.upper() == release.name or re.fullmatch(re.escape(release.key) + r"(\.\d+)?", wanted):
            return release
    known = ", ".join(f"{release.name} ({release.version})" for release in RELEASES)
    raise WorkbenchError(f"There is no FHIR release “{text}” here.", hint=f"Known are {known}.")
