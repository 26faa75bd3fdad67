from __future__ import annotations

import copy
import random
import time
from typing import Any

import pytest

from workbench.diff.difference import Difference, keep_differing
from workbench.diff.fhir_diff import diff_resources
from workbench.errors import WorkbenchError
from workbench.fhir.resource import Json, parse_json


def rows_of(left: str, right: str, *masks: str) -> list[tuple[str, str, str | None, str | None]]:
    rows = diff_resources(parse_json(left), parse_json(right), masks=masks)
    return [(row.kind, row.path, row.left, row.right) for row in rows]


def differing(left: Json, right: Json, *masks: str) -> list[tuple[str, str, str | None, str | None]]:
    rows = keep_differing(diff_resources(left, right, masks=masks))
    return [(row.kind, row.path, row.left, row.right) for row in rows]


def test_every_leaf_is_a_row_in_document_order() -> None:
    assert rows_of(
        '{"resourceType":"Patient","active":true,"name":[{"family":"A","given":["X","Y"]}],"gender":"male"}',
        '{"resourceType":"Patient","active":true,"birthDate":"2000","name":[{"family":"B","given":["X"]}]}',
    ) == [
        ("same", "Patient.resourceType", "Patient", "Patient"),
        ("same", "Patient.active", "true", "true"),
        ("added", "Patient.birthDate", None, "2000"),
        ("changed", "Patient.name[0].family", "A", "B"),
        ("same", "Patient.name[0].given[0]", "X", "X"),
        ("removed", "Patient.name[0].given[1]", "Y", None),
        ("removed", "Patient.gender", "male", None),
    ]


def test_the_order_of_names_in_an_object_is_no_difference() -> None:
    assert (
        differing(
            {"resourceType": "Patient", "id": "1", "active": True},
            {"active": True, "id": "1", "resourceType": "Patient"},
        )
        == []
    )


def test_the_digits_of_a_decimal_count() -> None:
    left, right = '{"resourceType":"Quantity","value":72.50,"x":1}', '{"resourceType":"Quantity","value":72.5,"x":1.0}'
    assert [row[1:] for row in rows_of(left, right) if row[0] == "changed"] == [
        ("Quantity.value", "72.50", "72.5"),
        ("Quantity.x", "1", "1.0"),
    ]


@pytest.mark.parametrize(
    ("left", "right"),
    [
        ("2024-01-01T00:00:00Z", "2024-01-01T00:00:00+00:00"),
        ("2024-01-01T00:00:00Z", "2024-01-01T01:30:00+01:30"),
        ("2023-12-31T19:00:00-05:00", "2024-01-01T00:00:00Z"),
        ("2024-01-01T00:00:00Z", "2024-01-01T00:00:00.000Z"),
        ("2024-01-01T00:00:00.5000000001Z", "2024-01-01T00:00:00.50000000010Z"),
    ],
)
def test_one_moment_in_two_zones_is_no_difference(left: str, right: str) -> None:
    sides = [{"resourceType": "Observation", "effectiveDateTime": text} for text in (left, right)]
    assert differing(sides[0], sides[1]) == []
    assert diff_resources(sides[0], sides[1], same=False) == ()
    (row,) = [row for row in diff_resources(sides[0], sides[1]) if row.path.endswith("DateTime")]
    assert (row.kind, row.left, row.right) == ("same", left, right)


@pytest.mark.parametrize(
    ("left", "right"),
    [
        ("2024-01-01T00:00:00Z", "2024-01-01T00:00:00"),
        ("2024-01-01T00:00:00Z", "2024-01-01T00:00:00-01:00"),
        ("2024-01-01T00:00:00.1Z", "2024-01-01T00:00:00.10000000001Z"),
        ("2024-01-01", "2024-01-01T00:00:00Z"),
        ("2024", "2024-01"),
        ("2024-13-01T00:00:00Z", "2024-13-01T00:00:00+00:00"),
        ("0001-01-01T00:00:00+14:00", "0001-01-01T00:00:00Z"),
        ("2024-01-01T24:00:00Z", "2024-01-02T00:00:00Z"),
    ],
)
def test_times_of_other_moments_or_precisions_differ(left: str, right: str) -> None:
    sides = [{"resourceType": "Observation", "effectiveDateTime": text} for text in (left, right)]
    assert differing(sides[0], sides[1]) == [("changed", "Observation.effectiveDateTime", left, right)]


def test_a_text_that_looks_like_a_time_is_compared_as_it_is_written() -> None:
    sides = [{"resourceType": "P", "value": f"2024-01-01T00:00:00{zone}"} for zone in ("Z", "+00:00")]
    assert len(differing(sides[0], sides[1])) == 1


def test_a_row_says_in_what_two_values_differ() -> None:
    left, right = '{"resourceType":"P","a":1.0,"b":true,"c":"x"}', '{"resourceType":"P","a":1.00,"b":"true","c":"y"}'
    rows = diff_resources(parse_json(left), parse_json(right), same=False)
    assert [(row.path, row.aspect, row.grade) for row in rows] == [
        ("P.a", "precision", "information"),
        ("P.b", "type", "information"),
        ("P.c", "value", "information"),
    ]
    assert rows[0].why == "The same number with another precision, which FHIR holds for another value."
    assert rows[1].why.startswith("The left is a boolean and the right a text")


def test_a_boolean_is_neither_a_text_nor_a_number() -> None:
    left, right = '{"resourceType":"P","a":true,"b":true}', '{"resourceType":"P","a":"true","b":1}'
    assert rows_of(left, right)[1:] == [("changed", "P.a", "true", '"true"'), ("changed", "P.b", "true", "1")]


def test_identifiers_meet_by_system_and_value() -> None:
    mrn, ssn = {"system": "urn:mrn", "value": "1"}, {"system": "urn:ssn", "value": "9"}
    left = {"resourceType": "Patient", "identifier": [mrn, ssn]}
    assert differing(left, {"resourceType": "Patient", "identifier": [ssn, mrn]}) == []
    changed = {"resourceType": "Patient", "identifier": [ssn, mrn | {"value": "2"}]}
    assert differing(left, changed) == [("changed", "Patient.identifier[0].value", "1", "2")]


def test_extensions_meet_by_url() -> None:
    race, sex = {"url": "race", "valueString": "a"}, {"url": "sex", "valueCode": "F"}
    left = {"resourceType": "Patient", "extension": [race, sex]}
    assert differing(left, {"resourceType": "Patient", "extension": [sex]}) == [
        ("removed", "Patient.extension[0].url", "race", None),
        ("removed", "Patient.extension[0].valueString", "a", None),
    ]


def test_a_reference_that_changed_is_one_change() -> None:
    left = {"resourceType": "Observation", "performer": [{"reference": "Practitioner/1"}]}
    right = {"resourceType": "Observation", "performer": [{"reference": "Practitioner/2"}]}
    assert differing(left, right) == [
        ("changed", "Observation.performer[0].reference", "Practitioner/1", "Practitioner/2")
    ]


def test_components_meet_by_their_code() -> None:
    systolic = {"code": {"coding": [{"system": "loinc", "code": "8480-6"}]}, "valueQuantity": {"value": 120}}
    diastolic = {"code": {"coding": [{"system": "loinc", "code": "8462-4"}]}, "valueQuantity": {"value": 80}}
    right = [diastolic | {"valueQuantity": {"value": 81}}, systolic]
    assert differing(
        {"resourceType": "O", "component": [systolic, diastolic]}, {"resourceType": "O", "component": right}
    ) == [("changed", "O.component[1].valueQuantity.value", "80", "81")]


def test_the_order_of_given_names_counts() -> None:
    left, right = {"resourceType": "P", "given": ["A", "B"]}, {"resourceType": "P", "given": ["B", "A"]}
    assert [row[1] for row in differing(left, right)] == ["P.given[0]", "P.given[1]"]
    longer = {"resourceType": "P", "given": ["A", "Q", "B"]}
    assert differing(left, longer) == [("added", "P.given[1]", None, "Q")]


def test_the_extension_of_a_primitive_has_its_path() -> None:
    left = '{"resourceType":"P","given":["A","B"],"_given":[null,{"id":"x"}]}'
    right = '{"resourceType":"P","given":["A","B"],"_given":[null,{"id":"y"}]}'
    assert [row for row in rows_of(left, right) if row[0] != "same"] == [("changed", "P.given[1].id", "x", "y")]
    assert all(row[2] != "null" for row in rows_of(left, right))


def entry(type_name: str, resource_id: str, base: str = "http://a", **elements: Any) -> Json:
    resource = {"resourceType": type_name, "id": resource_id, **elements}
    return {"fullUrl": f"{base}/{type_name}/{resource_id}", "resource": resource}


def test_entries_meet_by_their_resource_wherever_they_stand() -> None:
    left = {"resourceType": "Bundle", "entry": [entry("Patient", "1", active=True), entry("Patient", "2")]}
    right = {"resourceType": "Bundle", "entry": [entry("Patient", "3"), entry("Patient", "1", active=False)]}
    assert [row for row in differing(left, right) if row[1].endswith(("id", "active"))] == [
        ("added", "Bundle.entry[0].resource.id", None, "3"),
        ("changed", "Bundle.entry[0].resource.active", "true", "false"),
        ("removed", "Bundle.entry[1].resource.id", "2", None),
    ]


def test_a_resource_under_another_id_is_known_by_its_identifier() -> None:
    mrns = [[{"system": "urn:mrn", "value": value}] for value in ("A", "B")]
    left = [entry("Patient", "1", identifier=mrns[0]), entry("Patient", "2", identifier=mrns[1])]
    right = [
        entry("Patient", "y", identifier=mrns[1]),
        entry("Patient", "x", identifier=[{"system": "s"}, *mrns[0]], active=True),
    ]
    sides = [{"resourceType": "Bundle", "entry": entries} for entries in (left, right)]
    rows = differing(sides[0], sides[1], "Bundle.entry.fullUrl", "Bundle.entry.resource.identifier[0]")
    assert ("changed", "Bundle.entry[0].resource.id", "1", "x") in rows
    assert ("changed", "Bundle.entry[1].resource.id", "2", "y") in rows
    assert ("added", "Bundle.entry[0].resource.active", None, "true") in rows


def test_entries_of_a_transaction_meet_by_their_urn() -> None:
    def new(urn: str, family: str) -> Json:
        return {"fullUrl": f"urn:uuid:{urn}", "resource": {"resourceType": "Patient", "name": [{"family": family}]}}

    left = {"resourceType": "Bundle", "entry": [new("1", "A"), new("2", "B")]}
    right = {"resourceType": "Bundle", "entry": [new("2", "C"), new("1", "A")]}
    assert differing(left, right) == [("changed", "Bundle.entry[1].resource.name[0].family", "B", "C")]
    other = {"resourceType": "Bundle", "entry": [new("8", "A"), new("9", "B")]}
    assert [row[1] for row in differing(left, other)] == ["Bundle.entry[0].fullUrl", "Bundle.entry[1].fullUrl"]


def test_entries_without_a_resource_meet_by_their_request() -> None:
    def gone(number: int, **more: str) -> Json:
        return {"request": {"method": "DELETE", "url": f"Patient/{number}"} | more}

    left = {"resourceType": "Bundle", "entry": [gone(1), gone(2)]}
    right = {"resourceType": "Bundle", "entry": [gone(2, ifMatch="1"), gone(1)]}
    assert differing(left, right) == [("added", "Bundle.entry[1].request.ifMatch", None, "1")]


def test_two_servers_addresses_do_not_part_their_entries() -> None:
    left = {"resourceType": "Bundle", "entry": [entry("Patient", "1"), entry("Patient", "2")]}
    right = {"resourceType": "Bundle", "entry": [entry("Patient", "2", "http://b"), entry("Patient", "1", "http://b")]}
    assert differing(left, right, "Bundle.entry.fullUrl") == []


def test_entries_whose_ids_are_masked_meet_by_type_and_order() -> None:
    left = {"resourceType": "Bundle", "entry": [entry("Patient", "1"), entry("Observation", "2", status="final")]}
    right = {"resourceType": "Bundle", "entry": [entry("Observation", "8", status="amended"), entry("Patient", "9")]}
    masks = ("Bundle.entry.resource.id", "Bundle.entry.fullUrl")
    assert differing(left, right, *masks) == [("changed", "Bundle.entry[1].resource.status", "final", "amended")]


@pytest.mark.parametrize(
    ("mask", "masked"),
    [
        ("Patient.meta", {"Patient.meta.versionId", "Patient.meta.tag[0].code"}),
        ("*.meta", {"Patient.meta.versionId", "Patient.meta.tag[0].code", "Patient.contained[0].meta.versionId"}),
        ("Patient.contained.meta", {"Patient.contained[0].meta.versionId"}),
        ("Device.meta", {"Patient.contained[0].meta.versionId"}),
        ("Patient.name[1]", {"Patient.name[1].family"}),
        ("Patient.name", {"Patient.name[0].family", "Patient.name[1].family"}),
        ("Patient.name.family", {"Patient.name[0].family", "Patient.name[1].family"}),
        ("*.tag.code", {"Patient.meta.tag[0].code"}),
        ("Patient.meta.tag[1]", set()),
        ("Observation.meta", set()),
        ("meta", set()),
    ],
)
def test_a_mask_covers(mask: str, masked: set[str]) -> None:
    def side(version: str) -> Json:
        return {
            "resourceType": "Patient",
            "meta": {"versionId": version, "tag": [{"code": version}]},
            "contained": [{"resourceType": "Device", "id": "d", "meta": {"versionId": version}}],
            "name": [{"family": version}, {"family": version}],
        }

    rows = diff_resources(side("1"), side("2"), masks=(mask,))
    assert {row.path for row in rows if row.kind == "masked"} == masked
    assert len([row for row in rows if row.kind != "same"]) == 5


def test_a_mask_lets_an_element_be_absent() -> None:
    left: Json = {"resourceType": "Patient", "meta": {"versionId": "1"}, "id": "1"}
    assert rows_of('{"resourceType":"Patient","id":"1"}', '{"resourceType":"Patient","id":"2"}', "Patient.id")[1:] == [
        ("masked", "Patient.id", "1", "2")
    ]
    assert [row.kind for row in diff_resources(left, {"resourceType": "Patient", "id": "1"}, masks=("*.meta",))] == [
        "same",
        "masked",
        "same",
    ]


def test_what_is_equal_under_a_mask_is_the_same() -> None:
    same: Json = {"resourceType": "Patient", "id": "1"}
    assert {row.kind for row in diff_resources(same, same, masks=("Patient",))} == {"same"}


@pytest.mark.parametrize("mask", ["", " ", "Patient..meta", "Patient.name[x]", "Patient.name[0", "a b"])
def test_a_mask_that_cannot_be_read_is_refused(mask: str) -> None:
    with pytest.raises(WorkbenchError, match="not a path that can be masked"):
        diff_resources({}, {}, masks=(mask,))


@pytest.mark.parametrize(
    ("left", "right"),
    [
        ({"a": {}}, {"a": []}),
        ({"a": "x"}, {"a": {"b": 1}}),
        ({"a": ["x"]}, {"a": "x"}),
        ({"a": None}, {}),
        ({}, {"a": {}}),
    ],
)
def test_sides_of_different_shape_differ(left: Json, right: Json) -> None:
    for here, there in ((left, right), (right, left)):
        rows = diff_resources({"resourceType": "P"} | here, {"resourceType": "P"} | there)
        assert any(row.differs for row in rows)


def test_resources_of_two_types_differ_in_their_type() -> None:
    assert differing({"resourceType": "Patient"}, {"resourceType": "Group"}) == [
        ("changed", "Patient.resourceType", "Patient", "Group")
    ]


def test_words_name_the_element() -> None:
    row = diff_resources({"resourceType": "P", "birthDate": "a"}, {"resourceType": "P", "birthDate": "b"})[1]
    assert row == Difference("changed", "P.birthDate", "Birth date", "a", "b", "value")


def make_value(chance: random.Random, depth: int) -> Any:
    if depth == 0 or chance.random() < 0.3:
        return chance.choice(["a", "b", True, False, 1, None, "http://x"])
    if chance.random() < 0.5:
        return [make_value(chance, depth - 1) for _ in range(chance.randint(0, 3))]
    names = ["id", "url", "system", "value", "code", "coding", "reference", "resource", "resourceType", "name"]
    return {name: make_value(chance, depth - 1) for name in chance.sample(names, chance.randint(0, 4))}


def test_any_two_values_compare_and_a_value_is_the_same_as_itself() -> None:
    chance = random.Random(20260301)  # noqa: S311 # the same values at each run
    for _ in range(3000):
        left = {"resourceType": "P", "x": make_value(chance, 4)}
        right = {"resourceType": "P", "x": make_value(chance, 4)}
        assert differing(left, copy.deepcopy(left)) == []
        there, back = diff_resources(left, right), diff_resources(right, left)
        if left != right:
            assert any(row.differs for row in there), (left, right)
        assert any(row.differs for row in there) == any(row.differs for row in back)
        assert not any(row.differs for row in diff_resources(left, right, masks=("P.x",)))


def test_two_bundles_of_a_thousand_entries_compare_in_a_moment() -> None:
    def observation(number: int) -> Json:
        quantity = {"value": number, "unit": "/min", "system": "http://unitsofmeasure.org", "code": "/min"}
        return entry("Observation", f"o{number}", status="final", valueQuantity=quantity, note=[{"text": "n"}])

    left = {"resourceType": "Bundle", "entry": [observation(number) for number in range(1000)]}
    right = copy.deepcopy(left)
    for number in range(0, 1000, 10):
        right["entry"][number]["resource"]["status"] = "amended"
    shuffled = {"resourceType": "Bundle", "entry": right["entry"][::-1]}
    for other in (right, shuffled):
        started = time.process_time()
        rows = diff_resources(left, other, same=False)
        assert len(rows) == 100 and time.process_time() - started < 0.25


def bundle_of(number: int, *, gender: str = "male") -> Json:
    """A patient and what refers to him, with the addresses that this bundle alone gives them."""
    patient = {
        "resourceType": "Patient",
        "id": f"p{number}",
        "identifier": [{"system": "urn:mrn", "value": "1"}],
        "gender": gender,
    }
    subjects = [{"reference": f"urn:uuid:{number}"}, {"reference": f"Patient/p{number}"}]
    observations = [
        {"resourceType": "Observation", "identifier": [{"system": "urn:o", "value": str(at)}], "subject": subject}
        for at, subject in enumerate(subjects)
    ]
    entries = [{"fullUrl": f"urn:uuid:{number}", "resource": patient}, *({"resource": o} for o in observations)]
    return {"resourceType": "Bundle", "type": "transaction", "entry": entries}


def test_references_to_what_is_one_resource_under_two_addresses_are_the_same() -> None:
    left, right = bundle_of(1), bundle_of(2, gender="female")
    paths = [row.path for row in diff_resources(left, right, same=False)]
    assert paths == ["Bundle.entry[0].fullUrl", "Bundle.entry[0].resource.id", "Bundle.entry[0].resource.gender"]
    kinds = {row.path: row.kind for row in diff_resources(left, right)}
    assert kinds["Bundle.entry[1].resource.subject.reference"] == "same"


def test_a_reference_to_another_resource_differs_though_both_are_in_the_bundle() -> None:
    left, right = bundle_of(1), bundle_of(2)
    right["entry"][1]["resource"]["subject"] = {"reference": "urn:uuid:9"}
    paths = {row.path for row in diff_resources(left, right, same=False)}
    assert "Bundle.entry[1].resource.subject.reference" in paths
