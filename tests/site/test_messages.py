from dataclasses import replace
from pathlib import Path

import pytest

from workbench.hl7v2.acknowledgment import AcknowledgmentError, decide_code
from workbench.hl7v2.message import Message, parse_message
from workbench.site.messages import content_type_of, find_medical_record_number, judge_message
from workbench.site.site import Site
from workbench.site.site_file import read_site

FIXTURES = Path(__file__).parents[2] / "fixtures"
COMMUNITY = read_site(FIXTURES / "sites" / "community-hospital.yaml")
ACADEMIC = read_site(FIXTURES / "sites" / "academic-medical-center.yaml")
ADMISSION = parse_message((FIXTURES / "messages" / "adt-a01-admission.hl7").read_bytes())
OLDER_ADMISSION = parse_message((FIXTURES / "messages" / "adt-a01-admission-231.hl7").read_bytes())
RESULT = parse_message((FIXTURES / "messages" / "oru-r01-vitals.hl7").read_bytes())
NOTE = parse_message((FIXTURES / "messages" / "mdm-t02-note-231.hl7").read_bytes())


def judge(site: Site, message: Message, *known: str) -> list[tuple[str, str, str]]:
    errors = judge_message(site, message, knows_patient=lambda number: number in known)
    return [(error.answer, error.code, error.location) for error in errors]


def only(site: Site, message: Message) -> AcknowledgmentError:
    (error,) = judge_message(site, message)
    return error


def test_message_that_meets_the_rules_has_nothing_against_it() -> None:
    assert judge(COMMUNITY, ADMISSION) == []
    assert judge(ACADEMIC, OLDER_ADMISSION) == []
    assert judge(ACADEMIC, NOTE) == []
    assert decide_code(judge_message(COMMUNITY, ADMISSION)) == "AA"


@pytest.mark.parametrize(
    ("path", "value", "code", "location", "words"),
    [
        ("MSH-9", "XYZ^A01", "200", "MSH-9.1", "“XYZ” is not a message type that Community Hospital takes"),
        ("MSH-9", "", "200", "MSH-9.1", "names no message type"),
        ("MSH-9", "MDM^T02", "200", "MSH-9.1", "MDM"),
        ("MSH-9", "ADT^A40", "201", "MSH-9.2", "does not take ADT^A40; of ADT it takes ADT^A01, ADT^A03"),
        ("MSH-9", "ADT", "201", "MSH-9.2", "no trigger event"),
        ("MSH-11", "Q", "202", "MSH-11.1", "“Q” in MSH-11 is no processing ID; it is P, T or D."),
        ("MSH-11", "", "202", "MSH-11.1", "MSH-11 has no processing ID"),
    ],
)
def test_header_that_the_site_does_not_take_is_rejected(
    path: str, value: str, code: str, location: str, words: str
) -> None:
    error = only(COMMUNITY, ADMISSION.set(path, value, raw=True))
    assert (error.answer, error.code, error.location) == ("AR", code, location)
    assert words in error.text


def test_other_version_is_rejected_where_the_site_names_versions() -> None:
    error = only(ACADEMIC, ADMISSION)
    assert (error.answer, error.code, error.location) == ("AR", "203", "MSH-12.1")
    assert error.text == "Academic Medical Center takes HL7 v2.3.1, and MSH-12 says 2.5.1."
    assert judge(COMMUNITY, ADMISSION.set("MSH-12", "2.8")) == []


@pytest.mark.parametrize(
    ("path", "location", "code", "words"),
    [
        ("MSH-10", "MSH-10", "101", "Message Control ID"),
        ("PID-3", "PID-3.1", "101", "PID-3.1"),
        ("PV1-19", "PV1-19", "101", "PV1-19 Visit Number is required for ADT^A01 at Academic Medical Center."),
    ],
)
def test_required_place_that_is_missing_is_an_error_with_its_location(
    path: str, location: str, code: str, words: str
) -> None:
    for value in ("", '""'):
        error = only(ACADEMIC, OLDER_ADMISSION.set(path, value, raw=True))
        assert (error.answer, error.code, error.location) == ("AE", code, location)
        assert words in error.text


def test_required_segment_that_is_missing_is_a_sequence_error() -> None:
    message = parse_message("".join(line + "\r" for line in OLDER_ADMISSION.text.split("\r") if line[:3] != "PV1"))
    assert judge(ACADEMIC, message) == [("AE", "100", "PV1")] * 2


@pytest.mark.parametrize(
    ("path", "value", "location"),
    [("PID-7", "19841340", "PID-7.1"), ("PV1-44", "yesterday", "PV1-44.1")],
)
def test_time_that_is_none_is_a_data_type_error(path: str, value: str, location: str) -> None:
    error = only(COMMUNITY, ADMISSION.set(path, value))
    assert (error.answer, error.code, error.location) == ("AE", "102", location)
    assert value in error.text


def test_number_that_is_none_is_a_data_type_error_at_its_own_result() -> None:
    message = RESULT.set("OBX[3]-5", "high")
    (error,) = judge_message(COMMUNITY, message)
    assert (error.code, error.location) == ("102", "OBX[3]-5")
    assert judge(COMMUNITY, RESULT.set("OBX[3]-5", "-.5"), "100001") == []


def test_attachment_that_is_not_base64_is_told_at_its_component() -> None:
    message = NOTE.set("OBX-2", "ED").set("OBX-5", "^TEXT^plain^Base64^not base64!", raw=True)
    (error,) = judge_message(ACADEMIC, message)
    assert (error.code, error.location) == ("102", "OBX-5.5")


def test_note_in_a_format_that_the_site_does_not_take_is_an_error() -> None:
    message = parse_message((FIXTURES / "messages" / "mdm-t02-pdf-231.hl7").read_bytes())
    error = only(ACADEMIC, message)
    assert (error.answer, error.code, error.location) == ("AE", "102", "OBX-5")
    assert "application/pdf" in error.text and "text/plain" in error.text
    pdf = replace(ACADEMIC, note=replace(ACADEMIC.note, formats=("application/pdf",)))
    assert judge(pdf, message) == []


def test_document_message_without_a_document_is_an_error() -> None:
    message = NOTE
    for number in (1, 2, 3):
        message = message.set(f"OBX[{number}]-2", "NM").set(f"OBX[{number}]-5", "1")
    assert judge(ACADEMIC, message) == [("AE", "103", "OBX-2")]


def test_unknown_patient_is_an_error_where_the_site_rejects_them() -> None:
    assert judge(COMMUNITY, RESULT) == [("AE", "204", "PID-3.1")]
    assert judge(COMMUNITY, RESULT, "100001") == []
    assert judge(COMMUNITY, ADMISSION.set("MSH-9", "ADT^A08", raw=True)) == [("AE", "204", "PID-3.1")]
    assert judge(COMMUNITY, ADMISSION) == [], "an admission may bring a new patient"
    creating = replace(COMMUNITY, hl7v2=replace(COMMUNITY.hl7v2, unknown_patient="create"))
    assert judge(creating, RESULT) == []


def test_number_of_another_authority_is_no_number_of_this_site() -> None:
    error = only(COMMUNITY, ADMISSION.set("PID-3.4", "AMCMRN"))
    assert (error.answer, error.code) == ("AE", "204")
    assert "CHMRN" in error.text


@pytest.mark.parametrize(
    ("field", "number"),
    [
        ("1^^^CHMRN", "1"),
        ("9^^^OTHER~1^^^CHMRN", "1"),
        ("1", "1"),
        ("2~1^^^CHMRN", "1"),
        ("9^^^OTHER~1", "1"),
        ("9^^^OTHER", None),
        ("9^^^&1.2.3&ISO", None),
        ("", None),
    ],
)
def test_medical_record_number_is_the_one_that_the_site_assigned(field: str, number: str | None) -> None:
    assert find_medical_record_number(COMMUNITY, ADMISSION.set("PID-3", field, raw=True)) == number


@pytest.mark.parametrize(
    ("kind", "value", "media"),
    [
        ("TX", "x", "text/plain"),
        ("ED", "^application^pdf^Base64^", "application/pdf"),
        ("ED", "^TEXT^PDF^Base64^", "application/pdf"),
        ("ED", "^AP^application/rtf^Base64^", "application/rtf"),
        ("ED", "^TEXT^^A^hello", "text/plain"),
        ("ED", "^AP^zip^Base64^", "application/octet-stream"),
        ("NM", "1", None),
    ],
)
def test_media_type_of_a_document(kind: str, value: str, media: str | None) -> None:
    message = NOTE.set("OBX-2", kind).set("OBX-5", value, raw=True)
    assert content_type_of(message, message.find_segments("OBX")[0]) == media
