"""Packages for the tests: made of a few resources, as an archive or as a folder of a package cache."""

from __future__ import annotations

import gzip
import io
import tarfile
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from workbench.fhir.resource import to_json

CORE = "http://hl7.org/fhir/StructureDefinition/"
MANIFEST = {
    "name": "x.shoes",
    "version": "1.0.0",
    "license": "CC0-1.0",
    "title": "Shoes",
    "fhirVersions": ["4.0.1"],
    "dependencies": {"hl7.fhir.r4.core": "4.0.1", "x.socks": "2.1.0"},
}


def element(path: str, least: int = 0, most: str = "1", *types: str, **more: Any) -> dict[str, Any]:
    facts = {"id": path, "path": path, "min": least, "max": most, "base": {"path": path, "min": least, "max": most}}
    return facts | {"type": [{"code": name} for name in types], "definition": "Prose.", "short": "Prose"} | more


def structure(name: str, kind: str, *elements: dict[str, Any], **more: Any) -> dict[str, Any]:
    snapshot = {"element": [{"id": name, "path": name, "min": 0, "max": "*"}, *elements]}
    told = {"resourceType": "StructureDefinition", "name": name, "kind": kind, "abstract": False, "snapshot": snapshot}
    return told | {"url": CORE + name, "type": name, "derivation": "specialization"} | more


def profile(name: str, *elements: dict[str, Any], version: str = "1.0.0") -> dict[str, Any]:
    told = structure("Patient", "resource", *elements, derivation="constraint", baseDefinition=CORE + "Patient")
    return told | {"url": f"http://x/StructureDefinition/{name}", "name": name, "version": version}


def files_of(resources: Iterable[dict[str, Any]], manifest: Mapping[str, Any] | None = None) -> dict[str, bytes]:
    named = {f"{item['resourceType']}-{n}.json": item for n, item in enumerate(resources)}
    items = {"package.json": dict(manifest if manifest is not None else MANIFEST), **named}
    return {f"package/{name}": to_json(item).encode() for name, item in items.items()}


def write_archive(path: Path, files: Mapping[str, bytes]) -> Path:
    """The same bytes for the same files, whenever they are written."""
    with (
        path.open("wb") as file,
        gzip.GzipFile("", "wb", fileobj=file, mtime=0) as packed,
        tarfile.open(fileobj=packed, mode="w") as archive,
    ):
        for name, content in files.items():
            member = tarfile.TarInfo(name)
            member.size = len(content)
            archive.addfile(member, io.BytesIO(content))
    return path


def write_folder(folder: Path, files: Mapping[str, bytes]) -> Path:
    for name, content in files.items():
        target = folder / name
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(content)
    return folder
