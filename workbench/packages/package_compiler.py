"""Compiler of a package on disk into facts: its definitions with their prose, and what else lies in it."""

from __future__ import annotations

from typing import Any

from workbench.definitions.facts_compiler import FactsCompiler, names_of
from workbench.errors import WorkbenchError
from workbench.fhir.resource import Json, parse_json
from workbench.packages.package_manifest import PackageManifest, read_manifest
from workbench.packages.package_source import MANIFEST, PackageSource

# Folders of a package whose files are no definitions (FHIR NPM packages).
_EXAMPLES = ("example/", "examples/")
_OTHER_FOLDERS = ("openapi/", "xml/", "other/", "tests/")
_DEFINITIONS = frozenset(
    """
    ActivityDefinition ActorDefinition CapabilityStatement CompartmentDefinition ConceptMap ConditionDefinition
    EventDefinition ExampleScenario GraphDefinition ImplementationGuide Library Measure MessageDefinition NamingSystem
    ObservationDefinition OperationDefinition PlanDefinition Questionnaire Requirements StructureMap
    SubscriptionTopic TerminologyCapabilities TestPlan TestScript
    """.split()
)


def compile_package(source: PackageSource) -> bytes:
    """Return the facts of a package; what in it cannot be read is listed, and the rest is taken."""
    manifest: PackageManifest | None = None
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
        raise WorkbenchError(f"{source.path.name} is not a FHIR package: it has no package.json.")
    return _compile(manifest, resources, unread)


def _compile(manifest: PackageManifest, resources: list[tuple[str, Json]], unread: list[str]) -> bytes:
    compiler = FactsCompiler(manifest.label, prose=True)
    others: dict[str, list[Any]] = {}
    examples: list[list[Any]] = []
    for name, resource in sorted(resources, key=lambda item: item[0]):
        is_example = name.startswith(_EXAMPLES)
        if not is_example and compiler.add(resource):
            continue
        if not is_example and resource["resourceType"] in _DEFINITIONS:
            key = f"{resource['resourceType']} {resource.get('url') or resource.get('id', '')}"
            others.setdefault(key, [*compiler.writer.add_record(resource), *names_of(resource)])
        else:
            examples.append([resource["resourceType"], str(resource.get("id", "")), name, _profiles(resource)])
    compiler.writer.add_section("others", others)
    compiler.writer.add_section("examples", examples)
    compiler.writer.add_section("unread", sorted(unread))
    compiler.writer.add_section("manifest", manifest.to_facts())
    return compiler.to_bytes({})


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
