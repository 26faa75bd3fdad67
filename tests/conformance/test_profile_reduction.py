"""A complete profile is reduced to what it asks beyond its version, and what is left asks the same of messages."""

from __future__ import annotations

from workbench.conformance.profile_file import parse_profile
from workbench.conformance.profile_judge import judge_profile
from workbench.conformance.profile_reduction import reduce_profile
from workbench.conformance.profile_writer import to_profile_yaml
from workbench.hl7v2.message import parse_message

COMPLETE = parse_profile(
    """\
version: 1
message: ADT^A01
hl7v2: 2.5.1
structure: ADT_A01
complete: true
rules:
  MSH: R 1..1
  MSH-9: R 1..1
  EVN: R 1..1
  PID: {name: Patient, usage: R 1..1}
  PID-2: X
  PID-2.1: {usage: O, length: 3}
  PID-3: {name: Identifiers, usage: R 1..*, datatype: CX}
  PID-3.1: {name: Number, usage: R, length: 12}
  PID-3.3: {usage: O, length: 3}
  PID-3.5: {usage: RE, table: 0203}
  PID-5: R 1..1
  PID-8: {usage: O 0..1, table: 0001}
  PID-10: O 0..*
  PV1: R 1..1
  PV1-2: R
  PV1-19: R if PV1-2 = I
  AL1: R 1..*
  ZWB: {name: Ward, usage: O 0..1}
  ZWB-1: {name: Flag, usage: R}
tables:
  0203: [MR]
  0001: [F]
  9999: [A]
"""
)


def test_what_the_version_asks_anyway_is_left_out() -> None:
    reduced = reduce_profile(COMPLETE)
    written = to_profile_yaml(reduced)
    assert written.partition("rules:\n")[2] == (
        "  PID-2: X\n"
        "  PID-3.1: {usage: R, length: 12}\n"
        "  PID-3.5: {usage: RE, table: 0203}\n"
        "  PID-5: R 1..1\n"
        "  PID-8: {usage: O, table: 0001}\n"
        "  PV1-19: C(R/O) if PV1-2 = I\n"
        "  AL1: R 1..*\n"
        "  ZWB: {name: Ward, usage: O 0..1}\n"
        "  ZWB-1: {name: Flag, usage: R}\n"
        "tables:\n  0203: [MR]\n  0001: [F]\n"
    )
    assert not reduced.complete and parse_profile(written) == reduced


def test_reduced_profile_finds_what_the_complete_one_finds_beyond_the_version() -> None:
    message = parse_message(
        "MSH|^~\\&|A|B|C|D|2026||ADT^A01^ADT_A01|1|P|2.5.1\rEVN||2026\rPID||7|1234567890123^^^^XX||Kim|||M\rPV1||I\r"
    )
    whole, reduced = (judge_profile(message, each) for each in (COMPLETE, reduce_profile(COMPLETE)))
    kept = {(issue.path, issue.rule) for issue in reduced}
    assert kept == {
        ("PID-2", "PID-2 X"),
        ("PID-3.1", "PID-3.1 length 0..12"),
        ("PID-3.5", "PID-3.5 table 0203"),
        ("PID-8", "PID-8 table 0001"),
        ("PV1-19", "PV1-19 C(R/O)"),
        ("AL1", "AL1 R 1..*"),
    }
    assert kept <= {(issue.path, issue.rule) for issue in whole}
