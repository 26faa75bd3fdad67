"""A message is held against a profile, and each thing that is wrong is one issue with its place and its rule."""

from __future__ import annotations

import time

import pytest

from workbench.conformance.condition import Condition
from workbench.conformance.message_profile import MessageProfile, PartRule, SegmentRule
from workbench.conformance.profile_file import parse_profile
from workbench.conformance.profile_judge import judge_profile
from workbench.hl7v2.message import Message, parse_message
from workbench.issue import Issue

ADMISSION = parse_message(
    "MSH|^~\\&|REG|A|EHR|A|20260302091500||ADT^A01|1|P|2.5.1\r"
    "EVN|A01|20260302091500\r"
    "PID|1||100004^^^AMCMRN^MR~77^^^OTHER^XX||Kim^Daniel||19760130|M\r"
    "NK1|1|Kim^Soo-jin\r"
    "PV1|1|I|4W^402^A|R|||RAMAN^Raman||||||||||||V-1\r"
    "ZBE|M-1\r"
)
RESULT = parse_message(
    "MSH|^~\\&|LAB|A|EHR|A|20260302||ORU^R01|2|P|2.5.1\r"
    "PID|1||1^^^A||Kim\r"
    "OBR|1|P1|F1|CBC\rOBX|1|NM|HB||10||||||F\rNTE|1||a\rOBX|2|TX|NOTE||x||||||F\r"
    "OBR|2|P2|F2|URINE\rOBX|1|CE|COLOR||371244009^Yellow^SCT||||||P\r"
)


def profile(*rules: str, message: str = "ADT^A01", more: str = "") -> MessageProfile:
    listed = "".join(f"  {rule}\n" for rule in rules)
    return parse_profile(f"version: 1\nmessage: {message}\nname: Hilltop\nrules:\n{listed}{more}")


def judge(message: Message, *rules: str, more: str = "") -> list[tuple[str, str, str]]:
    issues = judge_profile(message, profile(*rules, message=message.type_name, more=more))
    assert all(issue.line and issue.column and issue.message and issue.profile == "Hilltop" for issue in issues)
    return [(issue.severity, issue.path, issue.rule) for issue in issues]


def only(message: Message, *rules: str, more: str = "") -> Issue:
    (issue,) = judge_profile(message, profile(*rules, message=message.type_name, more=more))
    return issue


def test_message_that_keeps_the_rules_has_no_issue() -> None:
    kept = ("PID: R 1..1", "PID-3: R 1..2", "PID-3.1: {usage: R, length: 1..10}", "PID-19: X", "ZBE: R", "ZBE-1: R")
    assert judge(ADMISSION, *kept, "PV1-19: R if PV1-2 = I", "MSH-1: X") == []


@pytest.mark.parametrize(
    ("rule", "path", "code", "text"),
    [
        ("PID-18: R", "PID-18", "required", "Patient Account Number has no value, and Hilltop requires one."),
        ("PID-8: X", "PID-8", "structure", "PID-8 Administrative Sex is not supported by Hilltop; leave it empty."),
        ("PID-3: R 1..1", "PID-3", "structure", "Identifier List has 2 values, and Hilltop asks for 1..1."),
        ("PID-3: 3..4", "PID-3", "structure", "has 2 values, and Hilltop asks for 3..4."),
        ("PID-5.2: {length: 3}", "PID-5.2", "too-long", "has 6 characters, and Hilltop asks for 3 at most."),
        ("PID-5.2: {length: 9..20}", "PID-5.2", "value", "has 6 characters, and Hilltop asks for 9 at least."),
        ("PID-5: {length: 5}", "PID-5", "too-long", "PID-5 Patient Name has 10 characters"),
        ("EVN-1: {constant: A08}", "EVN-1", "value", "EVN-1 Event Type Code is “A01”, and Hilltop asks for “A08”."),
        ("PV1-2: {table: L2}", "PV1-2", "code-invalid", "“I” in PV1-2 Patient Class is not in table L2 Class (E, O)."),
        ("PID-3.2: R", "PID-3[1].2", "required", "PID-3.2 Check Digit has no value, and Hilltop requires one."),
        ("ZBE-1: {name: Movement, usage: X}", "ZBE-1", "structure", "ZBE-1 Movement is not supported by Hilltop"),
        ("PV1-44: R if PV1-2 in (I, E)", "PV1-44", "required", "requires one (C(R/O) if PV1-2 in (I, E))."),
        ("PV1-19: C(R/X) if PV1-2 = O", "PV1-19", "structure", "not supported by Hilltop (C(R/X) if PV1-2 = O); leave"),
        ("ZBE-1: {datatype: NM}", "ZBE-1", "value", "“M-1” in ZBE-1 is no NM, written digits"),
        ("ZBE-1: {datatype: TS}", "ZBE-1", "value", "“M-1” in ZBE-1 is no TS, written YYYY"),
        ("AL1: R", "AL1", "required", "The segment AL1 is missing, and Hilltop requires it."),
        ("NK1: X", "NK1", "structure", "The segment NK1 is not supported by Hilltop; leave it out."),
        ("ZBE: 2..3", "ZBE", "required", "ZBE stands once, and Hilltop asks for 2..3."),
        ("PROCEDURE: R", "PROCEDURE", "required", "The group PROCEDURE is missing, and Hilltop requires it."),
        ("AL1: R if PV1-2 = I", "AL1", "required", "requires it (C(R/O) if PV1-2 = I)."),
    ],
)  # fmt: skip
def test_each_kind_of_rule_is_told_in_one_sentence(rule: str, path: str, code: str, text: str) -> None:
    found = judge_profile(ADMISSION, profile(rule, more="tables: {L2: {name: Class, values: [E, O]}}\n"))
    first = found[0]
    assert (first.severity, first.path, first.code) == ("error", path, code)
    assert text in first.message
    assert len(found) == (2 if path == "PID-3[1].2" else 1), "both identifiers lack a check digit"


def test_issue_stands_at_the_line_and_column_of_its_place() -> None:
    issue = only(ADMISSION, "PID-3.5: {table: T}", more="tables: {T: [MR]}\n")
    assert (issue.path, issue.line, issue.column) == ("PID-3[2].5", 3, 38)
    assert ADMISSION.text.split("\r")[2][37:39] == "XX"
    missing = only(ADMISSION, "PV1-44: R")
    assert (missing.line, missing.column) == (5, len("PV1|1|I|4W^402^A|R|||RAMAN^Raman||||||||||||V-1") + 1)


@pytest.mark.parametrize(("kept", "words"), [("4=", "may cut off"), ("4", "may cut off"), ("4#", "does not cut off")])
def test_value_beyond_the_conformance_length_informs(kept: str, words: str) -> None:
    issue = only(ADMISSION, f"PID-5.2: {{conformance_length: '{kept}'}}")
    assert (issue.severity, issue.rule) == ("information", f"PID-5.2 conformance length {kept}")
    assert issue.message == f"PID-5.2 Given Name has 6 characters; Hilltop keeps 4, and {words} the rest."
    assert judge(ADMISSION, "PID-5.2: {conformance_length: 6=}", "PID-8: {conformance_length: NA}") == []


def stated(statements: str, message: Message = ADMISSION) -> list[tuple[str, str]]:
    text = f"version: 1\nmessage: {message.type_name}\nname: Hilltop\nstatements:\n{statements}"
    return [(issue.path, issue.message) for issue in judge_profile(message, parse_profile(text))]


def test_statement_must_hold_in_the_message() -> None:
    assert stated("  - holds: PV1-2 = I or PV1-2 = E\n") == []
    assert stated("  - {holds: PV1-2 = O, message: Outpatients alone.}\n") == [("MSH", "Outpatients alone.")]
    assert stated("  - holds: PV1-2 = O\n") == [("MSH", "Hilltop asks that PV1-2 = O.")]


def test_statement_about_a_place_must_hold_in_each_that_is_valued() -> None:
    numbers = "  - {at: PID-3, holds: \"PID-3.5 != MR or PID-3.1 matches '[0-9]{4}'\", message: Four digits.}\n"
    assert stated(numbers) == [("PID-3[1]", "Four digits.")]
    assert stated(numbers.replace("{4}", "{6}")) == [] and stated(numbers.replace("PID-3,", "PID-2,")) == []
    results = "  - {at: OBX, holds: OBX-2 != NM or valued OBX-6, message: Name the unit.}\n"
    assert stated(results, RESULT) == [("OBX[1]", "Name the unit.")]
    assert stated(results.replace("at: OBX", "at: PATIENT/OBX"), RESULT) == []


def test_coding_systems_that_table_0396_describes_are_in_it() -> None:
    coded = ADMISSION.set("PV2-3", "1^x^HL70076~2^x^99LOC~3^x^LN~4^x^WRONG", raw=True)
    assert judge(coded, "PV2-3.3: {table: 0396}")[-1][1].startswith("PV2-3[4].3")
    assert len(judge(coded, "PV2-3.3: {table: 0396}")) == 1


def test_empty_repetition_before_another_counts() -> None:
    hidden = ADMISSION.set("PID-5", "~^^^^^^S", raw=True)
    assert judge(hidden, "PID-5: R 2..2") == []
    assert judge(hidden, "PID-5: R 1..1") == [("error", "PID-5", "PID-5 1..1")]
    assert judge(ADMISSION.set("PID-5", "Kim~", raw=True), "PID-5: R 1..1") == []


def test_withdrawn_is_a_warning_and_kept_for_older_versions_is_nothing() -> None:
    assert judge(ADMISSION, "PID-8: W", "PID-7: B") == [("warning", "PID-8", "PID-8 W")]


def test_component_is_asked_for_only_where_its_field_is_valued() -> None:
    assert judge(ADMISSION, "PID-11.1: R", "PID-13: RE", "PID-13.1: R") == []
    assert judge(ADMISSION.set("PID-11", "^^X", raw=True), "PID-11.1: R") == [("error", "PID-11.1", "PID-11.1 R")]
    assert judge(ADMISSION.set("PID-11", "^^", raw=True), "PID-11.1: R", "PID-11: X") == [], "delimiters are no value"


def test_null_value_is_no_value_where_one_is_required_and_a_value_where_none_may_be() -> None:
    nulled = ADMISSION.set("PID-8", '""')
    assert judge(nulled, "PID-8: R") == [("error", "PID-8", "PID-8 R")]
    assert judge(nulled, "PID-8: X") == [("error", "PID-8", "PID-8 X")]
    assert judge(nulled, "PID-8: {length: 1, constant: M}") == []


def test_forbidden_field_is_told_once_whatever_else_is_asked_of_it() -> None:
    assert judge(ADMISSION, "PID-5: {usage: X, length: 2}", "PID-5.1: {length: 1, constant: B}") == [
        ("error", "PID-5", "PID-5 X")
    ]


def test_escapes_count_as_the_characters_that_they_stand_for() -> None:
    assert judge(ADMISSION.set("PID-5.1", "A&B"), "PID-5.1: {length: 3, constant: A&B}") == []


def test_rule_of_a_subcomponent_holds_in_each_repetition() -> None:
    message = ADMISSION.set("PID-3", "1^^^A&1.2&ISO~2^^^B&3.4&DNS", raw=True)
    assert judge(message, "PID-3.4.3: {constant: ISO}") == [("error", "PID-3[2].4.3", "PID-3.4.3 constant ISO")]


def test_condition_of_a_component_looks_at_its_own_repetition() -> None:
    rule = "PID-3.6: R if PID-3.5 = MR"
    assert judge(ADMISSION, rule) == [("error", "PID-3[1].6", "PID-3.6 C(R/O)")]


def test_condition_looks_at_the_same_segment_and_then_at_the_nearest_group() -> None:
    assert judge(RESULT, "OBX-6: R if OBX-2 = NM") == [("error", "OBX[1]-6", "OBX-6 C(R/O)")]
    assert judge(RESULT, "OBX-14: R if OBR-4 = URINE") == [("error", "OBX[3]-14", "OBX-14 C(R/O)")]
    assert judge(RESULT, "NTE-3: X if OBX-2 = NM") == [("error", "NTE-3", "NTE-3 C(X/O)")]
    assert judge(RESULT, "NTE-3: X if OBX-2 = TX") == []
    assert judge(RESULT, "OBX-14: R if OBR[1]-4 = URINE") == []


def test_rule_of_a_group_holds_in_each_of_its_occurrences() -> None:
    assert judge(RESULT, "ORDER_OBSERVATION/NTE: R") == [
        ("error", "PATIENT_RESULT[1]/ORDER_OBSERVATION[1]/NTE", "PATIENT_RESULT[1]/ORDER_OBSERVATION[1]/NTE R"),
        ("error", "PATIENT_RESULT[1]/ORDER_OBSERVATION[2]/NTE", "PATIENT_RESULT[1]/ORDER_OBSERVATION[2]/NTE R"),
    ]
    assert judge(RESULT, "ORDER_OBSERVATION/OBSERVATION: ..1") == [
        (
            "error",
            "PATIENT_RESULT[1]/ORDER_OBSERVATION[1]/OBSERVATION",
            "PATIENT_RESULT[1]/ORDER_OBSERVATION[1]/OBSERVATION 0..1",
        )
    ]
    assert judge(RESULT, "OBSERVATION/NTE-2: R", "PATIENT/NTE-2: X") == [("error", "NTE-2", "NTE-2 R")]


def test_rule_of_a_group_stands_before_the_rule_of_its_segment_anywhere() -> None:
    assert judge(RESULT, "OBX-14: R", "OBSERVATION/OBX-14: O") == []


def test_segment_without_a_group_is_asked_for_once_and_limited_in_each_group() -> None:
    assert judge(RESULT, "OBX: R 1..1", "OBR: R 1..1", "NTE: R") == []
    assert judge(RESULT, "SPM: R") == [("error", "SPM", "SPM R")]


def test_table_of_the_profile_holds_wherever_the_version_names_it() -> None:
    more = "tables: {'0001': [F, U], '0203': [MR]}\n"
    assert judge(ADMISSION, "PV1: R", more=more) == [
        ("error", "PID-3[2].5", "PID-3.5 table 0203"),
        ("error", "PID-8", "PID-8 table 0001"),
    ]


def test_open_table_informs_and_closed_one_refuses() -> None:
    for closed, severity in (("true", "error"), ("false", "information")):
        more = f"tables: {{'0001': {{closed: {closed}, values: [F]}}}}\n"
        assert judge(ADMISSION, "PID-8: R", more=more) == [(severity, "PID-8", "PID-8 table 0001")]


def test_table_that_the_profile_only_names_is_the_versions() -> None:
    assert judge(ADMISSION, "MSH-11.1: {table: '0103'}") == []
    refused = judge(ADMISSION.set("MSH-11", "Q"), "MSH-11.1: {table: '0103'}")
    assert refused == [("error", "MSH-11.1", "MSH-11.1 table 0103")]
    assert judge(ADMISSION.set("PV1-2", "9"), "PV1-2: {table: '0004'}")[0][0] == "information", "user-defined"
    assert judge(ADMISSION, "PV1-2: {table: '7777'}") == []


def test_condition_in_words_is_told_as_undecided_where_it_matters() -> None:
    words = Condition("If the patient stays overnight.")
    rules = (
        PartRule(number=19, usage="RE", otherwise="O", condition=words),
        PartRule(number=44, usage="R", otherwise="X", condition=words),
    )
    stated = MessageProfile("ADT^A01", children=(SegmentRule(name="PV1", fields=rules),))
    found = judge_profile(ADMISSION, stated)
    assert [(issue.path, issue.is_undecided, issue.subject) for issue in found] == [("PV1-44", True, "PV1-44")]
    assert "If the patient stays overnight." in found[0].message


def test_message_of_another_type_is_told_alone() -> None:
    (issue,) = judge_profile(RESULT, profile("PID-18: R"))
    assert (issue.path, issue.message) == ("MSH-9", "This is ORU^R01, and Hilltop is of ADT^A01.")


def test_message_of_another_version_is_told_at_its_header() -> None:
    stated = parse_profile("version: 1\nmessage: ADT^A01\nhl7v2: 2.3.1\nrules: {PID: R}\n")
    (issue,) = judge_profile(ADMISSION, stated)
    assert (issue.path, issue.line) == ("MSH-12", 1)
    assert issue.message == "MSH-12 says 2.5.1, and the profile of ADT^A01 is of 2.3.1."


COMPLETE = """\
version: 1
message: ADT^A01
name: Hilltop
structure: ADT_A01
complete: true
rules:
  MSH: R 1..1
  EVN: R 1..1
  PID: R 1..1
  PID-1: O
  PID-3: R 1..*
  PID-3.1: R
  PID-3.4: R
  PID-3.5: R
  PID-5: R
  PID-7: O
  PID-8: O
  NK1: O 0..1
  VISIT: R 1..1
  VISIT/PV1: R 1..1
  VISIT/ROL: O 0..2
  ROL: O
"""


def test_complete_profile_knows_nothing_else() -> None:
    stated = parse_profile(COMPLETE)
    found = judge_profile(ADMISSION, stated)
    assert [(issue.path, issue.rule) for issue in found] == [("ZBE", "ZBE local")]
    more = parse_message(ADMISSION.text.replace("PID|1||", "PID|1|X|").replace("ZBE|M-1\r", "AL1|1\r"))
    found = judge_profile(more.set("PID-3[1].7", "x"), stated)
    assert [(issue.path, issue.rule) for issue in found] == [
        ("PID-2", "PID-2 not listed"),
        ("PID-3[1].7", "PID-3.7 not listed"),
        ("AL1", "AL1 unknown"),
    ]


def test_complete_profile_has_its_own_order_and_counts() -> None:
    stated = parse_profile(COMPLETE)
    lines = ADMISSION.text.replace("ZBE|M-1\r", "").split("\r")
    swapped = parse_message("\r".join([lines[0], lines[2], lines[1], *lines[3:]]))
    found = judge_profile(swapped, stated)
    assert len(found) == 1 and found[0].path in ("EVN", "PID") and "out of the order" in found[0].message
    (missing,) = judge_profile(parse_message("\r".join(line for line in lines if line[:3] != "EVN")), stated)
    assert (missing.path, missing.code) == ("EVN", "required")
    doubled = parse_message("\r".join([*lines[:4], lines[3], *lines[4:]]))
    assert [issue.path for issue in judge_profile(doubled, stated)] == ["NK1"]
    (visit,) = judge_profile(parse_message("\r".join(line for line in lines if line[:3] != "PV1")), stated)
    assert (visit.path, visit.message) == ("VISIT", "The group VISIT is missing, and Hilltop requires it.")


@pytest.mark.usefixtures("settled_heap")
def test_judging_takes_time_in_step_with_the_repetitions_of_a_field() -> None:
    stated = profile("PID-3: R", "PID-3.1: R if PID-3.5 = MR", "PID-3.4: X if PID-3.5 = MR")

    def took(count: int) -> float:
        many = parse_message(ADMISSION.text.replace("~77", "~7^^^A^MR" * count + "~77", 1))
        start = time.process_time()
        found = judge_profile(many, stated)
        lasted = time.process_time() - start
        assert len(found) > count
        return lasted

    took(100)
    assert took(16_000) < 12 * took(4_000) + 0.2


@pytest.mark.usefixtures("settled_heap")
def test_judging_takes_time_in_step_with_the_message() -> None:
    def message(count: int) -> Message:
        lines = "".join(f"OBX|{at}|NM|HB||{at}||||||F\r" for at in range(count))
        return parse_message(RESULT.text.split("OBX")[0] + lines)

    stated = profile("OBX-6: R if OBR-4 = X and PID-5 = Y", "OBX-8: X if NTE-3 = Z", "OBX-5: R", message="ORU^R01")

    def took(count: int) -> float:
        long = message(count)
        start = time.process_time()
        assert judge_profile(long, stated) == ()
        return time.process_time() - start

    took(100)
    assert min(took(4000) for _ in range(3)) < 12 * min(took(1000) for _ in range(3)) + 0.1
