"""Soundness of a resource against the base of its release as a plain yes or no, by tests compiled once for each type.

A yes is sure; a no is a reason to look closely (`structure_look`): rare but rightful shapes are not worth a test.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from workbench.definitions.definitions import Definitions
from workbench.definitions.type_table import TypedElement
from workbench.fhir.resource import Json
from workbench.structure.coded_value import codings_of, system_of
from workbench.structure.codes import Codes
from workbench.structure.primitive_value import LONGEST_STRING, fault_of, is_whole_date

Test = Callable[[Any], bool]
_ID_ALONE = frozenset({"id"})
_MOST_REMEMBERED = 10_000
_LONGEST_REMEMBERED = 200


class Soundness:
    """The tests of one set of definitions, each type's compiled when it is first met."""

    def __init__(self, definitions: Definitions, codes: Codes) -> None:
        self.definitions = definitions
        self.codes = codes
        self._tests: dict[str, Test] = {}

    def is_sound(self, resource: Any) -> bool:
        """Tell whether all is well for sure."""
        type_name = resource.get("resourceType") if type(resource) is dict else None
        if type(type_name) is not str:
            return False
        test = self._tests.get(type_name)
        if test is None:
            if not self.definitions.is_resource(type_name):
                return False
            test = self._type_test(type_name)
        return test(resource)

    def has_right_code(self, value: Any, type_name: str, value_set: str) -> bool:
        """A required binding asks for one coding out of the set (Terminologies, required), seen quickly."""
        codings = codings_of(value, type_name)
        sets = self.codes.known(value_set)
        if codings is None or sets is None:
            return True
        if not codings:
            return type_name != "CodeableConcept" or ("text" not in value and "coding" not in value)
        return any(coding["code"] in sets.get(system_of(coding), ()) for coding in codings)

    def has_right_target(self, value: Json, element: TypedElement) -> bool:
        """Judged where the reference names its type; an absolute address says nothing for sure."""
        type_name, slash, rest = str(value.get("reference", "")).partition("/")
        return not slash or "/" in rest or type_name in element.targets or not self.definitions.is_resource(type_name)

    def _type_test(self, type_name: str) -> Test:
        """A test that stands for one still to be compiled, so that types may contain themselves."""
        if type_name not in self._tests:
            tests: dict[str, Test] = {}
            required: list[frozenset[str]] = []
            once: list[frozenset[str]] = []
            self._tests[type_name] = _object_test(tests, required, once)
            self._fill(type_name, tests, required, once)
        return self._tests[type_name]

    def _fill(
        self, type_name: str, tests: dict[str, Test], required: list[frozenset[str]], once: list[frozenset[str]]
    ) -> None:
        table = self.definitions.table(type_name)
        if table is None:
            return
        for name, element in table.elements.items():
            test = self._element_test(element)
            tests[name] = _array_test(test, element.most) if element.repeats else test
            if self.definitions.primitive(element.type) is not None and not element.repeats:
                # A choice may stand as `_valueString` alone too; the close look sees to that.
                tests[f"_{name}"] = self._late_test("Element")
        if self.definitions.is_resource(type_name):
            tests["resourceType"] = lambda value: True
        choices = {name: frozenset(names) for name, names in table.choices.items()}
        required += [choices.get(name) or frozenset((name,)) for name in table.required]
        once += [names for names in choices.values() if len(names) > 1]
        if type_name == "Extension":
            # ext-1: a value or extensions; one more name that must stand, and never both.
            either = frozenset(name for name in table.elements if name.startswith("value")) | {"extension"}
            required.append(either)
            once.append(either)

    def _late_test(self, type_name: str) -> Test:
        """The test of a type, found when it is first needed: compiling one type must not compile all of FHIR."""
        found = self._tests

        def is_good(value: Any) -> bool:
            test = found.get(type_name)
            return (test or self._type_test(type_name))(value)

        return is_good

    def _element_test(self, element: TypedElement) -> Test:
        type_name = element.type
        if self.definitions.primitive(type_name) is not None or type_name == "xhtml":
            return self._primitive_test(element)
        if type_name in ("Resource", "DomainResource"):
            return self.is_sound
        test = self._late_test(type_name)
        if element.value_set and self.codes.known(element.value_set) is not None:
            value_set, judge = element.value_set, self.has_right_code
            return lambda value: test(value) and judge(value, type_name, value_set)
        if type_name == "Reference" and element.targets:
            return lambda value: test(value) and self.has_right_target(value, element)
        return test

    def _primitive_test(self, element: TypedElement) -> Test:
        type_name = element.type
        sets = self.codes.known(element.value_set) if element.value_set else None
        if sets is not None:
            codes = frozenset[str]().union(*sets.values())
            return lambda value: type(value) is str and value in codes
        return _TESTS.get(type_name) or (lambda value: not fault_of(value, type_name))


def _object_test(tests: dict[str, Test], required: list[frozenset[str]], once: list[frozenset[str]]) -> Test:
    find = tests.get
    plain = _is_string

    def is_good(value: Any) -> bool:
        if value.__class__ is not dict or not value:
            return False
        for key, item in value.items():
            test = find(key)
            # Most of what stands in resources is such text, and not worth a call.
            if test is plain and item.__class__ is str and item.isprintable() and item and len(item) <= LONGEST_STRING:
                continue
            if test is None or not (test(item) or _is_id_beside(key, item, value)):
                return False
        for names in required:
            for name in names:  # mostly one, and quicker so than as sets
                if name in value:
                    break
            else:
                return False
        for names in once:
            if not names.isdisjoint(value) and len([key for key in value if key in names]) > 1:
                return False
        # ele-1: an id alone says nothing.
        return len(value) > 1 or value.keys() != _ID_ALONE

    return is_good


def _is_id_beside(key: str, item: Any, value: Json) -> bool:
    """`_birthDate` may have an id alone where there is a birthDate that it is of."""
    is_id = key[:1] == "_" and item.__class__ is dict and item.keys() == _ID_ALONE and _is_string(item["id"])
    beside = value.get(key[1:]) if is_id else None
    return beside is not None and beside.__class__ is not dict and beside.__class__ is not list


def _array_test(test: Test, most: int | None) -> Test:
    def is_array(value: Any) -> bool:
        if type(value) is not list or not value or (most is not None and len(value) > most):
            return False
        for item in value:  # noqa: SIM110 # half the time of all()
            if not test(item):
                return False
        return True

    return is_array


def _is_string(value: Any) -> bool:
    # What is printable holds no control character; the rest, such as a line end, is looked at closely.
    return (
        type(value) is str
        and value != ""
        and ((value.isprintable() and len(value) <= LONGEST_STRING) or not fault_of(value, "string"))
    )


def _remembering(type_name: str) -> Test:
    """The same few systems, addresses and codes come again and again, so that the good ones are kept."""
    known: set[str] = set()

    def is_good(value: Any) -> bool:
        if value.__class__ is str and value in known:
            return True
        if fault_of(value, type_name):
            return False
        if len(known) < _MOST_REMEMBERED and len(value) < _LONGEST_REMEMBERED:
            known.add(value)
        return True

    return is_good


def _is_date(value: Any) -> bool:
    return is_whole_date(value) or not fault_of(value, "date")


def _is_date_time(value: Any) -> bool:
    return is_whole_date(value) or not fault_of(value, "dateTime")


_TESTS: dict[str, Test] = {
    "boolean": lambda value: value is True or value is False,
    "string": _is_string,
    "markdown": _is_string,
    **{name: _remembering(name) for name in ("uri", "url", "canonical", "code", "id")},
    "date": _is_date,
    "dateTime": _is_date_time,
}
