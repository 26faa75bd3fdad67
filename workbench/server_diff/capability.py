"""Capability: what a capability statement says of a server or a client, in one form for every release of FHIR.

Prose (documentation, description, narrative) is not kept; what is prohibited in words of the statement is not offered.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from workbench.issue import Issue

# What `fhirVersion` starts with, ballots included, and the release that it is or leads to (FHIR, Publication history).
_RELEASES = {
    "0.": "DSTU1",
    "0.4": "DSTU2",
    "0.5": "DSTU2",
    "1.0": "DSTU2",
    "1.": "STU3",
    "3.0": "STU3",
    "3.": "R4",
    "4.0": "R4",
    "4.1": "R4B",
    "4.3": "R4B",
    "4.": "R5",
    "5.": "R5",
    "6.": "R6",
}
RELEASE_ORDER = ("DSTU1", "DSTU2", "STU3", "R4", "R4B", "R5", "R6")


@dataclass(frozen=True, slots=True)
class Item:
    """One thing that is offered, as its list keys it: `value` is what is shown of it, such as a parameter's type.

    `definition` is the canonical that defines it, `expectation` SHALL, SHOULD or MAY where the statement says so.
    """

    value: str
    definition: str = ""
    expectation: str = ""


Items = Mapping[str, Item]


@dataclass(frozen=True, slots=True)
class Part:
    """One object of a statement: its lists and its single values by the standard's names, such as `interaction`."""

    lists: Mapping[str, Items] = field(default_factory=dict)
    values: Mapping[str, str] = field(default_factory=dict)


NO_PART = Part()


@dataclass(frozen=True, slots=True)
class Rest:
    """One `rest` of a statement; `mode` is server or client, `resources` by their type."""

    mode: str
    own: Part
    security: Part
    resources: Mapping[str, Part]


@dataclass(frozen=True, slots=True)
class Capability:
    """`release` is DSTU2, STU3, R4 …, or empty where neither `fhirVersion` nor the shape tells.

    `faults` are the places that could not be read; everything else of the statement was.
    """

    release: str
    own: Part
    rests: Mapping[str, Rest]
    messaging: Part
    faults: tuple[Issue, ...] = ()


def release_of(fhir_version: str) -> str:
    """The release that a `fhirVersion` such as `3.0.1` names; empty where it names none."""
    if fhir_version in RELEASE_ORDER:
        return fhir_version
    fits = [start for start in _RELEASES if fhir_version.startswith(start)]
    return _RELEASES[max(fits, key=len)] if fits else ""


def is_older(release: str, than: str) -> bool:
    known = release in RELEASE_ORDER and than in RELEASE_ORDER
    return known and RELEASE_ORDER.index(release) < RELEASE_ORDER.index(than)
