"""Compiler of a package on disk into facts: its definitions with their prose, and what else lies in it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from workbench.definitions.facts_compiler import FactsCompiler, names_of
from workbench.definitions.package_source import MANIFEST, PackageSource
from workbench.errors import WorkbenchError
from workbench.fhir.resource import Json, parse_json

# Folders of a package whose files are no definitions (FHIR NPM packages).
_EXAMPLES = ("example/", "examples/")
_OTHER_FOLDERS = ("openapi/", "xml/", "other/", "tests/")
_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,150}")
_VERSION = re.compile(r"[A-Za-z0-9][A-Za-z0-9._+-]{0,80}")
_DEFINITIONS = frozenset(
    """
    ActivityDefinition ActorDefinition CapabilityStatement CompartmentDefinition ConceptMap ConditionDefinition
    EventDefinition ExampleScenario GraphDefinition ImplementationGuide Library Measure MessageDefinition NamingSystem
    ObservationDefinition OperationDefinition PlanDefinition Questionnaire Requirements StructureMap
    SubscriptionTopic TerminologyCapabilities TestPlan TestScript
    """.split()
)


def read_manifest(source: PackageSource, content: bytes | None = None) -> Json:
    """Return the package's `package.json`; one without a name and a version raises WorkbenchError."""
    manifest = parse_json(content if content is not None else source.read(MANIFEST))
    name, version = (manifest.get(key) for key in ("name", "version")) if isinstance(manifest, dict) else (None, None)
    if not (isinstance(name, str) and _ID.fullmatch(name) and isinstance(version, str) and _VERSION.fullmatch(version)):
        raise WorkbenchError(
            f"{source.path.name} is not a FHIR package: its package.json has no name or no version that can be used.",
            source=source.path,
        )
    return dict(manifest)


def compile_package(source: PackageSource) -> bytes:
    """Return the facts of a package; what in it cannot be read is listed, and the rest is taken."""
    manifest: Json | None = None
    resources: list[tuple[str, Json]] = []
    unread: list[str] = []
    for name, content in source.files():
        if name == MANIFEST:
            manifest = read_manifest(source, content)
        elif not name.startswith((".", *_OTHER_FOLDERS)):
            found = _resource_of(content)
            if found is None:
                unread.append(name)
            elif found:
                resources.append((name, found))
    if manifest is None:
        raise WorkbenchError(f"{source.path.name} is not a FHIR package: it has no package.json.", source=source.path)
    return _compile(manifest, resources, unread)


def _compile(manifest: Json, resources: list[tuple[str, Json]], unread: list[str]) -> bytes:
    compiler = FactsCompiler(f"{manifest['name']}#{manifest['version']}", prose=True)
    others: dict[str, list[Any]] = {}
    examples: list[list[Any]] = []
    for name, resource in sorted(resources, key=lambda item: item[0]):
        is_example = name.startswith(_EXAMPLES)
        if not is_example and compiler.add(resource):
            continue
        if not is_example and resource["resourceType"] in _DEFINITIONS and isinstance(resource.get("url"), str):
            key = f"{resource['resourceType']} {resource['url']}"
            others.setdefault(key, [*compiler.writer.add_record(resource), *names_of(resource)])
        else:
            examples.append([resource["resourceType"], str(resource.get("id", "")), name, _profiles(resource)])
    compiler.writer.add_section("others", others)
    compiler.writer.add_section("examples", examples)
    compiler.writer.add_section("unread", unread)
    compiler.writer.add_section("manifest", _manifest_facts(manifest))
    return compiler.to_bytes({})


def _manifest_facts(manifest: Json) -> dict[str, Any]:
    versions = manifest.get("fhirVersions") or manifest.get("fhir-version-list")
    dependencies = manifest.get("dependencies")
    return {
        "title": _text(manifest, "title"),
        "canonical": _text(manifest, "canonical"),
        "fhir_versions": [text for text in versions if isinstance(text, str)] if isinstance(versions, list) else [],
        "dependencies": _texts(dependencies) if isinstance(dependencies, dict) else {},
    }


def _resource_of(content: bytes) -> Json | None:
    """None where the JSON cannot be read; empty where it is no resource, as an index is none."""
    try:
        value = parse_json(content)
    except WorkbenchError:
        return None
    is_resource = isinstance(value, dict) and isinstance(value.get("resourceType"), str)
    return dict(value) if is_resource else {}


def _profiles(resource: Json) -> list[str]:
    meta = resource.get("meta")
    found = meta.get("profile") if isinstance(meta, dict) else None
    return [text for text in found if isinstance(text, str)] if isinstance(found, list) else []


def _text(item: Json, name: str) -> str:
    value = item.get(name)
    return value if isinstance(value, str) else ""


def _texts(items: Mapping[str, Any]) -> dict[str, str]:
    return {name: value for name, value in items.items() if isinstance(value, str)}
