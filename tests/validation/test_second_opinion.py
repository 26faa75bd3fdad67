from __future__ import annotations

from typing import Any

import pytest

from workbench.definitions.release import find_release
from workbench.validation.second_opinion import ask_second_opinion


def said_of(release: str = "4.0", /, **members: Any) -> list[tuple[str, str]]:
    found = ask_second_opinion({"resourceType": "Patient", **members}, find_release(release))
    assert {(issue.severity, issue.rule) for issue in found} == {("information", "fhir.resources")}
    return [(issue.path, issue.message) for issue in found]


@pytest.mark.parametrize(
    ("members", "path", "words"),
    [
        ({"birthDate": "1990-13-01"}, "Patient.birthDate", "Date value string does not match"),
        ({"name": [{"family": ["A"]}]}, "Patient.name[0].family", "Input should be a valid string"),
        ({"shoe": 9}, "Patient.shoe", "Extra inputs are not permitted"),
        ({"_birthDate": {"extension": [{"valueString": "a"}]}}, "Patient.birthDate.extension[0].url", "is required"),
    ],
)
def test_what_it_says_is_quoted_with_its_place_and_is_information_alone(
    members: dict[str, Any], path: str, words: str
) -> None:
    ((found, sentence),) = said_of(**members)
    assert found == path
    assert sentence.startswith("fhir.resources says: ") and words in sentence and "(R4B models)" in sentence


@pytest.mark.parametrize(("release", "models"), [("3.0", "STU3"), ("4.0", "R4B"), ("4.3", "R4B"), ("5.0", "R5")])
def test_where_it_has_nothing_to_say_it_says_so_and_by_which_models(release: str, models: str) -> None:
    ((path, sentence),) = said_of(release, active=True)
    assert path == "Patient" and "says nothing against it" in sentence and f"({models} models;" in sentence


def test_what_it_takes_that_is_wrong_does_not_become_a_verdict() -> None:
    ((_, sentence),) = said_of(active="yes", gender="no such code")
    assert "says nothing against it" in sentence


def test_a_type_it_does_not_know_is_said() -> None:
    ((_, sentence),) = said_of(resourceType="Shoe")
    assert sentence == "fhir.resources has no model of Shoe (R4B)."
    ((_, sentence),) = said_of(contained=[{"resourceType": "Shoe"}])
    assert sentence.startswith("fhir.resources gave up")


def test_a_flood_of_faults_is_cut() -> None:
    assert len(said_of(**{f"shoe{at}": 1 for at in range(500)})) == 100
