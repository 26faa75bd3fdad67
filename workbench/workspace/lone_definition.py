"""LoneDefinition: one definition of a file that stands among those of a release as if it were a package."""

from __future__ import annotations

from dataclasses import dataclass

from workbench.definitions.structure import Structure, StructureHead
from workbench.terminology.code_system import CodeSystem
from workbench.terminology.value_set import ValueSet


@dataclass(frozen=True, slots=True)
class LoneDefinition:
    label: str
    structure_found: Structure | None = None
    value_set_found: ValueSet | None = None

    def structure_heads(self) -> tuple[StructureHead, ...]:
        return ()

    def structure(self, url: str) -> Structure | None:
        found = self.structure_found
        return found if found and found.url == url else None

    def value_set(self, url: str) -> ValueSet | None:
        found = self.value_set_found
        return found if found and found.url == url else None

    def code_system(self, url: str) -> CodeSystem | None:
        del url
        return None
