"""The panel Send many: what is chosen goes out message by message, and the window goes on meanwhile."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QSettings, QTimer
from PySide6.QtTest import QAbstractItemModelTester
from pytestqt.qtbot import QtBot

from tests.transports.certificates import SERVER, issue
from tests.ui.conftest import Run
from ui.bench import Bench
from ui.main_window import MainWindow
from ui.models.send_result_model import ANSWER, CONTROL_ID, LINE, VERDICT_ROLE, SendResultModel
from ui.panels.send_many import SendManyPanel
from ui.theme.theme import Theme
from workbench.exchange import Exchange, Request, Response, utc_now
from workbench.site.answer_rule_text import parse_answer_rule
from workbench.transports.mllp_listener import MllpListener
from workbench.transports.mllp_tls import make_server_context
from workbench.workspace.send_result import Outcome, SendResult

BODY = "MSH|^~\\&|A|B|||20260302||ADT^A08^ADT_A01|{}|P|2.5.1\rEVN||2026\rPID|1||100001^^^CHMRN^MR||Okafor^Amara\r"


def result(number: int, outcome: Outcome = "accepted", size: int = 10) -> SendResult:
    request = Request("MLLP", "mllp://h:1", body=b"x" * size)
    exchange = Exchange("a", "b", request, Response(None, body=b"y" * size), utc_now(), 0.01)
    return SendResult(
        number, f"/folder/f{number % 3}.hl7", number, 0, "ADT^A08", f"C{number}", outcome,
        "AA" if outcome == "accepted" else "AE", duration=0.001, attempts=1, exchanges=(exchange,),
    )  # fmt: skip


@pytest.fixture
def panel(bench: Bench, qtbot: QtBot) -> SendManyPanel:
    made = SendManyPanel(bench)
    made.resize(900, 600)
    qtbot.addWidget(made)
    made.show()
    return made


async def until(true: Callable[[], object]) -> None:
    while not true():  # noqa: ASYNC110  # Qt tells some of these things by no event
        await asyncio.sleep(0.01)


async def ready(panel: SendManyPanel, *rules: str) -> None:
    await panel.bench.refresh()
    await panel.bench.start_sandbox("community-hospital")
    answers = panel.bench.answers_of("community-hospital")
    for rule in rules:
        assert answers is not None
        answers.add(parse_answer_rule(rule))


async def send(panel: SendManyPanel, path: Path) -> None:
    panel.set_sources([str(path)])
    await until(lambda: panel.sources is not None)
    panel.start()
    await until(lambda: panel.model.total and not panel._timer.isActive())


def write(path: Path, count: int) -> Path:
    path.write_text("".join(BODY.format(f"C{number}") for number in range(1, count + 1)), newline="")
    return path


def test_the_model_is_a_model(qtbot: QtBot) -> None:
    model = SendResultModel()
    tester = QAbstractItemModelTester(model, QAbstractItemModelTester.FailureReportingMode.Fatal, model)
    model.add([result(1), result(2, "refused")])
    model.filter(frozenset({"accepted"}), "")
    model.add([result(3), result(4, "failed")])
    assert [model.index(row, CONTROL_ID).data() for row in range(model.rowCount())] == ["C2", "C4"]
    model.filter(frozenset(), "c3 f0.hl7")
    assert [model.index(row, LINE).data() for row in range(model.rowCount())] == ["3"]
    model.clear()
    assert (model.rowCount(), model.total) == (0, 0)
    assert tester.model() is model


def test_exchanges_are_kept_within_a_size_the_newest_longest() -> None:
    model = SendResultModel(kept=20_000)
    model.add(result(number, size=1000) for number in range(1, 101))
    kept = [each.number for each in model.results if each.exchanges]
    assert kept == list(range(kept[0], 101)) and 5 <= len(kept) <= 7
    assert model.total == 100


def test_each_message_is_listed_with_its_answer(panel: SendManyPanel, run: Run, tmp_path: Path) -> None:
    async def story() -> None:
        await ready(panel, 'any where MSH-10 = C2: AE error PID-5 101 E "No name"', "any where MSH-10 = C3: close")
        await send(panel, write(tmp_path / "batch.hl7", 4))
        cells = [panel.model.index(row, ANSWER) for row in range(4)]
        assert [cell.data(VERDICT_ROLE) for cell in cells] == ["pass", "fail", "fail", "pass"]
        assert cells[1].data() == "AE: PID-5: No name"
        assert "closed the connection" in cells[2].data()
        assert panel.notice.text.text() == "2 of 4 messages were accepted."
        assert panel.results.filter.chips["accepted"].text() == "2 accepted"
        assert not panel.results.filter.chips["not sent"].isVisible()
        panel.results.filter.chips["accepted"].setChecked(False)
        assert panel.model.rowCount() == 2

    run(story())


def test_a_row_that_is_chosen_is_inspected(panel: SendManyPanel, run: Run, tmp_path: Path) -> None:
    opened: list[Exchange] = []
    panel.open_exchange.connect(opened.append)

    async def story() -> None:
        await ready(panel)
        await send(panel, write(tmp_path / "batch.hl7", 3))
        panel.results.table.selectRow(1)
        assert [b"|C2|" in each.request.body for each in opened] == [True]

    run(story())


def test_it_pauses_goes_on_and_stops(panel: SendManyPanel, run: Run, tmp_path: Path) -> None:
    async def story() -> None:
        await ready(panel)
        panel.options.rate.setValue(50)
        panel.set_sources([str(write(tmp_path / "batch.hl7", 500))])
        await until(lambda: panel.sources is not None)
        panel.start()
        await until(lambda: panel.model.total > 2)
        panel.pause.setChecked(True)
        await asyncio.sleep(0.2)
        paused_at = panel.model.total
        await asyncio.sleep(0.3)
        assert panel.model.total <= paused_at + 1
        assert panel.pause.text() == "Go &on"
        panel.pause.setChecked(False)
        await until(lambda: panel.model.total > paused_at + 2)
        panel.start_or_stop()
        await until(lambda: panel.model.total == 500 and panel.pause.isHidden())
        assert panel.model.counts["not sent"] > 400
        assert panel.notice.text.text().endswith("messages were accepted. It was stopped.")

    run(story())


def test_a_sandbox_that_does_not_run_can_be_started_on_the_spot(panel: SendManyPanel, run: Run, tmp_path: Path) -> None:
    async def story() -> None:
        await panel.bench.refresh()
        panel.bench.set_current("community-hospital")
        panel.set_sources([str(write(tmp_path / "batch.hl7", 2))])
        await until(lambda: panel.sources is not None)
        panel.start()
        assert "Community Hospital is not running." in panel.notice.text.text()
        panel._start_and_send()
        await until(lambda: panel.model.total == 2)

    run(story())


def test_what_was_not_accepted_is_sent_again(panel: SendManyPanel, run: Run, tmp_path: Path) -> None:
    async def story() -> None:
        await ready(panel, "any where MSH-10 = C2: AE times 1")
        await send(panel, write(tmp_path / "batch.hl7", 3))
        assert panel.model.counts == {"accepted": 2, "refused": 1}
        panel.send_rest()
        await until(lambda: panel.model.total == 3 and not panel._timer.isActive())
        assert panel.model.counts == {"accepted": 3}
        assert [each.attempts for each in panel.model.results] == [0, 1, 0]

    run(story())


def test_results_are_saved_whole_whatever_is_shown(panel: SendManyPanel, run: Run, tmp_path: Path) -> None:
    async def story() -> None:
        await ready(panel)
        await send(panel, write(tmp_path / "batch.hl7", 3))
        panel.results.filter.chips["accepted"].setChecked(False)
        saved = tmp_path / "results.csv"
        panel.export_to(saved)
        await until(saved.exists)
        rows = saved.read_text("utf-8").splitlines()
        assert [row.split(",")[0] for row in rows] == ["number", "1", "2", "3"]
        assert "Okafor" not in saved.read_text("utf-8")

    run(story())


def test_a_batch_in_compose_is_handed_over_and_a_dropped_folder_too(
    bench: Bench, theme: Theme, settings: QSettings, run: Run, tmp_path: Path
) -> None:
    window = MainWindow(bench, theme, settings)

    async def story() -> None:
        await bench.refresh()
        path = write(tmp_path / "folder.hl7", 2)
        compose = window.show_panel("compose")
        compose.receive("path", path)
        await until(lambda: "Send each of its messages…" in [each.title for each in compose.commands()])
        next(each for each in compose.commands() if each.title == "Send each of its messages…").run()
        panel = window.panels.panel("send-many")
        assert isinstance(panel, SendManyPanel) and window.panels.current_name == "send-many"
        await until(lambda: panel.sources is not None)
        assert panel.source_words.text() == "What was handed over"
        assert panel.sources is not None and len(list(panel.sources.read())) == 2
        window.open_path(str(tmp_path))
        await until(lambda: panel.source_words.text() == f"{tmp_path.name}: 1 file")

    run(story())
    window.deleteLater()


def test_messages_go_to_a_remote_sandbox_by_tls(panel: SendManyPanel, run: Run, tmp_path: Path) -> None:
    authority = issue("CA", is_ca=True)
    authority_file, _ = authority.write(tmp_path, "ca")
    certificate, key = issue("server", authority, use=SERVER).write(tmp_path, "server")
    taken: list[bytes] = []

    async def accept(payload: bytes) -> bytes:
        taken.append(payload)
        return b"MSH|^~\\&|R|F|||2026||ACK|1|P|2.5.1\rMSA|AA|" + payload.split(b"|")[9] + b"\r"

    async def story() -> None:
        listener = MllpListener(accept, tls=make_server_context(certificate, key))
        await listener.start()
        remote = {"id": "far", "name": "Far", "mllp_host": "127.0.0.1", "mllp_port": listener.port, "mllp_tls": True}
        await panel.bench.save_remote(remote | {"mllp_ca": str(authority_file)})
        await send(panel, write(tmp_path / "batch.hl7", 3))
        await listener.stop()

    run(story())
    assert panel.model.counts == {"accepted": 3} and len(taken) == 3


def test_the_window_can_go_while_many_are_sent(panel: SendManyPanel, run: Run, tmp_path: Path) -> None:
    async def story() -> float:
        await ready(panel, "any: no answer after 5")
        panel.set_sources([str(write(tmp_path / "batch.hl7", 100))])
        await until(lambda: panel.sources is not None)
        panel.start()
        await until(lambda: panel.model.total >= 5)
        begun = time.perf_counter()
        await panel.bench.close()
        return time.perf_counter() - begun

    assert run(story()) < 5
    deadline = time.perf_counter() + 5
    assert panel.sending is not None
    while not panel.sending.has_ended:
        time.sleep(0.01)
        assert time.perf_counter() < deadline


def test_a_file_that_is_gone_is_told(panel: SendManyPanel, run: Run, tmp_path: Path) -> None:
    async def story() -> None:
        await ready(panel)
        path = write(tmp_path / "batch.hl7", 3)
        panel.set_sources([str(path)])
        await until(lambda: panel.sources is not None)
        path.unlink()
        panel.start()
        await until(panel.notice.isVisible)
        assert "batch.hl7" in panel.notice.text.text()

    run(story())


@pytest.fixture
def turns(qtbot: QtBot) -> Iterator[list[float]]:
    """The time that the window's own thread worked between ticks of a timer of 5 ms, whatever else the machine does."""
    found: list[float] = []
    last = [time.thread_time()]

    def tick() -> None:
        now = time.thread_time()
        found.append(now - last[0])
        last[0] = now

    timer = QTimer()
    timer.setInterval(5)
    timer.timeout.connect(tick)
    timer.start()
    yield found
    timer.stop()


def test_ten_thousand_rows_never_hold_the_window(panel: SendManyPanel, qtbot: QtBot) -> None:
    """Each turn of taking results, and a filter over all of them, stays far below what is seen as a hold."""
    model = panel.model
    slowest = 0.0
    for start in range(0, 10_000, 1000):
        results = [result(number, "accepted" if number % 50 else "refused") for number in range(start, start + 1000)]
        begun = time.thread_time()
        model.add(results)
        slowest = max(slowest, time.thread_time() - begun)
    begun = time.thread_time()
    model.filter(frozenset({"accepted"}), "")
    model.filter(frozenset(), "c99")
    model.filter(frozenset(), "")
    assert model.rowCount() == 10_000
    assert slowest < 0.05
    assert time.thread_time() - begun < 0.3


def test_the_window_goes_on_while_many_are_sent(
    panel: SendManyPanel, run: Run, tmp_path: Path, turns: list[float]
) -> None:
    async def story() -> None:
        await ready(panel)
        path = write(tmp_path / "batch.hl7", 2000)
        turns.clear()
        await send(panel, path)

    run(story())
    assert panel.model.counts == {"accepted": 2000}
    ordered = sorted(turns)
    assert len(turns) > 20
    assert ordered[int(len(ordered) * 0.98)] < 0.05, ordered[-5:]
