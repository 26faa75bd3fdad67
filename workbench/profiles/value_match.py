"""Values held against fixed and pattern values of a profile (FHIR R4, ElementDefinition, fixed and pattern)."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from workbench.fhir.resource import Json, to_json
from workbench.structure.primitive_value import show

_LONGEST = 160


def equals(value: Any, fixed: Any) -> bool:
    """Exactly the same, every element of it; numbers by their value."""
    if isinstance(fixed, dict):
        return (
            isinstance(value, dict)
            and value.keys() == fixed.keys()
            and all(equals(value[name], item) for name, item in fixed.items())
        )
    if isinstance(fixed, list):
        return (
            isinstance(value, list)
            and len(value) == len(fixed)
            and all(equals(one, other) for one, other in zip(value, fixed, strict=True))
        )
    return _equals_primitive(value, fixed)


def fits(value: Any, pattern: Any) -> bool:
    """At least what the pattern has: each of its elements, and for each item of an array one that fits it."""
    if isinstance(pattern, dict):
        return isinstance(value, dict) and all(
            name in value and fits(value[name], item) for name, item in pattern.items()
        )
    if isinstance(pattern, list):
        return isinstance(value, list) and all(any(fits(one, item) for one in value) for item in pattern)
    return _equals_primitive(value, pattern)


def _equals_primitive(value: Any, other: Any) -> bool:
    if isinstance(value, bool) or isinstance(other, bool):
        return value is other
    if isinstance(value, int | Decimal) and isinstance(other, int | Decimal):
        return value == other
    return type(value) is type(other) and bool(value == other)


def tell_difference(value: Any, wanted: Any, *, is_whole: bool, at: str = "") -> str:
    """What first keeps `value` from being `wanted` (fixed) or having it (pattern), as a part of a sentence."""
    if isinstance(value, dict) and isinstance(wanted, dict):
        return _tell_difference_of_objects(value, wanted, is_whole, at)
    if isinstance(value, list) and isinstance(wanted, list):
        return _tell_difference_of_arrays(value, wanted, is_whole, at)
    return f"“{at}” must be {tell_value(wanted)}, and is {tell_value(value)}"


def _tell_difference_of_objects(value: Json, wanted: Json, is_whole: bool, at: str) -> str:
    matches = equals if is_whole else fits
    for name, item in wanted.items():
        inner = f"{at}.{name}" if at else name
        if name not in value:
            return f"“{inner}” is missing, and must be {tell_value(item)}"
        if not matches(value[name], item):
            return tell_difference(value[name], item, is_whole=is_whole, at=inner)
    extra = next((name for name in value if name not in wanted), "")
    return f"“{f'{at}.{extra}' if at else extra}” must not be there"


def _tell_difference_of_arrays(value: list[Any], wanted: list[Any], is_whole: bool, at: str) -> str:
    if len(value) == len(wanted) and (is_whole or len(value) == 1):
        matches = equals if is_whole else fits
        pairs = enumerate(zip(value, wanted, strict=True))
        index, one, item = next((index, one, item) for index, (one, item) in pairs if not matches(one, item))
        return tell_difference(one, item, is_whole=is_whole, at=f"{at}[{index}]")
    if is_whole:
        return f"“{at}” must have {len(wanted)}, and has {len(value)}"
    missed = next(item for item in wanted if not any(fits(one, item) for one in value))
    return f"“{at}” has none that is {tell_value(missed)}"


def tell_value(value: Any) -> str:
    """A fixed or pattern value as a sentence shows it: a coding as `system|code`, the rest as JSON."""
    if not isinstance(value, dict | list):
        return show(value)
    codings = value.get("coding") if isinstance(value, dict) else None
    shown = codings if isinstance(codings, list) and len(codings) == 1 and len(value) == 1 else [value]
    first = shown[0]
    if isinstance(first, dict) and "code" in first and first.keys() <= {"system", "code", "display"}:
        return f"“{first.get('system', '')}|{first['code']}”".replace("“|", "“")
    text = to_json(value)
    return text if len(text) <= _LONGEST else text[: _LONGEST - 1] + "…"
