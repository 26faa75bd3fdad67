"""Places of segments: what people really break is told once, by what to do about it."""

from __future__ import annotations

import pytest

from workbench.conformance.judge import judge
from workbench.hl7v2.message import parse_message

SEGMENTS = {
    "PID": "PID|1||123^^^HOSP^MR||Doe^Jane",
    "PV1": "PV1|1|I",
    "NK1": "NK1|1|Doe^Jo",
    "AL1": "AL1|1|DA|1^Nuts^L",
    "ORC": "ORC|RE|1",
    "OBR": "OBR|1|1||718-7^Hemoglobin^LN",
    "OBX": "OBX|1|NM|718-7^Hemoglobin^LN||13.2|g/dL|||||F",
    "NTE": "NTE|1||seen",
    "EVN": "EVN||20260101120000",
    "IN1": "IN1|1|A^B^L|1",
}


def tell(kind: str, names: str, *, version: str = "2.5.1") -> list[str]:
    """What is told of a message of segments by their names, each sentence with its line and column."""
    structure = {"ADT^A01": "ADT_A01", "ORU^R01": "ORU_R01", "OML^O21": "OML_O21"}[kind]
    head = f"MSH|^~\\&|A|B|C|D|20260101120000||{kind}^{structure}|1|P|{version}"
    lines = [SEGMENTS.get(name, f"{name}|") for name in names.split()]
    issues = judge(parse_message("\r".join([head, *lines, ""])))
    return [f"{issue.line}:{issue.column} {issue.message}" for issue in issues]


@pytest.mark.parametrize(
    ("names", "said"),
    [
        (
            "PID PV1 OBR OBX NTE ZPI PV2",
            "8:1 PV2 stands after ORDER_OBSERVATION: it belongs after PV1 in PATIENT_RESULT/PATIENT/VISIT. "
            "Move it there.",
        ),
        (
            "PV1 PID OBR OBX",
            "2:1 PV1 stands before PID: it belongs after PID in PATIENT_RESULT/PATIENT. Move it there.",
        ),
        (
            "PID OBR OBX NK1 NK1 NK1",
            "5:1 3 NK1 stand after ORDER_OBSERVATION: they belong after PID in PATIENT_RESULT/PATIENT. "
            "Move them there.",
        ),
        (
            "PID PV1 OBX OBX",
            "3:8 OBR is missing before OBX: ORU_R01 has it in ORDER_OBSERVATION. Add it, or move OBX after its OBR.",
        ),
        (
            "PID OBR ORC OBX OBX",
            "4:1 ORC stands after OBR: it belongs before OBR in PATIENT_RESULT/ORDER_OBSERVATION. Move it there.",
        ),
        (
            "PID PV1 OBR OBX PV1",
            "6:1 PV1 stands 2 times in VISIT, and ORU_R01 has it once: keep one of them.",
        ),
        (
            "PID OBR OBX PID",
            "5:31 The group ORDER_OBSERVATION, which begins with OBR, is missing: ORU_R01 requires it after PID in "
            "PATIENT_RESULT. Add it there.",
        ),
    ],
)
def test_a_report_is_told_where_its_segments_belong(names: str, said: str) -> None:
    assert tell("ORU^R01", names) == [said]


@pytest.mark.parametrize(
    ("names", "said"),
    [
        ("EVN PV1 PID NK1", "3:1 PV1 stands before PID: it belongs after NK1. Move it there."),
        ("EVN PID PV1 NK1 NK1", "5:1 2 NK1 stand after PV1: they belong after PID. Move them there."),
        (
            "EVN PV1 PV2 PID PD1 NK1 AL1",
            "5:1 PID, PD1 and NK1 stand after PV2: they belong after EVN. Move them there.",
        ),
        ("EVN PID AL1 PV1", "4:1 AL1 stands before PV1: it belongs after PV1. Move it there."),
        ("EVN PID PV1 AL1 PV1", "6:1 PV1 stands 2 times, and ADT_A01 has it once: keep one of them."),
        (
            "EVN PID PV1 IN2",
            "4:8 IN1 is missing before IN2: ADT_A01 begins INSURANCE with it. Add it, or move IN2 after its IN1.",
        ),
        ("EVN pid PV1", "3:1 “pid” is no segment of HL7 v2.5.1: write PID."),
        ("EVN PID pv1 ZPI", "4:1 “pv1” is no segment of HL7 v2.5.1: write PV1."),
        ("EVN PDI PV1", "3:1 “PDI” is no segment of HL7 v2.5.1, and PID is missing: write PID."),
        ("EVN PID PV1 zpi", "5:1 “zpi” is no segment of HL7 v2.5.1: write ZPI."),
    ],
)
def test_an_admission_is_told_where_its_segments_belong(names: str, said: str) -> None:
    assert tell("ADT^A01", names) == [said]


def test_a_group_that_is_sent_before_another_one_is_told_by_the_segment_that_went_astray() -> None:
    assert tell("OML^O21", "ORC PID PV1 IN1 OBR OBX") == [
        "2:1 ORC stands before PID: it belongs before OBR in ORDER. Move it there."
    ]
    assert tell("OML^O21", "PID OBR ORC OBX OBX") == [
        "4:1 ORC stands after OBSERVATION_REQUEST: it belongs before OBR in ORDER. Move it there."
    ]
    assert [line.partition(":")[2] for line in tell("OML^O21", "PID OBR ORC TQ1 OBX")][:1] == [
        "1 OBR stands before ORC: it belongs before OBX in ORDER/OBSERVATION_REQUEST. Move it there."
    ]
    assert tell("OML^O21", "PID AL1 PV1 IN1 ORC OBR OBX") == [
        "3:1 AL1 stands before PV1: it belongs after INSURANCE in PATIENT. Move it there."
    ]
