from datetime import UTC, datetime

import pytest

from workbench.errors import WorkbenchError
from workbench.hl7v2.acknowledgment import (
    AcknowledgmentError,
    decide_code,
    make_acknowledgment,
    parse_acknowledgment,
)
from workbench.hl7v2.message import Message, parse_message

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
MISSING = AcknowledgmentError("PV1-19", "101", "E", "PV1-19 Visit Number is required.")
REPEATED = AcknowledgmentError("OBX[2]-5[3].1.2", "102", "E", "no | number")


def acknowledge(
    message: Message | None, code: str, *errors: AcknowledgmentError, version: str = "", text: str = ""
) -> bytes:
    return make_acknowledgment(
        message,
        code,
        text=text,
        errors=errors,
        control_id="K1",
        now=NOW,
        application="EHR",
        facility="FAC",
        version=version,
    )


def message_of(version: str) -> Message:
    return parse_message(f"MSH|^~\\&|APP^1.2^ISO|SND|EHR|FAC|2026||ADT^A01|C\\T\\7|T|{version}\rPID|1")


def test_acknowledgment_turns_sender_and_receiver_round_and_names_the_message() -> None:
    answer = parse_message(acknowledge(message_of("2.5.1"), "AA"))
    assert answer.text == (
        "MSH|^~\\&|EHR|FAC|APP^1.2^ISO|SND|20260302090000+0000||ACK^A01^ACK|K1|T|2.5.1\rMSA|AA|C\\T\\7\r"
    )
    assert parse_acknowledgment(answer.to_bytes()).control_id == "C&7"


def test_error_of_2_5_1_has_a_segment_with_location_code_severity_and_text() -> None:
    answer = acknowledge(message_of("2.5.1"), "AE", MISSING, REPEATED).decode()
    assert "\rERR||PV1^1^19^1|101^Required field missing^HL70357|E||||PV1-19 Visit Number is required.\r" in answer
    assert "\rERR||OBX^2^5^3^1^2|102^Data type error^HL70357|E||||no \\F\\ number\r" in answer


def test_error_of_2_3_1_is_err_1_alone_with_the_condition_in_msa_6() -> None:
    answer = acknowledge(message_of("2.3.1"), "AE", MISSING, REPEATED).decode()
    assert "\rMSA|AE|C\\T\\7|PV1-19 Visit Number is required.|||101^Required field missing^HL70357\r" in answer
    assert answer.endswith("\rERR|PV1^1^19^101&Required field missing&HL70357~OBX^2^5^102&Data type error&HL70357\r")
    assert "|ACK^A01|" in answer


@pytest.mark.parametrize("version", ["2.3.1", "2.5.1"])
def test_acknowledgment_that_was_written_is_read_back(version: str) -> None:
    read = parse_acknowledgment(acknowledge(message_of(version), "AE", MISSING))
    assert (read.code, read.control_id, read.errors) == ("AE", "C&7", (MISSING,))
    assert read.reason == "AE: PV1-19 Visit Number is required."
    assert not read.is_positive


def test_location_with_all_its_parts_is_read_back_in_2_5_1() -> None:
    read = parse_acknowledgment(acknowledge(message_of("2.5.1"), "AR", REPEATED))
    assert read.errors[0].location == "OBX[2]-5[3].1.2"
    assert read.errors[0].answer == "AR"


def test_version_of_the_site_decides_the_shape() -> None:
    assert b"ERR|PV1^1^19^101&" in acknowledge(message_of("2.5.1"), "AE", MISSING, version="2.3.1")
    assert b"ERR||PV1^1^19^1|101^" in acknowledge(message_of("2.3.1"), "AE", MISSING, version="2.5.1")


def test_something_that_is_no_message_is_answered_without_a_control_id() -> None:
    answer = acknowledge(None, "AR", AcknowledgmentError("", "100", "E", "not HL7", "AR"))
    read = parse_acknowledgment(answer)
    assert (read.code, read.control_id, read.reason) == ("AR", "", "AR: not HL7")


def test_answer_uses_the_delimiters_of_the_message() -> None:
    message = parse_message("MSH#*~!%#A#B###2026##ADT*A01#C1#P#2.5.1")
    answer = acknowledge(message, "AA", text="a#b")
    assert b"MSA#AA#C1#a!F!b\r" in answer
    assert parse_acknowledgment(answer).text == "a#b"


def test_hardest_reason_decides() -> None:
    rejected = AcknowledgmentError("", "203", "E", "", "AR")
    warning = AcknowledgmentError("", "0", "W", "")
    assert decide_code(()) == "AA"
    assert decide_code((warning,)) == "AA"
    assert decide_code((MISSING, warning)) == "AE"
    assert decide_code((MISSING, rejected)) == "AR"


def test_reason_falls_back_on_the_meaning_of_the_code() -> None:
    assert parse_acknowledgment(b"MSH|^~\\&\rMSA|AA|1").reason == "AA: accepted"
    assert parse_acknowledgment(b"MSH|^~\\&\rMSA|CR|1").reason == "CR: rejected on receipt"
    assert parse_acknowledgment(b"MSH|^~\\&\rMSA|AE|1|No bed").reason == "AE: No bed"
    assert "not known" in parse_acknowledgment(b"MSH|^~\\&\rMSA|OK|1").reason


@pytest.mark.parametrize(
    "err", ["ERR", "ERR|", "ERR|PID", "ERR||PID^x^y|", "ERR|^^^&&", "ERR|PID^1^99999999999^101", "ERR||^^^|101"]
)
def test_strange_error_segments_are_read_without_failing(err: str) -> None:
    assert parse_acknowledgment(f"MSH|^~\\&\rMSA|AE|1\r{err}".encode()).code == "AE"


@pytest.mark.parametrize("data", [b"HTTP/1.1 400", b"", b"MSH|^~\\&|A|||||ADT^A01\rPID|1"])
def test_what_acknowledges_nothing_is_refused_in_words(data: bytes) -> None:
    with pytest.raises(WorkbenchError):
        parse_acknowledgment(data)


@pytest.mark.parametrize("header", ["MSHA^~\\&A", "MSH|^", "MSH|^^^^|", "MSH|A~\\&|", "MSH\x0c^~\\&\x0c"])
def test_delimiters_that_no_answer_could_be_written_with_give_way_to_the_standard_ones(header: str) -> None:
    separator = header[3]
    message = parse_message(header + separator.join(["", "APP", "", "", "", "", "", "", "C^1"]))
    read = parse_acknowledgment(acknowledge(message, "AA"))
    assert read.code == "AA"
    assert acknowledge(message, "AA").startswith(b"MSH|^~\\&|EHR|FAC|")
