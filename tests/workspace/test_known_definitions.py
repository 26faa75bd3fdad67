"""What is known for a check, of a release and of the packages that are installed."""

from __future__ import annotations

import json
import tarfile
from pathlib import Path

import pytest

from workbench.errors import WorkbenchError
from workbench.workspace.known_definitions import known_definitions, known_profiles

PROFILE = "http://example.org/StructureDefinition/tall-patient"
US_CORE = Path(__file__).parents[2].parent / "shared/data/us-core-packages"


def install(folder: Path, package: str, version: str = "1.0.0", fhir: str = "4.0.1", **more: object) -> None:
    """A package of one profile, as it lies in a package cache."""
    inside = folder / f"{package}#{version}" / "package"
    inside.mkdir(parents=True)
    manifest = {"name": package, "version": version, "fhirVersions": [fhir], **more}
    (inside / "package.json").write_text(json.dumps(manifest))
    root = {"id": "Patient", "path": "Patient", "min": 0, "max": "*"}
    profile = {
        "resourceType": "StructureDefinition",
        "url": PROFILE,
        "version": version,
        "name": "TallPatient",
        "title": "Tall Patient",
        "status": "active",
        "kind": "resource",
        "abstract": False,
        "type": "Patient",
        "baseDefinition": "http://hl7.org/fhir/StructureDefinition/Patient",
        "derivation": "constraint",
        "fhirVersion": fhir,
        "snapshot": {"element": [root]},
        "differential": {"element": [root]},
    }
    (inside / "StructureDefinition-tall-patient.json").write_text(json.dumps(profile))


def test_installed_packages_are_known_for_their_release_alone(tmp_path: Path) -> None:
    install(tmp_path, "org.tall")
    assert PROFILE in [head.url for head in known_profiles("4.0", folder=tmp_path)]
    assert PROFILE not in [head.url for head in known_profiles("5.0", folder=tmp_path)]


def test_each_version_is_known_and_the_newest_stands_first(tmp_path: Path) -> None:
    install(tmp_path, "org.tall", "1.0.0")
    install(tmp_path, "org.tall", "1.10.0")
    install(tmp_path, "org.tall", "1.9.0")
    definitions = known_definitions(folder=tmp_path)
    assert [known.version for known in map(definitions.structure, (PROFILE, f"{PROFILE}|1.9.0")) if known] == [
        "1.10.0",
        "1.9.0",
    ]


def test_a_package_that_was_asked_for_stands_first_and_tells_the_release(tmp_path: Path) -> None:
    install(tmp_path, "org.tall", "1.0.0")
    install(tmp_path, "org.tall", "2.0.0")
    install(tmp_path, "org.five", fhir="5.0.0")
    found = known_definitions(package="org.tall#1.0.0", folder=tmp_path).structure(PROFILE)
    assert found is not None
    assert found.version == "1.0.0"
    assert known_definitions(package="org.five#1.0.0", folder=tmp_path).release.key == "5.0"
    with pytest.raises(WorkbenchError, match="not installed"):
        known_definitions(package="org.none#1.0.0", folder=tmp_path)


def test_what_is_installed_meanwhile_is_known_at_once(tmp_path: Path) -> None:
    assert known_definitions(folder=tmp_path).structure(PROFILE) is None
    install(tmp_path, "org.tall")
    assert known_definitions(folder=tmp_path).structure(PROFILE) is not None


def test_a_file_of_a_package_that_is_replaced_is_known_at_once(tmp_path: Path) -> None:
    install(tmp_path, "org.tall")
    before = known_definitions(folder=tmp_path).structure(PROFILE)
    place = tmp_path / "org.tall#1.0.0/package/StructureDefinition-tall-patient.json"
    changed = place.with_name("new")
    changed.write_text(place.read_text().replace('"Tall Patient"', '"Very tall patient"'))
    changed.replace(place)
    after = known_definitions(folder=tmp_path).structure(PROFILE)
    assert before and after and (before.title, after.title) == ("Tall Patient", "Very tall patient")


def test_a_package_that_cannot_be_read_holds_up_no_check(tmp_path: Path) -> None:
    install(tmp_path, "org.tall")
    broken = tmp_path / "org.broken#1.0.0" / "package"
    broken.mkdir(parents=True)
    (broken / "package.json").write_text("{")
    assert known_definitions(folder=tmp_path).structure(PROFILE) is not None


@pytest.mark.skipif(not US_CORE.is_dir(), reason="the folder of public data is not here")
def test_two_versions_of_us_core_stand_side_by_side(tmp_path: Path) -> None:
    for name, version in (("us_core_311.tgz", "3.1.1"), ("us_core_610.tgz", "6.1.0")):
        with tarfile.open(US_CORE / name) as archive:
            archive.extractall(tmp_path / f"hl7.fhir.us.core#{version}", filter="data")
    definitions = known_definitions(folder=tmp_path)
    patient = "http://hl7.org/fhir/us/core/StructureDefinition/us-core-patient"
    versions = [known.version for known in map(definitions.structure, (patient, f"{patient}|3.1.1")) if known]
    assert versions == ["6.1.0", "3.1.1"]
