"""Conformance of a resource to base FHIR R4: known elements, cardinalities, JSON types, formats and required codes.

It informs and does not forbid: profiles, invariants and terminology beyond required codes are not judged here.
"""

from __future__ import annotations

import difflib
from typing import Any

from workbench.fhir.definition import Element, Structure, find_structure, is_resource_type
from workbench.fhir.primitives import fault_of, is_primitive
from workbench.fhir.resource import Json
from workbench.fhir.soundness import has_right_code, has_right_target, is_sound
from workbench.issue import Issue

MOST_ISSUES = 1000


def check_structure(resource: Json) -> tuple[Issue, ...]:
    """Return what base R4 has against `resource`, each with its FHIRPath; nothing where all is well."""
    return () if is_sound(resource) else find_faults(resource)


def find_faults(resource: Json) -> tuple[Issue, ...]:
    """Return the same by looking closely at every element."""
    issues: list[Issue] = []
    _check_resource(resource, str(resource.get("resourceType") or "Resource"), issues)
    return tuple(issues[:MOST_ISSUES])


def _check_resource(value: Any, path: str, issues: list[Issue]) -> None:
    type_name = value.get("resourceType") if isinstance(value, dict) else None
    structure = find_structure(type_name) if isinstance(type_name, str) and is_resource_type(type_name) else None
    if structure is None:
        said = f"“{type_name}” is not a resource type of FHIR R4" if type_name else "There is no resourceType here"
        issues.append(Issue("error", "structure", f"{said}.", path))
        return
    _check_object(value, structure, path, issues, rooted=True)


def _check_object(value: Json, structure: Structure, path: str, issues: list[Issue], rooted: bool = False) -> None:
    elements = structure.elements
    for key, item in value.items():
        element = elements.get(key)
        if element is not None:
            _check_element(item, element, value, path, issues)
        elif key.startswith("_") and key[1:] in elements:
            _check_sibling(item, elements[key[1:]], value, path, issues)
        elif not (rooted and key == "resourceType"):
            issues.append(_unknown(key, structure, path))
    _check_presence(value, structure, path, issues)


def _check_element(item: Any, element: Element, parent: Json, path: str, issues: list[Issue]) -> None:
    name = element.json_name
    if element.most == 1:
        if isinstance(item, list):
            issues.append(_fault("structure", f"“{name}” stands once and must not be an array", f"{path}.{name}"))
        else:
            _check_value(item, element, f"{path}.{name}", issues)
        return
    if not isinstance(item, list) or not item:
        said = "must not be an empty array" if item == [] else "repeats and must be an array"
        issues.append(_fault("structure", f"“{name}” {said}", f"{path}.{name}"))
        return
    if element.most is not None and len(item) > element.most:
        issues.append(_fault("structure", f"“{name}” stands at most {element.most} times", f"{path}.{name}"))
    siblings = parent.get(f"_{name}")
    for index, value in enumerate(item):
        place = f"{path}.{name}[{index}]"
        if value is None and isinstance(siblings, list) and len(siblings) > index and siblings[index] is not None:
            continue  # null holds the place of a value that has an extension alone (FHIR R4, JSON)
        _check_value(value, element, place, issues)


def _check_value(value: Any, element: Element, path: str, issues: list[Issue]) -> None:
    type_name = element.type
    if is_primitive(type_name):
        fault = fault_of(value, type_name)
        if fault:
            issues.append(_fault("value", f"“{element.json_name}” {fault}", path))
        elif element.codes is not None and not any(value in codes for codes in element.codes.values()):
            issues.append(_wrong_code(element, value, path))
        return
    if not isinstance(value, dict) or not value:
        said = "is empty; leave the element out instead" if value == {} else f"must be an object ({type_name})"
        issues.append(_fault("structure", f"“{element.json_name}” {said}", path))
    elif type_name == "Resource":
        _check_resource(value, path, issues)
    else:
        structure = find_structure(type_name)
        if structure is not None:
            _check_object(value, structure, path, issues)
        if element.codes is not None and not has_right_code(value, element):
            issues.append(_wrong_code(element, _told_code(value), path))
        if type_name == "Reference" and element.targets and not has_right_target(value, element):
            said = f"“{element.json_name}” must not refer to {value['reference'].partition('/')[0]}"
            issues.append(_fault("value", f"{said}, only to {', '.join(element.targets)}", f"{path}.reference"))


def _check_sibling(item: Any, element: Element, parent: Json, path: str, issues: list[Issue]) -> None:
    """`_birthDate` holds the id and extensions of birthDate (FHIR R4, JSON)."""
    place = f"{path}.{element.json_name}"
    structure = find_structure("Element")
    if not is_primitive(element.type) or structure is None or isinstance(item, list) != element.repeats:
        issues.append(_fault("structure", f"“_{element.json_name}” has no such place here", place))
        return
    for index, value in enumerate(item if isinstance(item, list) else [item]):
        here = f"{place}[{index}]" if isinstance(item, list) else place
        if isinstance(value, dict) and value:
            _check_object(value, structure, here, issues)
        elif value is not None or not isinstance(item, list):
            issues.append(_fault("structure", f"“_{element.json_name}” must hold an id or extensions", here))


def _check_presence(value: Json, structure: Structure, path: str, issues: list[Issue]) -> None:
    for name in structure.required:
        base = name.removesuffix("[x]")
        names = [n for n in structure.choices[name] if n in value or f"_{n}" in value]
        if not names:
            issues.append(_fault("required", f"“{base}” is missing", f"{path}.{base}"))
    for name, choices in structure.choices.items():
        if len(choices) > 1 and sum(1 for key in value if key.removeprefix("_") in choices) > 1:
            found = {key.removeprefix("_") for key in value if key.removeprefix("_") in choices}
            if len(found) > 1:
                base = name.removesuffix("[x]")
                said = " and ".join(f"“{key}”" for key in sorted(found))
                issues.append(_fault("structure", f"{said} stand together, and {name} takes one", f"{path}.{base}"))


def _told_code(value: Json) -> str:
    codings = value.get("coding", [value])
    told = next(coding for coding in codings if isinstance(coding, dict) and "code" in coding)
    return f"{told.get('system', '')}|{told['code']}"


def _wrong_code(element: Element, value: Any, path: str) -> Issue:
    known = sorted(code for codes in (element.codes or {}).values() for code in codes)
    shown = f"one of {', '.join(known)}" if len(known) <= 12 else f"a code of {', '.join(element.codes or ())}"
    return _fault("code-invalid", f"“{value}” is not a code that “{element.json_name}” takes: it must be {shown}", path)


def _unknown(key: str, structure: Structure, path: str) -> Issue:
    near = difflib.get_close_matches(key, structure.elements, n=1)
    hint = f" Did you mean “{near[0]}”?" if near else ""
    return Issue("error", "structure", f"“{key}” is not an element of {structure.name}.{hint}", f"{path}.{key}")


def _fault(code: str, sentence: str, path: str) -> Issue:
    return Issue("error", code, f"{sentence}.", path)
