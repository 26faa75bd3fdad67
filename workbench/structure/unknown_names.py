"""Unknown names: what is said of elements and resource types that a release does not have, and what is likely meant."""

from __future__ import annotations

import difflib
from typing import Any

from workbench.definitions.definitions import Definitions, load_definitions
from workbench.definitions.release import RELEASES
from workbench.definitions.type_table import TypeTable
from workbench.plain_text import with_article
from workbench.structure.issue_log import Place
from workbench.structure.primitive_value import show

_ABSTRACT = frozenset({"Resource", "DomainResource", "CanonicalResource", "MetadataResource"})
_LONGEST = 60
_FEW_TYPES = 12


def tell_unknown_element(key: str, table: TypeTable, place: Place, definitions: Definitions) -> str:
    """The sentence of an element `key` that the type of `table` does not have; `place` is that of what holds it."""
    said = f"“{key[:_LONGEST]}” is not an element of {table.name}"
    if table.name == "Element":
        return f"“_{place.name}” holds an id and extensions alone, and not “{key[:_LONGEST]}”; take it out."
    if key == "modifierExtension":
        return f"{said}, which no extension may modify; move it to the element around, or take it out."
    near = _near(key, table)
    if near and near.lower() == key.lower():
        return f"{said}. Did you mean “{near}”?"
    choice = _tell_choice(key, table, definitions)
    if choice:
        return f"{said}: {choice}."
    return f"{said}. Did you mean “{near}”?" if near else f"{said}. Take it out, or say it in an extension."


def _near(key: str, table: TypeTable) -> str:
    """The name that is most like it; `_birthdate` is like `_birthDate`."""
    bare, sign = (key[1:], "_") if key.startswith("_") else (key, "")
    small = {name.lower(): name for name in table.elements}
    near = difflib.get_close_matches(bare[:_LONGEST].lower(), small, n=1)
    return f"{sign}{small[near[0]]}" if near else ""


def _tell_choice(key: str, table: TypeTable, definitions: Definitions) -> str:
    """What is wrong where `key` is a choice without its type, or with a type that it does not take."""
    for name, choices in table.choices.items():
        base = name.removesuffix("[x]")
        if base == name or not key.startswith(base):
            continue
        few = ", ".join(f"“{choice}”" for choice in choices) if len(choices) <= _FEW_TYPES else f"“{choices[0]}” …"
        type_name = key.removeprefix(base)
        if type_name in ("", "[x]"):
            return f"add the type of the value to the name: {few}"
        known = next(
            (one for one in (type_name, type_name[:1].lower() + type_name[1:]) if _is_type(one, definitions)), ""
        )
        if known:
            return f"“{base}” may not be {with_article(known)} here, and takes {few}"
    return ""


def _is_type(name: str, definitions: Definitions) -> bool:
    return definitions.primitive(name) is not None or definitions.table(name) is not None


def tell_unknown_type(resource: Any, definitions: Definitions) -> str:
    """The sentence of what should be a resource, and is of no type that the release has; often it is of another's."""
    if not isinstance(resource, dict):
        return f"A resource must be an object with a resourceType, and this is {show(resource)}."
    name = resource.get("resourceType")
    if name is None:
        return "“resourceType” is missing: it says which type of resource this is, such as “Patient”."
    if not isinstance(name, str) or not name:
        return f"“resourceType” must be the name of a type, such as “Patient”, and is {show(name)}."
    own = definitions.release
    if name in _ABSTRACT:
        return f"“{name}” is what types of resources have in common, and none itself; name the type, such as “Patient”."
    said = f"“{name[:_LONGEST]}” is not a resource type of FHIR {own.name}"
    others = [each.name for each in RELEASES if each != own and load_definitions(each.key).is_resource(name)]
    if others:
        return f"{said}, but of {' and '.join(others)}: hold it against that, or send what {own.name} has for it."
    if definitions.table(name) is not None:
        return f"{said}, but a data type, which stands within resources alone."
    near = difflib.get_close_matches(name[:_LONGEST], sorted(definitions.resource_types), n=1)
    return f"{said}. Did you mean “{near[0]}”?" if near else f"{said}."
