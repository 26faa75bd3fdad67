"""SearchParameter: one parameter that resources may be searched by, as a package defines it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any, Literal, cast

from workbench.fhir.lenient_json import text_in, texts_of
from workbench.fhir.resource import Json

SearchKind = Literal["string", "token", "reference", "date", "number", "quantity", "uri", "composite", "special"]


@dataclass(frozen=True, slots=True)
class SearchParameter:
    """`code` is its name in a query; `bases` the types it searches, `targets` those that a reference may name.

    `components` of a composite are (canonical, expression). `multiple_or` and `multiple_and` are None where not said.
    """

    url: str
    version: str
    name: str
    code: str
    kind: SearchKind
    bases: tuple[str, ...]
    expression: str = ""
    targets: tuple[str, ...] = ()
    components: tuple[tuple[str, str], ...] = ()
    multiple_or: bool | None = None
    multiple_and: bool | None = None
    comparators: tuple[str, ...] = ()
    modifiers: tuple[str, ...] = ()
    chains: tuple[str, ...] = ()
    status: str = ""
    package: str = ""


def parse_search_parameter(resource: Json, *, package: str = "") -> SearchParameter:
    """Return what a SearchParameter says; what is missing or misshapen is left out."""
    return SearchParameter(
        url=text_in(resource, "url"),
        version=text_in(resource, "version"),
        name=text_in(resource, "name"),
        code=text_in(resource, "code"),
        kind=cast(SearchKind, text_in(resource, "type") or "special"),
        bases=texts_of(resource.get("base")),
        expression=text_in(resource, "expression"),
        targets=texts_of(resource.get("target")),
        components=tuple(_components(resource.get("component"))),
        multiple_or=_flag(resource, "multipleOr"),
        multiple_and=_flag(resource, "multipleAnd"),
        comparators=texts_of(resource.get("comparator")),
        modifiers=texts_of(resource.get("modifier")),
        chains=texts_of(resource.get("chain")),
        status=text_in(resource, "status"),
        package=package,
    )


def search_parameter_to_facts(parameter: SearchParameter) -> dict[str, Any]:
    facts = {item.name: getattr(parameter, item.name) for item in fields(parameter) if item.name != "package"}
    return {name: value for name, value in facts.items() if value not in ("", (), None)}


def search_parameter_from_facts(facts: Mapping[str, Any], package: str) -> SearchParameter:
    values: dict[str, Any] = dict.fromkeys(("url", "version", "name", "code"), "") | {"kind": "special", "bases": ()}
    values |= {name: tuple(value) if isinstance(value, list) else value for name, value in facts.items()}
    values["components"] = tuple((url, expression) for url, expression in values.get("components", ()))
    return SearchParameter(**values, package=package)


def _components(value: Any) -> list[tuple[str, str]]:
    """STU3 refers to the definition by a Reference, later releases by a canonical."""
    found = []
    for item in value if isinstance(value, list) else ():
        if isinstance(item, dict):
            named = item.get("definition")
            url = text_in(named, "reference") if isinstance(named, dict) else text_in(item, "definition")
            found.append((url, text_in(item, "expression")))
    return found


def _flag(resource: Json, name: str) -> bool | None:
    value = resource.get(name)
    return value if isinstance(value, bool) else None
