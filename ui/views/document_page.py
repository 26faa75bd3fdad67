"""Document page: one thing that is edited and sent, with the answer it got below; the base of messages and requests."""

from __future__ import annotations

from collections.abc import Coroutine
from pathlib import Path
from typing import Any

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QPlainTextEdit, QSplitter, QVBoxLayout, QWidget

from ui.bench import Bench, SandboxState
from ui.tasks import Report, Task
from ui.views.answer_view import AnswerView
from ui.widgets.find_bar import FindBar
from ui.widgets.notice_bar import NoticeBar
from workbench.errors import WorkbenchError
from workbench.exchange import Exchange


class DocumentPage(QWidget):
    """`changed` follows the name, the unsaved mark and what is being sent; `inspect_asked` carries an exchange."""

    changed = Signal()
    inspect_asked = Signal(object)
    files_dropped = Signal(list)

    icon_name = "document"
    suffix = ""

    def __init__(self, bench: Bench, name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.bench = bench
        self.name = name
        self.path: Path | None = None
        self.stamp = ""
        self.task: Task | None = None
        self._find_bar: FindBar | None = None
        self.notice = NoticeBar()
        self._answer: AnswerView | None = None
        self.splitter = QSplitter(Qt.Orientation.Vertical)
        self.splitter.setChildrenCollapsible(False)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addWidget(self.notice)
        layout.addWidget(self.splitter, 1)

    def lay_out(self, editor: QWidget) -> None:
        """Put the editor above the answer, once there is one."""
        self.splitter.addWidget(editor)
        self.setFocusProxy(editor)

    @property
    def answer(self) -> AnswerView:
        """Where the answer is shown, made when something is sent."""
        if self._answer is None:
            self._answer = AnswerView(self.bench.tasks)
            self._answer.hide()
            self._answer.inspect_asked.connect(self.inspect_asked)
            self.splitter.addWidget(self._answer)
            self.splitter.setSizes([660, 340])
        return self._answer

    def use_find_bar(self, editor: QPlainTextEdit) -> FindBar:
        """A bar that searches `editor`, for the page to lay out."""
        self._find_bar = FindBar(editor)
        return self._find_bar

    def find_text(self) -> None:
        if self._find_bar is not None:
            self._find_bar.open()

    @property
    def title(self) -> str:
        return f"{self.name} •" if self.is_modified() else self.name

    def is_modified(self) -> bool:
        """Whether there is something that the file does not have."""
        raise NotImplementedError

    def to_file(self, path: Path) -> bytes:
        """The bytes that saving writes to `path`."""
        raise NotImplementedError

    def mark_saved(self, path: Path, stamp: str) -> None:
        self.path, self.stamp, self.name = path, stamp, path.name
        self.settle_saved()
        self.changed.emit()

    def settle_saved(self) -> None:
        """Take what there is now as saved."""
        raise NotImplementedError

    def exchange_with(self, sandbox: SandboxState | None) -> tuple[str, Coroutine[Any, Any, Exchange]]:
        """Words for what goes where, and the sending itself; `WorkbenchError` where it has no place to go."""
        raise NotImplementedError

    # Sending.

    @property
    def sending(self) -> bool:
        return self.task is not None

    def send(self, sandbox: SandboxState | None) -> None:
        """Send as it stands and show the answer below; `WorkbenchError` where it has no place to go."""
        if self.sending:
            return
        self.notice.hide()
        words, work = self.exchange_with(sandbox)
        self.answer.show()
        self.answer.show_waiting(words)
        self.task = self.bench.tasks.start(
            work, on_done=self._show_answer, on_error=self._show_error, name=words, owner=self
        )
        self.task.finished.connect(self._finish)
        self.changed.emit()

    def stop_sending(self) -> None:
        """Wait no longer; what went out is out."""
        if self.task is not None:
            self.task.cancel()
            self.answer.show_words("skip", "Stopped", "You stopped waiting. What was sent may have arrived.")

    def _show_answer(self, exchange: Exchange) -> None:
        self.bench.add_exchange(exchange)
        self.answer.show_exchange(exchange)

    def _show_error(self, report: Report) -> None:
        self.answer.hide()
        self.notice.show_notice("error", report.sentence, report.hint, details=report.details)

    def _finish(self) -> None:
        self.task = None
        self.changed.emit()


def refuse_target(sandbox: SandboxState | None, address: str) -> WorkbenchError:
    """Why nothing can be sent to `sandbox`, which lacks an `address` at the moment."""
    if sandbox is None:
        return WorkbenchError("No sandbox is chosen to send to.", hint="Add one in Sandboxes.")
    if sandbox.kind == "simulated" and sandbox.state != "up":
        return WorkbenchError(f"{sandbox.name} does not run.", hint="Start it, or choose another sandbox to send to.")
    return WorkbenchError(f"{sandbox.name} has no {address}.", hint="Give it one in Sandboxes, or choose another.")
