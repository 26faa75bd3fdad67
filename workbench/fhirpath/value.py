"""Values: how items of a collection are told apart, compared and read as one boolean, text or number."""

from __future__ import annotations

import re
from collections.abc import Callable
from decimal import ROUND_HALF_UP, Context, Decimal
from typing import Any

from workbench.fhirpath import quantity as quantities
from workbench.fhirpath import temporal as temporals
from workbench.fhirpath.environment import NotEvaluated
from workbench.fhirpath.node import Node, to_value
from workbench.fhirpath.quantity import MATH, Quantity
from workbench.fhirpath.temporal import Temporal
from workbench.plain_text import with_article

EMPTY: list[Any] = []
TRUE: list[Any] = [True]
FALSE: list[Any] = [False]
_MANY = 2000


class TypeName:
    """What `type()` gives: a type with its namespace, `System` or `FHIR`."""

    __slots__ = ("name", "namespace")

    def __init__(self, namespace: str, name: str) -> None:
        self.namespace = namespace
        self.name = name

    def __str__(self) -> str:
        return f"{self.namespace}.{self.name}"


def system_type(value: Any) -> str:
    """The name of a System value's type; empty for what has none."""
    if isinstance(value, bool):
        return "Boolean"
    if isinstance(value, str):
        return "String"
    if isinstance(value, int):
        return "Integer"
    if isinstance(value, Decimal):
        return "Decimal"
    if isinstance(value, Temporal):
        return value.kind
    return "Quantity" if isinstance(value, Quantity) else ""


def as_list(truth: bool | None) -> list[Any]:
    return TRUE if truth else EMPTY if truth is None else FALSE


def truth_of(items: list[Any]) -> bool | None:
    """A collection as one boolean: a single item that is none counts as true (N1, singleton evaluation)."""
    if not items:
        return None
    if len(items) > 1:
        raise NotEvaluated("one value was expected where several stand")
    item = items[0]
    if item.__class__ is Node:
        item = item.value
    return item if item.__class__ is bool else True


def single(items: list[Any]) -> Any:
    """The System value of the one item; None where there is none, or it has no value."""
    if not items:
        return None
    if len(items) > 1:
        raise NotEvaluated("one value was expected where several stand")
    item = items[0]
    return to_value(item) if item.__class__ is Node else item


def text_of(items: list[Any]) -> str | None:
    """The one text; dates of a resource count as texts too, since they stand as such in it."""
    value = single(items)
    if value is None or value.__class__ is str:
        return value
    if isinstance(value, Temporal) and items[0].__class__ is Node:
        return str(items[0].value)
    raise NotEvaluated(f"a text was expected where {in_words(value)} stands")


def integer_of(items: list[Any]) -> int | None:
    value = single(items)
    if value is None or (isinstance(value, int) and not isinstance(value, bool)):
        return value
    raise NotEvaluated(f"a whole number was expected where {in_words(value)} stands")


def number_of(items: list[Any]) -> Any:
    """The one number or Quantity."""
    value = single(items)
    if value is None or (isinstance(value, int | Decimal | Quantity) and not isinstance(value, bool)):
        return value
    raise NotEvaluated(f"a number was expected where {in_words(value)} stands")


def in_words(value: Any) -> str:
    kind = system_type(value)
    if isinstance(value, Node):
        return with_article(value.type or "element")
    return with_article(kind)


def is_equal(left: Any, right: Any) -> bool | None:
    """Equality of two items; None where precision or units do not tell (N1, equals)."""
    one = to_value(left) if left.__class__ is Node else left
    other = to_value(right) if right.__class__ is Node else right
    if one.__class__ is str and other.__class__ is str:
        return bool(one == other)
    if isinstance(one, Temporal) and isinstance(other, Temporal):
        order = temporals.compare(one, other)
        return None if order is None else order == 0
    if isinstance(one, Quantity) or isinstance(other, Quantity):
        return _is_equal_quantity(one, other)
    if isinstance(one, Temporal) and isinstance(other, str):
        return str(one) == other
    if isinstance(other, Temporal) and isinstance(one, str):
        return str(other) == one
    if isinstance(one, bool) or isinstance(other, bool):
        return one is other
    if isinstance(one, int | Decimal) and isinstance(other, int | Decimal):
        return one == other
    return bool(key_of(left) == key_of(right))


def _is_equal_quantity(one: Any, other: Any) -> bool | None:
    one, other = _as_quantity(one), _as_quantity(other)
    if one is None or other is None:
        return False
    order = quantities.compare(one, other)
    return None if order is None else order == 0


def _as_quantity(value: Any) -> Quantity | None:
    if isinstance(value, int | Decimal) and not isinstance(value, bool):
        return Quantity(Decimal(value))
    return value if isinstance(value, Quantity) else None


def key_of(item: Any) -> Any:
    """Something that can be hashed, and is the same for items that are equal."""
    value = to_value(item) if item.__class__ is Node else item
    if value.__class__ is str:
        return value
    if isinstance(value, bool):
        return ("boolean", value)
    if isinstance(value, int | Decimal):
        return ("number", value)
    if isinstance(value, Temporal | Quantity):
        return (value.__class__, value.key)
    if isinstance(value, Node):
        return (_freeze(value.value), _freeze(value.sibling))
    if value is None and item.__class__ is Node:
        return (None, _freeze(item.sibling))
    return str(value)


def _freeze(value: Any) -> Any:
    if isinstance(value, dict):
        return frozenset((name, _freeze(item)) for name, item in value.items())
    if isinstance(value, list):
        return tuple(map(_freeze, value))
    return ("boolean", value) if isinstance(value, bool) else value


def are_equal(left: list[Any], right: list[Any]) -> bool | None:
    """Equality of two collections, in order; None where either is empty."""
    if not left or not right:
        return None
    if len(left) != len(right):
        return False
    result: bool | None = True
    for one, other in zip(left, right, strict=True):
        equal = is_equal(one, other)
        if equal is False:
            return False
        result = result and equal
    return result


def are_equivalent(left: list[Any], right: list[Any]) -> bool:
    """Equivalence of two collections, in any order (N1, equivalent)."""
    if len(left) != len(right):
        return False
    if len(left) == 1:
        return is_equivalent(left[0], right[0])
    return _match_in_any_order(left, right, is_equivalent)


def _match_in_any_order(left: list[Any], right: list[Any], test: Callable[[Any, Any], bool]) -> bool:
    if len(left) > _MANY:
        raise NotEvaluated("it asks whether very large collections are equivalent")
    rest = list(right)
    for item in left:
        place = next((place for place, other in enumerate(rest) if test(item, other)), None)
        if place is None:
            return False
        del rest[place]
    return True


def is_equivalent(left: Any, right: Any) -> bool:
    one = to_value(left) if left.__class__ is Node else left
    other = to_value(right) if right.__class__ is Node else right
    if isinstance(one, Node) and isinstance(other, Node):
        return _is_equivalent_json(one.value, other.value)
    if isinstance(one, str) and isinstance(other, str):
        return normalize_text(one) == normalize_text(other)
    if isinstance(one, bool) or isinstance(other, bool):
        return one is other
    if isinstance(one, int | Decimal) and isinstance(other, int | Decimal):
        return _is_equivalent_number(Decimal(one), Decimal(other))
    if isinstance(one, Temporal) and isinstance(other, Temporal):
        return one.kind == other.kind and temporals.compare(one, other) == 0
    if isinstance(one, Quantity) and isinstance(other, Quantity):
        return quantities.is_equivalent(one, other)
    return bool(key_of(left) == key_of(right))


def _is_equivalent_json(one: Any, other: Any) -> bool:
    if isinstance(one, dict) and isinstance(other, dict):
        return one.keys() == other.keys() and all(_is_equivalent_json(one[name], other[name]) for name in one)
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and _match_in_any_order(one, other, _is_equivalent_json)
    if isinstance(one, dict | list) or isinstance(other, dict | list):
        return False
    return is_equivalent(one, other) if one is not None and other is not None else one is other


def _is_equivalent_number(one: Decimal, other: Decimal) -> bool:
    """Equal when rounded to the digits of the less precise one, zeros at its end not counted."""
    places = min(_places(one), _places(other))
    return round_to(one, places) == round_to(other, places)


def _places(number: Decimal) -> int:
    exponent = number.normalize(MATH).as_tuple().exponent
    return max(0, -exponent) if isinstance(exponent, int) else 0


def round_to(number: Decimal, places: int) -> Decimal:
    """`number` with so many digits after the point, halves away from zero."""
    digits = Context(prec=max(1, min(1000, number.adjusted() + places + 2)), rounding=ROUND_HALF_UP, traps=[])
    rounded = number.quantize(Decimal(1).scaleb(-places), context=digits)
    return rounded if rounded.is_finite() else number


def normalize_text(text: str) -> str:
    """Without regard to case and kinds of white space (N1, equivalent)."""
    return re.sub(r"\s", " ", text).casefold()


def compare(left: list[Any], right: list[Any]) -> int | None:
    """Below, equal or above 0; None where a side is empty or precision does not tell (N1, comparison)."""
    one, other = single(left), single(right)
    if one is None or other is None:
        return None
    if isinstance(one, str) and isinstance(other, str):
        return (one > other) - (one < other)
    if isinstance(one, bool) or isinstance(other, bool):
        raise _cannot_compare(one, other)
    if isinstance(one, int | Decimal) and isinstance(other, int | Decimal):
        return (one > other) - (one < other)
    if isinstance(one, Temporal) and isinstance(other, Temporal) and (one.kind == "Time") == (other.kind == "Time"):
        return temporals.compare(one, other)
    if isinstance(one, Quantity) or isinstance(other, Quantity):
        first, second = _as_quantity(one), _as_quantity(other)
        if first is not None and second is not None:
            return quantities.compare(first, second)
    raise _cannot_compare(one, other)


def _cannot_compare(one: Any, other: Any) -> NotEvaluated:
    return NotEvaluated(f"{in_words(one)} cannot be ordered against {in_words(other)}")


def distinct(items: list[Any]) -> list[Any]:
    """Each item once, in the order of its first."""
    if len(items) < 2:
        return items
    found: dict[Any, Any] = {}
    for item in items:
        found.setdefault(key_of(item), item)
    return list(found.values())
