"""Definitions: what a release of FHIR and the packages on top of it define, found by name."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cached_property
from typing import Protocol

from workbench.definitions.core_facts import CoreFacts, load_core_facts
from workbench.definitions.release import Release, find_release
from workbench.definitions.structure import Structure, StructureHead
from workbench.definitions.structure_json import CANONICAL
from workbench.definitions.type_table import Primitive, TypeTable


class Package(Protocol):
    """What Definitions asks of a package, whether it lies on disk or is built in."""

    @property
    def label(self) -> str: ...

    def structure_heads(self) -> Sequence[StructureHead]: ...

    def structure(self, url: str) -> Structure | None: ...


class Definitions:
    """Packages are asked first, in their order, then the release itself. What was found stays found."""

    def __init__(self, release: Release, packages: Sequence[Package] = ()) -> None:
        self.release = release
        self.packages = tuple(packages)
        self._core: CoreFacts = load_core_facts(release)
        self._structures: dict[str, Structure | None] = {}

    def table(self, type_name: str) -> TypeTable | None:
        """Return the table of a type (`Patient`, `HumanName`, `Element`) or of an inner one (`Patient.contact`)."""
        return self._core.table(type_name)

    def primitive(self, name: str) -> Primitive | None:
        return self._core.primitive(name)

    def is_resource(self, name: str) -> bool:
        return name in self._core.resource_types

    @property
    def resource_types(self) -> frozenset[str]:
        return self._core.resource_types

    def structure(self, canonical: str) -> Structure | None:
        """Return the structure of a canonical, `url` or `url|version`, or of a bare type name.

        Where no structure of that url has that version, another version of it is better than none.
        """
        if canonical not in self._structures:
            self._structures[canonical] = self._find_structure(canonical)
        return self._structures[canonical]

    def structure_heads(self) -> tuple[StructureHead, ...]:
        return self._heads

    def profiles_of(self, type_name: str) -> tuple[StructureHead, ...]:
        """Return the heads of the profiles on a type: what constrains it."""
        return tuple(head for head in self._heads if head.type == type_name and head.derivation == "constraint")

    @cached_property
    def _heads(self) -> tuple[StructureHead, ...]:
        packaged = [head for package in self.packages for head in package.structure_heads()]
        return (*packaged, *self._core.heads.values())

    def _find_structure(self, canonical: str) -> Structure | None:
        url, _, version = canonical.partition("|")
        if "/" not in url and ":" not in url:
            url = self._core.types.get(url, CANONICAL + url)
        found = list(self._candidates(url))
        return next((structure for structure in found if structure.version == version), found[0] if found else None)

    def _candidates(self, url: str) -> Iterator[Structure]:
        asked = (package.structure for package in self.packages)
        for ask in (*asked, self._core.structure):
            structure = ask(url)
            if structure is not None:
                yield structure


_loaded: dict[str, Definitions] = {}


def load_definitions(release: str = "4.0", packages: Sequence[Package] = ()) -> Definitions:
    """Return the definitions of a release with `packages` on top; those of a bare release are made once."""
    wanted = find_release(release)
    if packages:
        return Definitions(wanted, packages)
    if wanted.key not in _loaded:
        _loaded[wanted.key] = Definitions(wanted)
    return _loaded[wanted.key]
