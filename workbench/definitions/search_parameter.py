"""SearchParameter: one parameter that resources may be searched by, as a package defines it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any, Literal, cast

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
        url=_text(resource, "url"),
        version=_text(resource, "version"),
        name=_text(resource, "name"),
        code=_text(resource, "code"),
        kind=cast(SearchKind, _text(resource, "type") or "special"),
        bases=_texts(resource.get("base")),
        expression=_text(resource, "expression"),
        targets=_texts(resource.get("target")),
        components=tuple(_components(resource.get("component"))),
        multiple_or=_flag(resource, "multipleOr"),
        multiple_and=_flag(resource, "multipleAnd"),
        comparators=_texts(resource.get("comparator")),
        modifiers=_texts(resource.get("modifier")),
        chains=_texts(resource.get("chain")),
        status=_text(resource, "status"),
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
            url = _text(named, "reference") if isinstance(named, dict) else _text(item, "definition")
            found.append((url, _text(item, "expression")))
    return found


def _flag(resource: Json, name: str) -> bool | None:
    value = resource.get(name)
    return value if isinstance(value, bool) else None


def _text(item: Json, name: str) -> str:
    value = item.get(name)
    return value if isinstance(value, str) else ""


def _texts(value: Any) -> tuple[str, ...]:
    values = value if isinstance(value, list) else [value]
    return tuple(text for text in values if isinstance(text, str))
