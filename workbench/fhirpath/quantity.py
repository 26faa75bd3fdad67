"""Quantity: a number with a unit of UCUM or of the calendar, compared and counted with (FHIRPath N1, quantities)."""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Context, Decimal

from workbench.fhirpath.unit import Unit, find_unit, multiply_units

_SINGULAR = ("year", "month", "week", "day", "hour", "minute", "second", "millisecond")
CALENDAR_UNITS = {**{name: name for name in _SINGULAR}, **{f"{name}s": name for name in _SINGULAR}}
# Definite durations are the same on the calendar and in UCUM; a year and a month are not (N1, time-valued quantities).
_DEFINITE = {"week": "wk", "day": "d", "hour": "h", "minute": "min", "second": "s", "millisecond": "ms"}
_CALENDAR_OF = {code: name for name, code in _DEFINITE.items()}
_INDEFINITE = {"year": "a", "month": "mo"}
_WRITTEN = re.compile(r"([+-]?\d+(?:\.\d+)?)\s*(?:'([^']+)'|([a-z]+))?", re.ASCII)
# More digits than any quantity has, and no exception for what cannot be counted.
MATH = Context(prec=34, traps=[])


@dataclass(frozen=True, slots=True, eq=False)
class Quantity:
    """`unit` as it was written; a `calendar` unit is a word such as `days`, any other a UCUM code."""

    value: Decimal
    unit: str = "1"
    calendar: bool = False

    def __str__(self) -> str:
        return f"{self.value:f} {self.unit}" if self.calendar else f"{self.value:f} '{self.unit}'"

    @property
    def duration(self) -> str | None:
        """The calendar's word for the unit where it counts time exactly or by the calendar."""
        return CALENDAR_UNITS.get(self.unit) or (None if self.calendar else _CALENDAR_OF.get(self.unit))

    @property
    def key(self) -> tuple[object, ...]:
        """Equal for equal quantities."""
        measured = _measure(self)
        return (self.value, self.unit) if measured is None else (measured[0].normalize(MATH), measured[1])


def parse_quantity(text: str) -> Quantity | None:
    """Read `4 days`, `4.5 'mg'` or `4`; None where `text` is none of them."""
    found = _WRITTEN.fullmatch(text.strip())
    if found is None or (found[3] and found[3] not in CALENDAR_UNITS):
        return None
    return Quantity(Decimal(found[1]), found[2] or found[3] or "1", found[3] is not None)


def compare(left: Quantity, right: Quantity) -> int | None:
    """Below, equal or above 0; None where the units measure different things or their relation is not known."""
    if left.unit == right.unit and left.calendar == right.calendar:
        return _order(left.value, right.value)
    one, other = _measure(left), _measure(right)
    if one is None or other is None or one[1] != other[1]:
        return None
    return _order(one[0], other[0])


def is_equivalent(left: Quantity, right: Quantity) -> bool:
    """Equal when rounded to the less precise one; a calendar's year and month are those of UCUM here."""
    one, other = (_measure(side, loosely=True) for side in (left, right))
    if left.unit == right.unit:
        one, other = (left.value, ""), (right.value, "")
    if one is None or other is None or one[1] != other[1]:
        return False
    coarse = max((left.value, one), (right.value, other), key=lambda side: _step(*side))
    step = _step(*coarse)
    return MATH.divide(one[0], step).to_integral_value() == MATH.divide(other[0], step).to_integral_value()


def is_comparable(left: Quantity, right: Quantity) -> bool:
    return compare(left, right) is not None


def add(left: Quantity, right: Quantity, sign: int) -> Quantity | None:
    """The sum, in the unit of `left`; None where the units differ in kind."""
    if left.unit == right.unit:
        return Quantity(MATH.add(left.value, right.value * sign), left.unit, left.calendar)
    one, other = _measure(left), _measure(right)
    if one is None or other is None or one[1] != other[1] or not left.value:
        return None
    ratio = MATH.divide(left.value, one[0])
    return Quantity(MATH.add(left.value, MATH.multiply(other[0], ratio) * sign), left.unit, left.calendar)


def multiply(left: Quantity, right: Quantity, exponent: int = 1) -> Quantity | None:
    """The product, or with the exponent -1 the quotient; None where there is none."""
    if exponent < 0 and not right.value:
        return None
    value = MATH.multiply(left.value, right.value) if exponent > 0 else MATH.divide(left.value, right.value)
    codes = [_DEFINITE.get(side.duration or "", side.unit) for side in (left, right)]
    return Quantity(value, multiply_units(codes[0], codes[1], exponent))


def convert(quantity: Quantity, unit: str) -> Quantity | None:
    """The same amount in another unit."""
    wanted = Quantity(Decimal(1), unit, unit in CALENDAR_UNITS)
    one, other = _measure(quantity), _measure(wanted)
    if quantity.unit == unit:
        return quantity
    if one is None or other is None or one[1] != other[1]:
        return None
    return Quantity(MATH.divide(one[0], other[0]), unit, wanted.calendar)


def _order(left: Decimal, right: Decimal) -> int:
    return (left > right) - (left < right)


def _step(value: Decimal, measured: tuple[Decimal, object]) -> Decimal:
    """What one of the last digit of `value` is in the unit that it was measured in."""
    exponent = value.as_tuple().exponent
    digit = Decimal(1).scaleb(exponent if isinstance(exponent, int) else 0)
    return abs(MATH.divide(MATH.multiply(digit, measured[0]), value)) if value else digit


def _measure(quantity: Quantity, *, loosely: bool = False) -> tuple[Decimal, object] | None:
    """The amount in base units, and what these are; None for a unit that is not known."""
    word = CALENDAR_UNITS.get(quantity.unit)
    if word in _INDEFINITE and not loosely:
        return quantity.value * (12 if word == "year" else 1), "month"
    code = (_DEFINITE | _INDEFINITE)[word] if word else quantity.unit
    unit: Unit | None = find_unit(code)
    return None if unit is None else (MATH.multiply(quantity.value, unit.factor), unit.powers)
