"""Listen panel: an inbox on an MLLP port of its own, with the answer that the analyst chose."""

from __future__ import annotations

import asyncio
import ssl
from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication, QKeySequence, QShortcut
from PySide6.QtWidgets import (
    QAbstractItemView,
    QComboBox,
    QFileDialog,
    QHBoxLayout,
    QHeaderView,
    QLineEdit,
    QMenu,
    QPushButton,
    QSplitter,
    QStackedWidget,
    QTableView,
    QVBoxLayout,
    QWidget,
)

from ui.bench import Bench
from ui.models.inbox_answer import ANSWER_WORDS, InboxAnswer, answer_by_rule, make_fault_answer
from ui.models.inbox_model import ANSWERED, HEADINGS, VERDICT_ROLE, InboxModel, ReceivedMessage
from ui.models.wire_text import read_wire_text
from ui.panels.panel import Command, Panel
from ui.tasks import Report, Task, beside
from ui.theme.icons import make_icon
from ui.theme.tokens import SPACE_1, SPACE_2
from ui.views.answer_rules_view import AnswerRulesView
from ui.views.listen_tls import ListenTlsView
from ui.views.message_page import make_control_id
from ui.views.message_view import MessageView
from ui.widgets.empty_state import EmptyState
from ui.widgets.labels import ElidedLabel, make_label
from ui.widgets.notice_bar import NoticeBar
from ui.widgets.spin_box import make_spin
from ui.widgets.verdict_delegate import VerdictDelegate
from workbench.errors import WorkbenchError
from workbench.exchange import Exchange, utc_now
from workbench.hl7v2.message import Message, parse_message
from workbench.sandbox.answer_rules import AnswerRules
from workbench.site.answer_faults import make_reply, turn_away
from workbench.transports.mllp_listener import MllpListener
from workbench.transports.mllp_modes import reply_in_mode
from workbench.transports.mllp_reply import Reply
from workbench.workspace.atomic import write_bytes
from workbench.workspace.file_names import file_name_of

_WIDTHS = (76, 136, 88, 104, 170, 96)


class ListenPanel(Panel):
    """Every message that arrives is an exchange in the log too; the newest is shown unless another was chosen."""

    title = "Listen"
    icon_name = "listen"

    def __init__(self, bench: Bench, parent: QWidget | None = None) -> None:
        super().__init__(bench, parent)
        self.model = InboxModel(self)
        self.listener: MllpListener | None = None
        self._task: Task | None = None
        self.notice = NoticeBar()
        self._answers = AnswerRules()
        self.rules = AnswerRulesView(self._answers)
        self.rules.setContentsMargins(SPACE_2, 0, SPACE_2, SPACE_2)
        self.rules.hide()
        self.rules.changed.connect(self._tell_rules)
        self.tls = ListenTlsView()
        self.tls.hide()
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addWidget(self._make_bar())
        layout.addWidget(self.tls)
        layout.addWidget(self.rules)
        layout.addWidget(self.notice)
        layout.addWidget(self._make_stack(), 1)
        self._refresh()

    # How it is built.

    def _make_bar(self) -> QWidget:
        bar = QWidget()
        tip = "The port to listen on; “free” takes one that nobody uses"
        self.port = make_spin(0, 65535, "Port", tip, least_means="free")
        self.answer = QComboBox()
        self.answer.setAccessibleName("Answer")
        for choice, words in ANSWER_WORDS.items():
            self.answer.addItem(words, choice)
        self.text = QLineEdit()
        self.text.setPlaceholderText("Text of the answer (MSA-3)")
        self.text.setAccessibleName("Text of the answer")
        self.answer.currentIndexChanged.connect(lambda _: self.text.setEnabled(self.chosen_answer.choice != "none"))
        self._copy_address = QPushButton()
        self._copy_address.setIcon(make_icon("copy"))
        self._copy_address.setProperty("role", "quiet")
        self._copy_address.setToolTip("Copy the address to send to")
        self._copy_address.clicked.connect(self.copy_address)
        self.toggle = QPushButton()
        self.toggle.clicked.connect(self.start_or_stop)
        layout = QHBoxLayout(bar)
        layout.setContentsMargins(SPACE_2, SPACE_2, SPACE_2, SPACE_2)
        layout.setSpacing(SPACE_1)
        self._port_label, answer_label = make_label("&Port", "quiet"), make_label("Ans&wer", "quiet")
        self._port_label.setBuddy(self.port)
        answer_label.setBuddy(self.answer)
        for widget in (self.toggle, self._port_label, self.port, self._copy_address, answer_label, self.answer):
            layout.addWidget(widget)
        layout.addWidget(self.text, 1)
        self.rules_button = QPushButton(make_icon("filter"), "")
        self.rules_button.setCheckable(True)
        self.rules_button.setProperty("role", "quiet")
        self.rules_button.setToolTip("Answer some messages otherwise: late, not at all, broken, the third time only")
        self.rules_button.toggled.connect(self.rules.setVisible)
        self.rules_button.clicked.connect(lambda on: self.rules.line.setFocus() if on else None)
        self._tell_rules()
        self.tls_button = QPushButton("T&LS")
        self.tls_button.setCheckable(True)
        self.tls_button.setProperty("role", "quiet")
        self.tls_button.setAccessibleName("Take messages by TLS")
        self.tls_button.setToolTip("Take messages by TLS (mllps), with a certificate; senders may need one too")
        self.tls_button.toggled.connect(self.tls.setVisible)
        self.tls_button.clicked.connect(lambda on: self.tls.certificate.setFocus() if on else None)
        self.tls_button.toggled.connect(lambda on: self.tls_button.setText("T&LS: on" if on else "T&LS"))
        layout.addWidget(self.tls_button)
        layout.addWidget(self.rules_button)
        return bar

    def _tell_rules(self) -> None:
        count = self.rules.count
        self.rules_button.setText(f"R&ules: {count}" if count else "R&ules")
        self.rules_button.setAccessibleName(f"Answer rules, {count} on")

    def _make_stack(self) -> QWidget:
        self._empty = EmptyState("listen", "", "")
        self._start_button = self._empty.add_button("Start listenin&g", self.start, "play")
        self._copy_button = self._empty.add_button("&Copy the address", self.copy_address, "copy")
        split = QSplitter(Qt.Orientation.Vertical)
        split.setChildrenCollapsible(False)
        split.addWidget(self._make_table())
        split.addWidget(self._make_detail())
        split.setSizes([380, 420])
        self._stack = QStackedWidget()
        self._stack.addWidget(self._empty)
        self._stack.addWidget(split)
        return self._stack

    def _make_table(self) -> QTableView:
        self.table = QTableView()
        self.table.setModel(self.model)
        self.table.setAccessibleName("Messages received")
        self.table.setProperty("bare", True)
        self.table.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.table.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        self.table.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.table.setTabKeyNavigation(False)
        self.table.setShowGrid(False)
        self.table.setWordWrap(False)
        self.table.verticalHeader().hide()
        self.table.verticalHeader().setDefaultSectionSize(self.table.fontMetrics().height() + 8)
        header = self.table.horizontalHeader()
        header.setDefaultAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        header.setHighlightSections(False)
        for column, width in enumerate(_WIDTHS):
            self.table.setColumnWidth(column, width)
        header.setSectionResizeMode(HEADINGS.index("Patient"), QHeaderView.ResizeMode.Stretch)
        self.table.setItemDelegateForColumn(ANSWERED, VerdictDelegate(VERDICT_ROLE, self.table, with_text=True))
        self.table.selectionModel().currentRowChanged.connect(lambda now, _: self._show(now.row()))
        self.table.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        self.table.customContextMenuRequested.connect(
            lambda place: self._make_menu().exec(self.table.viewport().mapToGlobal(place))
        )
        copy = QShortcut(QKeySequence(QKeySequence.StandardKey.Copy), self.table)
        copy.setContext(Qt.ShortcutContext.WidgetShortcut)
        copy.activated.connect(self.copy_message)
        return self.table

    def _make_detail(self) -> QWidget:
        detail = QWidget()
        self.place = ElidedLabel("", "quiet")
        self.place.setAccessibleName("Field under the cursor")
        bar = QHBoxLayout()
        bar.setContentsMargins(SPACE_2, 2, SPACE_2, 2)
        bar.setSpacing(SPACE_1)
        bar.addWidget(self.place, 1)
        for icon, words, run in (
            ("compose", "Open in &Compose", self.compose),
            ("compare", "Co&mpare", self.compare),
            ("document", "Documen&ts", self.open_documents),
            ("save", "Save…", self.save),
        ):
            button = QPushButton(words)
            button.setIcon(make_icon(icon))
            button.setProperty("role", "quiet")
            button.clicked.connect(lambda _=False, run=run: run())
            bar.addWidget(button)
        self.view = MessageView(self.bench.tasks, read_only=True)
        self.view.place_changed.connect(self.place.setText)
        layout = QVBoxLayout(detail)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addLayout(bar)
        layout.addWidget(self.view, 1)
        return detail

    def _make_menu(self) -> QMenu:
        menu = QMenu(self)
        menu.addAction("Open in &Compose", self.compose)
        menu.addAction("&Compare", self.compare)
        menu.addAction("&Inspect", self.inspect)
        menu.addAction("Open the &documents", self.open_documents)
        menu.addSeparator()
        menu.addAction("Copy &message", self.copy_message)
        menu.addAction("&Save…", self.save)
        menu.addSeparator()
        menu.addAction("C&lear the list", self.clear)
        return menu

    # Listening.

    @property
    def address(self) -> str:
        """Where to send to; empty while nothing listens."""
        return self.listener.address if self.listener is not None and self.listener.port else ""

    @property
    def chosen_answer(self) -> InboxAnswer:
        return InboxAnswer(self.answer.currentData(), self.text.text())

    def start_or_stop(self) -> None:
        if self._task is None:
            self.start()
        else:
            self.stop()

    def start(self) -> None:
        """Listen until stopped; the task lives as long as the listener, so that closing the window stops it."""
        if self._task is not None:
            return
        self.notice.hide()
        work = self._listen(self.port.value(), self.tls.files if self.tls_button.isChecked() else None)
        self._task = self.bench.tasks.start(work, on_error=self._show_error, name="Listening", owner=self)
        self._task.finished.connect(self._stopped)
        self._refresh()

    def stop(self) -> None:
        if self._task is not None:
            self._task.cancel()

    async def _listen(self, port: int, files: tuple[str, str, str] | None) -> None:
        tls = None if files is None else await beside(_make_context, files)
        listener = MllpListener(
            self._answer,
            port=port,
            name="Inbox",
            on_exchange=self._take,
            answer_fault=lambda fault: make_fault_answer(fault, now=utc_now(), control_id=make_control_id()),
            admit=self._admit,
            tls=tls,
        )
        await listener.start()
        self.listener = listener
        self._refresh()
        self._count()
        try:
            await asyncio.get_running_loop().create_future()
        finally:
            await listener.stop()

    def _count(self) -> None:
        """Say in the status bar that a port is open, and what came in."""
        if self._task is not None and self.listener is not None:
            count = self.model.rowCount()
            self._task.name = f"Listening on {self.listener.port}"
            self._task.set_progress(1, 1, f"{count:,} message{'' if count == 1 else 's'}")

    async def _answer(self, payload: bytes) -> bytes | Reply | None:
        """As chosen, in the mode that the message asks for, unless a rule says otherwise.

        What is no message is never accepted.
        """
        rule = self._answers.choose(_read_message(payload)) if self._answers.uses else None
        if rule is None:
            answer = self.chosen_answer.make(payload, now=utc_now(), control_id=make_control_id())
            return answer and reply_in_mode(payload, answer, now=utc_now(), control_id=make_control_id())
        return make_reply(rule, answer_by_rule(rule, self.chosen_answer, payload, utc_now(), make_control_id()))

    def _admit(self) -> Reply | None:
        rule = self._answers.choose_connection()
        return None if rule is None else turn_away(rule)

    def _stopped(self) -> None:
        self._task = self.listener = None
        self._refresh()

    def _show_error(self, report: Report) -> None:
        self.notice.show_notice("error", report.sentence, report.hint, details=report.details)

    def _take(self, exchange: Exchange) -> None:
        follows = self.table.currentIndex().row() in (-1, self.model.rowCount() - 1)
        self.model.add(exchange)
        self.bench.add_exchange(exchange)
        self.rules.refresh_soon()
        self._refresh()
        self._count()
        if follows:
            self.table.selectRow(self.model.rowCount() - 1)
            self.table.scrollToBottom()

    def _refresh(self) -> None:
        up = bool(self.address)
        self.toggle.setText("St&op" if self._task is not None else "St&art")
        self.toggle.setIcon(make_icon("stop" if self._task is not None else "play"))
        self.toggle.setAccessibleName("Stop listening" if self._task is not None else "Start listening")
        self.port.setEnabled(self._task is None)
        self.tls_button.setEnabled(self._task is None)
        self.tls.lock(self._task is not None)
        self._copy_address.setVisible(up)
        self._copy_address.setText(self.address.removeprefix("mllp://"))
        self._port_label.setVisible(not up)
        self._copy_address.setAccessibleName(f"Copy the address {self.address}")
        self.port.setVisible(not up)
        self._start_button.setVisible(self._task is None)
        self._copy_button.setVisible(up)
        if up:
            self._empty.set_words(f"Send to {self.address}", "Messages that arrive are listed here and answered.")
        else:
            words = "An inbox of your own for HL7 v2 over MLLP: it answers AA, AE, AR or not at all, as you choose."
            self._empty.set_words("Nothing listens yet", words)
        self._stack.setCurrentIndex(1 if self.model.rowCount() else 0)

    def copy_address(self) -> None:
        if self.address:
            QGuiApplication.clipboard().setText(self.address)
            self.bench.notice.emit("success", f"{self.address} copied.")

    # What is selected.

    @property
    def selected(self) -> tuple[ReceivedMessage, ...]:
        rows = sorted(index.row() for index in self.table.selectionModel().selectedRows())
        return tuple(row for place in rows if (row := self.model.message_at(place)) is not None)

    def _show(self, row: int) -> None:
        received = self.model.message_at(row)
        if received is None:
            self.view.show_text("")
            return
        self.view.show_text(_text_of(received))

    def compose(self) -> None:
        for received in self.selected[:1]:
            self.compose_requested.emit(received.exchange)

    def compare(self) -> None:
        """Hold the two selected messages against each other; one goes to the left, where the other can be chosen."""
        chosen = self.selected[:2]
        if chosen:
            right = chosen[1].exchange if len(chosen) == 2 else None
            self.compare_requested.emit(chosen[0].exchange, right)

    def inspect(self) -> None:
        for received in self.selected[:1]:
            self.open_exchange.emit(received.exchange)

    def open_documents(self) -> None:
        for received in self.selected[:1]:
            self.documents_requested.emit(received.exchange.request.body)

    def copy_message(self) -> None:
        QGuiApplication.clipboard().setText("\n".join(map(_text_of, self.selected)))

    def save(self) -> None:
        for received in self.selected[:1]:
            start = self.bench.workspace.folder / "messages" / file_name_of(received.title, ".hl7")
            name, _ = QFileDialog.getSaveFileName(self, "Save the message", str(start), "HL7 v2 (*.hl7);;All files (*)")
            if name:
                self.save_to(received, Path(name))

    def save_to(self, received: ReceivedMessage, path: Path) -> bool:
        """Write a message byte for byte as it arrived."""
        try:
            write_bytes(path, received.exchange.request.body)
        except WorkbenchError as error:
            self.notice.show_notice("error", error.message, error.hint)
            return False
        self.bench.notice.emit("success", f"Saved {path.name}.")
        return True

    def clear(self) -> None:
        """Empty the list; what was there can be put back."""
        gone = self.model.clear()
        self._refresh()
        words = f"{len(gone):,} message{'' if len(gone) == 1 else 's'} cleared. They are still among the exchanges."
        self.notice.show_notice("information", words, action=("&Put back", lambda: self._put_back(gone)))

    def _put_back(self, gone: tuple[ReceivedMessage, ...]) -> None:
        self.model.put_back(gone)
        self.notice.hide()
        self._refresh()

    def commands(self) -> tuple[Command, ...]:
        if self._task is None:
            return (Command("Start listening for HL7 v2", self.start, icon="play"),)
        return (
            Command("Stop listening", self.stop, self.address, icon="stop"),
            Command("Copy the inbox’s address", self.copy_address, self.address, icon="copy"),
        )


def _text_of(received: ReceivedMessage) -> str:
    """What came, read in its own character set."""
    return read_wire_text(received.exchange.request.body, line_end="\r").shown


def _read_message(payload: bytes) -> Message | None:
    try:
        return parse_message(payload)
    except WorkbenchError:
        return None


def _make_context(files: tuple[str, str, str]) -> ssl.SSLContext:
    from workbench.transports.mllp_tls import make_server_context

    certificate, key, senders = (Path(file).expanduser() if file else "" for file in files)
    if not certificate:
        raise WorkbenchError("An inbox that listens by TLS needs a certificate.", hint="Name its file beside the port.")
    return make_server_context(certificate, key, client_ca=senders)
