"""PackageFacts: what one package defines, read from its compiled facts as it is asked for."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from workbench.definitions.facts_file import FactsFile
from workbench.definitions.search_parameter import SearchParameter, search_parameter_from_facts
from workbench.definitions.structure import Constraint, Structure, StructureHead
from workbench.definitions.structure_facts import constraints_from_facts, structure_from_facts
from workbench.terminology.code_system import CodeSystem
from workbench.terminology.terminology_facts import code_system_from_facts, value_set_from_facts
from workbench.terminology.value_set import ValueSet


@dataclass(frozen=True, slots=True)
class ResourceHead:
    """What an index says of a value set, a code system or another definition before it is read."""

    type: str
    url: str
    version: str
    name: str
    title: str
    package: str = ""


class PackageFacts:
    """One file of compiled facts; what was read stays, and reading twice at once does no harm."""

    def __init__(self, source: Path | bytes, *, whole: bool = False) -> None:
        """With `whole`, what is not as it was written raises ValueError."""
        self._file = FactsFile(source, whole=whole)
        self._read: dict[tuple[str, str], Any] = {}

    @property
    def label(self) -> str:
        return str(self._file.header["package"])

    @property
    def header(self) -> Mapping[str, Any]:
        return self._file.header

    @property
    def id(self) -> str:
        return self.label.partition("#")[0]

    @property
    def version(self) -> str:
        return self.label.partition("#")[2]

    @property
    def title(self) -> str:
        return str(self._manifest.get("title", ""))

    @property
    def fhir_versions(self) -> tuple[str, ...]:
        """Such as `4.0.1`; empty where the package does not say."""
        return tuple(self._manifest.get("fhir_versions", ()))

    @property
    def dependencies(self) -> Mapping[str, str]:
        """The version that is asked for of each package, by its id."""
        return dict(self._manifest.get("dependencies", {}))

    @property
    def is_partial(self) -> bool:
        """Whether only a part of the package is here."""
        return bool(self._manifest.get("partial", False))

    @property
    def _manifest(self) -> dict[str, Any]:
        facts: dict[str, Any] = self._file.section("manifest")
        return facts

    @cached_property
    def heads(self) -> Mapping[str, StructureHead]:
        """The head of every structure by its url."""
        return {url: _structure_head(url, facts[2:], self.label) for url, facts in self._index("structures").items()}

    def structure_heads(self) -> tuple[StructureHead, ...]:
        return tuple(self.heads.values())

    def structure(self, url: str) -> Structure | None:
        found: Structure | None = self._take("structures", url)
        return found

    def value_set_heads(self) -> tuple[ResourceHead, ...]:
        return self._heads_of("value_sets", "ValueSet")

    def value_set(self, url: str) -> ValueSet | None:
        found: ValueSet | None = self._take("value_sets", url)
        return found

    def code_system_heads(self) -> tuple[ResourceHead, ...]:
        return self._heads_of("code_systems", "CodeSystem")

    def code_system(self, url: str) -> CodeSystem | None:
        found: CodeSystem | None = self._take("code_systems", url)
        return found

    def search_parameters(self, type_name: str | None = None) -> tuple[SearchParameter, ...]:
        """Return the parameters that name `type_name` as a base, or all of them."""
        index = self._index("search_parameters")
        wanted = [url for url, facts in index.items() if type_name is None or type_name in facts[2]]
        found = (self.search_parameter(url) for url in wanted)
        return tuple(parameter for parameter in found if parameter is not None)

    def search_parameter(self, url: str) -> SearchParameter | None:
        found: SearchParameter | None = self._take("search_parameters", url)
        return found

    def _take(self, section: str, url: str) -> Any:
        key = section, url
        if key not in self._read:
            place = self._index(section).get(url)
            if place is None:
                return None
            facts = self._file.record(place[0], place[1])
            self._read[key] = self._make(section, facts)
        return self._read[key]

    def _make(self, section: str, facts: Any) -> Any:
        if section == "structures":
            return structure_from_facts(facts, self._constraints, self.label)
        if section == "value_sets":
            return value_set_from_facts(facts, self.label)
        if section == "code_systems":
            return code_system_from_facts(facts, self.label)
        return search_parameter_from_facts(facts, self.label)

    def _heads_of(self, section: str, type_name: str) -> tuple[ResourceHead, ...]:
        return tuple(
            ResourceHead(type_name, url, facts[2], facts[3], facts[4], self.label)
            for url, facts in self._index(section).items()
        )

    @cached_property
    def _constraints(self) -> Mapping[str, Constraint]:
        return constraints_from_facts(self._file.section("constraints"))

    def _index(self, section: str) -> dict[str, list[Any]]:
        index: dict[str, list[Any]] = self._file.section(section)
        return index


def _structure_head(url: str, facts: list[Any], label: str) -> StructureHead:
    version, name, title, kind, type_name, base, derivation = facts
    return StructureHead(url, version, name, title, kind, type_name, base, derivation, label)
