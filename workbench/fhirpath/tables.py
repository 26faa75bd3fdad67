"""Tables: what an evaluation asks of definitions, and those of a release."""

from __future__ import annotations

from typing import Any, Protocol

from workbench.definitions.type_table import Primitive, TypedElement, TypeTable
from workbench.fhir import definition as r4


class Tables(Protocol):
    """The part of definitions that types the nodes of a resource."""

    def __hash__(self) -> int: ...

    def table(self, type_name: str) -> TypeTable | None: ...

    def primitive(self, name: str) -> Primitive | None: ...

    def is_resource(self, name: str) -> bool: ...


class OldTables:
    def table(self, type_name: str) -> TypeTable | None:
        found = r4.find_structure(type_name)
        if found is None:
            return None
        elements = {
            name: TypedElement(e.json_name, e.name, e.type, e.least, e.most) for name, e in found.elements.items()
        }
        base = "" if not self.is_resource(type_name) else "DomainResource" if "contained" in elements else "Resource"
        base = "" if base == type_name else base
        return TypeTable(found.name, elements, found.required, found.choices, base)

    def primitive(self, name: str) -> Any:
        return r4.find_primitive(name)

    def is_resource(self, name: str) -> bool:
        return r4.is_resource_type(name)


OLD = OldTables()


def load_tables(release: str = "4.0") -> Tables:
    return OLD
