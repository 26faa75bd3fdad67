"""A site asks of each message what its profile says, in the site file or beside it, and answers by it."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from workbench.errors import WorkbenchError
from workbench.hl7v2.message import Message, parse_message
from workbench.issue import Issue
from workbench.site.messages import judge_message, to_reason
from workbench.site.site import Site
from workbench.site.site_file import parse_site, read_site
from workbench.workspace.workspace import Workspace

FIXTURES = Path(__file__).parents[2] / "fixtures"
ACADEMIC = read_site(FIXTURES / "sites" / "academic-medical-center.yaml")
ADMISSION = parse_message((FIXTURES / "messages" / "adt-a01-admission-231.hl7").read_bytes())
COMMUNITY_TEXT = (FIXTURES / "sites" / "community-hospital.yaml").read_text("utf-8")
BESIDE = "version: 1\nmessage: SIU^S12\nrules:\n  SCH-7: R\n"


def judge(site: Site, message: Message) -> list[tuple[str, str, str]]:
    return [(error.answer, error.code, error.location) for error in judge_message(site, message)]


def with_beside(folder: Path, profile: str = "profiles/booking.yaml", text: str = BESIDE) -> Path:
    """A site file whose bookings have a profile in a file beside it."""
    (folder / "profiles").mkdir(parents=True)
    (folder / "profiles" / "booking.yaml").write_text(text, "utf-8")
    made = COMMUNITY_TEXT.replace("id: community-hospital", "id: mine")
    made = made.replace("      makes: []\n", f"      makes: []\n      profile: {profile}\n")
    (folder / "mine.yaml").write_text(made, "utf-8")
    return folder / "mine.yaml"


@pytest.mark.parametrize(
    ("path", "value", "code", "location"),
    [
        ("PID-19", "123-45-6789", "102", "PID-19"),
        ("PID-3.1", "1234567890123456", "102", "PID-3.1"),
        ("PV1-2", "B", "103", "PV1-2"),
        ("PV1-3.3", "", "101", "PV1-3.3"),
        ("PV1-19.1", "V-0123456789-0123456789", "102", "PV1-19.1"),
        ("PV1-44", "", "101", "PV1-44"),
        ("ZWB-1", "LOUD", "103", "ZWB-1"),
        ("ZWB-2", "Fall risk", "101", "ZWB-1"),
    ],
)
def test_message_that_breaks_the_profile_is_answered_with_its_condition_and_place(
    path: str, value: str, code: str, location: str
) -> None:
    assert judge(ACADEMIC, ADMISSION.set(path, value)) == [("AE", code, location)]


def test_statement_of_the_site_refuses_with_its_own_words() -> None:
    message = ADMISSION.set("PID-3", "100004^^^AMCMRN^MR~123456789^^^USSSA^SS", raw=True)
    (error,) = judge_message(ACADEMIC, message)
    assert (error.answer, error.code, error.location) == ("AE", "102", "PID-3[2]")
    assert error.text == "Social security and driver's license numbers are not taken as identifiers of a patient."


def test_own_segment_in_the_form_that_the_site_asks_for_is_taken() -> None:
    assert judge(ACADEMIC, ADMISSION.set("ZWB-1", "FALL").set("ZWB-2", "Two to assist")) == []
    twice = parse_message(ADMISSION.text + "ZWB|FALL|a\rZWB|ISO|b\r")
    assert judge(ACADEMIC, twice) == [("AE", "100", "ZWB")]


def test_rules_for_every_message_hold_for_messages_without_rules_of_their_own() -> None:
    registration = parse_message((FIXTURES / "messages" / "adt-a04-registration-231.hl7").read_bytes())
    assert judge(ACADEMIC, registration) == []
    assert judge(ACADEMIC, registration.set("PID-19", "1")) == [("AE", "102", "PID-19")]


def test_what_is_required_and_asked_for_by_the_profile_too_is_told_once() -> None:
    assert judge(ACADEMIC, ADMISSION.set("PID-3", "", raw=True)) == [("AE", "101", "PID-3.1")]
    both = ADMISSION.set("PV1-19", "").set("PID-19", "1")
    assert judge(ACADEMIC, both) == [("AE", "101", "PV1-19"), ("AE", "102", "PID-19")]


def test_profile_names_the_site_in_its_sentences() -> None:
    (error,) = judge_message(ACADEMIC, ADMISSION.set("PID-19", "1"))
    assert error.text == "PID-19 SSN Number Patient is not supported by Academic Medical Center; leave it empty."


@pytest.mark.parametrize(
    ("path", "code", "condition", "location"),
    [
        ("PV1", "required", "100", "PV1"),
        ("PATIENT_RESULT[1]/ORDER_OBSERVATION[2]/OBR", "required", "100", "OBR"),
        ("PROCEDURE", "required", "100", ""),
        ("OBX[3]-5", "required", "101", "OBX[3]-5"),
        ("NTE[2]", "structure", "100", "NTE[2]"),
        ("PID-3", "structure", "102", "PID-3"),
        ("PID-3[2].1", "too-long", "102", "PID-3[2].1"),
        ("PV1-2", "code-invalid", "103", "PV1-2"),
    ],
)
def test_issue_becomes_the_nearest_condition_of_table_0357(path: str, code: str, condition: str, location: str) -> None:
    reason = to_reason(Issue("error", code, "It is wrong.", path))
    assert (reason.code, reason.location, reason.text, reason.answer) == (condition, location, "It is wrong.", "AE")


def test_profile_may_lie_in_a_file_beside_the_site(tmp_path: Path) -> None:
    site = read_site(with_beside(tmp_path))
    booking = parse_message((FIXTURES / "messages" / "siu-s12-appointment.hl7").read_bytes())
    assert judge(site, booking) == []
    assert judge(site, booking.set("SCH-7", "")) == [("AE", "101", "SCH-7")]
    assert judge(site, booking.set("PID-19", "1")) == [("AE", "102", "PID-19")], "the rules for every message hold too"


def test_workspace_reads_a_site_again_when_a_profile_beside_it_changed(tmp_path: Path) -> None:
    with_beside(tmp_path / "sites")
    workspace = Workspace(tmp_path)
    booking = parse_message((FIXTURES / "messages" / "siu-s12-appointment.hl7").read_bytes()).set("SCH-7", "")
    assert judge(workspace.read_site("mine"), booking) == [("AE", "101", "SCH-7")]
    beside = tmp_path / "sites" / "profiles" / "booking.yaml"
    beside.write_text(BESIDE.replace("SCH-7: R", "SCH-7: RE"), "utf-8")
    os.utime(beside, (1, 1))
    assert judge(workspace.read_site("mine"), booking) == []
    assert [entry.id for entry in workspace.sites() if not entry.shipped] == ["mine"], "a profile is no site"


@pytest.mark.parametrize(
    ("profile", "text", "words"),
    [
        ("profiles/nowhere.yaml", BESIDE, "There is no profile “profiles/nowhere.yaml” beside the site file."),
        ("../mine.yaml", BESIDE, "does not lie beside the site file"),
        ("/etc/passwd", BESIDE, "does not lie beside the site file"),
        ("C:/mine.yaml", BESIDE, "does not lie beside the site file"),
        ("profiles/booking.yaml", BESIDE.replace("SIU^S12", "ADT^A01"), "is of ADT^A01, and stands here for SIU^S12"),
        ("[a, b]", BESIDE, "“hl7v2.messages.SIU^S12.profile” must be a text"),
        ("{rules: {SCH-7: Q}}", BESIDE, "“Q” is no usage"),
        ("{rule: {SCH-7: R}}", BESIDE, "“hl7v2.messages.SIU^S12.profile.rule” is not known here"),
    ],
)
def test_faulty_profile_of_a_site_is_refused_with_its_place(
    tmp_path: Path, profile: str, text: str, words: str
) -> None:
    with pytest.raises(WorkbenchError) as refused:
        read_site(with_beside(tmp_path, profile, text))
    assert words in refused.value.message
    assert refused.value.source.endswith("mine.yaml") and refused.value.line


def test_fault_in_a_file_beside_is_told_in_that_file(tmp_path: Path) -> None:
    with pytest.raises(WorkbenchError) as refused:
        read_site(with_beside(tmp_path, text=BESIDE.replace("SCH-7: R", "SCH-7: Q")))
    assert refused.value.source.endswith("booking.yaml") and refused.value.line == 4


def test_rules_for_every_message_have_no_structure() -> None:
    text = COMMUNITY_TEXT.replace("  profile:\n    rules:\n", "  profile:\n    structure: ADT_A01\n    rules:\n", 1)
    with pytest.raises(WorkbenchError, match="holds for every message"):
        parse_site(text)
