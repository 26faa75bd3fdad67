"""The check of a text that is still being written."""

from __future__ import annotations

import random

import pytest

from workbench.workspace.check_choices import CheckChoice
from workbench.workspace.text_check import TextCheck, check_text

PATIENT = '{\n  "resourceType": "Patient",\n  "gender": "mann",\n  "birthDate": "1.2.90"\n}'
BP = "http://hl7.org/fhir/StructureDefinition/bp"


def check(text: str, release: str = "", profile: str = "") -> TextCheck:
    return check_text(text, CheckChoice(release, profile))


def marked(text: str, found: TextCheck) -> list[str]:
    """What each issue with a length points at."""
    lines = text.split("\n")
    pieces = []
    for issue, length in zip(found.issues, found.lengths, strict=True):
        if issue.is_error and issue.line and issue.column:
            pieces.append(lines[issue.line - 1][issue.column - 1 : issue.column - 1 + length])
    return pieces


def test_an_issue_has_the_place_and_length_of_what_is_wrong() -> None:
    found = check(PATIENT)
    assert (found.kind, found.format, found.release, found.type) == ("resource", "json", "R4", "Patient")
    assert marked(PATIENT, found) == ['"gender": "mann"', '"birthDate": "1.2.90"']


def test_xml_is_checked_at_its_own_places() -> None:
    text = '<Patient xmlns="http://hl7.org/fhir">\n  <gender value="mann"/>\n</Patient>'
    found = check(text)
    assert found.format == "xml"
    assert marked(text, found) == ['<gender value="mann"/>']


def test_what_is_no_resource_is_told_with_its_place() -> None:
    broken = check('{"resourceType": "Patient" "id": 1}')
    assert (broken.kind, len(broken.issues)) == ("other", 1)
    assert (broken.issues[0].line, broken.issues[0].column) == (1, 28)
    assert check('{"a": 1}').kind == "other"
    assert check("<a/>").format == "xml"


def test_resources_one_a_line_are_each_checked_at_their_own_line() -> None:
    lines = (
        '{"resourceType": "Patient", "gender": "female"}',
        '{"resourceType": "Patient", "gender": "mann"}',
        "",
        '{"resourceType": "Observation" "status": "final"}',
        '{"resourceType": "Observation", "status": "done"}',
    )
    text = "\n".join(lines)
    found = check(text)
    assert (found.kind, found.format, found.type) == ("resource", "ndjson", "Patient")
    assert found.against == ("R4 Patient", "R4 Observation")
    wrong = {issue.line for issue in found.issues if issue.is_error}
    assert wrong == {2, 4, 5}
    assert '"gender": "mann"' in marked(text, found)
    assert '"status": "done"' in marked(text, found)


def test_of_very_many_lines_the_gravest_are_kept() -> None:
    fine, wrong = '{"resourceType": "Patient", "active": true}', '{"resourceType": "Patient", "active": "no"}'
    found = check("\n".join([fine] * 1100 + [wrong]))
    assert found.is_cut
    assert len(found.issues) == 1000
    assert [issue.line for issue in found.issues if issue.is_error] == [1101]


def test_an_empty_text_has_nothing_to_say() -> None:
    assert check(" \n") == TextCheck("empty")


def test_what_it_was_held_against_is_named() -> None:
    assert check(PATIENT).against == ("R4 Patient",)
    assert check(PATIENT, "5.0").against == ("R5 Patient",)
    observation = '{"resourceType": "Observation", "meta": {"profile": ["http://nowhere", "' + BP + '"]}}'
    assert check(observation).against == ("Observation Blood Pressure Profile 4.0.1",)
    assert check('{"resourceType": "Observation"}', profile=BP).against == ("Observation Blood Pressure Profile 4.0.1",)


def test_a_release_that_the_text_tells_of_is_taken_unless_another_is_chosen() -> None:
    statement = '{"resourceType": "CapabilityStatement", "fhirVersion": "5.0.0"}'
    assert check(statement).release == "R5"
    assert check(statement, "4.3").release == "R4B"
    assert check('{"resourceType": "Conformance", "fhirVersion": "1.0.2"}').release == "R4"


def test_a_bundle_names_what_its_entries_claim() -> None:
    entry = '{"resource": {"resourceType": "Observation", "meta": {"profile": ["' + BP + '"]}}}'
    found = check('{"resourceType": "Bundle", "type": "collection", "entry": [' + entry + ', 1, {"resource": 2}]}')
    assert found.against == ("Observation Blood Pressure Profile 4.0.1",)
    assert any(issue.path.startswith("Bundle.entry[0].resource") for issue in found.issues)


def test_a_release_changes_what_is_right() -> None:
    text = '{"resourceType": "Encounter", "status": "planned", "class": [{"text": "a"}]}'
    assert any(issue.path == "Encounter.class" for issue in check(text, "4.0").issues)
    assert not any(issue.path == "Encounter.class" for issue in check(text, "5.0").issues)


def test_a_second_opinion_is_told_beside_the_verdict_and_never_changes_it() -> None:
    plain = check_text(PATIENT, CheckChoice())
    asked = check_text(PATIENT, CheckChoice(second_opinion=True))
    second = [issue for issue in asked.issues if issue.rule == "fhir.resources"]
    assert second
    assert not any(issue.is_error for issue in second)
    assert [issue for issue in asked.issues if issue.rule != "fhir.resources"] == list(plain.issues)


XML = (
    '<Patient xmlns="http://hl7.org/fhir"><id value="ä😀"/><text><status value="generated"/>'
    '<div xmlns="http://www.w3.org/1999/xhtml"><p>a</p></div></text><gender value="mann"/></Patient>'
)


@pytest.mark.parametrize("text", [PATIENT, XML], ids=["json", "xml"])
def test_whatever_is_being_typed_is_answered_with_places_that_are_in_the_text(text: str) -> None:
    chance = random.Random(7)  # noqa: S311  # so that a fault comes again
    letters = '{}[]<>"\\/:,&;=! \n\t\ud800\x00😀ä0123456789eE+-.truefalsnPatient'
    for _ in range(400):
        typed = text
        for _ in range(chance.randint(1, 4)):
            at, length = chance.randrange(len(typed) + 1), chance.choice((0, 0, 1, 3, 20))
            typed = typed[:at] + "".join(chance.choices(letters, k=chance.randint(0, 3))) + typed[at + length :]
        found = check_text(typed, CheckChoice())
        lines = typed.split("\n")
        assert len(found.issues) == len(found.lengths)
        for issue in found.issues:
            assert issue.line is None or 1 <= issue.line <= len(lines) + 1
            assert issue.message
