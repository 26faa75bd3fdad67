"""Evidence of the release of FHIR that a resource is written for, as far as its text says one."""

from __future__ import annotations

import re

from workbench.definitions.release import Release, find_release
from workbench.errors import WorkbenchError

# `fhirVersion` of statements and definitions, in JSON and in XML.
_SAID = re.compile(
    rb'"fhirVersion"\s*:\s*\[?\s*"([0-9]+\.[0-9]+)[^"]*"|<fhirVersion\s+value\s*=\s*["\']([0-9]+\.[0-9]+)[^"\']*["\']'
)
# A profile of the standard itself with its version, such as …/StructureDefinition/vitalsigns|4.3.0.
_CLAIMED = re.compile(rb"http://hl7\.org/fhir/StructureDefinition/[A-Za-z0-9-]+\|([0-9]+\.[0-9]+)")


def find_release_evidence(data: bytes) -> tuple[Release, str] | None:
    """Return the release that the text of a resource tells of and by what; None where it tells of none.

    Raises WorkbenchError where that release is not here, as of DSTU2.
    """
    for pattern, why in ((_SAID, "its fhirVersion"), (_CLAIMED, "the profile it claims")):
        match = pattern.search(data)
        if match is not None:
            key = next(part for part in match.groups() if part is not None).decode()
            return _release_of(key, why), why
    return None


def _release_of(key: str, why: str) -> Release:
    try:
        return find_release(key)
    except WorkbenchError as error:
        raise WorkbenchError(
            f"It is of FHIR {key} by {why}, which is not known here.",
            hint="Name another release (--fhir-version) to hold it against that one all the same.",
        ) from error
