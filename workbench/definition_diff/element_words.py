"""Words of an element's facts, as a row shows them: `0..1 Reference(Patient | Group), must support`."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from workbench.definitions.structure import Binding, Constraint, ElementDefinition, ElementType, Slicing
from workbench.fhir.resource import to_json

MOST_VALUES = 3
"""Of the values that are fixed in an element, how many a row shows."""
_BASE = "http://hl7.org/fhir/StructureDefinition/"


def most_words(most: int | None) -> str:
    return "*" if most is None else str(most)


def short_name(canonical: str) -> str:
    """The last step of a canonical, with the version where it has one: `us-core-patient`, `Patient`."""
    address, bar, version = canonical.partition("|")
    return address.rstrip("/").rpartition("/")[2] + bar + version


def unique_names(canonicals: Iterable[str]) -> dict[str, str]:
    """The last step of each canonical, or the whole of it where two would read the same."""
    by_name: dict[str, set[str]] = {}
    for canonical in canonicals:
        by_name.setdefault(short_name(canonical), set()).add(canonical)
    return {url: name if len(found) == 1 else url for name, found in by_name.items() for url in found}


def short_names(left: Iterable[str], right: Iterable[str]) -> tuple[str, str]:
    """Both lists in short, in full where they would read the same."""
    here, there = list(left), list(right)
    short = [" | ".join(map(short_name, side)) for side in (here, there)]
    if short[0] == short[1]:
        return " | ".join(here), " | ".join(there)
    return short[0], short[1]


def type_words(kinds: Iterable[ElementType]) -> str:
    return " | ".join(_type_words(kind) for kind in kinds)


def _type_words(kind: ElementType) -> str:
    named = kind.targets or tuple(profile for profile in kind.profiles if profile != _BASE + kind.code)
    return f"{kind.code}({' | '.join(map(short_name, named))})" if named else kind.code


def element_words(element: ElementDefinition, values: Iterable[tuple[str, str]] = ()) -> str:
    """All that matters of an element which the other side lacks, in one line; `values` are fixed in it, by path.

    A code tells enough without its system.
    """
    fixed = list(values)
    coded = any(path.rpartition(".")[2] == "code" for path, _ in fixed)
    kept = [value for path, value in fixed if not (coded and path.rpartition(".")[2] == "system")]
    more = [f"and {len(kept) - MOST_VALUES} other values"] if len(kept) > MOST_VALUES else []
    return ", ".join([*_parts(element), *kept[:MOST_VALUES], *more])


def _parts(element: ElementDefinition) -> Iterator[str]:
    kinds = type_words(element.types) or (f"as {element.content_reference}" if element.content_reference else "")
    yield f"{element.least}..{most_words(element.most)} {kinds}".rstrip()
    if element.binding and element.binding.strength != "example":
        yield binding_words(element.binding)
    if element.must_support:
        yield "must support"
    if element.is_modifier:
        yield "modifier"
    yield from map(short_name, element.marks)


def binding_words(binding: Binding) -> str:
    return f"{binding.strength} {short_name(binding.value_set)}".rstrip()


def value_words(value: tuple[str, Any]) -> str:
    return value[1] if isinstance(value[1], str) else to_json(value[1])


def slicing_words(slicing: Slicing) -> str:
    by = ", ".join(f"{item.kind} {item.path}" for item in slicing.discriminators) or "nothing"
    return f"{slicing.rules}{', ordered' if slicing.ordered else ''}, by {by}"


def constraint_words(constraint: Constraint) -> str:
    return f"{constraint.severity}: {constraint.expression or constraint.human or 'said in words alone'}"
