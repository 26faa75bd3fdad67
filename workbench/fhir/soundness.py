"""Soundness of a resource against base R4 as a plain yes or no, by tests compiled once for each type.

A yes is sure; a no is a reason to look closely (`conformance`), as rare but rightful shapes are not worth a test here.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Any

from workbench.fhir.definition import Element, find_structure, is_resource_type
from workbench.fhir.primitives import fault_of, is_primitive
from workbench.fhir.resource import Json

Test = Callable[[Any], bool]


@dataclass(frozen=True, slots=True)
class _Table:
    """The tests of one type by JSON name; `once` are the names of which one object takes one (`value[x]`)."""

    tests: dict[str, Test]
    required: tuple[frozenset[str], ...]
    once: tuple[frozenset[str], ...]


def is_sound(resource: Json) -> bool:
    """Tell whether all is well for sure."""
    return _is_resource(resource)


def has_right_code(value: Json, element: Element) -> bool:
    """A required binding of a CodeableConcept asks for one coding out of the set (FHIR R4, Terminologies, required)."""
    codings = [value] if element.type in ("Coding", "Quantity") else value.get("coding")
    told = [c for c in codings if isinstance(c, dict) and "code" in c] if isinstance(codings, list) else []
    sets = element.codes or {}
    return not told or any(coding["code"] in sets.get(str(coding.get("system", "")), ()) for coding in told)


def has_right_target(value: Json, element: Element) -> bool:
    """Judged where the reference names its type; an absolute address says nothing for sure."""
    type_name, slash, rest = str(value.get("reference", "")).partition("/")
    return not slash or "/" in rest or type_name in element.targets or not is_resource_type(type_name)


class _Tables(dict[str, _Table]):
    def __missing__(self, type_name: str) -> _Table:
        table = self[type_name] = _compile(type_name)
        return table


_tables = _Tables()


def _is_resource(value: Any) -> bool:
    type_name = value.get("resourceType") if type(value) is dict else None
    return type(type_name) is str and is_resource_type(type_name) and _is_object(value, _tables[type_name])


def _is_object(value: Any, table: _Table) -> bool:
    if type(value) is not dict or not value:
        return False
    tests = table.tests
    for key, item in value.items():
        test = tests.get(key)
        if test is None or not test(item):
            return False
    for names in table.required:
        if names.isdisjoint(value):
            return False
    return all(len([key for key in value if key in names]) < 2 for names in table.once)


def _compile(type_name: str) -> _Table:
    structure = find_structure(type_name)
    if structure is None:
        return _Table({}, (), ())
    tests: dict[str, Test] = {}
    for name, element in structure.elements.items():
        test = _element_test(element)
        tests[name] = _array_test(test, element.most) if element.repeats else test
        if is_primitive(element.type) and element.name == name and not element.repeats:
            tests[f"_{name}"] = lambda value: _is_object(value, _tables["Element"])
    if is_resource_type(type_name):
        tests["resourceType"] = lambda value: True
    choices = {name: frozenset(names) for name, names in structure.choices.items()}
    return _Table(
        tests,
        tuple(choices[name] for name in structure.required),
        tuple(names for names in choices.values() if len(names) > 1),
    )


def _array_test(test: Test, most: int | None) -> Test:
    def is_array(value: Any) -> bool:
        if type(value) is not list or not value or (most is not None and len(value) > most):
            return False
        for item in value:  # noqa: SIM110 # half the time of all()
            if not test(item):
                return False
        return True

    return is_array


def _element_test(element: Element) -> Test:
    type_name = element.type
    if is_primitive(type_name):
        return _primitive_test(element)
    if type_name == "Resource":
        return _is_resource
    if element.codes is not None:
        return lambda value: _is_object(value, _tables[type_name]) and has_right_code(value, element)
    if type_name == "Reference" and element.targets:
        return lambda value: _is_object(value, _tables[type_name]) and has_right_target(value, element)
    return lambda value: _is_object(value, _tables[type_name])


def _primitive_test(element: Element) -> Test:
    type_name = element.type
    if element.codes is not None:
        codes = frozenset[str]().union(*element.codes.values())
        return lambda value: type(value) is str and value in codes
    if type_name == "boolean":
        return lambda value: value is True or value is False
    if type_name in ("string", "markdown"):
        # What is printable holds no control character; the rest, such as a line end, is looked at closely.
        return lambda value: (
            type(value) is str and value != "" and (value.isprintable() or not fault_of(value, type_name))
        )
    if type_name in ("uri", "url", "canonical"):
        return lambda value: type(value) is str and value != "" and value.isprintable() and " " not in value
    if type_name in ("date", "dateTime"):
        return lambda value: _is_whole_date(value) or not fault_of(value, type_name)
    return lambda value: not fault_of(value, type_name)


def _is_whole_date(value: Any) -> bool:
    """A date to the day, the most frequent form."""
    if type(value) is not str or len(value) != 10 or value[4] != "-" or value[7] != "-" or value[5] == "W":
        return False
    try:
        date.fromisoformat(value)
    except ValueError:
        return False
    return True
