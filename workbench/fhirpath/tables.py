"""Tables: what an evaluation asks of definitions, and those of a release."""

from __future__ import annotations

from typing import Protocol

from workbench.definitions.definitions import load_definitions
from workbench.definitions.type_table import Primitive, TypeTable


class Tables(Protocol):
    """The part of definitions that types the nodes of a resource."""

    def __hash__(self) -> int: ...

    def table(self, type_name: str) -> TypeTable | None: ...

    def primitive(self, name: str) -> Primitive | None: ...

    def is_resource(self, name: str) -> bool: ...


def load_tables(release: str = "4.0") -> Tables:
    return load_definitions(release)
