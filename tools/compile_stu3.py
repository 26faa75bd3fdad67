"""Compile FHIR STU3 3.0.2 from the models of fhir.resources into facts, since no official package of it may be had.

Usage: python tools/compile_stu3.py [--into FOLDER]
The models say which elements each type has, their order, cardinalities, types, choices and reference targets. They
have no bindings, invariants, search parameters or codes, and neither do the facts. The patterns of primitive types are
those of R4.
"""

from __future__ import annotations

import argparse
import hashlib
import importlib
import importlib.metadata
import pkgutil
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from compile_definitions import DATA

from workbench.definitions.core_facts import load_core_facts
from workbench.definitions.facts_compiler import FactsCompiler
from workbench.definitions.release import find_release
from workbench.definitions.structure_json import CANONICAL, SYSTEM_TYPES

Json = dict[str, Any]
ABSTRACT = ("Element", "BackboneElement", "Resource", "DomainResource", "MetadataResource")
# Names of the classes that stand for a primitive type, where they are not those of the standard.
PRIMITIVES = {"bool": "boolean", "EncodedBytes": "base64Binary", "Base64": "base64Binary"}
ATTRIBUTES = ("Element.id", "Extension.url")
STU3 = find_release("3.0")


class Models:
    """The classes of fhir.resources' STU3, by name; `owners` are those that stand for a type of the standard."""

    def __init__(self) -> None:
        package = importlib.import_module("fhir.resources.STU3")
        self.version = importlib.metadata.version("fhir.resources")
        self.classes: dict[str, Any] = {}
        self.owners: dict[str, list[str]] = {}
        digest = hashlib.sha512()
        for found in sorted(pkgutil.iter_modules(package.__path__), key=lambda item: item.name):
            module = importlib.import_module(f"{package.__name__}.{found.name}")
            digest.update(Path(str(module.__file__)).read_bytes())
            here = [name for name, item in vars(module).items() if self._is_model(item, module.__name__)]
            self.classes |= {name: getattr(module, name) for name in here}
            owner = next((name for name in here if name.lower() == found.name), "")
            if owner and not owner.startswith("FHIR"):
                self.owners[owner] = [name for name in here if name != owner]
        self.sha512 = digest.hexdigest()

    @staticmethod
    def _is_model(item: Any, module: str) -> bool:
        return isinstance(item, type) and item.__module__ == module and hasattr(item, "model_fields")

    def base_of(self, name: str) -> str:
        parent = str(self.classes[name].__mro__[1].__name__)
        return parent if parent in self.owners else ""

    def is_resource(self, name: str) -> bool:
        return any(parent.__name__ == "Resource" for parent in self.classes[name].__mro__)


def structures(models: Models) -> Iterator[Json]:
    for name in sorted(models.owners):
        is_resource = models.is_resource(name)
        base = models.base_of(name)
        elements = [{"id": name, "path": name, "min": 0, "max": "*", "base": {"path": name, "min": 0, "max": "*"}}]
        elements += Elements(models, name).of(name, name)
        yield {
            **structure(name, "resource" if is_resource else "complex-type", base),
            "abstract": name in ABSTRACT,
            "snapshot": {"element": elements},
        }
    for name in sorted(primitive_names(models)):
        value = {"id": f"{name}.value", "path": f"{name}.value", "min": 0, "max": "1"}
        typed = value | {"type": [{"code": f"{SYSTEM_TYPES}System.String"}]}
        root = {"id": name, "path": name, "min": 0, "max": "*"}
        yield {**structure(name, "primitive-type", "Element"), "snapshot": {"element": [root, typed]}}


def structure(name: str, kind: str, base: str) -> Json:
    return {
        "resourceType": "StructureDefinition",
        "url": CANONICAL + name,
        "version": STU3.version,
        "name": name,
        "kind": kind,
        "type": name,
        "fhirVersion": STU3.version,
        "baseDefinition": CANONICAL + base if base else "",
        "derivation": "specialization" if base else "",
    }


class Elements:
    """The elements of one type; an inner class that is met again is told as a reference to where it was met first."""

    def __init__(self, models: Models, owner: str) -> None:
        self._models = models
        self._inner = frozenset(models.owners[owner])
        self._places: dict[str, str] = {}

    def of(self, class_name: str, path: str) -> Iterator[Json]:
        model = self._models.classes[class_name]
        choices: dict[str, Json] = {}
        fields = {field.alias or name: field for name, field in model.model_fields.items()}
        for name in model.elements_sequence():
            field = fields[name]
            notes = field.json_schema_extra or {}
            typed, repeats, required = read_annotation(field)
            if choice := notes.get("one_of_many"):
                if choice in choices:
                    choices[choice]["type"] += self._types(typed, notes)
                    continue
                name, required = f"{choice}[x]", bool(notes.get("one_of_many_required"))
            element = self._element(f"{path}.{name}", typed, notes, repeats, required or "element_required" in notes)
            if choice:
                choices[choice] = element
            yield element
            if typed in self._inner and "contentReference" not in element:
                yield from self.of(typed, f"{path}.{name}")

    def _element(self, path: str, typed: str, notes: Json, repeats: bool, required: bool) -> Json:
        element: Json = {"id": path, "path": path, "min": int(required), "max": "*" if repeats else "1"}
        element["isSummary"] = bool(notes.get("summary_element_property"))
        owner, _, last = path.rpartition(".")
        is_type = not self._models.is_resource(path.partition(".")[0]) or "." in owner
        if (last == "id" and is_type) or path in ATTRIBUTES:
            element["representation"] = ["xmlAttr"]
        if typed in self._inner and self._places.setdefault(typed, path) != path:
            return element | {"contentReference": f"#{self._places[typed]}"}
        return element | {"type": self._types(typed, notes)}

    def _types(self, typed: str, notes: Json) -> list[Json]:
        if typed in self._inner:
            return [{"code": self._models.base_of(typed)}]
        targets = [CANONICAL + name for name in notes.get("enum_reference_types", [])]
        return [{"code": typed, "targetProfile": targets} if targets and typed == "Reference" else {"code": typed}]


def read_annotation(field: Any) -> tuple[str, bool, bool]:
    """The type's name, whether it repeats, and whether it must stand."""
    annotation, repeats, optional = field.annotation, False, not field.is_required()
    while inner := [item for item in getattr(annotation, "__args__", ()) if item is not type(None)]:
        if getattr(annotation, "__metadata__", None):
            break
        repeats = repeats or getattr(annotation, "__origin__", None) is list
        annotation = inner[0]
    marks = getattr(annotation, "__metadata__", None)
    name = type(marks[0]).__name__ if marks else annotation.__name__
    if name in PRIMITIVES:
        return PRIMITIVES[name], repeats, not optional
    if marks:
        return name[0].lower() + name[1:], repeats, not optional
    return name.removesuffix("Type"), repeats, not optional


def primitive_names(models: Models) -> set[str]:
    fields = (field for model in models.classes.values() for field in model.model_fields.values())
    named = {read_annotation(field)[0] for field in fields if (field.json_schema_extra or {}).get("element_property")}
    return {name for name in named if name[0].islower()}


def compile_stu3() -> bytes:
    models = Models()
    compiler = FactsCompiler(f"fhir.resources.STU3#{STU3.version}")
    found = sorted(structures(models), key=lambda item: item["url"])
    for resource in found:
        compiler.add(resource)
    resources = [item["type"] for item in found if item["kind"] == "resource" and not item["abstract"]]
    r4 = load_core_facts(find_release("4.0"))
    known = {name: r4.primitive(name) for name in sorted(primitive_names(models))}
    patterns = {
        name: [found.kind, found.pattern.pattern if found.pattern else ""] for name, found in known.items() if found
    }
    compiler.writer.add_section("resources", resources)
    compiler.writer.add_section("primitives", patterns)
    title = "FHIR STU3, structure alone"
    compiler.writer.add_section("manifest", {"title": title, "fhir_versions": [STU3.version], "partial": True})
    source = {"package": f"fhir.resources {models.version}", "licence": "BSD-3-Clause", "sha512": models.sha512}
    return compiler.to_bytes({"sources": [source]})


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(description="Compile FHIR STU3 from the models of fhir.resources.")
    parser.add_argument("--into", type=Path, default=DATA)
    target = parser.parse_args(arguments).into / "stu3.facts"
    target.write_bytes(compile_stu3())
    print(f"{target}: {target.stat().st_size:,} bytes")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
