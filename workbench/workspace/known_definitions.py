"""Known definitions: what a release and the packages installed here define, for checks and for choosing."""

from __future__ import annotations

from dataclasses import dataclass

from workbench.definitions.definitions import Definitions, load_definitions
from workbench.definitions.structure import StructureHead

DEFAULT_RELEASE = "4.0"


@dataclass(frozen=True, slots=True)
class CheckChoice:
    """What to check against: a release (`4.0`) or what the text says of itself, a profile or what the text claims.

    `package`, `ID#VERSION`, is what brings the profile.
    """

    release: str = ""
    profile: str = ""
    package: str = ""


def known_definitions(release: str = "", package: str = "") -> Definitions:
    """The definitions of a release with the packages installed for it; `package`, `ID#VERSION`, comes first."""
    return load_definitions(release or DEFAULT_RELEASE)


def known_profiles(release: str = "") -> tuple[StructureHead, ...]:
    """The profiles of resources that a check can be asked for, extensions and data types left out."""
    definitions = known_definitions(release)
    return tuple(
        head
        for head in definitions.structure_heads()
        if head.derivation == "constraint" and definitions.is_resource(head.type)
    )
