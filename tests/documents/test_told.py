import pytest

from tests.documents.test_judge import (
    ENCAPSULATED,
    NOTE,
    NOTIFICATION,
    REPORT,
    with_content,
    without,
)
from workbench.conformance.judge import judge
from workbench.documents.judge import judge_document
from workbench.documents.told import leave_out_told
from workbench.hl7v2.message import Message, parse_message
from workbench.workspace.message_desk import MessageDesk


def left(message: Message) -> list[str]:
    """What the standard's judge says besides, errors alone."""
    kept = leave_out_told(judge(message), judge_document(message), message)
    return [f"{issue.path}: {issue.message}" for issue in kept if issue.is_error]


@pytest.mark.parametrize(
    ("name", "value"), [(name, value) for name, values in ENCAPSULATED.items() for value in values]
)
def test_mistake_with_base64_is_told_once_by_both_judges(name: str, value: str) -> None:
    message = with_content(value)
    assert left(message) == []
    assert [issue.rule for issue in judge_document(message)] == [f"document: {name}"]


@pytest.mark.parametrize("path", ["TXA-12", "TXA-17", "OBX-3", "OBX-11", "OBX-2"])
def test_missing_field_is_told_once(path: str) -> None:
    assert left(NOTIFICATION.set(path, "")) == []


def test_missing_segments_are_told_once() -> None:
    for message in (without(NOTIFICATION, "TXA"), without(NOTIFICATION, "OBX"), without(REPORT, "OBR")):
        assert left(message) == []


@pytest.mark.parametrize("value", ["a^b", "left | right eye", "left\rright eye", "one\rtwo\rthree"])
def test_broken_text_is_told_once(value: str) -> None:
    assert left(NOTE.set("OBX-5", value, raw=True)) == []


def test_what_is_wrong_elsewhere_is_still_told() -> None:
    message = with_content(ENCAPSULATED["line-break"][0]).set("PID-3", "").set("PV1-2", "")
    assert [place.partition(":")[0] for place in left(message)] == ["PID-3", "PV1-2"]


def test_message_without_a_fault_of_a_document_keeps_all_that_was_said() -> None:
    message = NOTIFICATION.set("PID-3", "")
    assert leave_out_told(judge(message), (), message) == judge(message)


def test_identifier_of_an_authority_named_a_is_no_document() -> None:
    report = "MSH|^~\\&|A|B|C|D|20240101||ORU^R01^ORU_R01|1|P|2.5.1\rPID|1||1^^^H^MR||A^B\rOBR|1||7|1^x^LN\r"
    for value_type, value in (("CX", "12^^^A^MR"), ("XCN", "7^Ng^Bo^A^Jr")):
        assert not judge_document(parse_message(f"{report}OBX|1|{value_type}|1^x^LN||{value}||||||F\r"))


def test_validation_and_compose_tell_what_the_receiver_sees() -> None:
    message = with_content(ENCAPSULATED["base64-place"][0])
    desk = MessageDesk()
    desk.open()
    issues, _, _ = desk.judge(message.to_bytes())
    errors = [issue for issue in issues if issue.is_error]
    assert [issue.rule for issue in errors] == ["document: base64-place"]
    assert errors[0].line == 6
