"""DefinitionLookup: what definitions say of types, elements and canonicals, as judging asks it, found once."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cached_property

from workbench.definitions.definitions import Definitions
from workbench.definitions.package_facts import PackageFacts
from workbench.definitions.structure import ElementDefinition
from workbench.definitions.structure_json import CANONICAL
from workbench.validation.definition_tree import Branch, make_tree
from workbench.validation.profile_plan import tell_asker

_INTERFACES = frozenset({"CanonicalResource", "MetadataResource"})


class DefinitionLookup:
    def __init__(self, definitions: Definitions) -> None:
        self.definitions = definitions
        self._type_names: dict[str, tuple[str, ...]] = {}
        self._trees: dict[str, Branch | None] = {}
        self._elements: dict[str, dict[str, ElementDefinition]] = {}

    def tree(self, canonical: str) -> Branch | None:
        """The elements of a structure as a tree, by its canonical or a type's name."""
        if canonical not in self._trees:
            structure = self.definitions.structure(canonical)
            self._trees[canonical] = make_tree(structure) if structure and not structure.is_differential else None
        return self._trees[canonical]

    def base_elements(self, definition: ElementDefinition) -> tuple[ElementDefinition, ...]:
        """What the release itself says of an element; nothing where it does not know it."""
        path = definition.base_path or definition.path
        owner = path.partition(".")[0]
        if owner not in self._elements:
            structure = self.definitions.structure(owner)
            elements = structure.elements if structure is not None else ()
            self._elements[owner] = {element.path: element for element in elements if ":" not in element.id}
        found = self._elements[owner].get(path)
        return (found,) if found is not None else ()

    def type_constraints(self, definition: ElementDefinition) -> set[tuple[str, str]]:
        """The rules that the types of an element bring, which are judged with them."""
        names = [kind.code for kind in definition.types] if "." in definition.path else []
        roots = [root for name in names for root in self._roots(name)]
        return {(item.key, item.expression) for root in roots for item in root.constraints}

    def _roots(self, type_name: str) -> Iterable[ElementDefinition]:
        structure = self.definitions.structure(type_name) if ":" not in type_name else None
        return structure.elements[:1] if structure is not None else ()

    def type_names(self, canonical: str) -> tuple[str, ...]:
        """The resource type that a canonical of a type or a profile is for."""
        if canonical not in self._type_names:
            self._type_names[canonical] = self._find_type_names(canonical)
        return self._type_names[canonical]

    def _find_type_names(self, canonical: str) -> tuple[str, ...]:
        name = canonical.partition("|")[0].removeprefix(CANONICAL)
        if name == "Resource" or self.definitions.is_resource(name):
            return (name,)
        structure = self.definitions.structure(canonical)
        return (structure.type,) if structure is not None else ()

    def is_base(self, canonical: str) -> bool:
        name = canonical.partition("|")[0].removeprefix(CANONICAL)
        return name == "Resource" or self.definitions.is_resource(name)

    def home_of(self, url: str) -> str:
        """The label of an installed package that has the structures of the same address, all of them."""
        return self._homes.get(url.rpartition("/")[0], "")

    @cached_property
    def _homes(self) -> dict[str, str]:
        packages = [
            item for item in self.definitions.packages if isinstance(item, PackageFacts) and not item.is_partial
        ]
        homes = {
            head.url.rpartition("/")[0]: package.label for package in packages for head in package.structure_heads()
        }
        # HL7's own extensions are spread over releases and packages.
        homes.pop(CANONICAL.rstrip("/"), None)
        return homes

    def title(self, canonical: str) -> str:
        structure = self.definitions.structure(canonical)
        return tell_asker(structure) if structure is not None else canonical

    def canonical(self, type_name: str) -> str:
        """The structure that defines an element of this type, with its version."""
        return f"{CANONICAL}{type_name.partition('.')[0]}|{self.definitions.release.version}"

    def interfaces_of(self, type_name: str) -> frozenset[str]:
        """CanonicalResource and MetadataResource are what some resources are patterned after (FHIR R5)."""
        table = self.definitions.table(type_name)
        names = frozenset(table.elements) if table is not None else frozenset[str]()
        return _INTERFACES if {"url", "status"} <= names else frozenset()
