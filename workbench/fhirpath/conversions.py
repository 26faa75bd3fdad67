"""Conversions between System types: `toInteger()`, `convertsToDate()` and the others (N1, conversion)."""

from __future__ import annotations

import re
from collections.abc import Callable
from decimal import Decimal
from typing import Any

from workbench.fhirpath import quantity as quantities
from workbench.fhirpath.arithmetic import as_number
from workbench.fhirpath.environment import Frame
from workbench.fhirpath.invocation import Registry, add_plain
from workbench.fhirpath.quantity import Quantity, parse_quantity
from workbench.fhirpath.temporal import Temporal, TemporalKind, parse_temporal
from workbench.fhirpath.value import EMPTY, FALSE, TRUE, single, text_of

REGISTRY: Registry = {}
_TRUE = ("true", "t", "yes", "y", "1", "1.0")
_FALSE = ("false", "f", "no", "n", "0", "0.0")
_INTEGER = re.compile(r"[+-]?\d{1,19}", re.ASCII)
_DECIMAL = re.compile(r"[+-]?\d{1,400}(?:\.\d{1,400})?", re.ASCII)
_READABLE_EXPONENT = 400


def _to_boolean(value: Any) -> Any:
    if isinstance(value, bool):
        return value
    if isinstance(value, int | Decimal):
        return True if value == 1 else False if value == 0 else None
    text = value.lower() if isinstance(value, str) else ""
    return True if text in _TRUE else False if text in _FALSE else None


def _to_integer(value: Any) -> Any:
    if isinstance(value, bool | int):
        return int(value)
    if isinstance(value, str) and _INTEGER.fullmatch(value):
        return next(iter(as_number(int(value))), None)
    return None


def _to_decimal(value: Any) -> Any:
    if isinstance(value, bool | int):
        return Decimal(int(value))
    if isinstance(value, str) and _DECIMAL.fullmatch(value):
        return Decimal(value)
    return value if isinstance(value, Decimal) else None


def _to_quantity(value: Any) -> Any:
    if isinstance(value, bool | int | Decimal):
        return Quantity(Decimal(value))
    if isinstance(value, str):
        return parse_quantity(value)
    return value if isinstance(value, Quantity) else None


def to_text(value: Any) -> str | None:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, Decimal):
        return f"{value:f}" if abs(value.adjusted()) < _READABLE_EXPONENT else str(value)
    return str(value) if isinstance(value, str | int | Temporal | Quantity) else None


def _to_temporal(kind: TemporalKind) -> Callable[[Any], Any]:
    def convert(value: Any) -> Any:
        if isinstance(value, Temporal) and value.kind == kind:
            return value
        if isinstance(value, Temporal) and "Time" not in (kind, value.kind):
            day = value.parts[:3] if kind == "Date" else value.parts
            return Temporal(kind, day)
        if not isinstance(value, str):
            return None
        return parse_temporal(value, kind) or (_day_as_datetime(value) if kind == "DateTime" else None)

    return convert


def _day_as_datetime(text: str) -> Temporal | None:
    day = parse_temporal(text, "Date")
    return None if day is None else Temporal("DateTime", day.parts)


def _add(name: str, convert: Callable[[Any], Any]) -> None:
    @add_plain(REGISTRY, f"to{name}")
    def to_type(frame: Frame, items: list[Any]) -> list[Any]:
        value = single(items)
        found = None if value is None else convert(value)
        return EMPTY if found is None else [found]

    @add_plain(REGISTRY, f"convertsTo{name}")
    def converts_to_type(frame: Frame, items: list[Any]) -> list[Any]:
        value = single(items)
        return EMPTY if value is None else TRUE if convert(value) is not None else FALSE


for _name, _convert in {
    "Boolean": _to_boolean,
    "Integer": _to_integer,
    "Long": _to_integer,
    "Decimal": _to_decimal,
    "String": to_text,
    "Date": _to_temporal("Date"),
    "DateTime": _to_temporal("DateTime"),
    "Time": _to_temporal("Time"),
}.items():
    _add(_name, _convert)


def _in_unit(items: list[Any], unit: list[list[Any]]) -> Quantity | None:
    value = single(items)
    found: Quantity | None = None if value is None else _to_quantity(value)
    wanted = text_of(unit[0]) if unit else None
    return quantities.convert(found, wanted) if found is not None and wanted is not None else found


@add_plain(REGISTRY, "toQuantity", 0, 1)
def _to_quantity_in(frame: Frame, items: list[Any], *unit: list[Any]) -> list[Any]:
    found = _in_unit(items, list(unit))
    return EMPTY if found is None else [found]


@add_plain(REGISTRY, "convertsToQuantity", 0, 1)
def _converts_to_quantity(frame: Frame, items: list[Any], *unit: list[Any]) -> list[Any]:
    return TRUE if _in_unit(items, list(unit)) is not None else FALSE if items else EMPTY


@add_plain(REGISTRY, "comparable", 1)
def _comparable(frame: Frame, items: list[Any], other: list[Any]) -> list[Any]:
    one, two = single(items), single(other)
    if not isinstance(one, Quantity) or not isinstance(two, Quantity):
        return EMPTY
    return TRUE if quantities.is_comparable(one, two) else FALSE
