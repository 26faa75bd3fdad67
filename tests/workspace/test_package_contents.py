"""What a package that is here holds, told for a screen."""

from __future__ import annotations

import tarfile
from pathlib import Path

import pytest

from workbench.definitions.structure import Structure
from workbench.errors import WorkbenchError
from workbench.workspace.package_contents import (
    ContentHead,
    ContentTable,
    list_labels,
    read_content,
    read_contents,
    read_summary,
)

US_CORE = Path(__file__).parents[3] / "shared/data/us-core-packages"
R4 = "hl7.fhir.r4.core#4.0.1"


def find(label: str, url: str, folder: Path) -> ContentHead:
    return next(head for head in read_contents(label, folder) if head.url.endswith(url))


def table(label: str, url: str, folder: Path) -> dict[str, str]:
    found = read_content(label, find(label, url, folder), folder)
    assert isinstance(found, ContentTable)
    return dict(found.pairs)


def test_the_releases_are_here_without_any_package_installed(tmp_path: Path) -> None:
    labels = [each.label for each in list_labels(tmp_path)]
    assert {R4, "hl7.fhir.r4b.core#4.3.0", "hl7.fhir.r5.core#5.0.0"} <= set(labels)
    summary = read_summary(R4, tmp_path)
    assert (summary.fhir_versions, summary.folder, summary.missing, summary.fault) == (("4.0.1",), None, (), "")


def test_every_kind_of_definition_is_listed(tmp_path: Path) -> None:
    kinds = {head.kind for head in read_contents(R4, tmp_path)}
    assert kinds == {"profile", "extension", "type", "value set", "code system", "search parameter"}
    bp = find(R4, "StructureDefinition/bp", tmp_path)
    assert (bp.kind, bp.title, bp.about) == ("profile", "Observation Blood Pressure Profile", "Observation")


def test_a_profile_is_read_with_its_elements(tmp_path: Path) -> None:
    found = read_content(R4, find(R4, "StructureDefinition/bp", tmp_path), tmp_path)
    assert isinstance(found, Structure)
    assert found.elements[0].id == "Observation"


def test_a_value_set_lists_its_codes_with_their_system(tmp_path: Path) -> None:
    told = table(R4, "ValueSet/administrative-gender", tmp_path)
    assert told["Codes"] == "4"
    assert told["female"] == "Female · http://hl7.org/fhir/administrative-gender"


def test_a_code_system_and_a_search_parameter_are_told_in_pairs(tmp_path: Path) -> None:
    told = table(R4, "fhir/administrative-gender", tmp_path)
    assert (told["Content"], told["female"]) == ("complete", "Female")
    search = table(R4, "SearchParameter/individual-birthdate", tmp_path)
    assert (search["Name in a query"], search["Kind"]) == ("birthdate", "date")
    assert "Patient.birthDate" in search["Looks at"]


def test_what_is_gone_is_told_in_words(tmp_path: Path) -> None:
    assert read_summary("org.none#1.0.0", tmp_path).fault == "It is not here any more."
    with pytest.raises(WorkbenchError, match="has no profile"):
        read_content(R4, ContentHead("profile", "http://nowhere", "None"), tmp_path)


def test_a_package_that_cannot_be_read_says_why(tmp_path: Path) -> None:
    inside = tmp_path / "org.broken#1.0.0" / "package"
    inside.mkdir(parents=True)
    (inside / "package.json").write_text("{")
    assert read_summary("org.broken#1.0.0", tmp_path).fault.startswith("It cannot be read: This is not valid JSON")


@pytest.mark.skipif(not US_CORE.is_dir(), reason="the folder of public data is not here")
def test_us_core_tells_what_it_depends_on_and_lacks(tmp_path: Path) -> None:
    with tarfile.open(US_CORE / "us_core_610.tgz") as archive:
        archive.extractall(tmp_path / "hl7.fhir.us.core#6.1.0", filter="data")
    summary = read_summary("hl7.fhir.us.core#6.1.0", tmp_path)
    assert summary.title == "US Core Implementation Guide"
    assert any(label.startswith("us.nlm.vsac#") for label in summary.missing)
    assert not any(label.startswith("hl7.fhir.r4.core#") for label in summary.missing)
    heads = read_contents(summary.label, tmp_path)
    assert any(head.title == "US Core Patient Profile" and head.kind == "profile" for head in heads)
