"""Packages, releases and what is defined in them are sides of a comparison."""

from __future__ import annotations

import gzip
import io
import json
import tarfile
from pathlib import Path
from typing import Any

import pytest

from tests.definition_diff.structures import PACKAGES, needs_packages
from workbench.errors import WorkbenchError
from workbench.workspace.comparison import compare
from workbench.workspace.comparison_side import side_of_bytes, side_of_file
from workbench.workspace.side_finder import find_here
from workbench.workspace.workspace import Workspace

BASE = "http://hl7.org/fhir/StructureDefinition/"
PROFILE = {
    "resourceType": "StructureDefinition",
    "url": "urn:example:patient",
    "version": "1",
    "name": "ExamplePatient",
    "status": "active",
    "fhirVersion": "4.0.1",
    "kind": "resource",
    "abstract": False,
    "type": "Patient",
    "baseDefinition": BASE + "Patient",
    "derivation": "constraint",
    "differential": {"element": [{"id": "Patient", "path": "Patient"}]},
}


def profile(*elements: dict[str, Any], **facts: Any) -> dict[str, Any]:
    return PROFILE | {"differential": {"element": [{"id": "Patient", "path": "Patient"}, *elements]}} | facts


def package_bytes(name: str, version: str, *resources: dict[str, Any]) -> bytes:
    manifest = {"name": name, "version": version, "fhirVersions": ["4.0.1"], "dependencies": {}}
    files = {"package/package.json": manifest}
    files |= {f"package/{r['resourceType']}-{at}.json": r for at, r in enumerate(resources)}
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w") as archive:
        for path, content in files.items():
            data = json.dumps(content).encode()
            member = tarfile.TarInfo(path)
            member.size = len(data)
            archive.addfile(member, io.BytesIO(data))
    return gzip.compress(packed.getvalue())


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A home of the test's own, so that what is installed on the machine is no part of it."""
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.setenv("USERPROFILE", str(tmp_path / "home"))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    return tmp_path / "home"


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    return Workspace(tmp_path / "work")


@pytest.fixture
def archives(tmp_path: Path) -> tuple[str, str]:
    """Two versions of one package: the second asks for a birth date."""
    names = []
    for version, elements in (
        ("1.0.0", ()),
        ("2.0.0", ({"id": "Patient.birthDate", "path": "Patient.birthDate", "min": 1},)),
    ):
        path = tmp_path / f"example-{version}.tgz"
        path.write_bytes(package_bytes("example.guide", version, profile(*elements)))
        names.append(str(path))
    return names[0], names[1]


def rows_of(left: str, right: str, workspace: Workspace) -> list[tuple[str, str, str]]:
    rows = compare(find_here(left, workspace), find_here(right, workspace)).rows
    return [(row.path, row.aspect, row.grade) for row in rows]


def test_a_type_of_two_releases(workspace: Workspace) -> None:
    side = find_here("R4:Encounter", workspace)
    assert (side.kind, side.label, side.words) == ("structure", "R4:Encounter", "a profile or type")
    rows = rows_of("R4:Encounter", "R5:Encounter", workspace)
    assert ("Encounter.hospitalization", "name", "breaks-both") in rows
    assert ("Encounter.status", "codes", "breaks-both") in rows
    assert rows_of("r4:Encounter", "R4:Encounter", workspace) == []


@pytest.mark.parametrize("name", ["ValueSet/encounter-status", "http://hl7.org/fhir/ValueSet/encounter-status|4.0.1"])
def test_other_definitions_of_a_release_are_named_by_kind_or_canonical(name: str, workspace: Workspace) -> None:
    assert find_here(f"R4:{name}", workspace).kind == "value set"


def test_a_whole_release(workspace: Workspace) -> None:
    assert find_here("R4B", workspace).kind == "release"
    assert len(rows_of("R4", "R4B", workspace)) > 100


def test_two_packages_and_a_profile_in_each(archives: tuple[str, str], workspace: Workspace) -> None:
    left, right = archives
    birth = ("Patient.birthDate", "min", "breaks-sender")
    assert rows_of(f"{left}|ExamplePatient", f"{right}|urn:example:patient|1", workspace) == [birth]
    rows = rows_of(left, right, workspace)
    assert rows == [("StructureDefinition[urn:example:patient].Patient.birthDate", *birth[1:])]
    assert find_here(left, workspace).kind == "package"


def test_an_installed_package_is_found_by_its_label(
    archives: tuple[str, str], home: Path, workspace: Workspace
) -> None:
    for version, archive in zip(("1.0.0", "2.0.0"), archives, strict=True):
        folder = home / f".fhir/packages/example.guide#{version}"
        with tarfile.open(archive) as packed:
            packed.extractall(folder, filter="data")
    assert len(rows_of("example.guide#1.0.0", "example.guide#2.0.0", workspace)) == 1
    assert len(rows_of(f"{home}/.fhir/packages/example.guide#1.0.0", archives[1], workspace)) == 1


def test_two_dropped_archives_are_sides(archives: tuple[str, str]) -> None:
    sides = [side_of_file(Path(name)) for name in archives]
    assert len(compare(sides[0], sides[1]).rows) == 1


@needs_packages
def test_us_core_packages_are_sides(workspace: Workspace) -> None:
    left, right = (f"{PACKAGES / f'us_core_{name}.tgz'}|us-core-goal" for name in ("311", "610"))
    assert ("Goal.start[x]", "mustSupport", "breaks-sender") in rows_of(left, right, workspace)


def test_definitions_of_files_are_compared_as_what_they_are(tmp_path: Path, workspace: Workspace) -> None:
    names = []
    for at, least in enumerate((0, 1)):
        path = tmp_path / f"{at}.json"
        given = profile({"id": "Patient.gender", "path": "Patient.gender", "min": least})
        path.write_text(json.dumps(given), "utf-8")
        names.append(str(path))
    assert rows_of(names[0], names[1], workspace) == [("Patient.gender", "min", "breaks-sender")]
    assert ("Patient.gender", "min", "breaks-sender") in rows_of("R4:Patient", names[1], workspace)


def test_a_profile_in_a_file_may_be_built_on_an_installed_package(
    archives: tuple[str, str], home: Path, tmp_path: Path, workspace: Workspace
) -> None:
    with tarfile.open(archives[1]) as packed:
        packed.extractall(home / ".fhir/packages/example.guide#2.0.0", filter="data")
    path = tmp_path / "own.json"
    path.write_text(json.dumps(profile(baseDefinition="urn:example:patient", url="urn:example:own")), "utf-8")
    assert ("Patient.birthDate", "min", "breaks-sender") in rows_of("R4:Patient", str(path), workspace)


@pytest.mark.parametrize(
    ("resource", "kind"),
    [
        ({"resourceType": "ValueSet", "url": "urn:v"}, "value set"),
        ({"resourceType": "CodeSystem", "url": "urn:c"}, "code system"),
        ({"resourceType": "SearchParameter", "url": "urn:s"}, "search parameter"),
        (PROFILE, "structure"),
        ({"resourceType": "ValueSet"}, "resource"),
    ],
)
def test_what_a_definition_is_shows_in_its_content(resource: dict[str, Any], kind: str) -> None:
    assert side_of_bytes(json.dumps(resource).encode(), "it").kind == kind


def test_value_sets_of_files_are_compared_by_codes(tmp_path: Path, workspace: Workspace) -> None:
    names = []
    for code in ("male", "female"):
        include = {"system": "http://hl7.org/fhir/administrative-gender", "concept": [{"code": code}]}
        path = tmp_path / f"{code}.json"
        path.write_text(
            json.dumps({"resourceType": "ValueSet", "url": "urn:v", "compose": {"include": [include]}}), "utf-8"
        )
        names.append(str(path))
    assert rows_of(names[0], names[1], workspace) == [
        ("code[male]", "code", "breaks-sender"),
        ("code[female]", "code", "breaks-receiver"),
    ]


def test_a_resource_may_be_xml_on_one_side(tmp_path: Path, workspace: Workspace) -> None:
    left, right = tmp_path / "a.xml", tmp_path / "b.json"
    left.write_text('<Patient xmlns="http://hl7.org/fhir"><gender value="male"/></Patient>', "utf-8")
    right.write_text('{"resourceType": "Patient", "gender": "female"}', "utf-8")
    assert rows_of(str(left), str(right), workspace) == [("Patient.gender", "value", "information")]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("R4:Patint", "does not define “Patint”. It has Patient"),
        ("R4:encounter-status", "names 2 definitions"),
        ("R4:encounter-status", "ValueSet/encounter-status, CodeSystem/encounter-status"),
        ("example.guide#1.0.0", "is not installed"),
        ("missing.tgz", "missing.tgz"),
        ("R6", "There is no “R6”"),
    ],
)
def test_what_is_not_there_is_told_in_words(text: str, said: str, workspace: Workspace) -> None:
    with pytest.raises(WorkbenchError) as caught:
        find_here(text, workspace)
    assert said in f"{caught.value}"


def test_a_package_and_a_type_are_of_two_kinds(archives: tuple[str, str], workspace: Workspace) -> None:
    with pytest.raises(WorkbenchError, match=r"R4:Patient is a profile or type, and .* is a FHIR package"):
        rows_of("R4:Patient", archives[0], workspace)


def test_a_file_goes_before_a_release_of_its_name(
    tmp_path: Path, workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("R4").write_text('{"resourceType": "Patient"}', "utf-8")
    assert find_here("R4", workspace).kind == "resource"
