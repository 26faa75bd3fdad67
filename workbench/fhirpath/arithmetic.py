"""Arithmetic: the operators of numbers, texts, dates and quantities (FHIRPath N1, math)."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from workbench.fhirpath import quantity as quantities
from workbench.fhirpath import temporal as temporals
from workbench.fhirpath.environment import LONGEST_TEXT, NotEvaluated
from workbench.fhirpath.quantity import MATH, Quantity
from workbench.fhirpath.temporal import Temporal
from workbench.fhirpath.value import EMPTY, in_words, number_of, single, text_of
from workbench.plain_text import with_article

_GREATEST = 2**63


def as_number(value: Any) -> list[Any]:
    """A number as a collection; empty where it is out of range."""
    if isinstance(value, Decimal):
        return [value] if value.is_finite() else EMPTY
    return [value] if -_GREATEST <= value < _GREATEST else EMPTY


def sign(items: list[Any], sign: str) -> list[Any]:
    value = number_of(items)
    if value is None or sign == "+":
        return EMPTY if value is None else [value]
    if isinstance(value, Quantity):
        return [Quantity(-value.value, value.unit, value.calendar)]
    return [value.copy_negate() if isinstance(value, Decimal) and value else -value]


def _add(left: list[Any], right: list[Any]) -> list[Any]:
    return _add_signed(left, right, 1)


def _subtract(left: list[Any], right: list[Any]) -> list[Any]:
    return _add_signed(left, right, -1)


def _add_signed(left: list[Any], right: list[Any], sign: int) -> list[Any]:
    one, other = single(left), single(right)
    if one is None or other is None:
        return EMPTY
    if sign > 0 and isinstance(one, str) and isinstance(other, str):
        return [_join(one, other)]
    if isinstance(one, Temporal) and isinstance(other, Quantity):
        return _move(one, other, sign)
    if isinstance(one, Quantity) and isinstance(other, Quantity):
        total = quantities.add(one, other, sign)
        return EMPTY if total is None else [total]
    _require_numbers(one, other, "added" if sign > 0 else "subtracted")
    if isinstance(one, int) and isinstance(other, int):
        return as_number(one + sign * other)
    return as_number((MATH.add if sign > 0 else MATH.subtract)(Decimal(one), Decimal(other)))


def _move(moment: Temporal, amount: Quantity, sign: int) -> list[Any]:
    unit = amount.duration
    if unit is None:
        raise NotEvaluated(f"{with_article(moment.kind)} cannot be moved by {amount}")
    moved = temporals.add(moment, amount.value * sign, unit)
    return EMPTY if moved is None else [moved]


def _concatenate(left: list[Any], right: list[Any]) -> list[Any]:
    return [_join(text_of(left) or "", text_of(right) or "")]


def _join(one: str, other: str) -> str:
    if len(one) + len(other) > LONGEST_TEXT:
        raise NotEvaluated(f"it made a text of more than {LONGEST_TEXT} characters")
    return one + other


def _multiply(left: list[Any], right: list[Any]) -> list[Any]:
    one, other = number_of(left), number_of(right)
    if one is None or other is None:
        return EMPTY
    if isinstance(one, Quantity) or isinstance(other, Quantity):
        product = quantities.multiply(_quantity(one), _quantity(other))
        return EMPTY if product is None else [product]
    if isinstance(one, int) and isinstance(other, int):
        return as_number(one * other)
    return as_number(MATH.multiply(Decimal(one), Decimal(other)))


def _divide(left: list[Any], right: list[Any]) -> list[Any]:
    one, other = number_of(left), number_of(right)
    if one is None or other is None:
        return EMPTY
    if isinstance(one, Quantity) or isinstance(other, Quantity):
        quotient = quantities.multiply(_quantity(one), _quantity(other), -1)
        return EMPTY if quotient is None else [quotient]
    return as_number(MATH.divide(Decimal(one), Decimal(other))) if other else EMPTY


def _divide_whole(left: list[Any], right: list[Any]) -> list[Any]:
    """The quotient without its fraction, toward zero."""
    one, other = _two_numbers(left, right, "divided")
    if one is None or not other:
        return EMPTY
    if isinstance(one, int) and isinstance(other, int):
        quotient = abs(one) // abs(other)
        return as_number(quotient if (one < 0) == (other < 0) else -quotient)
    return as_whole(MATH.divide(Decimal(one), Decimal(other)))


def _modulo(left: list[Any], right: list[Any]) -> list[Any]:
    one, other = _two_numbers(left, right, "divided")
    if one is None or not other:
        return EMPTY
    rest = MATH.remainder(Decimal(one), Decimal(other))
    return as_number(int(rest) if isinstance(one, int) and isinstance(other, int) else rest)


def as_whole(number: Decimal) -> list[Any]:
    """A decimal without its fraction, as an Integer; empty where it is out of range."""
    return as_number(int(number)) if number.is_finite() and number.adjusted() < 20 else EMPTY


def _two_numbers(left: list[Any], right: list[Any], what: str) -> tuple[Any, Any]:
    one, other = number_of(left), number_of(right)
    if one is not None and other is not None:
        _require_numbers(one, other, what)
    return one, other


def _require_numbers(one: Any, other: Any, what: str) -> None:
    for value in (one, other):
        if isinstance(value, bool) or not isinstance(value, int | Decimal):
            raise NotEvaluated(f"{in_words(one)} and {in_words(other)} cannot be {what}")


def _quantity(value: Any) -> Quantity:
    return value if isinstance(value, Quantity) else Quantity(Decimal(value))


OPERATORS = {
    "+": _add,
    "-": _subtract,
    "&": _concatenate,
    "*": _multiply,
    "/": _divide,
    "div": _divide_whole,
    "mod": _modulo,
}
