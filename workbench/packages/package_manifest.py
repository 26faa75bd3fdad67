"""PackageManifest: what a package's `package.json` says of it, which is quick to read."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from workbench.errors import WorkbenchError
from workbench.fhir.lenient_json import object_of, text_in, texts_of
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
    said = object_of(
        _parse(content if content is not None else source.read(MANIFEST), called or str(source.path / MANIFEST))
    )
    name, version = said.get("name"), said.get("version")
    if not (isinstance(name, str) and _ID.fullmatch(name) and isinstance(version, str) and _VERSION.fullmatch(version)):
        raise WorkbenchError(
            f"{called or source.path} is not a FHIR package: its package.json has no name or version that can be used."
        )
    versions = said.get("fhirVersions") or said.get("fhir-version-list")
    return PackageManifest(
        name,
        version,
        text_in(said, "title"),
        text_in(said, "canonical"),
        texts_of(versions),
        {name: asked for name, asked in object_of(said.get("dependencies")).items() if isinstance(asked, str)},
    )


def _parse(content: bytes, place: str) -> Any:
    try:
        return parse_json(content)
    except WorkbenchError as error:
        hint = "Install the package again."
        raise WorkbenchError(error.message, hint=hint, source=place, line=error.line, column=error.column) from error
