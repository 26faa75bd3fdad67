"""PackageManifest: what a package's `package.json` says of it, which is quick to read."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from workbench.errors import WorkbenchError
from workbench.fhir.resource import Json, parse_json
from workbench.packages.package_source import MANIFEST, PackageSource

_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,150}")
_VERSION = re.compile(r"[A-Za-z0-9][A-Za-z0-9._+-]{0,80}")


@dataclass(frozen=True, slots=True)
class PackageManifest:
    """`fhir_versions` are such as `4.0.1`; `dependencies` are the versions that are asked for, by the packages' ids."""

    id: str
    version: str
    title: str
    canonical: str
    fhir_versions: tuple[str, ...]
    dependencies: Mapping[str, str]

    @property
    def label(self) -> str:
        return f"{self.id}#{self.version}"

    def to_facts(self) -> Json:
        return {
            "title": self.title,
            "canonical": self.canonical,
            "fhir_versions": self.fhir_versions,
            "dependencies": dict(self.dependencies),
        }


def read_manifest(source: PackageSource, content: bytes | None = None, *, called: str = "") -> PackageManifest:
    """Return the manifest of a package; one without a name and a version that can be used raises WorkbenchError.

    The error calls it by its path where it is not `called` otherwise, as one that is being unpacked.
    """
    value = parse_json(content if content is not None else source.read(MANIFEST))
    said: Json = value if isinstance(value, dict) else {}
    name, version = said.get("name"), said.get("version")
    if not (isinstance(name, str) and _ID.fullmatch(name) and isinstance(version, str) and _VERSION.fullmatch(version)):
        raise WorkbenchError(
            f"{called or source.path} is not a FHIR package: its package.json has no name or version that can be used."
        )
    versions = said.get("fhirVersions") or said.get("fhir-version-list")
    dependencies = said.get("dependencies")
    return PackageManifest(
        name,
        version,
        _text(said, "title"),
        _text(said, "canonical"),
        tuple(text for text in versions if isinstance(text, str)) if isinstance(versions, list) else (),
        _texts(dependencies) if isinstance(dependencies, dict) else {},
    )


def _text(item: Json, name: str) -> str:
    value = item.get(name)
    return value if isinstance(value, str) else ""


def _texts(items: Mapping[str, Any]) -> dict[str, str]:
    return {name: value for name, value in items.items() if isinstance(value, str)}
