"""Functions of numbers, and the boundaries and precision of numbers and dates (N1, math; STU: boundaries)."""

from __future__ import annotations

from collections.abc import Callable
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal
from typing import Any

from workbench.fhirpath import boundaries
from workbench.fhirpath.arithmetic import as_number, as_whole
from workbench.fhirpath.environment import Frame
from workbench.fhirpath.invocation import Registry, add_plain
from workbench.fhirpath.quantity import MATH, Quantity
from workbench.fhirpath.temporal import from_datetime
from workbench.fhirpath.value import EMPTY, integer_of, number_of, round_to, single

REGISTRY: Registry = {}
# More than this and a power is not counted out.
_GREATEST_EXPONENT = 100_000


def _decimal_of(items: list[Any]) -> Decimal | None:
    value = number_of(items)
    return None if value is None else value.value if isinstance(value, Quantity) else Decimal(value)


def _add_whole(name: str, rounding: str | None) -> None:
    @add_plain(REGISTRY, name)
    def call(frame: Frame, items: list[Any]) -> list[Any]:
        value = _decimal_of(items)
        if value is None or value.adjusted() > 20:
            return EMPTY
        return as_whole(value if rounding is None else value.to_integral_value(rounding))


_add_whole("ceiling", ROUND_CEILING)
_add_whole("floor", ROUND_FLOOR)
_add_whole("truncate", None)


def _add_real(name: str, function: Callable[[Decimal], Decimal]) -> None:
    @add_plain(REGISTRY, name)
    def call(frame: Frame, items: list[Any]) -> list[Any]:
        value = _decimal_of(items)
        return EMPTY if value is None else as_number(function(value))


_add_real("exp", lambda value: MATH.exp(value))
_add_real("ln", lambda value: MATH.ln(value))
_add_real("sqrt", lambda value: MATH.sqrt(value))


@add_plain(REGISTRY, "abs")
def _abs(frame: Frame, items: list[Any]) -> list[Any]:
    value = number_of(items)
    if isinstance(value, Quantity):
        return [Quantity(abs(value.value), value.unit, value.calendar)]
    return EMPTY if value is None else [value.copy_abs() if isinstance(value, Decimal) else abs(value)]


@add_plain(REGISTRY, "log", 1)
def _log(frame: Frame, items: list[Any], base: list[Any]) -> list[Any]:
    value, foot = _decimal_of(items), _decimal_of(base)
    if value is None or foot is None or value <= 0 or foot <= 0 or foot == 1:
        return EMPTY
    return as_number(
        MATH.divide(MATH.ln(value), MATH.ln(foot)).quantize(Decimal("1E-16"), context=MATH).normalize(MATH)
    )


@add_plain(REGISTRY, "power", 1)
def _power(frame: Frame, items: list[Any], exponent: list[Any]) -> list[Any]:
    base, power = number_of(items), number_of(exponent)
    if base is None or power is None or isinstance(base, Quantity) or isinstance(power, Quantity):
        return EMPTY
    if abs(power) > _GREATEST_EXPONENT:
        return EMPTY
    if isinstance(base, int) and isinstance(power, int) and power >= 0 and power * abs(base).bit_length() < 70:
        return as_number(base**power)
    return as_number(MATH.power(Decimal(base), Decimal(power)))


@add_plain(REGISTRY, "round", 0, 1)
def _round(frame: Frame, items: list[Any], *precision: list[Any]) -> list[Any]:
    value, places = _decimal_of(items), integer_of(precision[0]) if precision else 0
    if value is None or places is None or not 0 <= places <= boundaries.MOST_DIGITS:
        return EMPTY
    return as_number(round_to(value, places))


def _add_boundary(name: str, *, upper: bool) -> None:
    @add_plain(REGISTRY, name, 0, 1)
    def call(frame: Frame, items: list[Any], *precision: list[Any]) -> list[Any]:
        value, digits = single(items), integer_of(precision[0]) if precision else None
        found = None if value is None else boundaries.boundary(value, digits, upper=upper)
        return EMPTY if found is None else [found]


_add_boundary("lowBoundary", upper=False)
_add_boundary("highBoundary", upper=True)


@add_plain(REGISTRY, "precision")
def _precision(frame: Frame, items: list[Any]) -> list[Any]:
    value = single(items)
    found = None if value is None else boundaries.precision(value)
    return EMPTY if found is None else [found]


def _add_clock(name: str, kind: Any) -> None:
    @add_plain(REGISTRY, name)
    def call(frame: Frame, items: list[Any]) -> list[Any]:
        return [from_datetime(frame.run.now, kind)]


_add_clock("now", "DateTime")
_add_clock("today", "Date")
_add_clock("timeOfDay", "Time")
