"""A dropped document is offered as a note and opened in Compose; the documents of a message are read and saved."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from tests.documents.samples import PDF, RTF, TEXT, build, make_document
from tests.ui.conftest import Run
from tests.ui.exchanges import START
from ui.bench import Bench
from ui.dialogs.open_documents import OpenDocumentsDialog
from ui.dialogs.send_note import SendNoteDialog
from ui.main_window import MainWindow
from ui.models.note_file import is_note, may_be_note
from ui.models.received_document_model import ReceivedDocumentModel
from ui.panels.compose import ComposePanel
from ui.tasks import Report
from ui.views.message_page import MessagePage
from workbench.documents.document_reading import read_documents
from workbench.exchange import Exchange, Request
from workbench.hl7v2.message import parse_message
from workbench.workspace.library import fixtures_folder
from workbench.workspace.received_documents import may_hold_documents, read_received

MESSAGES = fixtures_folder() / "messages"
COMMUNITY, ACADEMIC = "community-hospital", "academic-medical-center"


async def until(true: Callable[[], object]) -> None:
    while not true():  # noqa: ASYNC110  # Qt tells some of these things by no event
        await asyncio.sleep(0.01)


@pytest.fixture
def pdf(tmp_path: Path) -> Path:
    path = tmp_path / "letter.pdf"
    path.write_bytes(PDF)
    return path


@pytest.fixture
def text(tmp_path: Path) -> Path:
    path = tmp_path / "ward round.txt"
    path.write_bytes(TEXT.encode())
    return path


def offered(bench: Bench, run: Run, qtbot: QtBot, path: Path, site: str) -> SendNoteDialog:
    run(bench.refresh())
    bench.set_current(site)
    dialog = SendNoteDialog(bench, path)
    qtbot.addWidget(dialog)
    run(until(lambda: dialog.preview is not None))
    return dialog


async def asked_again(dialog: SendNoteDialog) -> None:
    before = dialog.preview
    await until(lambda: dialog.preview is not before)


def test_form_is_prefilled_with_what_the_current_site_has_and_asks(
    bench: Bench, run: Run, qtbot: QtBot, text: Path, reports: list[Report]
) -> None:
    dialog = offered(bench, run, qtbot, text, ACADEMIC)
    form = dialog.form
    assert (form.site.value, form.title.text(), form.message.value) == (ACADEMIC, "ward round", "MDM^T02")
    assert (form.author.value, form.completion.value, form.availability.value) == ("raman", "AU", "AV")
    assert form.visit.value.startswith("V1000")
    assert [form.message.itemData(row) for row in range(form.message.count())] == ["MDM^T02", "MDM^T10"]
    assert dialog.preview is not None and dialog.preview.is_taken
    assert dialog.word.verdict == "pass"
    assert not reports


def test_what_the_site_does_not_take_is_said_with_its_reason(bench: Bench, run: Run, qtbot: QtBot, pdf: Path) -> None:
    dialog = offered(bench, run, qtbot, pdf, ACADEMIC)
    assert dialog.word.verdict == "fail"
    assert [issue.message for issue in dialog.issues.issues] == [
        "Academic Medical Center does not take PDF by HL7 v2; it takes text. Send it as text."
    ]


def test_another_site_is_asked_when_it_is_chosen(bench: Bench, run: Run, qtbot: QtBot, pdf: Path) -> None:
    dialog = offered(bench, run, qtbot, pdf, ACADEMIC)
    dialog.form.site.setCurrentIndex(dialog.form.site.findData(COMMUNITY))
    run(asked_again(dialog))
    assert dialog.preview is not None
    assert (dialog.preview.message, dialog.preview.is_taken) == ("ORU^R01", True)


def test_long_values_are_shortened_to_be_read(bench: Bench, run: Run, qtbot: QtBot, pdf: Path) -> None:
    dialog = offered(bench, run, qtbot, pdf, COMMUNITY)
    assert dialog.preview is not None
    assert max(map(len, dialog.preview.lines)) < 500
    assert "letters…" in dialog.preview.lines[-1]
    assert dialog.preview.size > len(PDF) * 4 // 3


def test_patient_who_is_typed_is_taken_by_number(bench: Bench, run: Run, qtbot: QtBot, pdf: Path) -> None:
    dialog = offered(bench, run, qtbot, pdf, COMMUNITY)
    dialog.form.patient.setCurrentText("999")
    run(asked_again(dialog))
    assert dialog.form.chosen("N-1").patient == "999"
    assert dialog.issues.issues[0].message.startswith("No patient with medical record number 999")


def test_replacement_asks_for_what_it_replaces(bench: Bench, run: Run, qtbot: QtBot, text: Path) -> None:
    dialog = offered(bench, run, qtbot, text, ACADEMIC)
    assert not dialog.form.replaces.isEnabled()
    dialog.form.message.setCurrentIndex(dialog.form.message.findData("MDM^T10"))
    run(asked_again(dialog))
    assert dialog.form.replaces.isEnabled()
    assert dialog.preview is not None and dialog.preview.size == 0
    dialog.form.replaces.setText("NOTE-1")
    run(asked_again(dialog))
    assert dialog.preview.is_taken


def test_file_that_cannot_be_read_is_told_in_the_dialog(
    bench: Bench, run: Run, qtbot: QtBot, tmp_path: Path, reports: list[Report]
) -> None:
    run(bench.refresh())
    dialog = SendNoteDialog(bench, tmp_path / "gone.pdf")
    qtbot.addWidget(dialog)
    run(until(lambda: dialog.word.verdict == "error"))
    assert "Cannot read" in dialog.notice.text.text()
    assert not reports


def test_dropped_document_is_offered_and_opened_in_compose_and_sent_by_nobody(
    bench: Bench, run: Run, qtbot: QtBot, pdf: Path, reports: list[Report]
) -> None:
    run(bench.refresh())
    bench.set_current(COMMUNITY)
    panel = ComposePanel(bench)
    qtbot.addWidget(panel)
    panel.open_paths([str(pdf)])
    found: list[SendNoteDialog] = []

    async def story() -> None:
        await until(lambda: panel.findChildren(SendNoteDialog))
        found.extend(panel.findChildren(SendNoteDialog))
        await until(lambda: found[0].preview is not None)
        assert panel.tabs.count() == 0
        found[0].open_in_compose()
        await until(lambda: panel.tabs.count() == 1)

    run(story())
    page = panel.page
    assert isinstance(page, MessagePage)
    assert page.name == "letter"
    (document,) = read_documents(parse_message(page.to_bytes()))
    assert document.data == PDF
    assert not bench.log.exchanges
    assert not reports


def test_remote_sandbox_stays_the_one_to_send_to(
    bench: Bench, run: Run, qtbot: QtBot, pdf: Path, reports: list[Report]
) -> None:
    values = {"id": "peer", "name": "Peer", "mllp_host": "127.0.0.1", "mllp_port": 2575, "like": COMMUNITY}
    run(bench.save_remote(values))
    panel = ComposePanel(bench)
    qtbot.addWidget(panel)

    async def story() -> None:
        panel.send_note(pdf)
        (dialog,) = panel.findChildren(SendNoteDialog)
        await until(lambda: dialog.preview is not None)
        assert dialog.form.site.value == COMMUNITY
        dialog.open_in_compose()
        await until(lambda: panel.tabs.count() == 1)

    run(story())
    assert bench.current is not None and bench.current.id == "peer"
    assert not reports


@pytest.mark.parametrize(
    ("name", "content", "expected"),
    [
        ("a.pdf", PDF, True),
        ("a.rtf", RTF, True),
        ("a.txt", TEXT.encode(), True),
        ("a.txt", b"MSH|^~\\&|A", False),
        ("a.txt", b"\xef\xbb\xbf\r\nMSH|^~\\&|A", False),
        ("a.txt", b"2026-01-01 received: MSH|^~\\&|A", False),
        ("a.txt", b'{"resourceType": "Patient"}', False),
        ("a.txt", b"<Patient/>", False),
        ("a.txt", b"GET Patient/1\n\n", False),
        ("a.txt", b"", False),
        ("a.txt", b"\x00\x01\x02", False),
        ("letter.docx", b"PK\x03\x04\x14\x00", True),
    ],
)
def test_file_is_a_note_where_it_is_no_message_and_no_request(
    tmp_path: Path, name: str, content: bytes, expected: bool
) -> None:
    path = tmp_path / name
    path.write_bytes(content)
    assert may_be_note(path)
    assert is_note(path) is expected


def test_other_files_are_not_looked_into() -> None:
    assert not any(may_be_note(Path(name)) for name in ("a.hl7", "a.json", "a.xml", "a.http", "a.yaml", "a"))


def test_received_documents_are_listed_with_what_is_wrong(qtmodeltester: object, qtbot: QtBot) -> None:
    model = ReceivedDocumentModel()
    model.set_received(read_received((MESSAGES / "mdm-t02-pdf.hl7").read_bytes().replace(b"^application^pdf", b"^^")))
    qtmodeltester.check(model)  # type: ignore[attr-defined]
    assert [model.index(0, column).data() for column in range(4)] == ["Consult note", "PDF", "193 bytes", "OBX-5.5"]
    assert [issue.rule for issue in model.issues] == ["document: type-missing"]


def opened(bench: Bench, run: Run, qtbot: QtBot, payload: bytes) -> OpenDocumentsDialog:
    dialog = OpenDocumentsDialog(bench, payload)
    qtbot.addWidget(dialog)
    run(until(lambda: dialog.row is not None or "No document" in dialog._words.text()))
    return dialog


def test_text_of_a_note_is_shown_and_a_pdf_is_for_the_viewer(bench: Bench, run: Run, qtbot: QtBot) -> None:
    note = opened(bench, run, qtbot, (MESSAGES / "mdm-t02-note.hl7").read_bytes())
    assert not note.text.isHidden()
    assert not note._open.isEnabled()
    letter = opened(bench, run, qtbot, (MESSAGES / "mdm-t02-pdf.hl7").read_bytes())
    assert letter.text.isHidden()
    assert letter._open.isEnabled()


def test_document_is_saved_byte_for_byte(
    bench: Bench, run: Run, qtbot: QtBot, tmp_path: Path, reports: list[Report]
) -> None:
    dialog = opened(bench, run, qtbot, build(make_document(), message="ORU^R01").to_bytes())
    assert dialog.row is not None
    out = tmp_path / "out.pdf"
    dialog.save_to(dialog.row.document, out)
    run(until(lambda: "Saved as" in dialog.notice.text.text()))
    assert out.read_bytes() == PDF
    assert not reports


def test_message_without_a_document_says_so(bench: Bench, run: Run, qtbot: QtBot) -> None:
    dialog = opened(bench, run, qtbot, (MESSAGES / "adt-a01-admission.hl7").read_bytes())
    assert dialog._words.text() == "No document can be read out of this message."


def test_glance_tells_which_messages_are_worth_reading() -> None:
    assert may_hold_documents((MESSAGES / "mdm-t02-note.hl7").read_bytes())
    assert may_hold_documents(build(make_document(), message="ORU^R01").to_bytes())
    assert not may_hold_documents((MESSAGES / "adt-a01-admission.hl7").read_bytes())
    assert not may_hold_documents(b"GET /|ED|")
    assert not may_hold_documents(b"")


def make_note_exchange(payload: bytes) -> Exchange:
    request = Request("MLLP", "mllp://127.0.0.1:2575", (), payload)
    return Exchange("workbench", "Community Hospital", request, None, START, 0.004)


async def shown_dialog(window: MainWindow) -> OpenDocumentsDialog:
    await until(lambda: window.findChildren(OpenDocumentsDialog))
    (dialog,) = window.findChildren(OpenDocumentsDialog)
    await until(lambda: dialog.row is not None)
    return dialog


def test_documents_of_an_exchange_are_opened_from_the_strip(window: MainWindow, bench: Bench, run: Run) -> None:
    note = (MESSAGES / "mdm-t02-note.hl7").read_bytes()

    async def story() -> None:
        bench.add_exchange(make_note_exchange((MESSAGES / "adt-a01-admission.hl7").read_bytes()))
        bench.add_exchange(make_note_exchange(note))
        window.strip.table.selectRow(0)
        (action,) = (each for each in window.strip.make_menu().actions() if "documents" in each.text())
        assert not action.isEnabled()
        window.strip.table.selectRow(1)
        (action,) = (each for each in window.strip.make_menu().actions() if "documents" in each.text())
        assert action.isEnabled()
        action.trigger()
        dialog = await shown_dialog(window)
        assert dialog.row is not None and dialog.row.document.number == "DOC-260302-5"
        dialog.reject()

    run(story())


def test_documents_are_opened_from_the_inspector_and_from_compose(window: MainWindow, bench: Bench, run: Run) -> None:
    async def story() -> None:
        window.inspect(make_note_exchange((MESSAGES / "mdm-t02-pdf.hl7").read_bytes()))
        window.inspector._request.click()
        assert not window.inspector._documents.isHidden()
        window.inspector._documents.click()
        dialog = await shown_dialog(window)
        dialog.reject()
        await until(lambda: not window.findChildren(OpenDocumentsDialog))
        panel = window.show_panel("compose")
        assert isinstance(panel, ComposePanel)
        panel.receive("message", (MESSAGES / "mdm-t02-note.hl7").read_bytes())
        await until(lambda: panel.page is not None)
        (command,) = (each for each in panel.commands() if each.title == "Open the documents of the message")
        command.run()
        dialog = await shown_dialog(window)
        assert dialog.row is not None and dialog.row.kind == "text"
        dialog.reject()

    run(story())


def test_document_dropped_anywhere_is_offered_by_compose(window: MainWindow, bench: Bench, run: Run, pdf: Path) -> None:
    async def story() -> None:
        await bench.refresh()
        window.show_panel("listen")
        window.open_path(str(pdf))
        await until(lambda: window.findChildren(SendNoteDialog))
        (dialog,) = window.findChildren(SendNoteDialog)
        await until(lambda: dialog.preview is not None)
        dialog.reject()

    run(story())
    assert window.panels.current_name == "compose"
