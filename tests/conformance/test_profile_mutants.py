"""Each rule of a complete profile, broken alone, is told at its place, and the message that keeps all is not."""

from __future__ import annotations

import pytest

from benchmarks.profile_agreement import Mutant, make_message, make_mutants
from workbench.conformance.profile_file import parse_profile
from workbench.conformance.profile_judge import judge_profile

PROFILE = parse_profile(
    """\
version: 1
message: ORU^R01
name: Hilltop
hl7v2: 2.5.1
structure: ORU_R01
complete: true
rules:
  MSH: R 1..1
  MSH-3: R 1..1
  MSH-3.1: {usage: R, constant: LAB}
  MSH-9: R 1..1
  MSH-10: R 1..1
  MSH-11: R 1..1
  MSH-11.1: {usage: R, length: 3}
  MSH-12: R 1..1
  PATIENT_RESULT: R 1..1
  PATIENT_RESULT/PATIENT: R 1..1
  PATIENT_RESULT/PATIENT/PID: R 1..1
  PATIENT_RESULT/PATIENT/PID-1: X
  PATIENT_RESULT/PATIENT/PID-3: R 1..1
  PATIENT_RESULT/PATIENT/PID-3.1: {usage: R, length: 12}
  PATIENT_RESULT/PATIENT/PID-3.2: X
  PATIENT_RESULT/PATIENT/PID-3.4: R
  PATIENT_RESULT/PATIENT/PID-3.4.1: {usage: R, constant: HH}
  PATIENT_RESULT/PATIENT/PID-3.5: {usage: R, length: 5}
  PATIENT_RESULT/PATIENT/PID-5: R 1..1
  PATIENT_RESULT/ORDER: R 1..5
  PATIENT_RESULT/ORDER/OBR: R 1..1
  PATIENT_RESULT/ORDER/OBR-4: {usage: R 1..1, length: 20}
  PATIENT_RESULT/ORDER/OBX: R 1..10
  PATIENT_RESULT/ORDER/OBX-2: {usage: R 1..1, length: 3}
  PATIENT_RESULT/ORDER/OBX-3: R 1..1
  NTE: X
"""
)
MESSAGE = make_message(PROFILE)
MUTANTS = list(make_mutants(PROFILE, MESSAGE))


def test_message_that_keeps_the_profile_has_no_issue() -> None:
    assert judge_profile(MESSAGE, PROFILE) == ()
    assert len(MUTANTS) > 25 and len({mutant.kind for mutant in MUTANTS}) >= 9


@pytest.mark.parametrize("mutant", MUTANTS, ids=lambda mutant: f"{mutant.kind} at {mutant.path}")
def test_broken_rule_is_told_once_at_its_place(mutant: Mutant) -> None:
    issues = judge_profile(mutant.message, PROFILE)
    # Without its only segment a group is not there, and it is the group that is missing.
    place = "PATIENT" if mutant.path == "PID" else mutant.path
    assert [issue.path.rpartition("/")[2] for issue in issues] == [place]
    assert issues[0].is_error and issues[0].line
