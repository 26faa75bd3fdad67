"""Definitions: what a release of FHIR and the packages on top of it define, found by name."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from functools import cached_property
from typing import Protocol

from workbench.definitions.core_facts import CoreFacts, load_built_in, load_core_facts
from workbench.definitions.package_facts import PackageFacts
from workbench.definitions.release import Release, find_release
from workbench.definitions.search_parameter import SearchParameter
from workbench.definitions.snapshot import make_snapshot
from workbench.definitions.structure import Structure, StructureHead
from workbench.definitions.structure_json import CANONICAL
from workbench.definitions.type_table import Primitive, TypeTable
from workbench.terminology.canonical_memory import CanonicalMemory
from workbench.terminology.code_system import CodeSystem
from workbench.terminology.terminology import Terminology
from workbench.terminology.value_set import Membership, ValueSet


class Package(Protocol):
    """What Definitions asks of a package, whether it lies on disk or is built in."""

    @property
    def label(self) -> str: ...

    def structure_heads(self) -> Sequence[StructureHead]: ...

    def structure(self, url: str) -> Structure | None: ...

    def value_set(self, url: str) -> ValueSet | None: ...

    def code_system(self, url: str) -> CodeSystem | None: ...


class Definitions:
    """Packages are asked first, in their order, then the release itself. What was found stays found.

    HL7 Terminology is newer than any release and has the codes that were added since: it is asked before the release,
    as HL7's own validator does. What HL7 has published as extensions since is asked last.
    """

    def __init__(self, release: Release, packages: Sequence[Package] = ()) -> None:
        self.release = release
        self.packages = tuple(packages)
        self._core: CoreFacts = load_core_facts(release)
        self._structures = CanonicalMemory(self._find_structure)
        self._completing = threading.RLock()
        self._incomplete: set[str] = set()
        self._code_systems = CanonicalMemory(self._find_code_system)
        self._terminology = Terminology(self._find_value_set, self.code_system)

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

        Where no structure of that url has that version, another version of it is better than none. One that comes
        with a differential alone gets its snapshot here; it stays `is_differential` where its base is not here.
        """
        return self._structures.get(canonical)

    def structure_heads(self) -> tuple[StructureHead, ...]:
        return self._heads

    def profiles_of(self, type_name: str) -> tuple[StructureHead, ...]:
        """Return the heads of the profiles on a type: what constrains it."""
        return tuple(head for head in self._heads if head.type == type_name and head.derivation == "constraint")

    def search_parameters(self, type_name: str) -> tuple[SearchParameter, ...]:
        """Return the parameters that name `type_name` itself as a base; of one url, the one of the first package."""
        sources = (self._core, *(each for each in reversed(self.packages) if isinstance(each, PackageFacts)))
        found = (parameter for source in sources for parameter in source.search_parameters(type_name))
        return tuple({parameter.url: parameter for parameter in found}.values())

    def value_set(self, canonical: str) -> ValueSet | None:
        """Return the value set of a canonical, of that version where it is here and else of another."""
        return self._terminology.value_set(canonical)

    def code_system(self, canonical: str) -> CodeSystem | None:
        """Return the code system of a canonical: of that version, else of another; with all its codes, if it may be."""
        return self._code_systems.get(canonical)

    def judge_code(self, value_set: str, system: str, code: str) -> Membership:
        """Tell whether a code is in a value set; an empty `system` stands for any, as for an element of type code."""
        return self._terminology.judge_code(value_set, system, code)

    def judge_in_system(self, system: str, code: str) -> Membership:
        """Tell whether a code system has a code."""
        return self._terminology.judge_in_system(system, code)

    @cached_property
    def _heads(self) -> tuple[StructureHead, ...]:
        packaged = [head for package in self.packages for head in package.structure_heads()]
        return (*packaged, *self._core.heads.values())

    def _find_structure(self, canonical: str) -> Structure | None:
        best = self._choose(canonical)
        return self._complete(best) if best and best.is_differential else best

    def _complete(self, structure: Structure) -> Structure:
        """Give `structure` its snapshot; one whose base leads back to itself stays as it came."""
        with self._completing:
            self._incomplete.add(structure.canonical)
            try:
                return make_snapshot(structure, self._find_complete) or structure
            finally:
                self._incomplete.discard(structure.canonical)

    def _find_complete(self, canonical: str) -> Structure | None:
        """A structure that a snapshot is made of; one whose own snapshot is in the making is not there yet."""
        found = self._choose(canonical)
        return self.structure(canonical) if found and found.canonical not in self._incomplete else None

    def _choose(self, canonical: str) -> Structure | None:
        url, _, version = canonical.partition("|")
        if "/" not in url and ":" not in url:
            url = self._core.types.get(url, CANONICAL + url)
        found = list(self._candidates(url))
        return next((structure for structure in found if structure.version == version), found[0] if found else None)

    def _candidates(self, url: str) -> Iterator[Structure]:
        for package in (*self.packages, self._core, *self._further):
            structure = package.structure(url)
            if structure is not None:
                yield structure

    def _find_value_set(self, canonical: str) -> ValueSet | None:
        url, _, version = canonical.partition("|")
        found = [value_set for source in self._code_sources if (value_set := source.value_set(url))]
        return next((value_set for value_set in found if value_set.version == version), found[0] if found else None)

    def _find_code_system(self, canonical: str) -> CodeSystem | None:
        url, _, version = canonical.partition("|")
        found = [system for source in self._code_sources if (system := source.code_system(url))]
        found.sort(key=lambda system: (not system.is_complete, bool(version) and system.version != version))
        return found[0] if found else None

    @cached_property
    def _code_sources(self) -> tuple[Package, ...]:
        return (*self.packages, load_built_in("terminology"), self._core, *self._further)

    @cached_property
    def _further(self) -> tuple[Package, ...]:
        return (load_built_in("extensions"),) if self.release.complete else ()


_loaded: dict[str, Definitions] = {}


def load_definitions(release: str = "4.0", packages: Sequence[Package] = ()) -> Definitions:
    """Return the definitions of a release with `packages` on top; those of a bare release are made once."""
    wanted = find_release(release)
    if packages:
        return Definitions(wanted, packages)
    if wanted.key not in _loaded:
        _loaded[wanted.key] = Definitions(wanted)
    return _loaded[wanted.key]
