"""Send many panel: files, folders, batches and logs of HL7 v2 sent to the current sandbox, message by message."""

from __future__ import annotations

import time
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, QTimer
from PySide6.QtGui import QDragEnterEvent, QDropEvent
from PySide6.QtWidgets import (
    QFileDialog,
    QHBoxLayout,
    QMenu,
    QPushButton,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from ui.bench import Bench
from ui.panels.panel import Command, Panel
from ui.sending import Sending
from ui.tasks import Report, Task, beside
from ui.theme.icons import make_icon
from ui.theme.tokens import SPACE_1, SPACE_2
from ui.views.send_options import SendOptions
from ui.views.send_result_view import SendResultView
from ui.widgets.buttons import menu_button
from ui.widgets.empty_state import EmptyState
from ui.widgets.labels import ElidedLabel
from ui.widgets.notice_bar import NoticeBar
from ui.widgets.wire_editor import local_files
from workbench.workspace.message_source import MessageSources
from workbench.workspace.send_result import Place, SendResult
from workbench.workspace.send_results import SendResults
from workbench.workspace.send_words import finish_line
from workbench.workspace.sending import SendFinished, SendPlan

if TYPE_CHECKING:
    from ui.bench import SandboxState

_FILTERS = "HL7 v2 messages, batches and logs (*.hl7 *.er7 *.txt *.log *.msg);;All files (*)"
_SAVED = "CSV (*.csv);;JSON (*.json);;JUnit (*.xml)"
_EVERY_MS = 50
_AT_ONCE = 1000
_TELL_EVERY = 0.25


class SendManyPanel(Panel):
    """What is chosen is read while it is sent. Results come as they are answered; one that is chosen is inspected."""

    title = "Send many"
    icon_name = "send"

    def __init__(self, bench: Bench, parent: QWidget | None = None) -> None:
        super().__init__(bench, parent)
        self.setAcceptDrops(True)
        self.results = SendResultView()
        self.results.chosen.connect(self._inspect)
        self.results.export_asked.connect(self.choose_export)
        self.model = self.results.model
        self.sources: MessageSources | None = None
        self.sending: Sending | None = None
        self._content = b""
        self._names: tuple[str, ...] = ()
        self._task: Task | None = None
        self._finished: SendFinished | None = None
        self._read = 0
        self._told = 0.0
        self.notice = NoticeBar()
        self._timer = QTimer(self)
        self._timer.setInterval(_EVERY_MS)
        self._timer.timeout.connect(self.take_results)
        self.options = SendOptions()
        self.options.pace_changed.connect(self._set_pace)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addWidget(self._make_bar())
        layout.addWidget(self.options)
        layout.addWidget(self.notice)
        layout.addWidget(self._make_stack(), 1)
        bench.current_changed.connect(self._refresh)
        bench.sandboxes_changed.connect(self._refresh)
        self._refresh()

    # How it is built.

    def _make_bar(self) -> QWidget:
        bar = QWidget()
        choose = menu_button("&Choose", "open", "Files or a folder to send", self._fill_choices)
        self.source_words = ElidedLabel("", "quiet")
        self.target_words = ElidedLabel("", "quiet")
        self.target_words.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        self.pause = QPushButton("Pa&use")
        self.pause.setCheckable(True)
        self.pause.toggled.connect(self._pause)
        self.go = QPushButton()
        self.go.setProperty("role", "primary")
        self.go.clicked.connect(self.start_or_stop)
        layout = QHBoxLayout(bar)
        layout.setContentsMargins(SPACE_2, SPACE_2, SPACE_2, SPACE_2)
        layout.setSpacing(SPACE_1)
        layout.addWidget(choose)
        layout.addWidget(self.source_words, 3)
        layout.addWidget(self.target_words, 2)
        layout.addWidget(self.pause)
        layout.addWidget(self.go)
        return bar

    def _fill_choices(self, menu: QMenu) -> None:
        menu.addAction(make_icon("document"), "&Files…", self.choose_files)
        menu.addAction(make_icon("open"), "A f&older…", self.choose_folder)
        menu.addAction(make_icon("message"), "The shipped &messages", self._choose_shipped)

    def _make_stack(self) -> QWidget:
        empty = EmptyState(
            "send",
            "Send many messages",
            "Choose files, a folder, a batch or the log of an interface, or drop them here. Each message goes byte for "
            "byte to the current sandbox, and is listed with its answer.",
        )
        empty.add_button("Choose f&iles…", self.choose_files, "document")
        empty.add_button("Choose a folder…", self.choose_folder, "open")
        self._ready = EmptyState("send", "", "")
        self._ready.add_button("Send all", self.start, "send")
        self._stack = QStackedWidget()
        for widget in (empty, self._ready, self.results):
            self._stack.addWidget(widget)
        return self._stack

    # What is sent.

    def choose_files(self) -> None:
        names, _ = QFileDialog.getOpenFileNames(self, "Messages to send", "", _FILTERS)
        self.set_sources(names)

    def choose_folder(self) -> None:
        name = QFileDialog.getExistingDirectory(self, "Folder of messages to send")
        self.set_sources([name] if name else [])

    def _choose_shipped(self) -> None:
        from workbench.workspace.library import fixtures_folder

        self.set_sources([str(fixtures_folder() / "messages")])

    def set_sources(self, names: list[str], content: bytes = b"") -> None:
        """Take these files and folders; `-` is `content`. What was sent before is listed until the next is sent."""
        if not names or self._task is not None:
            return
        self._names, self._content = tuple(names), content
        work = beside(MessageSources, names, content)
        self.bench.tasks.start(
            work, on_done=self._take_sources, on_error=self._show_error, name="Looking for messages", owner=self
        )

    def _take_sources(self, sources: MessageSources) -> None:
        self.notice.hide()
        self.sources = sources
        self.model.clear()
        self._finished = None
        self._refresh()

    @property
    def target(self) -> SandboxState | None:
        return self.bench.current

    # Sending.

    def start_or_stop(self) -> None:
        if self._task is None:
            self.start()
        elif self.sending is not None:
            self.sending.stop()

    def start(self) -> None:
        """Send all that is chosen to the current sandbox; one that does not run can be started on the spot."""
        self._start(frozenset())

    def send_rest(self) -> None:
        """Send again what was not accepted; what was is listed and left out."""
        self._start(frozenset(result.place for result in self.model.results if result.outcome == "accepted"))

    def _start(self, accepted: frozenset[Place]) -> None:
        target = self.target
        if self.sources is None or self._task is not None:
            return
        if target is None or target.mllp is None:
            self._explain_target(target)
            return
        host, port = target.mllp
        plan = SendPlan(host, port, receiver=target.name, accepted=accepted, **self.options.plan_parts())
        self.sending = sending = Sending(self.sources, plan, self.bench.take_soon)
        self.results.clear()
        self.notice.hide()
        self._finished, self._read = None, 0
        self._task = self.bench.tasks.start(
            self._send(sending, target),
            on_done=self._finish,
            on_error=self._show_error,
            name="Sending many",
            owner=self,
        )
        self._task.finished.connect(self._stopped)
        self._timer.start()
        self._refresh()

    async def _send(self, sending: Sending, target: SandboxState) -> SendFinished:
        from workbench.workspace.endpoints import make_remote_tls

        try:
            if target.remote is not None:
                sending.plan = replace(sending.plan, tls=await beside(make_remote_tls, target.remote))
            return await beside(sending.run)
        finally:
            sending.abort()

    def _explain_target(self, target: SandboxState | None) -> None:
        if target is not None and target.kind == "simulated" and target.state in ("stopped", "failed"):
            self.notice.show_notice(
                "warning", f"{target.name} is not running.", action=("Start it and s&end", self._start_and_send)
            )
            return
        name = target.name if target is not None else "No sandbox"
        self.notice.show_notice("warning", f"{name} has no MLLP address.", "Choose another sandbox above.")

    def _start_and_send(self) -> None:
        if self.target is not None:
            work = self.bench.start_sandbox(self.target.id)
            self.bench.tasks.start(
                work, on_done=lambda _: self.start(), name=f"Starting {self.target.name}", owner=self
            )

    def take_results(self) -> None:
        """List what came since; a flood of results is taken in turns, so that the window goes on."""
        if self.sending is None:
            return
        results = self.sending.take(_AT_ONCE)
        if results:
            self.results.add(results)
            self._read = max(self._read, results[-1].read)
        self._show_progress()
        if not results and self._task is None:
            self._timer.stop()
            self._refresh()

    def _show_progress(self) -> None:
        size = self.sending.size if self.sending is not None else 0
        done = 1.0 if self._finished is not None else min(self._read / size, 1) if size else 0.0
        self.results.show_progress(done)
        if self._task is not None and time.monotonic() - self._told > _TELL_EVERY:
            self._told = time.monotonic()
            self._task.set_progress(done, 1, f"{self.model.total:,} messages")

    def _finish(self, finished: SendFinished) -> None:
        self._finished = finished
        good = finished.counts.get("accepted", 0) == sum(finished.counts.values())
        kind = "success" if good else "warning"
        remarks = self.sources.remarks if self.sources is not None else []
        hint = f"{remarks[0].message}{f' And {len(remarks) - 1} more.' if len(remarks) > 1 else ''}" if remarks else ""
        action = None if good else ("Send the &rest again", self.send_rest)
        self.notice.show_notice(kind, finish_line(finished), hint, action=action)

    def _stopped(self) -> None:
        self._task = None
        self._refresh()

    def _show_error(self, report: Report) -> None:
        self.notice.show_notice("error", report.sentence, report.hint, details=report.details)

    def _pause(self, paused: bool) -> None:
        if self.sending is not None:
            (self.sending.pause if paused else self.sending.resume)()
        self._refresh()

    def _set_pace(self, every: float) -> None:
        if self.sending is not None and self._task is not None:
            self.sending.set_pace(every)

    # What it shows.

    def _refresh(self) -> None:
        under_way = self._task is not None
        self.go.setText("St&op" if under_way else "Sen&d all")
        self.go.setIcon(make_icon("stop" if under_way else "send", "on_accent"))
        self.go.setEnabled(under_way or self.sources is not None)
        self.pause.setVisible(under_way)
        if not under_way and self.pause.isChecked():
            self.pause.setChecked(False)
        self.pause.setText("Go &on" if self.pause.isChecked() else "Pa&use")
        self.options.lock(under_way)
        target = self.target
        self.target_words.setText(f"to {target.name}" if target is not None else "")
        words = self._tell_sources()
        self.source_words.setText(words)
        name = target.name if target is not None else "the current sandbox"
        self._ready.set_words(words, f"Each message goes to {name} in its turn.")
        shows_results = under_way or self.model.total > 0
        self._stack.setCurrentIndex(2 if shows_results else 1 if self.sources is not None else 0)

    def _tell_sources(self) -> str:
        """The file or folder that was chosen, and how many files there are."""
        if self.sources is None:
            return ""
        first = "What was handed over" if self._names[0] == "-" else Path(self._names[0]).name
        count, chosen = len(self.sources.names), len(self._names)
        if chosen == 1:
            return first if count == 1 and not Path(self._names[0]).is_dir() else f"{first}: {_count_files(count)}"
        return f"{first} and {chosen - 1:,} more" + ("" if count == chosen else f": {_count_files(count)}")

    def _inspect(self, result: SendResult) -> None:
        """Show the exchange of a message; what was sent long ago may be there in its row alone."""
        if result.exchange is not None:
            self.open_exchange.emit(result.exchange)
        elif result.attempts:
            words = "The exchange of this message is not kept any more; only its row is."
            self.notice.show_notice("information", words)

    # Giving out.

    def choose_export(self) -> None:
        start = str(self.bench.workspace.folder / "results.csv")
        name, _ = QFileDialog.getSaveFileName(self, "Save the results", start, _SAVED)
        if name:
            self.export_to(Path(name))

    def export_to(self, path: Path) -> None:
        """Write all results, also those that a filter hides."""
        path = path if path.suffix else path.with_suffix(".csv")
        work = beside(_write_results, path, self.model.results)
        done = f"Saved {path.name}."
        self.bench.tasks.start(
            work,
            on_done=lambda _: self.bench.notice.emit("success", done),
            on_error=self._show_error,
            name=f"Saving {path.name}",
            owner=self,
        )

    def receive(self, kind: str, payload: object) -> None:
        """Take a path, a list of paths, or bytes to cut into messages."""
        if isinstance(payload, Path):
            self.set_sources([str(payload)])
        elif isinstance(payload, bytes):
            self.set_sources(["-"], payload)
        elif isinstance(payload, list | tuple):
            self.set_sources([str(each) for each in payload])

    def commands(self) -> tuple[Command, ...]:
        made = [
            Command("Send many: choose files…", self.choose_files, icon="send"),
            Command("Send many: choose a folder…", self.choose_folder, icon="send"),
        ]
        if self._task is not None and self.sending is not None:
            made.append(Command("Stop sending", self.sending.stop, icon="stop"))
        elif self.sources is not None:
            made.append(Command("Send all", self.start, self._tell_sources(), icon="send"))
        return tuple(made)

    def find_text(self) -> bool:
        self.results.filter.search.setFocus()
        return self._stack.currentIndex() == 2

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        if local_files(event.mimeData()):
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:
        self.set_sources(local_files(event.mimeData()))
        event.acceptProposedAction()


def _count_files(count: int) -> str:
    return f"{count:,} file{'' if count == 1 else 's'}"


def _write_results(path: Path, results: tuple[SendResult, ...]) -> None:
    with SendResults(path) as file:
        for result in sorted(results, key=lambda each: each.number):
            file.add(result)
