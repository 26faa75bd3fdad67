"""`workbench document` builds what a site takes, says what it does not, and opens what was received."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.documents.samples import PDF, TEXT
from workbench.cli import main
from workbench.hl7v2.message import parse_message
from workbench.workspace.library import fixtures_folder

if TYPE_CHECKING:
    from workbench.sandbox.sandbox import SandboxAddresses

MESSAGES = fixtures_folder() / "messages"


@pytest.fixture
def pdf(tmp_path: Path) -> str:
    path = tmp_path / "letter.pdf"
    path.write_bytes(PDF)
    return str(path)


@pytest.fixture
def text(tmp_path: Path) -> str:
    path = tmp_path / "note.txt"
    path.write_text(TEXT, "utf-8", newline="")
    return str(path)


def build(file: str, site: str, *more: str) -> int:
    return main(["document", "build", file, "--site", site, "--patient", "100001", *more])


def test_message_is_saved_and_opens_with_the_same_bytes(pdf: str, tmp_path: Path) -> None:
    message, out = tmp_path / "message.hl7", tmp_path / "out.pdf"
    assert build(pdf, "community-hospital", "--author", "raman", "-o", str(message)) == 0
    assert main(["document", "open", str(message), "-o", str(out)]) == 0
    assert out.read_bytes() == PDF


def test_message_has_the_patient_visit_and_author_of_the_site(text: str, tmp_path: Path) -> None:
    path = tmp_path / "message.hl7"
    more = ("--author", "raman", "--title", "Day 3", "--type", "DS", "--number", "N-1", "-o", str(path))
    assert build(text, "academic-medical-center", *more) == 0
    message = parse_message(path.read_bytes())
    found = [message.get(place) for place in ("MSH-9.2", "PID-5.1", "PV1-19", "TXA-2", "TXA-9.1", "TXA-12", "OBX-3.1")]
    assert found == ["T02", "Okafor", "V100001-02", "DS", "S001", "N-1", "18842-5"]


def test_replacement_is_a_message_of_its_own(text: str, tmp_path: Path) -> None:
    path = tmp_path / "message.hl7"
    assert build(text, "academic-medical-center", "--replaces", "N-1", "-o", str(path)) == 0
    assert (parse_message(path.read_bytes()).type_name, parse_message(path.read_bytes()).get("TXA-13")) == (
        *("MDM^T10", "N-1"),
    )


def test_what_the_site_does_not_take_is_said_and_not_sent(
    pdf: str, teaching: SandboxAddresses, capsys: pytest.CaptureFixture[str]
) -> None:
    assert build(pdf, "academic-medical-center", "--to", teaching.mllp) == 1
    printed = capsys.readouterr()
    assert "does not take PDF by HL7 v2; it takes text. Send it as text." in printed.err
    assert printed.out.startswith("not sent")


def test_it_is_sent_anyway_where_somebody_wants_to_see_the_answer(
    pdf: str, teaching: SandboxAddresses, capsys: pytest.CaptureFixture[str]
) -> None:
    assert build(pdf, "academic-medical-center", "--to", teaching.mllp, "--anyway") == 1
    assert capsys.readouterr().out.startswith("fail: AE")


def test_document_that_is_sent_is_accepted(
    pdf: str, hospital: SandboxAddresses, capsys: pytest.CaptureFixture[str]
) -> None:
    assert build(pdf, "community-hospital", "--to", hospital.mllp, "--json") == 0
    result = json.loads(capsys.readouterr().out)
    assert (result["message"], result["taken"], result["issues"]) == ("ORU^R01", True, [])
    assert result["sent"]["acknowledgment"]["code"] == "AA"


def test_unknown_author_and_missing_file_are_told_in_words(text: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert build(text, "academic-medical-center", "--author", "nobody") == 2
    assert "There is no author “nobody” here. Known here: " in capsys.readouterr().err
    assert build("/no/such/file.pdf", "academic-medical-center") == 2
    assert "Cannot read" in capsys.readouterr().err


def test_unknown_patient_is_told_before_sending(pdf: str, capsys: pytest.CaptureFixture[str]) -> None:
    arguments = ["document", "build", pdf, "--site", "community-hospital", "--patient", "999"]
    assert main(arguments) == 1
    assert "No patient with medical record number 999" in capsys.readouterr().err


def test_mistake_in_a_received_message_is_named_and_the_document_saved_all_the_same(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    data = (MESSAGES / "mdm-t02-pdf.hl7").read_bytes()
    broken, out = tmp_path / "broken.hl7", tmp_path / "out"
    broken.write_bytes(data.replace(b"^application^pdf^Base64^", b""))
    out.mkdir()
    assert main(["document", "open", str(broken), "-o", str(out)]) == 1
    printed = capsys.readouterr().out
    assert "The receiver shows an empty document." in printed
    assert "mended: it stood in OBX-5.1" in printed
    assert (out / "DOC-260302-6.pdf").read_bytes().startswith(b"%PDF")


def test_folder_that_is_named_with_its_slash_is_made(tmp_path: Path) -> None:
    message, out = MESSAGES / "mdm-t02-pdf.hl7", tmp_path / "new"
    assert main(["document", "open", str(message), "-o", f"{out}/"]) == 0
    assert (out / "DOC-260302-6.pdf").read_bytes().startswith(b"%PDF")


def test_message_that_is_printed_has_a_line_for_each_segment(
    text: str, capfdbinary: pytest.CaptureFixture[bytes]
) -> None:
    assert build(text, "academic-medical-center") == 0
    lines = capfdbinary.readouterr().out.splitlines()
    assert [line[:3] for line in lines[:4]] == [b"MSH", b"EVN", b"PID", b"PV1"]


def test_documents_of_several_messages_are_saved_side_by_side(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    data = (MESSAGES / "mdm-t02-pdf.hl7").read_bytes()
    log, out = tmp_path / "log.hl7", tmp_path / "out"
    log.write_bytes(data + data + (MESSAGES / "mdm-t02-note.hl7").read_bytes())
    assert main(["document", "open", str(log), "-o", str(out), "--json"]) == 0
    result = json.loads(capsys.readouterr().out)
    assert len(result["messages"]) == 3
    names = ["DOC-260302-5.txt", "DOC-260302-6-2.pdf", "DOC-260302-6.pdf"]
    assert sorted(path.name for path in out.iterdir()) == names


def test_message_without_a_document_gives_1(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["document", "open", str(MESSAGES / "adt-a01-admission.hl7")]) == 1
    assert capsys.readouterr().out == "No message here carries a document.\n"
