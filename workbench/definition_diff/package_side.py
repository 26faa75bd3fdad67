"""PackageSide: a package or a whole release as one side of a comparison, with the definitions around it."""

from __future__ import annotations

from collections.abc import Container, Mapping
from dataclasses import dataclass
from functools import cached_property

from workbench.definition_diff.structure_diff import StructureSide
from workbench.definitions.definitions import Definitions
from workbench.definitions.package_facts import PackageFacts
from workbench.definitions.structure import Structure, StructureHead


@dataclass(frozen=True)
class PackageSide:
    """`definitions` are those around the package, itself among them; `is_release` tells that it is all of a release."""

    package: PackageFacts
    definitions: Definitions
    is_release: bool = False

    @property
    def is_partial(self) -> bool:
        """Tell whether only a part of the package is here, so that what it lacks here it may have nevertheless."""
        return self.package.is_partial

    @cached_property
    def structures(self) -> Mapping[str, StructureHead]:
        """What it defines, by url; of a release its types, as its profiles are examples that later stand elsewhere."""
        heads = self.package.structure_heads()
        return {head.url: head for head in heads if not (self.is_release and is_profile(head))}


def is_profile(head: StructureHead) -> bool:
    return head.derivation == "constraint"


def structure_side(structure: Structure, definitions: Definitions, told: Container[str] = ()) -> StructureSide:
    """Return a structure ready to be compared; the codes of the value sets in `told` are compared elsewhere."""

    def codes(value_set: str) -> frozenset[tuple[str, str]] | None:
        found = definitions.value_set(value_set)
        listed = found.codes() if found else None
        return None if listed is None else frozenset(listed)

    return StructureSide(structure, definitions, codes, not definitions.release.complete, told)
