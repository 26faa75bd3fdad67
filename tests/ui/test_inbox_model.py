"""Received messages as a list."""

from __future__ import annotations

from datetime import UTC, datetime

from PySide6.QtCore import Qt
from pytestqt.modeltest import ModelTester

from ui.models.inbox_model import ANSWERED, CONTROL_ID, PATIENT, SENDER, TYPE, InboxModel, describe_received
from workbench.exchange import Exchange, Failure, Request, Response

MESSAGE = (
    b"MSH|^~\\&|LAB|COMMUNITY|||20260101||ORU^R01|42|P|2.5.1\r"
    b"PID|1||100001^^^H^MR||Okafor^Amara\r"
)  # fmt: skip
ACCEPTED = b"MSH|^~\\&|W|||LAB|20260101||ACK|1|P|2.5.1\rMSA|AA|42\r"


def make_exchange(body: bytes = MESSAGE, answer: bytes | None = ACCEPTED, failure: Failure | None = None) -> Exchange:
    response = None if answer is None else Response(None, body=answer)
    started = datetime(2026, 1, 1, 12, tzinfo=UTC)
    request = Request("MLLP", "mllp://127.0.0.1:2575", body=body)
    return Exchange("127.0.0.1", "Inbox", request, response, started, 0.01, failure, "receiver")


def test_the_model_keeps_qts_rules(qtmodeltester: ModelTester) -> None:
    model = InboxModel(limit=2)
    qtmodeltester.check(model)
    for _ in range(3):
        model.add(make_exchange())
    assert model.rowCount() == 2


def test_a_message_is_listed_with_what_tells_it_apart() -> None:
    model = InboxModel()
    model.add(make_exchange())
    cells = [model.index(0, column).data() for column in (SENDER, TYPE, CONTROL_ID, PATIENT, ANSWERED)]
    assert cells == ["LAB · COMMUNITY", "ORU^R01", "42", "Okafor, Amara · 100001", "AA"]
    assert model.headerData(PATIENT, Qt.Orientation.Horizontal) == "Patient"


def test_what_is_no_message_is_listed_too() -> None:
    received = describe_received(make_exchange(b"hello world", None, Failure("protocol", "No frame.")))
    assert (received.type_name, received.sender, received.answered) == ("Not HL7 v2", "127.0.0.1", "Protocol")


def test_a_message_without_answer_says_so() -> None:
    assert describe_received(make_exchange(answer=None)).answered == "No answer"


def test_a_cleared_list_can_be_put_back() -> None:
    model = InboxModel()
    model.add(make_exchange())
    gone = model.clear()
    model.add(make_exchange(MESSAGE.replace(b"|42|", b"|43|")))
    model.put_back(gone)
    assert [row.control_id for row in model.rows] == ["42", "43"]
    assert model.rows[0].title == "ORU-R01-42"
