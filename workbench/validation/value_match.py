"""Values held against fixed and pattern values of a profile (FHIR R4, ElementDefinition, fixed and pattern)."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from workbench.fhir.resource import to_json
from workbench.validation.primitive_value import show

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
