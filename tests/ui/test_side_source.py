"""Where a side of a comparison comes from."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

from ui.models.side_source import HEAVY, source_of, source_of_exchange, source_of_text
from workbench.exchange import Exchange, Request, Response
from workbench.hl7v2.message import parse_message

MESSAGE = b"MSH|^~\\&|A|B|C|D|20260101||ADT^A01|7|P|2.5.1\rPID|1||100001^^^H^MR||Okafor^Amara\r"
PATIENT = b'{"resourceType": "Patient", "id": "amara-okafor", "gender": "female"}'


def make_exchange(address: str, body: bytes, answer: bytes) -> Exchange:
    method = "MLLP" if address.startswith("mllp") else "GET"
    started = datetime(2026, 1, 1, tzinfo=UTC)
    return Exchange("a", "b", Request(method, address, body=body), Response(None, body=answer), started, 0.0)


def test_a_message_is_taken_of_mllp_and_a_response_of_http() -> None:
    assert source_of_exchange(make_exchange("mllp://x:1", MESSAGE, b"ack")).data == MESSAGE
    side = source_of_exchange(make_exchange("http://x/Patient/1", b"", PATIENT))
    assert side.data == PATIENT
    assert side.with_part("request").data == b""


def test_a_side_is_made_of_whatever_is_handed_over() -> None:
    for payload in (MESSAGE, parse_message(MESSAGE), ("named", MESSAGE)):
        assert source_of(payload).data == MESSAGE
    assert source_of(("named", MESSAGE)).name == "named"
    assert source_of({"resourceType": "Patient"}).data == b'{"resourceType":"Patient"}'


def test_a_file_is_named_and_read_later(tmp_path: Path) -> None:
    source = source_of(tmp_path / "message.hl7")
    assert (source.name, source.text, source.data) == ("message.hl7", str(tmp_path / "message.hl7"), None)


def test_what_may_be_large_is_work_for_the_other_process() -> None:
    assert source_of_text("hl7.fhir.us.core#6.1.0").is_heavy
    assert source_of(b"x" * (HEAVY + 1)).is_heavy
    assert source_of({"resourceType": "StructureDefinition", "url": "urn:x"}).is_heavy
    assert source_of(b'<Patient xmlns="http://hl7.org/fhir"/>').is_heavy
    assert not source_of(MESSAGE).is_heavy
    assert not source_of(PATIENT).is_heavy


def test_what_was_asked_for_keeps_its_name() -> None:
    source = source_of_text("https://ehr.example.org/r4").with_data(PATIENT)
    assert (source.name, source.text, source.data) == (
        "https://ehr.example.org/r4",
        "https://ehr.example.org/r4",
        PATIENT,
    )
