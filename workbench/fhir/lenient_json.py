"""Lenient JSON: of a value what has the shape that is looked for; all else is as if it were not there.

For definitions that others wrote, of which each part that can be used is used.
"""

from __future__ import annotations

from typing import Any

from workbench.fhir.resource import Json


def text_in(item: Json, name: str) -> str:
    """Return the text of a member; empty where there is none."""
    value = item.get(name)
    return value if isinstance(value, str) else ""


def texts_of(value: Any) -> tuple[str, ...]:
    """Return the texts of a list, or the text that stands alone."""
    return tuple(text for text in (value if isinstance(value, list) else [value]) if isinstance(text, str))


def object_of(value: Any) -> Json:
    return value if isinstance(value, dict) else {}


def objects_of(value: Any) -> list[Json]:
    """Return the objects of a list."""
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []
