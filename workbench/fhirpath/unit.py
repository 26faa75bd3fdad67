"""Unit: what a UCUM code stands for, as a factor and powers of base units, for the codes that clinical data use.

Units on scales of their own (degree Celsius, pH, decibel) and arbitrary units convert to nothing but themselves.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache

# Factor and powers of the base units (UCUM, tables 1 to 3 and the customary units).
_DEFINED: dict[str, tuple[str, str]] = {
    "10*": ("10", ""), "10^": ("10", ""), "%": ("0.01", ""), "[ppth]": ("0.001", ""), "[ppm]": ("0.000001", ""),
    "[pi]": ("3.1415926535897932384626433833", ""), "mol": ("6.02214076E+23", ""), "sr": ("1", ""),
    "min": ("60", "s"), "h": ("3600", "s"), "d": ("86400", "s"), "wk": ("604800", "s"), "a": ("31557600", "s"),
    "mo": ("2629800", "s"), "L": ("0.001", "m3"), "l": ("0.001", "m3"), "t": ("1000000", "g"),
    "Hz": ("1", "s-1"), "N": ("1000", "g m s-2"), "Pa": ("1000", "g m-1 s-2"), "J": ("1000", "g m2 s-2"),
    "W": ("1000", "g m2 s-3"), "A": ("1", "C s-1"), "V": ("1000", "g m2 s-2 C-1"), "Ohm": ("1000", "g m2 s-1 C-2"),
    "Bq": ("1", "s-1"), "Gy": ("1", "m2 s-2"), "Sv": ("1", "m2 s-2"), "kat": ("6.02214076E+23", "s-1"),
    "U": ("1.00369012666666666666666666667E+16", "s-1"), "bar": ("100000000", "g m-1 s-2"), "cal": ("4184", "g m2 s-2"),
    "eq": ("6.02214076E+23", ""), "osm": ("6.02214076E+23", ""), "dyn": ("0.01", "g m s-2"),
    "m[Hg]": ("133322000", "g m-1 s-2"), "m[H2O]": ("9806650", "g m-1 s-2"), "atm": ("101325000", "g m-1 s-2"),
    "deg": ("0.017453292519943295769236907684886", "rad"),
    "[in_i]": ("0.0254", "m"), "[ft_i]": ("0.3048", "m"), "[yd_i]": ("0.9144", "m"), "[mi_i]": ("1609.344", "m"),
    "[lb_av]": ("453.59237", "g"), "[oz_av]": ("28.349523125", "g"), "[gr]": ("0.06479891", "g"),
    "[foz_us]": ("0.0000295735295625", "m3"), "[cup_us]": ("0.0002365882365", "m3"),
    "[pt_us]": ("0.000473176473", "m3"), "[qt_us]": ("0.000946352946", "m3"),
    "[gal_us]": ("0.003785411784", "m3"), "[tsp_us]": ("0.00000492892159375", "m3"),
    "[tbs_us]": ("0.00001478676478125", "m3"),
}  # fmt: skip
_BASE = ("m", "s", "g", "rad", "K", "C", "cd")
_METRIC = {
    "m", "s", "g", "rad", "K", "C", "cd", "mol", "sr", "L", "l", "t", "Hz", "N", "Pa", "J", "W", "A", "V", "Ohm", "Bq",
    "Gy", "Sv", "kat", "U", "bar", "cal", "eq", "osm", "dyn", "m[Hg]", "m[H2O]",
}  # fmt: skip
_PREFIXES = {
    "Y": 24, "Z": 21, "E": 18, "P": 15, "T": 12, "G": 9, "M": 6, "k": 3, "h": 2, "da": 1,
    "d": -1, "c": -2, "m": -3, "u": -6, "n": -9, "p": -12, "f": -15, "a": -18, "z": -21, "y": -24,
}  # fmt: skip
_COMPONENT = re.compile(
    r"([./]?)((?:10[*^])|(?:[A-Za-z%]*(?:\[[^\]]*\])?[A-Za-z]*)|\d+)([+-]?\d+)?(\{[^}]*\})?", re.ASCII
)
_LONGEST = 60
_HIGHEST_POWER = 50


@dataclass(frozen=True, slots=True)
class Unit:
    """`powers` are base units with their exponents, in alphabetical order."""

    factor: Decimal
    powers: tuple[tuple[str, int], ...]


@lru_cache(maxsize=512)
def find_unit(code: str) -> Unit | None:
    """The unit of a UCUM code without parentheses; None where it is not one that is known here."""
    if len(code) > _LONGEST or not code:
        return None
    factor, powers, place = Decimal(1), dict[str, int](), 0
    while place < len(code):
        found = _COMPONENT.match(code, place)
        if found is None or not found.group() or (place and not found[1]) or (found[1] == "." and not place):
            return None
        exponent = int(found[3] or 1) * (-1 if found[1] == "/" else 1)
        unit = _find_simple(found[2], annotated=found[4] is not None, starts=not place and found[1] == "/")
        if unit is None or abs(exponent) > _HIGHEST_POWER:
            return None
        factor *= unit.factor**exponent
        _join(powers, unit.powers, exponent)
        place = found.end()
    return Unit(factor, tuple(sorted((name, power) for name, power in powers.items() if power)))


def _find_simple(symbol: str, *, annotated: bool, starts: bool) -> Unit | None:
    if not symbol:
        return Unit(Decimal(1), ()) if annotated or starts else None
    if symbol.isdigit():
        return Unit(Decimal(symbol), ()) if symbol != "0" * len(symbol) else None
    if (unit := _find_defined(symbol)) is not None:
        return unit
    for length in (1, 2):
        prefix, rest = symbol[:length], symbol[length:]
        if prefix in _PREFIXES and rest in _METRIC and (unit := _find_defined(rest)) is not None:
            return Unit(unit.factor.scaleb(_PREFIXES[prefix]), unit.powers)
    return None


def _find_defined(symbol: str) -> Unit | None:
    if symbol in _BASE:
        return Unit(Decimal(1), ((symbol, 1),))
    if symbol not in _DEFINED:
        return None
    factor, written = _DEFINED[symbol]
    powers = tuple((part.rstrip("-0123456789"), int(part.lstrip("gmsCrad") or 1)) for part in written.split())
    return Unit(Decimal(factor), powers)


def _join(powers: dict[str, int], more: tuple[tuple[str, int], ...], exponent: int) -> None:
    for name, power in more:
        powers[name] = powers.get(name, 0) + power * exponent


def multiply_units(left: str, right: str, exponent: int) -> str:
    """The code of `left` times `right` to the power of 1 or -1, as short as its terms allow."""
    terms = dict[str, int]()
    for code, sign in ((left, 1), (right, exponent)):
        for found in _COMPONENT.finditer(code):
            if found[2] and found[2] != "1":
                power = int(found[3] or 1) * (-1 if found[1] == "/" else 1) * sign
                terms[found[2]] = terms.get(found[2], 0) + power
    above = ".".join(f"{name}{power if power != 1 else ''}" for name, power in terms.items() if power > 0)
    below = "".join(f"/{name}{-power if power != -1 else ''}" for name, power in terms.items() if power < 0)
    return (above or "1") + below if above or below else "1"
