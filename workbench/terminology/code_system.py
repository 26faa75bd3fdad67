"""CodeSystem: the codes of one system with their displays and hierarchy, as far as they are here."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Literal

CodeSystemContent = Literal["complete", "fragment", "example", "not-present", "supplement"]
Standing = Literal["active", "deprecated", "inactive"]


@dataclass(frozen=True, slots=True)
class Concept:
    """`parents` are the codes right above it; `properties` those facts of it that value sets may ask for.

    A deprecated one may still be used and should not be; an inactive one is valid no more (concept properties of FHIR).
    """

    code: str
    display: str = ""
    parents: tuple[str, ...] = ()
    properties: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    standing: Standing = "active"


@dataclass(frozen=True)
class CodeSystem:
    """`concepts` by code; where case does not matter, they are found in any case."""

    url: str
    version: str = ""
    name: str = ""
    title: str = ""
    status: str = ""
    content: CodeSystemContent = "complete"
    is_case_sensitive: bool = True
    concepts: Mapping[str, Concept] = field(default_factory=dict)
    package: str = ""

    @property
    def canonical(self) -> str:
        return f"{self.url}|{self.version}" if self.version else self.url

    @property
    def is_complete(self) -> bool:
        return self.content == "complete" and bool(self.concepts)

    def find(self, code: str) -> Concept | None:
        found = self.concepts.get(code)
        if found is None and not self.is_case_sensitive:
            found = self._by_folded.get(code.casefold())
        return found

    def has(self, code: str) -> bool | None:
        """Tell whether the system has `code`; None where it is not known here, since not all codes are."""
        if self.content == "supplement":
            return None
        if self.find(code) is not None:
            return True
        return False if self.is_complete else None

    def display_of(self, code: str) -> str:
        """Return the display of a code; empty where there is none or the code is unknown."""
        found = self.find(code)
        return found.display if found else ""

    def standing_of(self, code: str) -> Standing:
        """Return whether a code may still be used; one that is not known here counts as active."""
        found = self.find(code)
        return found.standing if found else "active"

    def is_below(self, code: str, ancestor: str) -> bool:
        """Tell whether `code` descends from `ancestor`, itself excluded."""
        known, top = self.find(code), self.find(ancestor)
        if known is None or top is None:
            return False
        level, seen = list(known.parents), set[str]()
        while level:
            name = level.pop()
            if name == top.code and name != known.code:
                return True
            if name not in seen:
                seen.add(name)
                above = self.concepts.get(name)
                level += above.parents if above else ()
        return False

    def has_children(self, code: str) -> bool:
        return code in self._parents

    @cached_property
    def _parents(self) -> frozenset[str]:
        return frozenset(parent for concept in self.concepts.values() for parent in concept.parents)

    @cached_property
    def _by_folded(self) -> Mapping[str, Concept]:
        return {code.casefold(): concept for code, concept in self.concepts.items()}
