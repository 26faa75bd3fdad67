import pytest

from workbench.errors import WorkbenchError
from workbench.hl7v2.message import parse_message
from workbench.scenario.answer import Answer
from workbench.scenario.places import check_place, find_values

RESULT = parse_message(
    "MSH|^~\\&|A|B|||2026||ORU^R01^ORU_R01|1|P|2.5.1\rPID|1\rPV1|1\r"
    "OBR|1\rOBX|1|TX|a||x\rOBX|2|TX|b||y~y2\rZZ1|1\r"
    "OBR|2\rNTE|1\rOBX|1|TX|c||z\r"
)


@pytest.mark.parametrize(
    ("path", "values"),
    [
        ("ORDER_OBSERVATION[2]/OBX[1]-5", ["z"]),
        ("ORDER_OBSERVATION[1]/OBX-5", ["x", "y", "y2"]),
        ("ORDER_OBSERVATION/OBX-5", ["x", "y", "y2", "z"]),
        ("ORDER_OBSERVATION/OBX[2]-5[2]", ["y2"]),
        ("PATIENT_RESULT/ORDER_OBSERVATION[1]/OBSERVATION[2]/OBX-5", ["y", "y2"]),
        ("PATIENT_RESULT[1]/OBSERVATION[3]/OBX-5", ["z"]),
        ("PATIENT/PID-1", ["1"]),
        ("ORDER_OBSERVATION[1]/ZZ1-1", ["1"]),
        ("ORDER_OBSERVATION[2]/ZZ1-1", []),
        ("ORDER_OBSERVATION[3]/OBX-5", []),
        ("ORDER_OBSERVATION[1]/OBX[3]-5", []),
    ],
)
def test_places_are_found_by_the_groups_of_the_structure(path: str, values: list[str]) -> None:
    assert RESULT.get_all(path) == tuple(values)
    first = (RESULT.get(path) or "").partition("~")[0]
    assert first == (values[0] if values else "")
    span = RESULT.span(path)
    assert (span is not None) is bool(values)
    if span:
        assert RESULT.text[slice(*span)].partition("~")[0] == values[0]


def test_every_place_is_located_by_its_groups_and_found_there_again() -> None:
    for offset in range(len(RESULT.text)):
        flat, grouped = RESULT.locate(offset), RESULT.locate(offset, groups=True)
        assert RESULT.span(grouped) == RESULT.span(flat), (offset, flat, grouped)
    there = RESULT.locate(RESULT.text.index("z"), groups=True)
    assert there == "PATIENT_RESULT[1]/ORDER_OBSERVATION[2]/OBSERVATION[1]/OBX-5"


def test_value_is_set_by_groups_and_the_next_segment_of_a_group_is_added_in_it() -> None:
    assert RESULT.set("ORDER_OBSERVATION[2]/OBX-5", "new").text == RESULT.text.replace("|z", "|new")
    message = RESULT.set_all(
        {
            "ORDER_OBSERVATION[2]/OBX[1]-5": "Z",
            "ORDER_OBSERVATION[1]/OBX[3]-5": "n1",
            "ORDER_OBSERVATION[2]/OBX[2]-5": "n2",
            "ORDER_OBSERVATION[1]/OBX[3]-1": "3",
            "OBX[1]-1": "9",
        }
    )
    assert [segment.text for segment in message.segments][3:] == [
        "OBR|1",
        "OBX|9|TX|a||x",
        "OBX|2|TX|b||y~y2",
        "ZZ1|1",
        "OBX|3||||n1",
        "OBR|2",
        "NTE|1",
        "OBX|1|TX|c||Z",
        "OBX|||||n2",
    ]


def test_segment_is_deleted_by_its_groups() -> None:
    assert RESULT.delete("ORDER_OBSERVATION[2]/OBX").text == RESULT.text.replace("OBX|1|TX|c||z\r", "")
    assert RESULT.delete("ORDER_OBSERVATION[1]/NTE") == RESULT


@pytest.mark.parametrize(
    ("path", "gone"),
    [
        ("ORDER_OBSERVATION[2]", "OBR|2\rNTE|1\rOBX|1|TX|c||z\r"),
        ("ORDER_OBSERVATION", "OBR|1\rOBX|1|TX|a||x\rOBX|2|TX|b||y~y2\rZZ1|1\r"),
        ("PATIENT_RESULT/ORDER_OBSERVATION[1]/OBSERVATION[2]", "OBX|2|TX|b||y~y2\rZZ1|1\r"),
        ("PATIENT", "PID|1\rPV1|1\r"),
        ("ORDER_OBSERVATION[3]", ""),
        ("ORDER_OBSERVATION[1]/SPECIMEN", ""),
    ],
)
@pytest.mark.parametrize("end", ["\r", "\n", "\r\n"])
def test_a_group_is_deleted_with_all_that_stands_in_it(path: str, gone: str, end: str) -> None:
    message = parse_message(RESULT.text.replace("\r", end))
    left = message.delete(path)
    assert left.text == RESULT.text.replace(gone, "").replace("\r", end)
    assert parse_message(left.to_bytes()).segments == left.segments


def test_a_group_that_cannot_be_named_is_not_deleted() -> None:
    for path, message in (("NOPE", "ORU_R01 has no group NOPE"), ("ORDER_OBSERVATION[0]", "not a group")):
        with pytest.raises(WorkbenchError, match=message):
            RESULT.delete(path)
    with pytest.raises(WorkbenchError, match="not known"):
        parse_message("MSH|^~\\&|A\rOBX|1\r").delete("ORDER_OBSERVATION")


@pytest.mark.parametrize(
    ("path", "message"),
    [
        ("NOPE/OBX-1", "ORU_R01 has no group NOPE"),
        ("ORDER_OBSERVATION[0]/OBX-1", "not a group"),
        ("order/OBX-1", "not a group"),
        ("ORDER_OBSERVATION[4]/OBX-1", r"no ORDER_OBSERVATION\[4\]"),
        ("ORDER_OBSERVATION[1]/OBX[5]-1", r"no ORDER_OBSERVATION\[1\]/OBX\[5\]"),
        ("ORDER_OBSERVATION/PID-1", r"no ORDER_OBSERVATION/PID\[1\]"),
        ("ORDER_OBSERVATION/OBX", "whole segment"),
        ("ORDER_OBSERVATION/", "not a place"),
    ],
)
def test_path_that_cannot_be_set_is_refused_in_words(path: str, message: str) -> None:
    with pytest.raises(WorkbenchError, match=message):
        RESULT.set(path, "x")


@pytest.mark.parametrize("header", ["MSH|^~\\&|A|||||||1|P|2.5.1", "MSH|^~\\&|A|||||ORU^R01|1|P|9.9", "MSH|^~\\&|A"])
def test_groups_of_a_message_without_a_known_structure_are_refused_in_words(header: str) -> None:
    message = parse_message(f"{header}\rOBX|1\r")
    with pytest.raises(WorkbenchError):
        message.get("ORDER_OBSERVATION/OBX-1")
    assert message.get("OBX-1") == "1"


def test_a_check_of_a_scenario_looks_at_a_place_by_its_groups() -> None:
    check_place("hl7", "ORDER_OBSERVATION[2]/OBX[1]-5")
    for wrong in ("ORDER_OBSERVATION[0]/OBX-5", "order/OBX-5", "ORDER_OBSERVATION/5", "/OBX-5"):
        with pytest.raises(WorkbenchError):
            check_place("hl7", wrong)
    answer = Answer("hl7v2", body=RESULT.to_bytes())
    assert find_values("hl7", "ORDER_OBSERVATION[2]/OBX[1]-5", answer) == ("z",)
    assert find_values("hl7", "ORDER_OBSERVATION[3]/OBX[1]-5", answer) == ()
