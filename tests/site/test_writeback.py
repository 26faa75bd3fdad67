"""A site judges what is written to it by its own rules."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from workbench.site.site import FhirRules, ResourceRules, Site, WriteRule
from workbench.site.site_file import read_site
from workbench.site.writeback import judge_write
from workbench.workspace.library import fixtures_folder, load_population


def site(name: str) -> Site:
    return read_site(fixtures_folder() / "sites" / f"{name}.yaml")


COMMUNITY, ACADEMIC = site("community-hospital"), site("academic-medical-center")


def find(reference: str) -> dict[str, Any]:
    type_name, _, resource_id = reference.partition("/")
    return next(r for r in load_population("standard") if (r["resourceType"], r["id"]) == (type_name, resource_id))


@pytest.fixture
def vital() -> dict[str, Any]:
    return find("Observation/amara-okafor-heart-rate-1")


@pytest.fixture
def note() -> dict[str, Any]:
    return find("DocumentReference/amara-okafor-note-1")


def sentences(site: Site, resource: dict[str, Any]) -> list[str]:
    return [issue.message for issue in judge_write(site, resource)]


def test_a_vital_sign_that_is_charted_well_is_taken_at_both_sites(vital: dict[str, Any]) -> None:
    assert judge_write(COMMUNITY, vital) == judge_write(ACADEMIC, vital) == ()


def test_one_site_charts_into_a_visit_and_the_other_does_not_ask(vital: dict[str, Any]) -> None:
    del vital["encounter"], vital["performer"]
    assert judge_write(COMMUNITY, vital) == ()
    assert [m.partition(";")[0] for m in sentences(ACADEMIC, vital)] == [
        "Academic Medical Center charts every observation into a visit",
        "Academic Medical Center asks who took an observation",
    ]


def test_a_refusal_names_the_rule_that_decided(vital: dict[str, Any]) -> None:
    del vital["encounter"]
    (issue,) = judge_write(ACADEMIC, vital)
    assert (issue.code, issue.rule, issue.path) == ("business-rule", "encounter.reference.exists()", "Observation")
    assert issue.is_error


def test_a_laboratory_result_is_not_charted_by_an_app() -> None:
    result = find("Observation/amara-okafor-wbc-1")
    assert sentences(COMMUNITY, result) == [
        "Community Hospital takes only vital signs from apps; the category must be “vital-signs”."
    ]


def test_a_note_takes_the_road_of_the_site(note: dict[str, Any]) -> None:
    assert judge_write(COMMUNITY, note) == ()
    (issue,) = judge_write(ACADEMIC, note)
    assert "only by HL7 v2: send the note as MDM^T02" in issue.message
    assert issue.rule == "note.road"


@pytest.mark.parametrize(
    ("media_type", "refused"),
    [
        ("text/plain", False),
        ("TEXT/PLAIN; charset=utf-8", False),
        ("application/pdf", False),
        ("text/rtf", True),
        ("application/xhtml+xml", True),
        ("", True),
        (None, True),
    ],
)
def test_a_note_in_another_format_is_refused_with_the_formats_taken(
    note: dict[str, Any], media_type: str | None, refused: bool
) -> None:
    note["content"][0]["attachment"]["contentType"] = media_type
    issues = judge_write(COMMUNITY, note)
    assert bool(issues) == refused
    for issue in issues:
        assert "Formats taken: text/plain, application/pdf." in issue.message
        assert issue.path == "DocumentReference.content[0].attachment.contentType"


@pytest.mark.parametrize(
    "resource",
    [
        {},
        {"resourceType": "Basic"},
        {"resourceType": ["Observation"]},
        {"resourceType": "Observation"},
        {"resourceType": "Observation", "category": "vital-signs", "subject": 7, "encounter": [None]},
        {"resourceType": "DocumentReference", "content": "none"},
        {
            "resourceType": "DocumentReference",
            "content": [None, 1, {"attachment": []}, {"attachment": {"contentType": 1}}],
        },
    ],
)
def test_whatever_is_written_is_judged(resource: dict[str, Any]) -> None:
    for each in (COMMUNITY, ACADEMIC):
        assert all(issue.message for issue in judge_write(each, resource))


def test_a_rule_that_cannot_be_evaluated_neither_holds_nor_fails(vital: dict[str, Any]) -> None:
    rules = ResourceRules("Observation", ("create",), write_rules=(WriteRule("nonsense((", "Never said."),))
    broken = replace(COMMUNITY, fhir=FhirRules("4.0.1", "6.1.0", "/fhir", (rules,)))
    (issue,) = judge_write(broken, vital)
    assert issue.severity == "warning"
    assert "could not be evaluated, so it was not applied" in issue.message
