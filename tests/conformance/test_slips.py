"""Slips of writing: each is told once, where it stands, with what was meant where one can tell."""

from __future__ import annotations

import pytest

from workbench.conformance.judge import judge
from workbench.conformance.meant_value import find_meant_value
from workbench.conformance.value_format import find_format
from workbench.hl7v2.message import parse_message

ADT = (
    "MSH|^~\\&|A|B|C|D|20260101120000||ADT^A01^ADT_A01|1|P|2.5.1\r"
    "EVN||20260101120000\r"
    "PID|1||123^^^HOSP^MR||Doe^Jane||19800101|F\r"
    "PV1|1|I\r"
)


def tell(old: str, new: str) -> list[str]:
    assert old in ADT
    issues = judge(parse_message(ADT.replace(old, new, 1)))
    return [f"{issue.line}:{issue.column} {issue.message}" for issue in issues]


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        (
            "ADT^A01^ADT_A01",
            "ADT_A01",
            "1:34 “ADT_A01” in MSH-9 is no message type with its trigger event: write ADT^A01.",
        ),
        ("ADT^A01^ADT_A01", "adt^a01", "1:34 adt^a01 is no message of HL7 v2.5.1: write ADT^A01."),
        ("ADT^A01^ADT_A01", "A01^ADT", "1:34 A01^ADT is no message of HL7 v2.5.1: write ADT^A01."),
        (
            "ADT^A01^ADT_A01",
            "ORU",
            "1:34 MSH-9 names no trigger event, and ORU alone names no structure: write it as ORU^R01 or so.",
        ),
        (
            "ADT^A01^ADT_A01",
            "ADT^A04^ADT_A04",
            "1:42 MSH-9.3 says ADT_A04, and ADT^A04 has the structure ADT_A01 in HL7 v2.5.1: write ADT_A01.",
        ),
        ("|2.5.1", "|v2.5.1", "1:54 “v2.5.1” in MSH-12 is no version of HL7 v2 (held against 2.5.1): write 2.5.1."),
        ("|2.5.1", "|2.5.1  ", "1:54 “2.5.1  ” in MSH-12 is no version of HL7 v2 (held against 2.5.1): write 2.5.1."),
        (
            "\rPID|",
            "\\rPID|",
            "2:20 PID stands behind “\\r” and not on a line of its own: end each segment with a carriage return. "
            "Nothing more can be told before that.",
        ),
        ("\rPID|", "PID|", "2:20 PID stands in the line of EVN: end that line before it."),
        (
            "Doe^Jane",
            "Doe^Ja\rne",
            "4:1 The line “ne||19800101|F” begins with no name of a segment: if it goes on from the line before, "
            "join the two, and write a line break in text as \\.br\\.",
        ),
        (
            "Doe^Jane",
            "Doe^Ja\nne",
            "3:29 A line feed stands within PID-5.2, where a receiver may end the segment: take it out, or write "
            "\\.br\\ in text.",
        ),
        ("\rPID|", "\r   \rPID|", "3:1 The line holds nothing but blanks: take it out."),
        ("PV1|1|I", "PV1;1;I", "4:1 “;” stands after PV1, and MSH-1 names “|”: write that between the fields."),
        (
            "PID|1||123^^^HOSP^MR||Doe^Jane||19800101|F",
            "PID|||",
            "3:1 PID has no value at all, and HL7 v2.5.1 requires PID-3 Patient Identifier List and PID-5 Patient "
            "Name: fill that in, or take PID out.",
        ),
        (
            "Doe^Jane",
            "Doe^Jane~",
            "3:32 PID-5 Patient Name has an empty repetition, since a “~” stands at its end or before another: "
            "take the “~” out.",
        ),
        (
            "123^^^HOSP^MR",
            "~123^^^HOSP^MR",
            "3:8 PID-3 Patient Identifier List begins with an empty repetition, since a “~” stands at its beginning: "
            "take the “~” out.",
        ),
        (
            "PID|1|",
            "PID||1|",
            "3:6 From PID-2 on the fields of PID stand one place too far: take one “|” out before it.",
        ),
        (
            "PID|1||",
            "PID|1|",
            "3:7 From PID-2 on the fields of PID stand one place too early: write one “|” more before it.",
        ),
        (
            "MR||Doe",
            "MR|||Doe",
            "3:24 From PID-6 on the fields of PID stand one place too far: take one “|” out before it.",
        ),
        (
            "|1|P|",
            "|1|P |",
            "1:52 “P ” in MSH-11.1 Processing ID is none of HL7’s table 0103 Processing ID (D Debugging, P Production, "
            "T Training): use one of them.",
        ),
    ],
)
def test_one_slip_is_one_sentence(old: str, new: str, said: str) -> None:
    assert tell(old, new) == [said]


def test_the_legal_name_may_be_left_empty_before_a_pseudonym() -> None:
    assert not judge(parse_message(ADT.replace("Doe^Jane", "~^^^^^^S")))


def test_names_between_blanks_are_told_once() -> None:
    text = ADT.replace("\rEVN", "\r  EVN").replace("\rPID", "\r  PID").replace("\rPV1", "\r  PV1")
    (issue,) = judge(parse_message(text))
    assert issue.line == 2
    assert issue.message == "“  EVN” is no segment of HL7 v2.5.1: write EVN. So it is with 2 more behind it."


def test_two_values_that_are_missing_are_no_shift() -> None:
    said = tell("PID|1||123^^^HOSP^MR||Doe^Jane|", "PID|1|||||")
    assert [line.partition(" ")[2] for line in said] == [
        "PID-3 Patient Identifier List is required and has no value.",
        "PID-5 Patient Name is required and has no value.",
    ]


def test_blank_lines_of_text_are_no_empty_repetitions() -> None:
    note = "MSH|^~\\&|A|B|C|D|20260101120000||ORU^R01^ORU_R01|1|P|2.5.1\rOBR|1|||1^x^L\rNTE|1||first~~second~\r"
    assert judge(parse_message(note)) == ()
    assert judge(parse_message(note.replace("NTE|1||", "OBX|1|TX|1^x^L||").replace("~\r", "~||||||F\r"))) == ()


@pytest.mark.parametrize(
    ("value", "meant"),
    [
        ("12/31/1980", "19801231"),
        ("31/12/1980", "19801231"),
        ("31.12.1980", "19801231"),
        ("12311980", "19801231"),
        ("1980-12-31", "19801231"),
        ("1980/12/31", "19801231"),
        ("2026-01-01T12:00:00", "20260101120000"),
        ("2026-01-01T12:00:00Z", "20260101120000+0000"),
        ("2026-01-01 12:00", "202601011200"),
        ("2026-01-01T12:00:00.123456+01:00", "20260101120000.1234+0100"),
        ("20260101 ", "20260101"),
        ("01/02/1980", ""),
        ("13/13/1980", ""),
        ("1980-02-30", ""),
        ("soon", ""),
    ],
)
def test_a_time_in_another_manner_is_read_where_it_can_mean_but_one(value: str, meant: str) -> None:
    format_ = find_format("2.5.1", "TS")
    assert format_ is not None
    assert find_meant_value(value, format_) == meant


@pytest.mark.parametrize(
    ("value", "meant"), [("13,2", "13.2"), ("-0,5", "-0.5"), ("1,234", ""), (" 5 ", "5"), ("x", "")]
)
def test_a_number_with_a_comma_is_read_where_it_parts_no_thousands(value: str, meant: str) -> None:
    format_ = find_format("2.5.1", "NM")
    assert format_ is not None
    assert find_meant_value(value, format_) == meant
