"""Types of items: `is`, `as` and `ofType`, with the namespaces FHIR and System."""

from __future__ import annotations

from typing import Any

from workbench.fhirpath.environment import NotEvaluated, Run
from workbench.fhirpath.node import Node
from workbench.fhirpath.parser import Name, Path
from workbench.fhirpath.value import EMPTY, FALSE, TRUE, TypeName, system_type

SYSTEM = ("Boolean", "String", "Integer", "Long", "Decimal", "Date", "DateTime", "Time", "Quantity", "Any")


def is_type(run: Run, items: list[Any], type_name: str) -> list[Any]:
    if not items:
        return EMPTY
    if len(items) > 1:
        raise NotEvaluated("one value was expected where several stand")
    return TRUE if _is(items[0], *_split(type_name)) else FALSE


def as_type(run: Run, items: list[Any], type_name: str) -> list[Any]:
    """The items of a type; of several ones too, as HL7's reference implementation takes it for R4."""
    namespace, name = _split(type_name)
    if not _is_known(run, namespace, name):
        raise NotEvaluated(f"there is no type “{type_name}”")
    return [item for item in items if _is(item, namespace, name, exactly=True)]


def type_of(item: Any) -> TypeName:
    if not isinstance(item, Node):
        return TypeName("System", system_type(item) or "Any")
    name = item.type
    if not name and isinstance(item.value, dict):
        name = str(item.value.get("resourceType", "Element"))
    return TypeName("FHIR", "BackboneElement" if "." in name else name)


def type_name_of(tree: Any) -> str:
    """The type that an argument names, such as `Quantity` or `FHIR.Patient`."""
    if isinstance(tree, Name):
        return tree.name
    if isinstance(tree, Path) and isinstance(tree.start, Name) and all(isinstance(step, Name) for step in tree.steps):
        return ".".join([tree.start.name, *(step.name for step in tree.steps if isinstance(step, Name))])
    return ""


def _split(type_name: str) -> tuple[str, str]:
    namespace, _, name = type_name.rpartition(".")
    return (namespace, name) if namespace in ("FHIR", "System") else ("", type_name)


def _is_known(run: Run, namespace: str, name: str) -> bool:
    if namespace != "FHIR" and name in SYSTEM:
        return True
    model = run.environment.root.kind.model
    return namespace != "System" and (model.knows(name) or name in ("Element", "BackboneElement", "SimpleQuantity"))


def _is(item: Any, namespace: str, name: str, *, exactly: bool = False) -> bool:
    """Whether an item has a type or one derived from it; a primitive `as` another type must be exactly that.

    The official tests ask for `Patient.gender.as(string)` to be empty, though a code is a string.
    """
    if isinstance(item, Node):
        if namespace == "System":
            return False
        kind = item.kind
        if exactly and kind.primitive:
            return kind.name == name
        if not kind.name and isinstance(item.value, dict):
            return item.value.get("resourceType") == name
        return name in kind.names
    if isinstance(item, TypeName):
        return False
    return namespace != "FHIR" and (name in (system_type(item), "Any"))
