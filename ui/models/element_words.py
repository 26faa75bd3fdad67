"""Words for what a structure says of an element: cardinality, types, flags, codes, fixed values and invariants."""

from __future__ import annotations

from typing import TYPE_CHECKING

from workbench.definitions.structure import Binding, ElementDefinition, ElementType, Slicing
from workbench.fhir.resource import to_json

if TYPE_CHECKING:
    from workbench.workspace.element_help import ElementHelp

_LONGEST_LINE = 160
_ANY_TARGET = "http://hl7.org/fhir/StructureDefinition/Resource"


def to_cardinality(element: ElementDefinition) -> str:
    return f"{element.least}..{'*' if element.most is None else element.most}"


def to_flags(element: ElementDefinition) -> str:
    """The flags as the standard's own tables write them: S must support, ?! modifier, Σ summary."""
    flags = (("S", element.must_support), ("?!", element.is_modifier), ("Σ", element.is_summary))
    return " ".join(flag for flag, on in flags if on)


def flags_in_words(element: ElementDefinition) -> str:
    words = (
        ("must be supported (S)", element.must_support),
        ("modifies what the rest means (?!)", element.is_modifier),
        ("is in the summary (Σ)", element.is_summary),
    )
    return ", ".join(word for word, on in words if on)


def to_types(element: ElementDefinition) -> str:
    if element.content_reference:
        return f"as {element.content_reference.removeprefix('#')}"
    return " | ".join(_to_type(each) for each in element.types)


def to_meaning(element: ElementDefinition) -> str:
    """What else matters in one line: the value it must have, its codes, and the package's own short words."""
    parts = (
        f"= {_value(element.fixed)}" if element.fixed else "",
        f"like {_value(element.pattern)}" if element.pattern else "",
        element.short,
        f"{element.binding.strength}: {short_name(element.binding.value_set)}" if element.binding else "",
    )
    return " · ".join(part for part in parts if part)


def describe_element(element: ElementDefinition) -> tuple[tuple[str, str], ...]:
    """All that is said of an element, as pairs of words; what is not said is left out."""
    pairs = [
        ("Element", element.id),
        ("Short", element.short),
        ("Definition", element.definition),
        ("Cardinality", _cardinality_in_words(element)),
        ("Type", _types_in_words(element)),
        ("Flags", flags_in_words(element)),
        ("Codes", _binding_in_words(element.binding)),
        ("Fixed value", _value(element.fixed)),
        ("Pattern", _value(element.pattern)),
        ("Least value", _value(element.least_value)),
        ("Most value", _value(element.most_value)),
        ("Most length", str(element.most_length or "")),
        ("Slices", _slicing_in_words(element.slicing)),
    ]
    for constraint in element.constraints:
        said = f"{constraint.human} " if constraint.human else ""
        pairs.append((f"{constraint.key} ({constraint.severity})", f"{said}{constraint.expression}"))
    return tuple((name, value) for name, value in pairs if value)


def to_tip(found: ElementHelp) -> str:
    """What is said of the element at a place, in a few lines for a tool tip."""
    element = found.element
    lines = (
        found.path,
        " · ".join(part for part in (to_cardinality(element), to_types(element), flags_in_words(element)) if part),
        to_meaning(element),
        found.said_by,
    )
    return "\n".join(line if len(line) <= _LONGEST_LINE else f"{line[:_LONGEST_LINE]}…" for line in lines if line)


def short_name(canonical: str) -> str:
    """The end of a canonical, without its version."""
    return canonical.partition("|")[0].rstrip("/").rpartition("/")[2]


def _to_type(kind: ElementType) -> str:
    inner = [short_name(each) for each in (*kind.profiles, *kind.targets) if each != _ANY_TARGET]
    return f"{kind.code}({' | '.join(inner)})" if inner else kind.code


def _types_in_words(element: ElementDefinition) -> str:
    if element.content_reference:
        return to_types(element)
    lines = []
    for kind in element.types:
        lines.append(kind.code)
        lines += [f"  profile {each}" for each in kind.profiles] + [f"  to {each}" for each in kind.targets]
    return "\n".join(lines)


def _cardinality_in_words(element: ElementDefinition) -> str:
    base = ElementDefinition("", "", element.base_least, element.base_most)
    narrowed = element.base_path and to_cardinality(base) != to_cardinality(element)
    return (
        f"{to_cardinality(element)}, in {element.base_path} {to_cardinality(base)}"
        if narrowed
        else to_cardinality(element)
    )


def _binding_in_words(binding: Binding | None) -> str:
    if binding is None:
        return ""
    most = f", at most {binding.most}" if binding.most else ""
    return f"{binding.strength}: {binding.value_set or 'a value set that is not named'}{most}"


def _slicing_in_words(slicing: Slicing | None) -> str:
    if slicing is None:
        return ""
    told = ", ".join(f"{each.kind} of {each.path}" for each in slicing.discriminators) or "nothing that is named"
    return f"told apart by {told}; {slicing.rules}{', in order' if slicing.ordered else ''}"


def _value(typed: tuple[str, object] | None) -> str:
    if typed is None:
        return ""
    return typed[1] if isinstance(typed[1], str) else to_json(typed[1])
