"""A profile is read from YAML with one rule a line, written back as the same, and refused with its place."""

from __future__ import annotations

import pytest

from workbench.conformance.message_profile import GroupRule, PartRule, Range, SegmentRule
from workbench.conformance.profile_file import merge_profiles, parse_profile
from workbench.conformance.profile_writer import to_profile_yaml
from workbench.errors import WorkbenchError

TEXT = """\
version: 1
message: ADT^A01
name: Admissions
hl7v2: 2.3.1
structure: ADT_A01
rules:
  PID: {name: Patient, usage: R 1..1}
  PID-3: R 1..3
  PID-3.1: {usage: R, length: 10}
  PID-3.4.2: {usage: RE, length: 2..199, conformance_length: 20=}
  PID-19: X
  PV1-2: {usage: R, table: 0004}
  PV1-19: C(R/X) if PV1-2 in (I, E) and not valued PID-18
  PV1-44: R if PV1-2 = I
  EVN-1: {constant: A01}
  OBSERVATION: 0..5
  OBSERVATION/OBX-5: R
  OBSERVATION/OBX(2): RE
  PSG/: X
  PSG/PSL: R
  ZBE: R
  ZBE-1: {name: Movement, usage: R, datatype: EI}
statements:
  - at: PID-3
    holds: PID-3.5 != MR or PID-3.1 matches "[0-9]{6}"
    message: A record number has six digits.
  - holds: valued PV1-19 or PV1-2 = O
tables:
  0004: [I, E, O]
  99001: [1, 02]
  99002: {values: {1: One, 02: Two}}
  0001:
    name: Sex
    closed: false
    values:
      M: Male
      F: Female
"""


def test_profile_has_the_rules_of_its_file() -> None:
    profile = parse_profile(TEXT)
    assert (profile.message, profile.name, profile.version, profile.structure, profile.complete) == (
        "ADT^A01",
        "Admissions",
        "2.3.1",
        "ADT_A01",
        False,
    )
    rules = {rule.name: rule for _, rule in profile.segments()}
    patient = rules["PID"]
    assert (patient.title, patient.usage, patient.cardinality) == ("Patient", "R", Range(1, 1))
    identifiers = patient.find(3)
    assert identifiers and identifiers.cardinality == Range(1, 3)
    assert identifiers.find(1) == PartRule(number=1, usage="R", length=Range(0, 10))
    authority = identifiers.find(4)
    assert authority and authority.usage is None and authority.parts[0].length == Range(2, 199)
    visit = rules["PV1"].find(19)
    assert visit and (visit.usage_text, visit.usage, visit.otherwise) == ("C(R/X)", "R", "X")
    admitted = rules["PV1"].find(44)
    assert admitted and admitted.usage_text == "C(R/O)"
    assert rules["ZBE"].fields[0].datatype == "EI"
    assert [sorted(table.codes) for table in profile.tables] == [["E", "I", "O"], ["02", "1"], ["02", "1"], ["F", "M"]]
    assert profile.find_table("0001") and not profile.find_table("0001").closed  # type: ignore[union-attr]


def test_rules_of_a_group_stand_in_the_group() -> None:
    group = next(child for child in parse_profile(TEXT).children if child.name == "OBSERVATION")
    assert isinstance(group, GroupRule) and group.cardinality == Range(0, 5)
    first, second = group.children
    assert isinstance(first, SegmentRule) and first.fields[0].usage == "R" and first.usage is None
    assert isinstance(second, SegmentRule) and (second.name, second.usage) == ("OBX", "RE")


def test_profile_that_is_written_reads_as_the_same() -> None:
    profile = parse_profile(TEXT)
    written = to_profile_yaml(profile)
    assert parse_profile(written) == profile
    assert "  PID-19: X\n" in written and "  PSG/: X\n" in written and "  0004: [I, E, O]\n" in written


def test_special_rule_stands_before_the_general_one_of_its_place() -> None:
    general = parse_profile(
        "version: 1\nmessage: all\nrules: {PID: R, PID-3: R, PID-19: X}\ntables: {L1: [A], L2: [B]}\n"
    )
    special = parse_profile("version: 1\nmessage: ADT^A01\nrules: {PID-3: RE 0..2, PV1: R}\ntables: {L2: [C]}\n")
    merged = merge_profiles(general, special)
    rules = {rule.name: rule for _, rule in merged.segments()}
    assert merged.message == "ADT^A01" and rules["PID"].usage == "R" and rules["PV1"].usage == "R"
    assert [(field.number, field.usage) for field in rules["PID"].fields] == [(3, "RE"), (19, "X")]
    assert [table.codes for table in merged.tables] == [{"A"}, {"C"}]


@pytest.mark.parametrize(
    ("line", "words", "column"),
    [
        ("PID-3: Q", "“Q” is no usage", 3),
        ("PID-3: C", "“C” is no rule.", 3),
        ("PID-3: C(R/X)", "does not say when", 3),
        ("PID-3: C(R/X) if PV1", "the end at character", 3),
        ("PID-3: R 3..1", "ends before it begins", 3),
        ("PID-3: R many", "“R many” is no rule", 3),
        ("PID-3: {usage: R, lenght: 3}", "“rules.PID-3.lenght” is not known here.", 21),
        ("PID-3: {length: ten}", "“ten” is no range.", 11),
        ("PID: {usage: R, length: 3}", "“rules.PID.length” is not known here.", 19),
        ("pid-3: R", "“pid-3” is no place that a rule can be for.", 3),
        ("PID-3.1.1.1: R", "is no place", 3),
        ("PID-0: R", "is no place", 3),
        ("PID-3: [R]", "“rules.PID-3” must be a text, and is a list.", 3),
        ("PID-3: R\n  PID-3: X", "valid YAML", None),
        ("PSG/: R\n  PSG/ : X", "", None),
    ],
)
def test_rule_that_cannot_be_read_is_refused_with_its_place(line: str, words: str, column: int | None) -> None:
    with pytest.raises(WorkbenchError) as refused:
        parse_profile(f"version: 1\nmessage: ADT^A01\nrules:\n  {line}\n", "site.yaml")
    assert words in refused.value.message
    if column is not None:
        assert (refused.value.source, refused.value.line, refused.value.column) == ("site.yaml", 4, column)


@pytest.mark.parametrize(
    ("statement", "words", "column"),
    [
        ("{holds: PV1-2 =}", "a value is expected", 6),
        ("{holds: PV1-2 matches *a}", "no regular expression", 6),
        ("{at: PID-0, holds: valued PID-1}", "is no place", 6),
        ("{at: ORDER, holds: valued PID-1}", "is a group", 6),
        ("{at: PID}", "“statements[0].holds” is missing", 5),
        ("{hold: valued PID}", "“statements[0].holds” is missing", 5),
    ],
)
def test_statement_that_cannot_be_read_is_refused_with_its_place(statement: str, words: str, column: int) -> None:
    with pytest.raises(WorkbenchError) as refused:
        parse_profile(f"version: 1\nmessage: ADT^A01\nstatements:\n  - {statement}\n", "site.yaml")
    assert words in refused.value.message and (refused.value.line, refused.value.column) == (4, column)


def test_same_place_written_twice_is_refused() -> None:
    with pytest.raises(WorkbenchError, match="has a rule already, as “OBX”"):
        parse_profile("version: 1\nmessage: A\nrules:\n  OBX: R\n  OBX(1): X\n")


def test_profile_of_a_newer_format_is_refused() -> None:
    with pytest.raises(WorkbenchError, match="reads versions up to 1"):
        parse_profile("version: 2\nmessage: ADT^A01\n")
