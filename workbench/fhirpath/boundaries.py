"""Boundaries: the least and greatest values that a number or date of some precision may stand for (FHIRPath, STU)."""

from __future__ import annotations

from decimal import ROUND_CEILING, ROUND_FLOOR, Context, Decimal
from typing import Any

from workbench.fhirpath.environment import NotEvaluated
from workbench.fhirpath.quantity import Quantity
from workbench.fhirpath.temporal import Temporal, last_day
from workbench.fhirpath.value import in_words

MOST_DIGITS = 31
_USUAL_DIGITS = 8
# Characters that a date or time of so many parts has, without separators.
_DATE_DIGITS = (4, 6, 8, 10, 12, 17)
_TIME_DIGITS = (2, 4, 9)
_LOW: tuple[int | Decimal, ...] = (1, 1, 1, 0, 0, Decimal("0.000"))
_HIGH: tuple[int | Decimal, ...] = (9999, 12, 31, 23, 59, Decimal("59.999"))


def boundary(value: Any, digits: int | None, *, upper: bool) -> Any:
    """The boundary with so many digits (8 after the point for a number); None where that many cannot be."""
    if isinstance(value, Temporal):
        return _temporal_boundary(value, digits, upper=upper)
    if isinstance(value, Quantity):
        found = _number_boundary(value.value, digits, upper=upper)
        return None if found is None else Quantity(found, value.unit, value.calendar)
    if isinstance(value, int | Decimal) and not isinstance(value, bool):
        return _number_boundary(Decimal(value), digits, upper=upper)
    raise NotEvaluated(f"{in_words(value)} has no boundaries")


def precision(value: Any) -> int | None:
    """Digits after the point, or digits of a date or time."""
    if isinstance(value, Temporal):
        return (_TIME_DIGITS if value.kind == "Time" else _DATE_DIGITS)[len(value.parts) - 1]
    if isinstance(value, Decimal):
        exponent = value.as_tuple().exponent
        return max(0, -exponent) if isinstance(exponent, int) else None
    return 0 if isinstance(value, int) and not isinstance(value, bool) else None


def _number_boundary(value: Decimal, digits: int | None, *, upper: bool) -> Decimal | None:
    digits = _USUAL_DIGITS if digits is None else digits
    if not 0 <= digits <= MOST_DIGITS or abs(value.adjusted()) > MOST_DIGITS:
        return None
    context = Context(prec=100, traps=[])
    half = Decimal(5).scaleb(-(precision(value) or 0) - 1)
    bound = context.add(value, half if upper else -half)
    rounding = ROUND_CEILING if upper else ROUND_FLOOR
    if abs(value) < Decimal(1).scaleb(-digits) and digits < (precision(value) or 0):
        return Decimal(0).scaleb(-digits).copy_sign(value)  # as the official tests have it
    return bound.quantize(Decimal(1).scaleb(-digits), rounding, context)


def _temporal_boundary(value: Temporal, digits: int | None, *, upper: bool) -> Temporal | None:
    sizes = _TIME_DIGITS if value.kind == "Time" else _DATE_DIGITS[: 3 if value.kind == "Date" else 6]
    wanted = sizes[-1] if digits is None else digits
    if wanted not in sizes:
        return None
    count = sizes.index(wanted) + 1
    fill = (_HIGH if upper else _LOW)[3 if value.kind == "Time" else 0 :]
    parts = (value.parts + fill[len(value.parts) :])[:count]
    if value.kind == "Time":
        return Temporal("Time", parts)
    if upper and count >= 3 and len(value.parts) < 3:
        parts = (*parts[:2], last_day(int(parts[0]), int(parts[1])), *parts[3:])
    offset = value.offset
    if count > 3 and offset is None:
        offset = -12 * 60 if upper else 14 * 60
    return Temporal(value.kind, parts, offset if count > 3 else None)
