"""Masks: places that may differ at each run, so that a whole-body compare leaves them aside.

A mask is a path with all that is below it: `MSH-7`, `Patient.meta`, `Bundle.entry.resource.id`, `*.meta`.
"""

from __future__ import annotations

from typing import Literal

from workbench.diff.path_mask import PathMask
from workbench.hl7v2.path import parse_path

Standard = Literal["fhir", "hl7v2"]

# What changes with each message or answer, and with the address that a sandbox happens to have.
DEFAULT_MASKS: dict[Standard, tuple[str, ...]] = {
    "hl7v2": ("MSH-7", "MSH-10", "EVN-2", "MSA-2"),
    "fhir": (
        "*.meta",
        "Bundle.id",
        "Bundle.timestamp",
        "Bundle.link",
        "Bundle.entry.fullUrl",
        "Bundle.entry.response.location",
        "Bundle.entry.response.etag",
        "Bundle.entry.response.lastModified",
        "CapabilityStatement.date",
        "CapabilityStatement.implementation",
        "OperationOutcome.id",
    ),
}


def check_masks(standard: Standard, masks: tuple[str, ...]) -> None:
    """Raise WorkbenchError where one of `masks` is no place of the standard."""
    if standard == "fhir":
        PathMask(masks)
    else:
        for mask in masks:
            parse_path(mask)


def masks_of(standard: Standard, own: tuple[str, ...], default: bool) -> tuple[str, ...]:
    """The masks of one compare: a step's own, and besides them those of its standard unless the file says none."""
    return tuple(dict.fromkeys((*own, *(DEFAULT_MASKS[standard] if default else ()))))
