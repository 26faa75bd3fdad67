"""Whose charts a user may open, and where a visit is, by the data that the site has."""

from __future__ import annotations

from typing import Any

import pytest

from workbench.authorization_server.rules import User
from workbench.fhir_server.store import FhirStore
from workbench.sandbox.charts import MOST_PATIENTS, PatientRow, charts_of, pick_patients, place_of_visit


def store(*resources: dict[str, Any]) -> FhirStore:
    return FhirStore(({"resourceType": "Patient", "id": "ann"}, {"resourceType": "Patient", "id": "ben"}, *resources))


def related(own: str, patient: str) -> dict[str, Any]:
    return {"resourceType": "RelatedPerson", "id": own, "patient": {"reference": patient}}


def person(own: str, *targets: str) -> dict[str, Any]:
    return {"resourceType": "Person", "id": own, "link": [{"target": {"reference": each}} for each in targets]}


def charts(resource: str, *resources: dict[str, Any]) -> tuple[str, ...] | None:
    return charts_of(store(*resources), User("u", "U", "Role", resource))


@pytest.mark.parametrize("resource", ["Practitioner/p", "PractitionerRole/p"])
def test_staff_may_open_every_chart(resource: str) -> None:
    assert charts(resource) is None


def test_a_patient_may_open_their_own_chart() -> None:
    assert charts("Patient/ann") == ("ann",)


@pytest.mark.parametrize("reference", ["Patient/ann", "http://127.0.0.1/fhir/Patient/ann"])
def test_a_related_person_may_open_the_chart_of_their_patient(reference: str) -> None:
    assert charts("RelatedPerson/r", related("r", reference)) == ("ann",)


def test_a_person_may_open_the_charts_of_those_whom_they_are_linked_with_each_once() -> None:
    linked = person("p", "RelatedPerson/r", "Patient/ben", "RelatedPerson/s", "Practitioner/d")
    assert charts("Person/p", linked, related("r", "Patient/ann"), related("s", "Patient/ben")) == ("ann", "ben")


def test_persons_that_are_linked_with_each_other_end() -> None:
    assert charts("Person/p", person("p", "Person/q", "Patient/ann"), person("q", "Person/p", "Patient/ben")) == (
        "ann",
    )


@pytest.mark.parametrize(
    "resource",
    [
        {"resourceType": "RelatedPerson", "id": "r"},
        {"resourceType": "RelatedPerson", "id": "r", "patient": "Patient/ann"},
        {"resourceType": "RelatedPerson", "id": "r", "patient": {"display": "Ann"}},
        {"resourceType": "RelatedPerson", "id": "other", "patient": {"reference": "Patient/ann"}},
    ],
)
def test_who_stands_for_nobody_that_is_named_may_open_no_chart(resource: dict[str, Any]) -> None:
    assert charts("RelatedPerson/r", resource) == ()


@pytest.mark.parametrize(
    ("locations", "place"),
    [
        ([{"location": {"reference": "Location/a"}}, {"location": {"reference": "Location/b"}}], "b"),
        ([{"location": {"reference": "http://h/fhir/Location/a"}}], "a"),
        ([{"location": {"display": "Somewhere"}}], ""),
        ([{"location": "Location/a"}, None, 7], ""),
        (None, ""),
    ],
)
def test_a_visit_is_where_it_was_last(locations: Any, place: str) -> None:
    visit = {"resourceType": "Encounter", "id": "v", "location": locations}
    assert place_of_visit(store(visit), "v") == place
    assert place_of_visit(store(), "v") == ""


EVERYONE = tuple(PatientRow(f"p-{number:03}", f"Zweig{number:03}, Ida", "", "", "") for number in range(200))


@pytest.mark.parametrize(("find", "found"), [("", 200), ("zweig007", 1), ("nobody", 0)])
def test_who_is_chosen_stands_first_where_a_list_would_leave_them_out(find: str, found: int) -> None:
    picked = pick_patients(EVERYONE, find, "p-199")
    assert [row.id for row in picked.rows[:1]] == ["p-199"]
    assert (len(picked.rows), picked.found) == (min(found, MOST_PATIENTS) + 1, found)


def test_who_is_chosen_and_listed_stands_there_once() -> None:
    assert [row.id for row in pick_patients(EVERYONE, "zweig00", "p-003").rows] == [f"p-{n:03}" for n in range(10)]
