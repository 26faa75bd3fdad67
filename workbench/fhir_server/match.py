"""Matching of search values with a resource's: token, string, date, reference, number, quantity and uri.

FHIR R4, Search: each `parse_*` gives a test of one value, or raises ValueError with what was wrong in words.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterator
from datetime import datetime
from decimal import Decimal, InvalidOperation
from typing import Any

from workbench.definitions.search_paths import SearchedParameter, SearchPath
from workbench.fhir.date_range import EARLIEST, LATEST, DateRange, parse_date, ranges_of

# Takes a value and the way to it, which knows its data type.
ValueTest = Callable[[Any, SearchPath], bool]

PREFIXES = ("eq", "ne", "gt", "ge", "lt", "le", "sa", "eb", "ap")
MODIFIERS = {
    "string": ("exact", "contains"),
    "token": ("not", "text", "of-type"),
    "reference": ("identifier",),
    "uri": ("below", "above"),
}


def parse_string(text: str, modifier: str) -> ValueTest:
    if modifier == "exact":
        return lambda value, path: any(text == part for part in _texts(value))
    wanted = fold(text)
    if modifier == "contains":
        return lambda value, path: any(wanted in fold(part) for part in _texts(value))
    return lambda value, path: any(fold(part).startswith(wanted) for part in _texts(value))


def parse_token(text: str, modifier: str) -> ValueTest:
    parts = split_escaped(text, "|")
    if modifier == "text":
        wanted = fold(unescape(text))
        return lambda value, path: any(wanted in fold(shown) for shown in _displays(value))
    if modifier == "of-type":
        if len(parts) != 3 or not all(parts):
            raise ValueError("an identifier of a type is written system|code|value")
        kind_system, kind_code, number = map(unescape, parts)
        return lambda value, path: _is_identifier_of(value, kind_system, kind_code, number)
    if len(parts) > 2:
        raise ValueError("a token is written system|code")
    code = unescape(parts[-1])
    if len(parts) == 1:
        return lambda value, path: any(found == code for _, found in _tokens(value))
    system = unescape(parts[0])
    return lambda value, path: any(
        (found == code or not code) and (system in path.systems if own is None else own == system)
        for own, found in _tokens(value)
    )


def parse_reference(text: str, modifier: str, parameter: SearchedParameter, base: str) -> ValueTest:
    """`modifier` may be a type; absolute addresses under `base` are this server's own."""
    if modifier == "identifier":
        test = parse_token(text, "")
        return lambda value, path: isinstance(value, dict) and test(value.get("identifier"), path)
    wanted = local_reference(unescape(text), base)
    if "/" not in wanted:
        types = (modifier,) if modifier else parameter.targets
        return lambda value, path: _is_reference_to(value, base, types, wanted)
    if modifier and not wanted.startswith(f"{modifier}/"):
        raise ValueError(f"{wanted} is not of the type {modifier}")
    return lambda value, path: _reference_in(value, base) == wanted


def parse_date_value(text: str, now: datetime) -> ValueTest:
    prefix, rest = split_prefix(text)
    wanted = parse_date(rest)
    if wanted is None:
        raise ValueError(f"“{rest}” is not a date such as 2026-03-01")
    if prefix == "ap":
        wanted = _widen(wanted, now)
    test = _DATE_TESTS[prefix]
    return lambda value, path: any(test(found, wanted) for found in ranges_of(value, path.type))


def parse_number(text: str) -> Callable[[Decimal], bool]:
    """Numbers match within their precision unless a prefix orders them (FHIR R4, Search, number)."""
    prefix, rest = split_prefix(text)
    try:
        wanted = Decimal(rest)
    except InvalidOperation:
        wanted = Decimal("NaN")
    if not wanted.is_finite() or abs(wanted.adjusted()) > 100:
        raise ValueError(f"“{rest}” is not a number")
    half = Decimal(5).scaleb(int(wanted.as_tuple().exponent) - 1)
    if prefix == "ap":
        half = max(half, abs(wanted) / 10)
    orders: dict[str, Callable[[Decimal], bool]] = {
        "ne": lambda found: not wanted - half <= found < wanted + half,
        "gt": lambda found: found > wanted,
        "sa": lambda found: found > wanted,
        "lt": lambda found: found < wanted,
        "eb": lambda found: found < wanted,
        "ge": lambda found: found >= wanted,
        "le": lambda found: found <= wanted,
    }
    return orders.get(prefix, lambda found: wanted - half <= found < wanted + half)


def parse_number_value(text: str) -> ValueTest:
    test = parse_number(text)
    return lambda value, path: _is_number(value) and test(Decimal(value))


def parse_quantity(text: str) -> ValueTest:
    """`5.4|http://unitsofmeasure.org|mg`, `5.4||mg` or `5.4`; units are compared and never converted."""
    parts = [unescape(part) for part in split_escaped(text, "|")]
    if len(parts) not in (1, 3):
        raise ValueError("a quantity is written number, number||unit or number|system|code")
    test = parse_number(parts[0])
    system, code = parts[1:] if len(parts) == 3 else ("", "")

    def matches(value: Any, path: SearchPath) -> bool:
        if not isinstance(value, dict) or not _is_number(value.get("value")):
            return False
        units = (value.get("code"),) if system else (value.get("code"), value.get("unit"))
        return (
            test(Decimal(value["value"]))
            and (not system or value.get("system") == system)
            and (not code or code in units)
        )

    return matches


def parse_uri(text: str, modifier: str) -> ValueTest:
    wanted = unescape(text)
    if modifier == "below":
        return lambda value, path: (
            isinstance(value, str) and (value == wanted or value.startswith(wanted.rstrip("/") + "/"))
        )
    if modifier == "above":
        return lambda value, path: (
            isinstance(value, str) and (value == wanted or wanted.startswith(value.rstrip("/") + "/"))
        )
    return lambda value, path: isinstance(value, str) and (value == wanted or value.partition("|")[0] == wanted)


def split_escaped(text: str, separator: str) -> list[str]:
    r"""Split at each `separator` that no backslash escapes; the parts keep their escapes (FHIR R4, Search)."""
    parts = [""]
    for piece in re.findall(r"\\.|[^\\]|\\$", text, re.DOTALL):
        if piece == separator:
            parts.append("")
        else:
            parts[-1] += piece
    return parts


def unescape(text: str) -> str:
    return re.sub(r"\\([\\,|$])", r"\1", text)


def split_prefix(text: str) -> tuple[str, str]:
    return (text[:2], text[2:]) if text[:2] in PREFIXES else ("eq", text)


def fold(text: str) -> str:
    """Without case, accents and double blanks, as string searches compare."""
    bare = "".join(c for c in unicodedata.normalize("NFKD", text) if not unicodedata.combining(c))
    return " ".join(bare.casefold().split())


def local_reference(text: str, base: str) -> str:
    """`Patient/x` for an address under `base`, without the version; any other text as it is."""
    return text.removeprefix(base.rstrip("/") + "/").partition("/_history/")[0]


def _texts(value: Any) -> Iterator[str]:
    """The texts of a string, HumanName or Address; a whole name also in its usual order."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for name in ("text", "family", "city", "district", "state", "postalCode", "country"):
            if isinstance(value.get(name), str):
                yield value[name]
        for name in ("given", "prefix", "suffix", "line"):
            yield from (item for item in value.get(name) or () if isinstance(item, str))
        if value.get("given") and isinstance(value.get("family"), str):
            yield " ".join([*(item for item in value["given"] if isinstance(item, str)), value["family"]])


def _tokens(value: Any) -> Iterator[tuple[str | None, str]]:
    """System and code of whatever a token parameter looks at; the system is None where the type has none."""
    if isinstance(value, bool):
        yield None, "true" if value else "false"
    elif isinstance(value, str):
        yield None, value
    elif isinstance(value, dict) and "coding" in value:
        for coding in value["coding"] or ():
            yield from _tokens(coding)
    elif isinstance(value, dict):
        code = value.get("code", value.get("value"))
        if isinstance(code, str):
            yield str(value.get("system", "")), code


def _displays(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        kind = value.get("type")
        for shown in (value.get("text"), value.get("display"), kind.get("text") if isinstance(kind, dict) else None):
            if isinstance(shown, str):
                yield shown
        for coding in value.get("coding") or ():
            yield from _displays(coding)


def _is_identifier_of(value: Any, system: str, code: str, number: str) -> bool:
    return isinstance(value, dict) and value.get("value") == number and (system, code) in _tokens(value.get("type"))


def _reference_in(value: Any, base: str) -> str:
    reference = value.get("reference") if isinstance(value, dict) else value
    return local_reference(reference, base) if isinstance(reference, str) else ""


def _is_reference_to(value: Any, base: str, types: tuple[str, ...], wanted: str) -> bool:
    type_name, _, found = _reference_in(value, base).rpartition("/")
    return found == wanted and bool(type_name) and (not types or type_name in types)


def _is_number(value: Any) -> bool:
    return isinstance(value, int | Decimal) and not isinstance(value, bool)


def _widen(wanted: DateRange, now: datetime) -> DateRange:
    """About a date: give or take a tenth of its distance from now (FHIR R4, Search, prefixes)."""
    try:
        margin = abs(now - wanted.start) / 10
        return DateRange(wanted.start - margin, wanted.end + margin)
    except OverflowError:
        return DateRange(EARLIEST, LATEST)


_DATE_TESTS: dict[str, Callable[[DateRange, DateRange], bool]] = {
    "eq": lambda found, wanted: wanted.contains(found),
    "ne": lambda found, wanted: not wanted.contains(found),
    "gt": lambda found, wanted: found.end > wanted.end,
    "lt": lambda found, wanted: found.start < wanted.start,
    "ge": lambda found, wanted: found.end > wanted.end or wanted.contains(found),
    "le": lambda found, wanted: found.start < wanted.start or wanted.contains(found),
    "sa": lambda found, wanted: found.start >= wanted.end,
    "eb": lambda found, wanted: found.end <= wanted.start,
    "ap": lambda found, wanted: found.overlaps(wanted),
}
