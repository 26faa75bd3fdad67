"""Packages and whole releases are compared by what each defines, down to elements, codes and search parameters."""

from __future__ import annotations

import time
from collections import Counter
from functools import lru_cache

import pytest

from tests.definition_diff.structures import PACKAGES, needs_packages, tell
from workbench.definition_diff.package_diff import diff_packages
from workbench.definition_diff.package_side import PackageSide
from workbench.definitions.core_facts import BUILT_IN, load_built_in, load_core_facts
from workbench.definitions.definitions import load_definitions
from workbench.definitions.release import find_release
from workbench.diff.difference import Difference
from workbench.packages.package import open_package

TURNED = {"added": "removed", "removed": "added"}


@lru_cache(maxsize=4)
def us_core(name: str) -> PackageSide:
    package = open_package(PACKAGES / f"us_core_{name}.tgz")
    return PackageSide(package, load_definitions("4.0", (package,)))


def release(name: str) -> PackageSide:
    found = find_release(name)
    return PackageSide(load_core_facts(found), load_definitions(found.key), is_release=True)


@lru_cache(maxsize=8)
def rows_of(left: str, right: str) -> tuple[Difference, ...]:
    make = release if left.startswith("R") else us_core
    return diff_packages(make(left), make(right))


@lru_cache(maxsize=8)
def table_of(left: str, right: str) -> dict[tuple[str, str], Difference]:
    return {(row.path, row.aspect): row for row in rows_of(left, right)}


@needs_packages
@pytest.mark.parametrize("name", ["311", "400", "610", "700"])
def test_no_package_differs_from_itself(name: str) -> None:
    assert diff_packages(us_core(name), us_core(name)) == ()


@pytest.mark.parametrize("label", BUILT_IN)
def test_no_built_in_package_differs_from_itself(label: str) -> None:
    package = load_built_in(BUILT_IN[label])
    side = PackageSide(package, load_definitions("4.0", (package,)))
    assert package.structure_heads() or package.value_set_heads()
    assert diff_packages(side, side) == ()


@pytest.mark.parametrize("name", ["STU3", "R4", "R4B", "R5"])
def test_no_release_differs_from_itself(name: str) -> None:
    assert diff_packages(release(name), release(name)) == ()


@needs_packages
def test_what_a_package_that_is_here_in_part_lacks_is_neither_gone_nor_new() -> None:
    package = load_built_in(BUILT_IN["hl7.fhir.us.core#5.0.1"])
    part = PackageSide(package, load_definitions("4.0", (package,)))
    assert part.is_partial
    rows = {(row.path, row.aspect): row for row in diff_packages(part, us_core("610"))}
    assert "only what both have is compared" in rows["package", "part"].why
    assert ("StructureDefinition[us-core-coverage]", "profile") not in rows
    assert not any(row.aspect in ("search parameter", "value set") and row.kind == "added" for row in rows.values())
    assert any(path.startswith("StructureDefinition[us-core-patient].") for path, _ in rows)


@needs_packages
def test_the_problem_list_profile_of_us_core_became_two() -> None:
    row = table_of("311", "610")["StructureDefinition[us-core-condition]", "profile"]
    assert (row.kind, row.grade) == ("removed", "breaks-both")
    assert "us-core-condition-encounter-diagnosis, us-core-condition-problems-health-concerns" in row.why


# Read by hand in the packages themselves, and known from the change notes of US Core.
CHANGES = [
    ("StructureDefinition[us-core-coverage]", "profile", None, "US Core Coverage Profile", "compatible"),
    ("StructureDefinition[us-core-sex]", "extension", None, "US Core Sex Extension", "compatible"),
    ("StructureDefinition[us-core-organization].Organization.identifier:NPI", "max", "1", "*", "breaks-receiver"),
    ("StructureDefinition[us-core-practitioner].Practitioner.address.line", "max", "*", "4", "breaks-sender"),
    ("StructureDefinition[us-core-practitioner].Practitioner.telecom", "mustSupport", None, "true", "breaks-sender"),
    ("StructureDefinition[us-core-immunization].Immunization.primarySource", "min", "1", "0", "breaks-receiver"),
    ("StructureDefinition[us-core-medicationrequest].MedicationRequest.requester", "min", "1", "0", "breaks-receiver"),
    (
        "StructureDefinition[us-core-goal].Goal.description",
        "strength",
        "example",
        "extensible",
        "breaks-sender",
    ),
    (
        "SearchParameter[us-core-location-name].expression",
        "expression",
        "Location.name",
        "Location.name|Location.alias",
        "breaks-receiver",
    ),
    ("SearchParameter[us-core-allergyintolerance-patient].target", "target", "Group", None, "breaks-sender"),
    ("ValueSet[us-core-sexual-orientation]", "value set", None, "US Core Sexual Orientation", "information"),
    ("CodeSystem[us-core-category]", "code system", None, "US Core Category", "compatible"),
    (
        "CapabilityStatement[us-core-server].rest[server].resource[Coverage]",
        "resource",
        None,
        "9 interactions, 1 search parameter",
        "compatible",
    ),
    ("dependencies[us.nlm.vsac]", "dependencies", None, "0.10.0", "information"),
]


@needs_packages
@pytest.mark.parametrize(("path", "aspect", "left", "right", "grade"), CHANGES)
def test_us_core_from_3_1_1_to_6_1_0_as_read_by_hand(
    path: str, aspect: str, left: str | None, right: str | None, grade: str
) -> None:
    row = table_of("311", "610")[path, aspect]
    assert (row.left, row.right, row.grade) == (left, right, grade)


@needs_packages
def test_every_row_of_a_package_has_a_place_a_grade_and_a_why() -> None:
    rows = rows_of("311", "610")
    assert len({(row.path, row.aspect) for row in rows}) == len(rows)
    assert all(row.why.endswith(".") and row.name and row.differs for row in rows)


def fact(row: Difference, *, turned: bool = False) -> tuple[str, str, str | None, str | None]:
    if turned:
        return row.aspect, TURNED.get(row.kind, row.kind), row.right, row.left
    return row.aspect, row.kind, row.left, row.right


@pytest.mark.parametrize(("older", "newer"), [("STU3", "R4"), ("STU3", "R5"), ("R4", "R4B"), ("R4B", "R5")])
def test_turned_about_each_row_of_two_releases_turns(older: str, newer: str) -> None:
    there, back = diff_packages(release(older), release(newer)), diff_packages(release(newer), release(older))
    assert Counter(map(fact, there)) == Counter(fact(row, turned=True) for row in back)


@needs_packages
def test_turned_about_the_kinds_of_a_package_turn() -> None:
    there, back = rows_of("311", "610"), rows_of("610", "311")
    assert Counter(map(fact, there)) == Counter(fact(row, turned=True) for row in back)


@needs_packages
def test_us_core_is_compared_in_under_a_second_once_it_was_read() -> None:
    us_core("311")
    us_core("610")
    started = time.process_time()
    diff_packages(us_core("311"), us_core("610"))
    assert time.process_time() - started < 5, "five times what is promised, since other work may share the machine"


R5_CHANGES = [
    ("Encounter.class", "type", "Coding", "CodeableConcept", "breaks-both"),
    ("Encounter.class", "max", "1", "*", "breaks-both"),
    ("Encounter.hospitalization", "name", None, None, "breaks-both"),
    ("Encounter.statusHistory", "element", "0..* BackboneElement", None, "breaks-sender"),
    ("MedicationRequest.medication[x]", "name", None, None, "breaks-both"),
    ("RequestGroup", "type", "RequestGroup", "RequestOrchestration", "breaks-both"),
    ("Media", "type", "Media", None, "breaks-both"),
    ("Transport", "type", None, "Transport", "compatible"),
    ("ValueSet[encounter-status].code[arrived]", "code", None, None, "breaks-sender"),
]


@pytest.mark.parametrize(("path", "aspect", "left", "right", "grade"), R5_CHANGES)
def test_r4_to_r5_as_read_by_hand(path: str, aspect: str, left: str | None, right: str | None, grade: str) -> None:
    row = table_of("R4", "R5")[path, aspect]
    assert row.grade == grade
    if left or right:
        assert (row.left, row.right) == (left, right)


def test_a_type_that_is_no_more_names_what_took_its_place() -> None:
    assert "DocumentReference" in table_of("R4", "R5")["Media", "type"].why


def test_a_renamed_element_is_held_against_its_old_self() -> None:
    rows = [row for row in rows_of("R4", "R5") if row.path.startswith("Encounter.participant.individual")]
    assert [row.aspect for row in rows] == ["name", "targetProfile"]
    assert not any(row.path.startswith("Encounter.participant.actor") for row in rows_of("R4", "R5"))


def test_what_all_types_have_from_their_base_is_told_at_the_base_alone() -> None:
    paths = {row.path for row in rows_of("R4", "R5")}
    assert "Resource.language" in paths
    assert "Patient.language" not in paths
    assert "DomainResource.modifierExtension" in paths


def test_each_row_of_two_releases_has_a_place_of_its_own() -> None:
    rows = [row for row in rows_of("R4", "R5") if row.aspect != "name"]
    assert len({(row.path, row.aspect) for row in rows}) == len(rows)


def test_two_rows_tell_where_the_two_parts_of_one_element_went() -> None:
    rows = [tell(row) for row in rows_of("R4", "R5") if row.path == "Dosage.asNeeded[x]"]
    assert [row[4] and row[4].partition(":")[0] for row in rows] == ["Dosage.asNeeded", "Dosage.asNeededFor"]
