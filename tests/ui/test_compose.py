"""The Compose panel: what is typed goes out as it is, and the answer comes back below."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QKeySequence
from PySide6.QtWidgets import QLineEdit, QMessageBox
from pytestqt.qtbot import QtBot

from tests.ui.conftest import Run
from ui.bench import Bench, SandboxState
from ui.dialogs.choose_profile import ChooseProfileDialog
from ui.panels.compose import ComposePanel
from ui.tasks import Report
from ui.views.message_page import MessagePage
from ui.views.request_page import RequestPage
from workbench.exchange import Request, Response, utc_now
from workbench.smart_app.client_credentials import ClientCredentials
from workbench.smart_app.discovery import AuthorizationEndpoints
from workbench.smart_app.launch import LaunchResult
from workbench.transports.http_server import HttpServer
from workbench.transports.mllp_listener import MllpListener
from workbench.workspace.check_choices import CheckChoice, read_choice
from workbench.workspace.remotes import RemoteSandbox

MESSAGE = b"MSH|^~\\&|A|B|C|D|20260101||ADT^A01^ADT_A01|1|P|2.5.1\rPID|1||100001^^^H^MR||Okafor^Amara\rZPI|x\r"
ACCEPTED = b"MSH|^~\\&|C|D|A|B|20260101||ACK^A01|2|P|2.5.1\rMSA|AA|1\r"
REFUSED = b"MSH|^~\\&|C|D|A|B|20260101||ACK^A01|2|P|2.5.1\rMSA|AR|1|PV1-44 is required\r"


@pytest.fixture
def panel(bench: Bench, run: Run, qtbot: QtBot) -> ComposePanel:
    run(bench.refresh())
    made = ComposePanel(bench)
    made.resize(900, 600)
    qtbot.addWidget(made)
    made.show()
    return made


def remote(mllp_port: int = 0, fhir_base: str = "") -> SandboxState:
    ends = RemoteSandbox("peer", "Peer", fhir_base, "127.0.0.1", mllp_port)
    return SandboxState("peer", "Peer", "remote", "up", remote=ends)


async def until(true: Callable[[], object]) -> None:
    while not true():  # noqa: ASYNC110  # Qt tells some of these things by no event
        await asyncio.sleep(0.01)


async def opened(panel: ComposePanel, payload: bytes | Path = MESSAGE) -> MessagePage:
    """A message in a tab of its own, read and shown."""
    before = panel.tabs.count()
    panel.receive("message", payload)
    await until(lambda: panel.tabs.count() > before)
    page = panel.page
    assert isinstance(page, MessagePage)
    await until(lambda: not page.editor.loading)
    return page


async def send_message(page: MessagePage, answer: bytes) -> list[bytes]:
    """Send to a real listener that answers so; what it received is returned."""
    received: list[bytes] = []

    async def take(payload: bytes) -> bytes:
        received.append(payload)
        return answer

    listener = MllpListener(take)
    await listener.start()
    page.send(remote(listener.port))
    await until(lambda: not page.sending)
    await listener.stop()
    return received


@pytest.mark.parametrize(
    "data",
    [MESSAGE, MESSAGE.replace(b"\r", b"\n"), b"hello \xff\xfe\x00 world", b"MSH|^~\\&|\xc2\xa0\r\nPID|caf\xe9\r"],
)
def test_a_message_that_nobody_edited_goes_out_byte_for_byte(panel: ComposePanel, run: Run, data: bytes) -> None:
    async def story() -> None:
        page = await opened(panel, data)
        assert await send_message(page, ACCEPTED) == [data]

    run(story())


def test_what_is_typed_goes_out_with_carriage_returns(panel: ComposePanel, run: Run) -> None:
    async def story() -> None:
        page = await opened(panel)
        page.editor.moveCursor(page.editor.textCursor().MoveOperation.End)
        page.editor.insertPlainText("NTE|1||a\u00a0no-break space\n")
        received = await send_message(page, ACCEPTED)
        assert received == [MESSAGE + "NTE|1||a\u00a0no-break space\r".encode()]

    run(story())


def test_the_answer_is_shown_with_its_verdict_and_logged(panel: ComposePanel, bench: Bench, run: Run) -> None:
    async def story() -> None:
        page = await opened(panel)
        await send_message(page, REFUSED)
        assert (page.answer.verdict.verdict, page.answer.verdict.text) == ("fail", "AR")
        assert page.answer.sentence.text() == "PV1-44 is required"
        assert [exchange.request.body for exchange in bench.log.exchanges] == [MESSAGE]

    run(story())


def test_a_refused_connection_is_shown_as_the_answer(panel: ComposePanel, run: Run) -> None:
    async def story() -> None:
        page = await opened(panel)
        page.send(remote(1))
        await until(lambda: not page.sending)
        assert page.answer.verdict.verdict == "fail"
        assert page.answer.sentence.text()

    run(story())


def test_stopping_waits_no_longer(panel: ComposePanel, run: Run) -> None:
    async def story() -> None:
        forever = asyncio.Event()

        async def never(payload: bytes) -> None:
            await forever.wait()

        listener = MllpListener(never)
        await listener.start()
        page = await opened(panel)
        page.send(remote(listener.port))
        await asyncio.sleep(0.05)
        assert page.sending
        panel.send_or_stop()
        await until(lambda: not page.sending)
        assert "may have arrived" in page.answer.sentence.text()
        await listener.stop()

    run(story())


def test_a_site_that_does_not_run_is_said_with_what_to_do(panel: ComposePanel, run: Run, reports: list[Report]) -> None:
    async def story() -> None:
        page = await opened(panel)
        panel.send()
        assert not page.notice.isHidden()
        assert page.notice.text.text().endswith("does not run.")
        assert not page.sending

    run(story())
    assert reports == []


def test_the_cursor_in_the_text_shows_in_the_tree_and_the_other_way_round(panel: ComposePanel, run: Run) -> None:
    async def story() -> None:
        page = await opened(panel)
        text = page.editor.text()
        page.editor.go_to(text.index("PID|") + 4)
        assert page.place.text().startswith("PID-1 Set ID - PID")
        page.editor.go_to(text.index("Okafor") + 2)
        assert page.view.editor.tree.currentIndex().data() == "PID-5.1"
        assert page.place.text().startswith("PID-5.1 Family Name  ·  FN · optional 0..1")
        tree = page.view.editor.tree
        tree.setFocus()
        await until(tree.hasFocus)
        tree.setCurrentIndex(page.view.model.index_at(text.index("100001")))
        assert page.editor.textCursor().position() == text.index("100001")
        assert page.place.text().startswith("PID-3.1 ")

    run(story())


def test_a_value_set_in_the_tree_is_undone_in_the_text(panel: ComposePanel, run: Run) -> None:
    async def story() -> None:
        page = await opened(panel)
        index = page.view.model.index_at(page.editor.text().index("Okafor")).siblingAtColumn(1)
        assert page.view.model.setData(index, "O|K")
        assert b"||O\\F\\K^Amara\r" in page.to_bytes()
        assert page.title.endswith(" •")
        page.editor.undo()
        assert page.to_bytes() == MESSAGE
        assert not page.is_modified()

    run(story())


def test_a_value_is_edited_and_undone_in_the_tree_by_keys_alone(panel: ComposePanel, run: Run, qtbot: QtBot) -> None:
    async def story() -> None:
        page = await opened(panel)
        tree = page.view.editor.tree
        tree.setFocus()
        await until(tree.hasFocus)
        tree.setCurrentIndex(page.view.model.index_at(page.editor.text().index("Okafor")))
        for key, word in ((Qt.Key.Key_F2, "Adams"), (Qt.Key.Key_Return, "Baker")):
            qtbot.keyClick(tree, key)
            line = tree.findChild(QLineEdit)
            assert isinstance(line, QLineEdit)
            line.setText(word)
            qtbot.keyClick(line, Qt.Key.Key_Return)
            await until(lambda: tree.findChild(QLineEdit) is None)
            assert f"||{word}^Amara".encode() in page.to_bytes()
        undo = QKeySequence(QKeySequence.StandardKey.Undo)[0]
        for _ in range(2):
            qtbot.keyClick(tree, undo.key(), undo.keyboardModifiers())
        assert page.to_bytes() == MESSAGE
        tree.redo()
        assert b"||Adams^Amara" in page.to_bytes()

    run(story())


def test_a_fresh_header_is_one_step_back(panel: ComposePanel, run: Run) -> None:
    async def story() -> None:
        page = await opened(panel)
        panel.refresh_header()
        message = page.to_bytes()
        assert b"|20260101|" not in message
        assert b"|1|P|" not in message
        assert message.split(b"\r")[1:] == MESSAGE.split(b"\r")[1:]
        page.editor.undo()
        assert page.to_bytes() == MESSAGE

    run(story())


def test_letters_beyond_the_basic_plane_do_not_shift_places(panel: ComposePanel, run: Run) -> None:
    async def story() -> None:
        page = await opened(panel, MESSAGE.replace(b"Okafor", "😀😀Okafor".encode()))
        shown = page.editor.document().find("Amara")
        page.editor.setTextCursor(shown)
        assert page.place.text().startswith("PID-5.2")
        page.view.model.setData(page.view.editor.tree.currentIndex().siblingAtColumn(1), "Ada")
        assert "😀😀Okafor^Ada\r".encode() in page.to_bytes()

    run(story())


def test_a_long_run_is_folded_and_goes_out_whole(panel: ComposePanel, run: Run) -> None:
    pdf = b"QUJD" * 250_000
    data = MESSAGE + b"OBX|1|ED|PDF||^application^pdf^Base64^" + pdf + b"|||F\r"

    async def story() -> None:
        page = await opened(panel, data)
        assert len(page.editor.shown_text()) < 400
        page.editor.moveCursor(page.editor.textCursor().MoveOperation.Start)
        page.editor.moveCursor(page.editor.textCursor().MoveOperation.EndOfLine)
        page.editor.insertPlainText("|typed")
        assert page.to_bytes() == data.replace(b"|2.5.1\r", b"|2.5.1|typed\r")
        page.editor.selectAll()
        assert page.editor.createMimeDataFromSelection().text().count("QUJD") == 250_000
        page.editor.cut()
        page.editor.undo()
        assert page.to_bytes() == data.replace(b"|2.5.1\r", b"|2.5.1|typed\r")
        page.editor.undo()
        assert page.to_bytes() == data

    run(story())


def test_saving_writes_the_bytes_and_takes_the_mark_away(panel: ComposePanel, run: Run, tmp_path: Path) -> None:
    path = tmp_path / "message.hl7"
    path.write_bytes(MESSAGE.replace(b"\r", b"\r\n"))

    async def story() -> None:
        page = await opened(panel, path)
        page.editor.insertPlainText("X")
        assert panel.has_unsaved()
        assert panel.tabs.save()
        assert not panel.has_unsaved()
        assert path.read_bytes() == b"X" + MESSAGE.replace(b"\r", b"\r\n")

    run(story())


def test_a_file_changed_by_somebody_else_is_not_saved_over(panel: ComposePanel, run: Run, tmp_path: Path) -> None:
    path = tmp_path / "message.hl7"
    path.write_bytes(MESSAGE)

    async def story() -> None:
        page = await opened(panel, path)
        page.editor.insertPlainText("X")
        path.write_bytes(b"theirs")
        assert not panel.tabs.save()
        assert not page.notice.isHidden()
        assert path.read_bytes() == b"theirs"
        assert panel.has_unsaved()

    run(story())


def test_a_message_in_another_character_set_is_read_and_sent_in_it_and_the_page_says_so(
    panel: ComposePanel, run: Run
) -> None:
    body = "张三".encode("gb18030")
    data = b"MSH|^~\\&" + b"|" * 16 + b"GB 18030-2000\rPID|1||1||" + body + b"\r"

    async def story() -> tuple[MessagePage, list[bytes]]:
        page = await opened(panel, data)
        start = page.editor.text().index("|1||1|")
        page.editor.replace_span(start, start + 6, "|1||2|")
        return page, await send_message(page, ACCEPTED)

    page, received = run(story())
    assert "张三" in page.editor.text()
    assert received == [data.replace(b"|1||1|", b"|1||2|")]
    assert page.bar.line_end.text() == "CR · GB 18030 "
    assert "since MSH-18 names GB 18030-2000" in page.bar.line_end.toolTip()


def test_a_shipped_message_opens_as_a_copy(panel: ComposePanel, bench: Bench, run: Run) -> None:
    entry = next(each for each in bench.workspace.messages() if each.name == "adt-a01-admission")

    async def story() -> None:
        page = await opened(panel, entry.path)
        assert page.path is None
        assert page.to_bytes() == entry.path.read_bytes()

    run(story())


def test_closing_with_unsaved_work_asks_once(panel: ComposePanel, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []

    def answer(box: QMessageBox) -> int:
        asked.append(box.text())
        default = box.defaultButton()
        assert box.standardButton(default) == QMessageBox.StandardButton.Save
        return int(QMessageBox.StandardButton.Cancel if len(asked) == 1 else QMessageBox.StandardButton.Discard)

    monkeypatch.setattr(QMessageBox, "exec", answer)

    async def story() -> None:
        page = await opened(panel)
        page.editor.insertPlainText("X")
        assert not panel.tabs.close_front()
        assert panel.tabs.count() == 1
        assert panel.tabs.close_front()
        assert panel.page is None
        assert len(asked) == 2

    run(story())


def test_a_request_goes_out_as_typed_with_the_chosen_token(panel: ComposePanel, bench: Bench, run: Run) -> None:
    seen: list[Request] = []

    async def answer(request: Request) -> Response:
        seen.append(request)
        body = b'{"resourceType": "Patient", "id": "1"}'
        return Response(201, (("Content-Type", "application/fhir+json"), ("Location", "/Patient/1")), body)

    async def story() -> None:
        server = HttpServer(answer)
        await server.start()
        panel.new_request()
        panel.receive("token", ("Token of a test", "secret-token"))
        page = panel.page
        assert isinstance(page, RequestPage)
        page.method.setCurrentText("POST")
        page.address.setText("Patient")
        page.editor.setPlainText('{"resourceType": "Patient", oops 72.50\n')
        page.send(remote(fhir_base=f"{server.address}/fhir"))
        await until(lambda: not page.sending)
        assert (page.answer.verdict.verdict, page.answer.verdict.text) == ("pass", "201 Created")
        await server.stop()

    run(story())
    (request,) = seen
    assert request.method == "POST"
    assert request.address.endswith("/fhir/Patient")
    assert request.body == b'{"resourceType": "Patient", oops 72.50\n'
    assert request.header("Authorization") == "Bearer secret-token"
    assert request.header("Content-Type") == "application/fhir+json"


def granted(base: str, expires_in: int, issued: datetime) -> LaunchResult:
    endpoints = AuthorizationEndpoints("https://ehr.example/authorize", "https://ehr.example/token")
    return LaunchResult(
        base, ClientCredentials("workbench"), endpoints, (), (), "secret-token", patient="amara-okafor",
        issued=issued, expires_in=expires_in,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("base", "age", "said"),
    [("", 0, ""), ("", 400, "The chosen token ended at"), ("https://ehr.example/fhir", 0, "takes it elsewhere")],
)
def test_a_token_that_ended_or_goes_elsewhere_is_told_and_goes(
    panel: ComposePanel, run: Run, base: str, age: int, said: str
) -> None:
    seen: list[Request] = []

    async def answer(request: Request) -> Response:
        seen.append(request)
        return Response(200, (("Content-Type", "application/fhir+json"),), b'{"resourceType": "Patient"}')

    async def story() -> None:
        server = HttpServer(answer)
        await server.start()
        own = f"{server.address}/fhir"
        panel.receive("token", granted(base or own, 300, utc_now() - timedelta(seconds=age)))
        page = panel.page
        assert isinstance(page, RequestPage)
        assert page.token.currentText().startswith("Token 1 · amara-okafor · until ")
        page.address.setText("Patient/1")
        page.send(remote(fhir_base=own))
        await until(lambda: not page.sending)
        assert page.notice.isHidden() == (not said)
        assert not said or said in page.notice.text.text()
        await server.stop()

    run(story())
    assert seen[0].header("Authorization") == "Bearer secret-token"


def test_the_token_is_in_no_text_of_the_page_and_in_no_file(panel: ComposePanel, run: Run) -> None:
    panel.new_request()
    panel.receive("token", ("Token of a test", "secret-token"))
    page = panel.page
    assert isinstance(page, RequestPage)
    assert b"secret-token" not in page.to_file(Path("a.http"))
    assert page.token.currentText() == "Token of a test"


def test_broken_json_is_told_with_its_place(panel: ComposePanel, run: Run) -> None:
    async def story() -> None:
        panel.new_request()
        page = panel.page
        assert isinstance(page, RequestPage)
        page.editor.setPlainText('{\n  "status": "final"\n  "code": 1\n}')
        await until(lambda: page.status.text().startswith("Line 3, column 3: "))
        page.step_problem(1)
        assert page.editor.textCursor().blockNumber() == 2

    run(story())


def test_resources_one_a_line_open_and_are_checked_line_by_line(panel: ComposePanel, run: Run, tmp_path: Path) -> None:
    path = tmp_path / "patients.ndjson"
    path.write_bytes(b'{"resourceType":"Patient","id":"a"}\n{"resourceType":"Patient","gender":"mann"}\n')

    async def story() -> None:
        panel.receive("path", path)
        await until(lambda: isinstance(panel.page, RequestPage) and panel.page.resource.check is not None)
        page = panel.page
        assert isinstance(page, RequestPage)
        assert page.resource.chip.words == "1 error"
        assert [issue.line for issue in page.resource.problems.shown if issue.is_error] == [2]
        assert ("Content-Type", "application/fhir+ndjson") in page.headers.headers

    run(story())


@pytest.mark.parametrize("ending", [".xml", ".ndjson", ".json"])
def test_a_file_of_a_resource_stays_one_however_often_it_is_saved(
    ending: str, panel: ComposePanel, run: Run, tmp_path: Path
) -> None:
    texts = {
        ".xml": '<Patient xmlns="http://hl7.org/fhir"><id value="a"/></Patient>',
        ".json": '{"resourceType":"Patient","id":"a"}',
        ".ndjson": '{"resourceType":"Patient","id":"a"}\n{"resourceType":"Patient","id":"b"}',
    }
    path = tmp_path / f"patient{ending}"
    path.write_text(texts[ending], "utf-8")

    async def story() -> None:
        panel.receive("path", path)
        await until(lambda: isinstance(panel.page, RequestPage) and not panel.page.editor.loading)
        page = panel.page
        assert isinstance(page, RequestPage)
        for _ in range(3):
            page.editor.insertPlainText(" ")
            assert panel.tabs.save()
        assert path.read_text("utf-8") == "   " + texts[ending]
        page.address.setText("Patient/other")
        assert not page.is_modified()

    run(story())


def test_a_request_saved_as_a_resource_keeps_the_resource_and_without_a_body_the_request(
    panel: ComposePanel, tmp_path: Path
) -> None:
    panel.new_request()
    page = panel.page
    assert isinstance(page, RequestPage)
    assert panel.tabs.write(page, tmp_path / "search.json", chosen=True)
    assert (tmp_path / "search.json").read_text("utf-8").startswith("GET Patient")
    page.editor.insertPlainText('{"resourceType":"Patient"}')
    for _ in range(2):
        assert panel.tabs.write(page, tmp_path / "patient.json", chosen=True)
        assert (tmp_path / "patient.json").read_text("utf-8") == '{"resourceType":"Patient"}'
    assert panel.tabs.write(page, tmp_path / "patient.http", chosen=True)
    assert (tmp_path / "patient.http").read_text("utf-8").startswith("GET Patient")


def test_undo_takes_back_edits_of_headers_and_of_the_body(panel: ComposePanel, run: Run) -> None:
    panel.new_request()
    page = panel.page
    assert isinstance(page, RequestPage)
    page.headers.put("Prefer", "return=minimal")
    page.editor.insertPlainText("{}")
    assert page.is_modified()
    page.table.undo()
    page.editor.undo()
    assert not page.is_modified()


def test_a_resource_file_opens_as_its_update_and_saves_as_it_was(panel: ComposePanel, run: Run, tmp_path: Path) -> None:
    path = tmp_path / "observation.json"
    body = b'{"resourceType":"Observation","id":"x","note":"' + b"a" * 3000 + b'","valueQuantity":{"value":72.50}}'
    path.write_bytes(body)

    async def story() -> None:
        panel.receive("path", path)
        await until(lambda: panel.page is not None)
        page = panel.page
        assert isinstance(page, RequestPage)
        assert (page.method.currentText(), page.address.text()) == ("PUT", "Observation/x")
        assert page.editor.document().blockCount() > 4
        await until(lambda: "until you edit it" in page.status.text())
        assert page.to_body() == body
        assert page.to_file(path) == body

    run(story())


def test_the_window_stays_awake_while_two_megabytes_open(panel: ComposePanel, run: Run, tmp_path: Path) -> None:
    entry = b'{"resource":{"resourceType":"Observation","id":"%d","status":"final","valueQuantity":{"value":72.50}}}'
    path = tmp_path / "bundle.json"
    path.write_bytes(b'{"resourceType":"Bundle","entry":[' + b",".join(entry % n for n in range(20_000)) + b"]}")
    gaps: list[float] = []

    async def watch() -> None:
        clock = asyncio.get_running_loop().time
        last = clock()
        while True:
            await asyncio.sleep(0.005)
            gaps.append(clock() - last)
            last = clock()

    async def story() -> None:
        watcher = asyncio.create_task(watch())
        panel.receive("path", path)
        await until(lambda: panel.page is not None)
        page = panel.page
        assert isinstance(page, RequestPage)
        await until(lambda: not page.editor.loading)
        await asyncio.sleep(0.2)
        watcher.cancel()
        assert page.to_body() == path.read_bytes()

    run(story())
    assert max(gaps) < 0.5


def test_every_control_has_a_name_for_a_screen_reader(panel: ComposePanel, run: Run) -> None:
    from PySide6.QtWidgets import QAbstractButton, QComboBox, QLineEdit, QPlainTextEdit, QWidget

    panel.new_message()
    panel.new_request()
    controls = [
        each
        for kind in (QAbstractButton, QComboBox, QLineEdit, QPlainTextEdit)
        for each in panel.findChildren(kind)
        if isinstance(each, QWidget) and each.isVisible() and each.focusPolicy() & Qt.FocusPolicy.TabFocus
    ]
    nameless = [
        each
        for each in controls
        if not each.accessibleName() and not (isinstance(each, QAbstractButton) and each.text())
    ]
    assert len(controls) >= 8
    assert nameless == []


def test_find_goes_from_place_to_place_and_round(panel: ComposePanel, run: Run) -> None:
    async def story() -> None:
        page = await opened(panel)
        assert panel.find_text()
        bar = page._find_bar
        assert bar is not None
        assert bar.isVisible()
        text = page.editor.text()
        found = []
        for _ in range(3):
            assert bar.search("|a")
            found.append(page.editor.textCursor().selectionStart())
        first, second = text.index("|A|"), text.index("|ADT")
        assert found == [first, second, first]
        assert not bar.search("nowhere")

    run(story())


def test_what_a_document_is_checked_against_is_remembered(
    panel: ComposePanel, bench: Bench, run: Run, tmp_path: Path
) -> None:
    path = tmp_path / "patient.json"
    path.write_text('{"resourceType": "Patient", "gender": "mann"}')
    choice = CheckChoice("5.0")

    async def opened_request() -> RequestPage:
        panel.receive("path", path)
        await until(lambda: isinstance(panel.page, RequestPage))
        page = panel.page
        assert isinstance(page, RequestPage)
        return page

    async def story() -> None:
        page = await opened_request()
        await until(lambda: page.resource.check is not None)
        page.choice_asked.emit()
        dialog = panel.findChild(ChooseProfileDialog)
        assert isinstance(dialog, ChooseProfileDialog)
        dialog.chosen.emit(choice, "")
        dialog.reject()
        await until(lambda: page.resource.check is not None and page.resource.check.release == "R5")
        await until(lambda: read_choice(bench.workspace.folder, path) is not None)
        panel.tabs.close_front()
        again = await opened_request()
        await until(lambda: again.resource.choice == choice)

    run(story())


def test_a_body_that_is_said_to_be_something_else_is_not_checked(panel: ComposePanel, run: Run) -> None:
    async def story() -> None:
        panel.new_request()
        page = panel.page
        assert isinstance(page, RequestPage)
        page.headers.put("Content-Type", "application/x-www-form-urlencoded")
        page.editor.setPlainText("name=Ada")
        await until(lambda: page.resource.chip.words == "Not checked")
        page.headers.put("Content-Type", "application/fhir+json; charset=utf-8")
        await until(lambda: page.resource.chip.words == "Not readable")

    run(story())


def test_xml_goes_out_as_xml(panel: ComposePanel, run: Run) -> None:
    async def story() -> None:
        received: list[Request] = []

        async def answer(request: Request) -> Response:
            received.append(request)
            return Response(201, body=b"{}")

        server = HttpServer(answer)
        await server.start()
        panel.new_request()
        page = panel.page
        assert isinstance(page, RequestPage)
        page.method.setCurrentText("POST")
        page.address.setText("Patient")
        page.editor.setPlainText('<Patient xmlns="http://hl7.org/fhir"/>')
        page.send(remote(fhir_base=server.address))
        await until(lambda: not page.sending)
        await server.stop()
        assert dict(received[0].headers)["content-type"] == "application/fhir+xml"

    run(story())
