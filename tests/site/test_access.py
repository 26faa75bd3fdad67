"""A site says what it does not offer, and what it offers in its place."""

from __future__ import annotations

from dataclasses import replace

import pytest

from workbench.site.access import explain_note_road, judge_interaction
from workbench.site.site import NoteRules, Site
from workbench.site.site_file import read_site
from workbench.workspace.library import fixtures_folder


@pytest.fixture
def community() -> Site:
    return read_site(fixtures_folder() / "sites" / "community-hospital.yaml")


@pytest.fixture
def academic() -> Site:
    return read_site(fixtures_folder() / "sites" / "academic-medical-center.yaml")


@pytest.mark.parametrize(
    ("resource_type", "interaction"),
    [("Patient", "read"), ("Observation", "create"), ("", "transaction"), ("", "batch"), ("", "capabilities")],
)
def test_what_a_site_offers_is_not_refused(community: Site, resource_type: str, interaction: str) -> None:
    assert judge_interaction(community, resource_type, interaction) is None


@pytest.mark.parametrize(
    ("resource_type", "interaction", "sentence"),
    [
        ("Basic", "read", "Academic Medical Center does not serve Basic. It serves Patient, Encounter,"),
        (
            "Patient",
            "update",
            "Patient cannot be changed at Academic Medical Center. Interactions offered for it: read,",
        ),
        ("Observation", "delete", "Observation cannot be deleted at Academic Medical Center."),
        ("Patient", "patch", "Patient has no interaction “patch” at Academic Medical Center."),
        ("DocumentReference", "create", "only by HL7 v2: send the note as MDM^T02 (version 2.3.1)"),
        ("DocumentReference", "delete", "DocumentReference cannot be deleted"),
        ("", "transaction", "Academic Medical Center does not take a transaction of several requests."),
    ],
)
def test_what_a_site_does_not_offer_is_refused_in_words(
    academic: Site, resource_type: str, interaction: str, sentence: str
) -> None:
    issue = judge_interaction(academic, resource_type, interaction)
    assert issue is not None
    assert sentence in issue.message
    assert (issue.severity, issue.code, issue.path) == ("error", "not-supported", resource_type)


def test_a_site_that_takes_no_notes_says_so(community: Site) -> None:
    assert explain_note_road(community) == ""
    closed = replace(community, note=NoteRules("none"))
    assert explain_note_road(closed) == "Community Hospital takes no clinical notes from outside."
