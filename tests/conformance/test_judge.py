"""Judge of HL7 v2: each fault is told once, at its place, with the version's rule."""

from __future__ import annotations

from pathlib import Path

import pytest

from workbench.conformance.judge import judge
from workbench.conformance.message_profile import (
    MessageProfile,
    PartRule,
    Range,
    SegmentRule,
    TableRule,
)
from workbench.hl7v2.message import parse_message
from workbench.issue import Issue

MESSAGES = Path(__file__).parents[2] / "fixtures/messages"
ADT = """MSH|^~\\&|A|B|C|D|20260101120000||ADT^A01^ADT_A01|1|P|2.5.1
EVN||20260101120000
PID|1||123^^^HOSP^MR||Doe^Jane||19800101|F
PV1|1|I
"""
ORU = """MSH|^~\\&|A|B|C|D|20260101120000||ORU^R01^ORU_R01|1|P|2.5.1
PID|1||123^^^HOSP^MR||Doe^Jane
OBR|1|||718-7^Hemoglobin^LN
OBX|1|NM|718-7^Hemoglobin^LN||13.2|g/dL|||||F
"""


def told(text: str, **options: str) -> list[tuple[str, str, str]]:
    return [(issue.severity, issue.path, issue.rule) for issue in judge(parse_message(text), **options)]


def one(text: str, **options: str) -> Issue:
    (issue,) = judge(parse_message(text), **options)
    return issue


@pytest.mark.parametrize("text", [ADT, ORU], ids=["ADT", "ORU"])
def test_a_message_that_is_right_has_no_issue_whatever_its_line_ends_and_delimiters(text: str) -> None:
    other = text.replace("|", "#").replace("^", "$").replace("~", "*").replace("&", "%").replace("\\", "!")
    for form in (text, text.replace("\n", "\r"), text.replace("\n", "\r\n"), other):
        assert told(form) == []


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("PID|1||123^^^HOSP^MR|", "PID|1|||", ("error", "PID-3", "HL7 v2.5.1 PID-3 required")),
        ("19800101", "19801301", ("error", "PID-7.1", "HL7 v2.5.1 PID-7.1 DTM")),
        ("19800101", "19810229", ("error", "PID-7.1", "HL7 v2.5.1 PID-7.1 DTM")),
        ("PID|1|", "PID|one^two|", ("error", "PID-1", "HL7 v2.5.1 PID-1 SI")),
        ("PID|1|", "PID|one|", ("error", "PID-1", "HL7 v2.5.1 PID-1 SI")),
        ("PID|1|", "PID|10000|", ("warning", "PID-1", "HL7 v2.5.1 PID-1 length 4")),
        ("PID|1|", "PID|-1|", ("error", "PID-1", "HL7 v2.5.1 PID-1 SI")),
        ("|F\n", "|Female\n", ("information", "PID-8", "HL7 v2.5.1 table 0001")),
        ("|F\n", "|F" + "|" * 32 + "x\n", ("warning", "PID-40", "HL7 v2.5.1 PID-40 unknown field")),
        ("|F\n", "|F~M\n", ("error", "PID-8[2]", "HL7 v2.5.1 PID-8 repetitions")),
        ("|F\n", "|F^x\n", ("warning", "PID-8", "HL7 v2.5.1 PID-8 unknown component")),
        ("HOSP^MR", "HOSP&1.2.3&ISO&more^MR", ("warning", "PID-3.4.4", "HL7 v2.5.1 PID-3.4 unknown subcomponent")),
        ("HOSP^MR", "HOSP^MR^^^^^^x", ("warning", "PID-3.11", "HL7 v2.5.1 PID-3 unknown component")),
        ("HOSP^MR", "HOSP^MR^^2026010", ("error", "PID-3.7", "HL7 v2.5.1 PID-3.7 DT")),
        ("HOSP^MR", "HOSP&1.2.3^MR", ("error", "PID-3.4.3", "HL7 v2.5.1 PID-3.4.3 required with PID-3.4.2")),
        ("HOSP^MR", "HOSP&&ISO^MR", ("error", "PID-3.4.2", "HL7 v2.5.1 PID-3.4.2 required with PID-3.4.3")),
        ("HOSP^MR", "HOSP&1.2.x&ISO^MR", ("error", "PID-3.4.2", "HL7 v2.5.1 PID-3.4.2 OID")),
        ("|A|B|", "|A^1.2^OID|B|", ("warning", "MSH-3.3", "HL7 v2.5.1 table 0301")),
        ("PV1|1|I\n", "", ("error", "PV1", "HL7 v2.5.1 ADT_A01 PV1 required")),
        ("PV1|1|I\n", "PV1|1|I\nPV1|2|I\n", ("error", "PV1[2]", "HL7 v2.5.1 ADT_A01 PV1 cardinality")),
        ("PV1|1|I\n", "PV1|1|I\nTXA|one\n", ("error", "TXA", "HL7 v2.5.1 TXA not in ADT_A01")),
        ("PV1|1|I\n", "PV1|1|I\nXYZ|1\n", ("error", "XYZ", "HL7 v2.5.1 unknown segment")),
        ("PV1|1|I\n", "PV1|1|I\nPRT|1\n", ("error", "PRT", "HL7 v2.5.1 unknown segment")),
        ("PV1|1|I\n", "PV1|1|I\nPD1||||\n", ("error", "PD1", "HL7 v2.5.1 ADT_A01 order")),
        ("ADT_A01", "ADT_A08", ("error", "MSH-9.3", "HL7 v2.5.1 table 0354")),
        ("|2.5.1", "|2.5.x", ("error", "MSH-12.1", "HL7 v2.5 table 0104")),
        ("|P|", "|X|", ("error", "MSH-11.1", "HL7 v2.5.1 table 0103")),
        ("Doe^", "Dö^", ("warning", "PID-5.1", "HL7 v2.5.1 MSH-18 character set")),
        ("Doe^", "D\\oe^", ("warning", "PID-5.1.1", "HL7 v2.5.1 PID-5.1.1 escape")),
        ("Doe^", "D\x02oe^", ("error", "PID-5.1", "HL7 v2.5.1 control characters")),
        ("ADT^A01^ADT_A01", "ADT^A99^ADT_A01", ("error", "MSH-9", "HL7 v2.5.1 MSH-9 message type")),
    ],
)
def test_one_fault_is_one_issue_at_its_place(old: str, new: str, expected: tuple[str, str, str]) -> None:
    assert ADT.count(old) == 1 or old in ("PV1|1|I\n",)
    found = told(ADT.replace(old, new))
    assert len(found) == 1, found
    assert found[0][:2] == expected[:2]
    assert not expected[2] or found[0][2] == expected[2]


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("|13.2|", "|high|", ("error", "OBX-5", "HL7 v2.5.1 OBX-5 NM")),
        ("|NM|", "||", ("error", "OBX-2", "HL7 v2.5.1 OBX-2 required with OBX-5")),
        ("|NM|", "|QQ|", ("error", "OBX-2", "HL7 v2.5.1 table 0125")),
        ("OBR|1|||718-7^Hemoglobin^LN\n", "", ("error", "PATIENT_RESULT[1]/ORDER_OBSERVATION[1]/OBR", "")),
        ("||||F\n", "||||Q\n", ("warning", "OBX-11", "HL7 v2.5.1 table 0085")),
    ],
)
def test_an_observation_is_judged_by_the_type_it_names(old: str, new: str, expected: tuple[str, str, str]) -> None:
    found = told(ORU.replace(old, new))
    assert len(found) == 1, found
    assert found[0][:2] == expected[:2]
    assert not expected[2] or found[0][2] == expected[2]


def test_a_group_that_is_missing_is_told_once_and_by_the_segment_that_opens_it() -> None:
    issue = one("\n".join(ORU.splitlines()[:2]) + "\n")
    assert issue.path == "PATIENT_RESULT[1]/ORDER_OBSERVATION"
    assert "begins with OBR" in issue.message
    assert (issue.line, issue.column) == (2, 31)


@pytest.mark.parametrize(
    ("old", "new", "place"),
    [
        ("|20260101120000||ADT^", "|20260101120000|||ADT^", "MSH-13"),
        ("|20260101120000||ADT^", "|20260101120000|ADT^", "MSH-11"),
        ("|1|P|2.5.1", "||1|P|2.5.1", "MSH-13"),
    ],
)
def test_a_header_whose_fields_are_shifted_is_told_once(old: str, new: str, place: str) -> None:
    issue = one(ADT.replace(old, new))
    assert (issue.path, issue.rule) == ("MSH-12", "HL7 v2.5.1 MSH fields")
    assert f"stands in {place} and not in MSH-12" in issue.message
    assert told(ADT.replace(old, new).replace("PV1|1|I", "PV1|x|I"))[1:] == [("error", "PV1-1", "HL7 v2.5.1 PV1-1 SI")]


def test_one_segment_of_a_choice_stands() -> None:
    text = "MSH|^~\\&|A|B|C|D|20260101||ORM^O01^ORM_O01|1|P|2.5.1\nORC|NW\nOBR|1|||1^x^L\nODS|D||x^y^L\n"
    issue = one(text)
    assert issue.rule == "HL7 v2.5.1 ORM_O01 choice"
    assert issue.line == 4


def test_local_segments_are_nobody_elses_business() -> None:
    assert told(ADT + "ZPI|1^2^3|~~~|\\\nZZZ\n") == []


def test_a_table_that_lists_some_of_its_values_alone_refuses_none() -> None:
    assert told(ADT.replace("|2.5.1", "|2.7").replace("|F\n", "|F|||^^^^^USA\n")) == []


@pytest.mark.parametrize("name", ["UNICODE UTF-8", "GB 18030-2000", "8859/1", "~ISO IR87", "BIG-5"])
def test_a_character_set_with_blanks_in_its_name_is_of_table_0211(name: str) -> None:
    message = parse_message(f"MSH|^~\\&|A|B|C|D|20260101||ACK|1|P|2.5.1||||||{name}\rMSA|AA|1\r")
    assert judge(message) == ()
    wrong = judge(parse_message(message.text.replace(name, "UNICODEUTF8")))
    assert [(issue.path, issue.severity) for issue in wrong] == [("MSH-18", "warning")]


def test_national_identifiers_are_of_table_0203_with_any_country() -> None:
    assert told(ADT.replace("HOSP^MR", "HOSP^NNESP")) == []
    assert told(ADT.replace("HOSP^MR", "HOSP^NN1")) == [("warning", "PID-3.5", "HL7 v2.5.1 table 0203")]


@pytest.mark.parametrize("text", ["HOSP&1.2.3&ISO", "&1.2.3&ISO", "HOSP&&", "HOSP&x.org&DNS", 'HOSP&""&""'])
def test_an_authority_is_named_by_a_name_or_an_identifier_with_its_type(text: str) -> None:
    assert told(ADT.replace("HOSP^MR", f"{text}^MR")) == []


def test_a_segment_in_small_letters_is_told_its_name() -> None:
    issue = one(ADT.replace("PV1|1|I\n", "PV1|1|I\npv2|\n"))
    assert issue.message == "“pv2” is no segment of HL7 v2.5.1: write PV2."


@pytest.mark.parametrize("version", ["2.4", "2.5.1", "2.8.2"])
def test_a_query_has_as_many_parameters_and_columns_as_its_profile_gives_it(version: str) -> None:
    head = f"MSH|^~\\&|A|B|C|D|20240101||QBP^Q22^QBP_Q21|1|P|{version}\r"
    found = told(head + "QPD|IHE PDQ Query|7|@PID.5.1^MOORE~@PID.8^F|||||^^^METRO\rRCP|I|10^RD\r")
    assert not [issue for issue in found if issue[1].startswith("QPD")]
    row = (
        head.replace("QBP^Q22^QBP_Q21", "RTB^K13^RTB_K13")
        + "MSA|AA|1\rQAK|1|OK\rQPD|a^b|1\rRDF|2|x^ST~y^ST\rRDT|1|2~3^4|5\r"
    )
    assert not [issue for issue in told(row) if issue[1].startswith("RDT")]


@pytest.mark.parametrize(("version", "rules"), [("2.1", []), ("2.2", []), ("2.3", ["HL7 v2.3 MSH-9.2 required"])])
def test_first_versions_may_name_the_event_in_the_event_segment_alone(version: str, rules: list[str]) -> None:
    head = f"MSH|^~\\&|A|B|C|D|19880818||ADT|1|P|{version}\rEVN|A01|19880818\r"
    head += "PID|||123||JONES^WILLIAM||19610615|M\rNK1|1|JONES\r"
    assert [rule for _, _, rule in told(head + "PV1|1|I|2000\r")] == rules
    if version != "2.3":
        assert [rule for _, _, rule in told(head)] == [f"HL7 v{version} ADT_A01 PV1 required"]


def test_null_is_a_value_and_empty_is_none() -> None:
    assert told(ADT.replace("19800101|F", '""|""')) == []


def test_lines_and_columns_are_those_of_the_text() -> None:
    for end in ("\n", "\r", "\r\n"):
        issue = one(ADT.replace("19800101", "1980").replace("PV1|1|I", "PV1|x|I").replace("\n", end))
        assert (issue.line, issue.column) == (4, 5)


def test_a_chosen_version_is_what_the_message_is_held_against() -> None:
    assert told(ADT + "PRT|1\n", version="2.3.1")[1:] == [("error", "PRT", "HL7 v2.3.1 unknown segment")]
    assert told(ADT.replace("|2.5.1", "|9.9"), version="2.5.1") == []


@pytest.mark.parametrize("path", sorted(MESSAGES.glob("*.hl7")), ids=lambda path: path.stem)
def test_shipped_messages_are_as_right_as_they_are_named(path: Path) -> None:
    if path.stem == "faulty-not-hl7":
        pytest.skip("it is no message")
    errors = [issue for issue in judge(parse_message(path.read_bytes())) if issue.is_error]
    assert bool(errors) == (path.stem == "faulty-missing-patient-identifier"), errors


def test_whatever_the_encoding_characters_a_judgement_is_given() -> None:
    for msh2 in ("", "^", "^^^^", "^~\\", "abcd", "|~\\&"):
        text = ADT.replace("MSH|^~\\&|", f"MSH|{msh2}|")
        assert any(issue.rule == "HL7 v2.5.1 MSH-2 encoding characters" for issue in judge(parse_message(text)))


def test_a_field_whose_parts_nobody_knows_is_counted_too() -> None:
    text = "MSH|^~\\&|A|B|C|D|20260101||ORM^O01|1|P|2.1\rORC|NW|1|2|A1^A~A2^B\r"
    assert any(issue.rule == "HL7 v2.1 ORC-4 repetitions" for issue in judge(parse_message(text)))


def profile_of(*segments: SegmentRule, tables: tuple[TableRule, ...] = ()) -> MessageProfile:
    return MessageProfile("ADT^A01", name="Here", children=segments, tables=tables)


def with_profile(text: str, *segments: SegmentRule, tables: tuple[TableRule, ...] = ()) -> list[tuple[str, str]]:
    issues = judge(parse_message(text), profile=profile_of(*segments, tables=tables))
    return [(issue.path, issue.profile) for issue in issues]


def test_what_the_profile_says_of_a_place_counts_before_the_version() -> None:
    without = ADT.replace("PID|1||123^^^HOSP^MR|", "PID|1|||").replace("|F\n", "|Q~R\n")
    assert [path for path, _ in with_profile(without)] == ["PID-3", "PID-8", "PID-8[2]"]
    rules = SegmentRule(
        name="PID",
        fields=(
            PartRule(number=3, usage="O"),
            PartRule(number=8, cardinality=Range(0, 2), table="0001"),
        ),
    )
    table = TableRule("0001", values=(("Q", ""), ("R", "")))
    assert with_profile(without, rules, tables=(table,)) == []


def test_what_both_ask_is_told_once_and_by_the_profile() -> None:
    rules = SegmentRule(name="PID", fields=(PartRule(number=3, usage="R"),))
    assert with_profile(ADT.replace("123^^^HOSP^MR", ""), rules) == [("PID-3", "Here")]
    assert with_profile(ADT.replace("PV1|1|I\n", ""), SegmentRule(name="PV1", usage="R")) == [("PV1", "Here")]
    assert with_profile(ADT.replace("PV1|1|I\n", ""), SegmentRule(name="PV1", usage="O")) == []


def test_a_segment_that_the_profile_names_is_no_stranger() -> None:
    assert with_profile(ADT + "PRT|1\n", SegmentRule(name="PRT", usage="O")) == []
    assert with_profile(ADT + "TXA|1\n", SegmentRule(name="TXA", usage="O")) == []
    assert with_profile(ADT + "TXA|1\n", SegmentRule(name="TXA", usage="X")) == [("TXA", "Here")]


def test_a_name_in_small_letters_is_told_though_the_profile_speaks_of_the_segment() -> None:
    text = ADT.replace("PV1|1|I", "pv1|1|I")
    rules = SegmentRule(name="PV1", usage="R")
    assert [path for path, _ in with_profile(text, rules)] == ["pv1"]
    whole = MessageProfile("ADT^A01", name="Here", children=(SegmentRule(name="PID"), rules), complete=True)
    said = [issue.message for issue in judge(parse_message(text), profile=whole)]
    assert any(each == "pv1 is no name of a segment: write PV1." for each in said), said


def test_a_profile_of_another_message_says_so_and_the_version_is_still_asked() -> None:
    issues = judge(parse_message(ORU.replace("|13.2|", "|high|")), profile=profile_of())
    assert [issue.path for issue in issues] == ["MSH-9", "OBX-5"]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (ADT.replace("|P|", "|X|"), "(D Debugging, P Production, T Training)"),
        (ORU.replace("|NM|", "|CWE|"), "(AD, CE, CF, CK, CN, CP, CX, DT, ED,"),
        (ADT.replace("HOSP^MR", "HOSP^QQQQ"), "table 0203 Identifier type (85 values)"),
    ],
)
def test_the_values_of_a_table_are_listed_as_far_as_that_is_short_to_read(text: str, words: str) -> None:
    assert words in one(text).message


@pytest.mark.parametrize(
    ("named", "words"), [("", "MSH-18 names no character set: name it there"), ("UNICODE UTF-8", "UNICODE UTF-8")]
)
def test_letters_of_another_set_are_told_by_what_msh_18_says(named: str, words: str) -> None:
    text = ADT.replace("|P|2.5.1", f"|P|2.5.1||||||{named}").replace("Doe", "Doé")
    (issue,) = judge(parse_message(text.encode("latin-1")))
    assert (issue.severity, issue.path) == ("error", "MSH-18") and words in issue.message
    assert ("name it there" in issue.message) is not bool(named)
