"""The Listen panel: an inbox on a port of its own."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path

import pytest
from PySide6.QtGui import QGuiApplication
from pytestqt.qtbot import QtBot

from tests.ui.conftest import Run
from ui.bench import Bench
from ui.models.inbox_answer import InboxAnswer
from ui.panels.listen import ListenPanel
from ui.tasks import Report
from workbench.exchange import Exchange, utc_now
from workbench.hl7v2.acknowledgment import parse_acknowledgment
from workbench.transports.mllp_client import send_mllp

MESSAGE = b"MSH|^~\\&|LAB|COMMUNITY|||20260101||ORU^R01|42|P|2.5.1\rPID|1||100001||Okafor^Amara\rZZZ|\xff\r"


@pytest.fixture
def panel(bench: Bench, qtbot: QtBot) -> ListenPanel:
    made = ListenPanel(bench)
    made.resize(900, 600)
    qtbot.addWidget(made)
    made.show()
    return made


async def until(true: Callable[[], object]) -> None:
    while not true():  # noqa: ASYNC110  # Qt tells some of these things by no event
        await asyncio.sleep(0.01)


async def send(panel: ListenPanel, data: bytes = MESSAGE, within: float = 5) -> Exchange:
    if not panel.address:
        panel.start()
        await until(lambda: panel.address)
    assert panel.listener is not None
    return await send_mllp("127.0.0.1", panel.listener.port, data, within=within)


@pytest.mark.parametrize("code", ["AA", "AE", "AR"])
def test_a_message_is_answered_as_chosen(panel: ListenPanel, run: Run, code: str) -> None:
    async def story() -> None:
        panel.answer.setCurrentIndex(panel.answer.findData(code))
        panel.text.setText("Bed is not known")
        exchange = await send(panel)
        assert exchange.response is not None
        acknowledgment = parse_acknowledgment(exchange.response.body)
        assert (acknowledgment.code, acknowledgment.control_id) == (code, "42")
        assert acknowledgment.text == "Bed is not known"
        await until(lambda: panel.model.rows)
        assert panel.model.rows[0].answered == code

    run(story())


def test_no_answer_leaves_the_sender_waiting_and_the_message_here(panel: ListenPanel, run: Run) -> None:
    async def story() -> None:
        panel.answer.setCurrentIndex(panel.answer.findData("none"))
        exchange = await send(panel, within=0.3)
        assert exchange.failure is not None
        assert [row.control_id for row in panel.model.rows] == ["42"]

    run(story())


def test_what_is_no_message_is_answered_too() -> None:
    answer = InboxAnswer("AE", "").make(b"hello", now=utc_now(), control_id="1")
    assert answer is not None
    assert parse_acknowledgment(answer).code == "AE"


def test_what_is_no_message_is_not_accepted_even_where_all_is() -> None:
    answer = InboxAnswer("AA", "").make(b"hello world", now=utc_now(), control_id="1")
    assert answer is not None
    assert parse_acknowledgment(answer).code == "AR"
    assert "hello world" in parse_acknowledgment(answer).text


def test_a_received_message_is_shown_and_is_an_exchange_of_the_log(panel: ListenPanel, bench: Bench, run: Run) -> None:
    async def story() -> None:
        await send(panel)
        await until(lambda: panel.view.message is not None)
        assert panel.table.currentIndex().row() == 0
        assert "Okafor^Amara" in panel.view.editor.text.text()
        assert panel.view.editor.text.isReadOnly()
        assert [exchange.request.body for exchange in bench.log.exchanges] == [MESSAGE]

    run(story())


def test_a_received_message_is_read_and_copied_in_its_own_character_set(panel: ListenPanel, run: Run) -> None:
    data = "MSH|^~\\&|LAB||||2026||ORU^R01|7|P|2.5.1||||||GB 18030-2000\rPID|1||1||张^三\r".encode("gb18030")

    async def story() -> None:
        await send(panel, data)
        await until(lambda: panel.view.message is not None)
        assert "张^三" in panel.view.editor.text.text()
        panel.copy_message()
        assert QGuiApplication.clipboard().text() == data.decode("gb18030").replace("\r", "\n")

    run(story())


def test_the_empty_state_tells_the_address_and_copies_it(panel: ListenPanel, run: Run) -> None:
    async def story() -> None:
        assert panel.address == ""
        panel.start()
        await until(lambda: panel.address)
        panel.copy_address()
        assert QGuiApplication.clipboard().text() == panel.address
        assert panel.address.startswith("mllp://127.0.0.1:")

    run(story())


def test_stopping_frees_the_port_and_starting_takes_it_again(panel: ListenPanel, run: Run) -> None:
    async def story() -> None:
        await send(panel)
        assert panel.listener is not None
        port = panel.listener.port
        panel.stop()
        await until(lambda: not panel.address)
        refused = await send_mllp("127.0.0.1", port, MESSAGE, within=2)
        assert refused.failure is not None
        panel.port.setValue(port)
        assert (await send(panel)).response is not None

    run(story())


def test_a_port_in_use_is_told_with_what_to_do(panel: ListenPanel, bench: Bench, qtbot: QtBot, run: Run) -> None:
    other = ListenPanel(bench)
    qtbot.addWidget(other)

    async def story() -> None:
        panel.start()
        await until(lambda: panel.address)
        assert panel.listener is not None
        other.port.setValue(panel.listener.port)
        other.start()
        await until(lambda: not other.notice.isHidden())
        assert "in use" in other.notice.text.text()
        await until(lambda: other.toggle.accessibleName() == "Start listening")

    run(story())


def test_the_list_is_cleared_with_a_way_back(panel: ListenPanel, run: Run) -> None:
    async def story() -> None:
        await send(panel)
        gone = panel.model.rows
        panel.clear()
        assert panel.model.rows == ()
        panel._put_back(gone)
        assert panel.model.rows == gone

    run(story())


def test_a_message_is_saved_as_it_arrived(panel: ListenPanel, run: Run, tmp_path: Path) -> None:
    async def story() -> None:
        await send(panel)
        assert panel.save_to(panel.model.rows[0], tmp_path / "received.hl7")
        assert (tmp_path / "received.hl7").read_bytes() == MESSAGE
        (tmp_path / "file").write_bytes(b"")
        assert not panel.save_to(panel.model.rows[0], tmp_path / "file" / "below.hl7")
        assert not panel.notice.isHidden()

    run(story())


def test_selected_messages_go_to_compose_and_to_compare(panel: ListenPanel, run: Run, reports: list[Report]) -> None:
    composed: list[object] = []
    compared: list[tuple[object, object]] = []
    panel.compose_requested.connect(composed.append)
    panel.compare_requested.connect(lambda left, right: compared.append((left, right)))

    async def story() -> None:
        await send(panel)
        await send(panel, MESSAGE.replace(b"|42|", b"|43|"))
        await until(lambda: len(panel.model.rows) == 2)
        panel.table.selectRow(0)
        panel.compose()
        panel.compare()
        panel.table.selectAll()
        panel.compare()

    run(story())
    first, second = (row.exchange for row in panel.model.rows)
    assert composed == [first]
    assert compared == [(first, None), (first, second)]
    assert reports == []


def test_a_message_in_enhanced_mode_is_answered_in_it(panel: ListenPanel, run: Run) -> None:
    async def story() -> list[str]:
        panel.answer.setCurrentIndex(panel.answer.findData("AE"))
        await send(panel, MESSAGE.replace(b"|2.5.1", b"|2.5.1|||AL|AL"))
        await until(lambda: len(panel.model.rows) == 2)
        return [row.answered for row in panel.model.rows]

    assert run(story()) == ["CA", "AE"]


def test_what_a_button_opens_has_the_keyboard(panel: ListenPanel, qtbot: QtBot) -> None:
    panel.activateWindow()
    qtbot.waitUntil(panel.isActiveWindow)
    panel.rules_button.click()
    qtbot.keyClicks(QGuiApplication.focusObject(), "ADT^A01: AE times 1")
    assert panel.rules.line.text() == "ADT^A01: AE times 1"
    panel.tls_button.click()
    assert panel.tls.certificate.hasFocus()
