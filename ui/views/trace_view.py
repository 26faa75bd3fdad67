"""Trace view: a launch as a sequence diagram and as a list of words, to copy, to save and to show to a vendor."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial

from PySide6.QtCore import QPoint, QSignalBlocker, Qt, Signal
from PySide6.QtGui import QGuiApplication, QKeyEvent, QKeySequence
from PySide6.QtWidgets import (
    QAbstractItemView,
    QButtonGroup,
    QHBoxLayout,
    QHeaderView,
    QMenu,
    QPushButton,
    QStackedWidget,
    QTableView,
    QVBoxLayout,
    QWidget,
)

from ui.models.step_model import VERDICT_ROLE
from ui.models.trace_model import FOUND, MOST, NUMBER, RESULT, WORDS, Lanes, Marks, TraceModel
from ui.theme.tokens import SPACE_1, SPACE_2, SPACE_3
from ui.views.step_result_view import make_verdict_table
from ui.widgets.buttons import menu_button
from ui.widgets.empty_state import EmptyState
from ui.widgets.labels import make_label
from ui.widgets.sequence_view import SequenceView
from ui.widgets.verdict_delegate import VerdictDelegate
from workbench.exchange import Exchange


class TraceView(QWidget):
    """`exchange_chosen` carries the exchange of the selected row, `save_asked` the kind of picture (svg, png).

    `findings_asked` carries the row whose findings are to be shown, once `has_findings`.
    """

    exchange_chosen = Signal(object)
    findings_asked = Signal(int)
    save_asked = Signal(str)

    def __init__(self, empty_title: str, empty_text: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.model = TraceModel(self)
        self.has_findings = False
        self.table = self._make_table()
        self.diagram = SequenceView("Sequence of the launch")
        self.diagram.setModel(self.model)
        # One selection for both: what is chosen in the one is chosen in the other.
        self.diagram.setSelectionModel(self.table.selectionModel())
        self.diagram.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        self.diagram.customContextMenuRequested.connect(self._show_menu)
        for view in (self.diagram, self.table):
            view.doubleClicked.connect(lambda index: self._ask_findings(index.row()))
        self.table.selectionModel().currentRowChanged.connect(lambda row, _: self._choose(row.row()))
        self._stack = QStackedWidget()
        for page in (EmptyState("launch", empty_title, empty_text), self.diagram, self.table):
            self._stack.addWidget(page)
        self._as_diagram, self._as_list = QPushButton("Diagram"), QPushButton("List")
        self._share = menu_button("Share", "copy", "Copy or save the trace, without any secret", self._fill_share)
        self._share.setProperty("role", "quiet")
        layout = QVBoxLayout(self)
        layout.setContentsMargins(SPACE_3, SPACE_2, SPACE_3, SPACE_2)
        layout.setSpacing(SPACE_1)
        self._head = QWidget()
        self._head.setLayout(self._make_head())
        self._full = make_label(f"The trace holds the first {MOST:,} exchanges of the launch.", "quiet")
        layout.addWidget(self._head)
        layout.addWidget(self._full)
        layout.addWidget(self._stack, 1)
        self.clear()

    @property
    def shown(self) -> QAbstractItemView:
        """The one of both that is in front."""
        return self.diagram if self._as_diagram.isChecked() else self.table

    def clear(self) -> None:
        self.has_findings = False
        self.table.setColumnHidden(FOUND, True)
        self.model.clear()
        self._stack.setCurrentIndex(0)
        self._head.hide()
        self._full.hide()

    def show_exchanges(self, exchanges: Sequence[Exchange]) -> None:
        """Draw a launch that is over."""
        self.clear()
        self.model.set_exchanges(exchanges)
        self.diagram.set_lanes(self.model.lanes)
        self._show_kind()
        self._head.setVisible(bool(exchanges))
        self._full.setVisible(len(exchanges) > MOST)

    def add(self, exchange: Exchange) -> None:
        """Draw one more; what comes after so many stands among the window's exchanges alone."""
        if self.model.is_full:
            self._full.show()
            return
        self.model.add(exchange)
        self.diagram.set_lanes(self.model.lanes)
        self._show_kind()
        self._head.show()
        self.shown.scrollToBottom()

    def show_marks(self, marks: Mapping[int, Marks], lanes: Mapping[int, Lanes]) -> None:
        """Mark the arrows by what a review found, and let them lead to it."""
        self.has_findings = True
        self.table.setColumnHidden(FOUND, False)
        self.model.set_marks(marks, lanes)
        self.diagram.set_lanes(self.model.lanes)

    def point_to(self, row: int) -> None:
        """Choose an exchange by its row, as a click on its arrow does."""
        if 0 <= row < self.model.count_rows():
            index = self.model.index(row, 0)
            self.table.selectRow(row)
            self.shown.scrollTo(index)

    def copy(self) -> None:
        QGuiApplication.clipboard().setText(self.model.to_text())

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.matches(QKeySequence.StandardKey.Copy):
            self.copy()
            return
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            row = self.table.currentIndex().row()
            found = event.modifiers() & Qt.KeyboardModifier.ControlModifier
            (self._ask_findings if found else self._choose)(row)
            return
        super().keyPressEvent(event)

    def _choose(self, row: int) -> None:
        exchange = self.model.exchange_at(row)
        if exchange is not None:
            self.exchange_chosen.emit(exchange)

    def _ask_findings(self, row: int) -> None:
        if self.has_findings and row >= 0:
            self.findings_asked.emit(row)

    def _show_kind(self) -> None:
        if self.model.count_rows():
            self._stack.setCurrentWidget(self.shown)
            self.shown.scrollTo(self.table.currentIndex())

    # How it is built.

    def _make_table(self) -> QTableView:
        table = make_verdict_table("Trace of the launch")
        table.setModel(self.model)
        table.setWordWrap(True)
        table.setProperty("roomy", True)
        for column in (RESULT, FOUND):
            table.setItemDelegateForColumn(column, VerdictDelegate(VERDICT_ROLE, table, with_text=True))
        header = table.horizontalHeader()
        header.setStretchLastSection(False)
        header.setSectionResizeMode(WORDS, QHeaderView.ResizeMode.Stretch)
        table.setColumnWidth(NUMBER, self.fontMetrics().horizontalAdvance("00") + 20)
        table.setColumnWidth(FOUND, self.fontMetrics().horizontalAdvance("00 warnings") + 44)
        table.setColumnWidth(RESULT, self.fontMetrics().horizontalAdvance("refused") + 44)
        # Rows of one height: measured one by one, a long trace would hold the window at each new row.
        table.verticalHeader().setDefaultSectionSize(2 * self.fontMetrics().lineSpacing() + 18)
        return table

    def _make_head(self) -> QHBoxLayout:
        head = QHBoxLayout()
        head.setContentsMargins(0, 0, 0, 0)
        head.setSpacing(SPACE_1)
        self._kinds = QButtonGroup(self)
        for button, tip in ((self._as_diagram, "Who asks whom, as arrows"), (self._as_list, "What happened, in words")):
            button.setCheckable(True)
            button.setProperty("role", "chip")
            button.setToolTip(tip)
            self._kinds.addButton(button)
            head.addWidget(button)
        with QSignalBlocker(self._kinds):
            self._as_diagram.setChecked(True)
        self._kinds.buttonClicked.connect(lambda _: self._show_kind())
        head.addStretch(1)
        head.addWidget(self._share)
        return head

    def _fill_share(self, menu: QMenu) -> None:
        menu.addAction("&Copy as text", self.copy)
        menu.addAction("Save as &SVG…", lambda: self.save_asked.emit("svg"))
        menu.addAction("Save as &PNG…", lambda: self.save_asked.emit("png"))

    def _show_menu(self, place: QPoint) -> None:
        menu = QMenu(self)
        row = self.table.currentIndex().row()
        menu.addAction("&What was found in it\tCtrl+Return", lambda: self._ask_findings(row)).setEnabled(
            self.has_findings
        )
        menu.addSeparator()
        self._fill_share(menu)
        menu.addSeparator()
        for words, step in (("&Larger", 1), ("S&maller", -1), ("Plain si&ze", 0)):
            menu.addAction(words, partial(self.diagram.step_zoom, step))
        menu.exec(self.diagram.viewport().mapToGlobal(place))
