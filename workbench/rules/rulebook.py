"""Rulebook: what a release and its packages say of types, elements, canonicals and codes, as judging asks it."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable, Sequence
from functools import cached_property
from typing import TYPE_CHECKING

from workbench.definitions.definition_tree import Branch, make_tree
from workbench.definitions.definitions import Definitions
from workbench.definitions.package_facts import PackageFacts
from workbench.definitions.structure import ElementDefinition
from workbench.definitions.structure_json import CANONICAL
from workbench.fhir.resource import Json
from workbench.fhirpath.environment import NotEvaluated
from workbench.fhirpath.node import Model, Node, model_of
from workbench.structure.coded_value import judge_value
from workbench.structure.codes import Codes
from workbench.structure.issue_log import Place

if TYPE_CHECKING:
    from workbench.rules.type_plan import TypePlan
    from workbench.rules.visit import Check, GroupCheck, Visit

_INTERFACES = frozenset({"CanonicalResource", "MetadataResource"})


class Rulebook(ABC):
    """What rules and compiled profiles know of the judge that holds them against elements."""

    def __init__(self, definitions: Definitions, codes: Codes) -> None:
        self.definitions = definitions
        self.codes = codes
        self.model: Model = model_of(definitions)
        self._type_names: dict[str, tuple[str, ...]] = {}
        self._trees: dict[str, Branch | None] = {}
        self._elements: dict[str, dict[str, ElementDefinition]] = {}

    @abstractmethod
    def walk_resource(self, value: Json, name: str, parent: Node, place: Place, visit: Visit) -> None:
        """Judge a resource that stands in another: contained, an entry of a bundle, or a parameter."""

    @abstractmethod
    def type_plan(self, type_name: str) -> TypePlan:
        """The plan of a type, compiled when it is first asked for."""

    @abstractmethod
    def special_checks(self, type_name: str) -> tuple[Check, ...]:
        """The checks of a type that its definition does not say as constraints."""

    @abstractmethod
    def judge_profile(self, node: Node, place: Place, canonical: str, visit: Visit) -> None:
        """Hold an element against a profile of its type or its type itself, beyond what the base asks."""

    @abstractmethod
    def first_fault(self, node: Node, place: Place, canonical: str, visit: Visit) -> str:
        """The sentence that says why an element does not meet a profile."""

    @abstractmethod
    def profile_check(self, profiles: Sequence[str], type_name: str = "") -> Check:
        """A check that an element of that type meets one of the profiles."""

    @abstractmethod
    def compile_slicing(self, branch: Branch, known: Sequence[Branch]) -> GroupCheck | None:
        """What shares out the elements of a branch among its slices."""

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
        return structure.called if structure is not None else canonical

    def canonical(self, type_name: str) -> str:
        """The structure that defines an element of this type, with its version."""
        return f"{CANONICAL}{type_name.partition('.')[0]}|{self.definitions.release.version}"

    def interfaces_of(self, type_name: str) -> frozenset[str]:
        """CanonicalResource and MetadataResource are what some resources are patterned after (FHIR R5)."""
        table = self.definitions.table(type_name)
        names = frozenset(table.elements) if table is not None else frozenset[str]()
        return _INTERFACES if {"url", "status"} <= names else frozenset()

    def is_member(self, node: Node, value_set: str) -> bool | None:
        """Whether the code, Coding or concept of a node is in a value set."""
        return judge_value(self.codes, value_set, node.value, node.type).found

    def refuse_resolution(self, reference: str) -> Node | None:
        """What is contained is here or nowhere; what is elsewhere cannot be asked for."""
        if reference.startswith("#"):
            return None
        raise NotEvaluated(f"“{reference}” is not here")
