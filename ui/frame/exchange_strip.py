"""Exchange strip: every exchange as it happens, under the panels, to filter, inspect, compare and take further."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QItemSelection, QModelIndex, QPoint, Qt, Signal
from PySide6.QtGui import QGuiApplication, QKeySequence, QShortcut
from PySide6.QtWidgets import (
    QAbstractItemView,
    QComboBox,
    QHBoxLayout,
    QHeaderView,
    QMenu,
    QPushButton,
    QSizePolicy,
    QStackedWidget,
    QTableView,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from ui.bench import Bench
from ui.models.exchange_model import DURATION, PARTIES, RESULT, TIME, VERDICT_ROLE, WHAT, ExchangeFilter, ExchangeModel
from ui.theme.icons import make_icon
from ui.theme.tokens import SPACE_2, SPACE_3
from ui.widgets.buttons import tool_button
from ui.widgets.labels import ElidedLabel, make_label
from ui.widgets.row_table import settle_rows
from ui.widgets.search_box import SearchBox
from ui.widgets.verdict_delegate import VerdictDelegate
from workbench.exchange import Exchange

# The height that Qt takes for none (QWIDGETSIZE_MAX), which its Python binding has no name for.
_UNBOUNDED = (1 << 24) - 1
_KINDS = (("All protocols", ""), ("FHIR", "fhir"), ("SMART", "smart"), ("HL7 v2", "hl7v2"), ("HTTP", "http"))
_VERDICTS = (("Any result", ""), ("Passed", "pass"), ("Failed", "fail"), ("Errors", "error"))


class ExchangeStrip(QWidget):
    """The list of exchanges with its filter line; what is chosen in it leaves by signals."""

    selected = Signal(object)
    inspect_requested = Signal(object)
    compare_requested = Signal(object, object)
    send_again_requested = Signal(object)
    check_requested = Signal(str, bytes)
    documents_requested = Signal(bytes)
    add_to_scenario_requested = Signal(object)
    close_requested = Signal()
    filled = Signal()
    """The first exchange came, and the strip needs more than one line."""

    def __init__(self, bench: Bench, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._bench = bench
        self.setAccessibleName("Exchanges")
        self.model = ExchangeModel(self)
        self._missing = 0
        self._filter = ExchangeFilter(self)
        self._filter.setSourceModel(self.model)
        self.table = self._make_table()
        self.is_empty = False
        self._empty = make_label("Nothing passes this filter.", "quiet", wrap=True)
        self._empty.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._stack = QStackedWidget()
        self._stack.addWidget(self._empty)
        self._stack.addWidget(self.table)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        self._head = self._make_head()
        layout.addWidget(self._head)
        layout.addWidget(self._stack, 1)
        self.setMinimumWidth(360)
        bench.exchange_added.connect(self._take_added)
        bench.exchange_replaced.connect(self._take_replaced)
        bench.turn_ended.connect(self._list_missing)
        self.model.compare_asked.connect(self.compare_requested)
        self.model.set_exchanges(tuple(bench.log.exchanges))
        self._show_count()

    # What is chosen.

    @property
    def chosen(self) -> tuple[Exchange, ...]:
        """The selected exchanges, oldest first."""
        rows = sorted(self._source_row(index) for index in self.table.selectionModel().selectedRows())
        return tuple(self.model.exchange_at(row) for row in rows)

    def select_exchange(self, exchange: Exchange) -> None:
        for row in range(self.model.rowCount() - 1, -1, -1):
            if self.model.exchange_at(row).id == exchange.id:
                self.table.setCurrentIndex(self._filter.mapFromSource(self.model.index(row, 0)))
                return

    def focus_search(self) -> None:
        self.search.setFocus(Qt.FocusReason.ShortcutFocusReason)
        self.search.selectAll()

    def clear(self) -> None:
        """Empty the strip; the log, and so the recording, keeps what it has."""
        self.model.set_exchanges(())
        self._show_count()

    # How it is built.

    def _make_head(self) -> QWidget:
        head = QWidget()
        head.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        layout = QHBoxLayout(head)
        layout.setContentsMargins(SPACE_3, SPACE_2, SPACE_2, SPACE_2)
        layout.setSpacing(SPACE_2)
        self._count = make_label("", "quiet")
        self.search = SearchBox("Filter exchanges")
        self.search.setMinimumWidth(72)
        self.search.setMaximumWidth(320)
        self.search.lead_to(self.table)
        self.search.searched.connect(lambda text: self._filter_by(self._filter.set_text, text))
        self.kinds = _make_choice("Protocol", _KINDS)
        self.kinds.currentIndexChanged.connect(
            lambda _: self._filter_by(self._filter.set_kind, self.kinds.currentData())
        )
        self.verdicts = _make_choice("Result", _VERDICTS)
        self.verdicts.currentIndexChanged.connect(
            lambda _: self._filter_by(self._filter.set_verdict, self.verdicts.currentData())
        )
        self.follow = QToolButton()
        self.follow.setIcon(make_icon("follow"))
        self.follow.setCheckable(True)
        self.follow.setChecked(True)
        self.follow.setToolTip("Follow the newest exchange")
        self.follow.setAccessibleName("Follow the newest exchange")
        self.follow.toggled.connect(lambda on: self.table.scrollToBottom() if on else None)
        self.compare = QPushButton("&Compare two")
        self.compare.setIcon(make_icon("compare"))
        self.compare.setEnabled(False)
        self.compare.setToolTip("Select two exchanges, then compare them side by side")
        self.compare.setAccessibleName("Compare two")
        self.compare.clicked.connect(self._ask_compare)
        close = tool_button("close", "Hide the exchanges", self.close_requested.emit)
        self._hint = ElidedLabel("What you send, and what reaches a sandbox, appears here.", "quiet")
        layout.addWidget(make_label("Exchanges", "heading"))
        layout.addWidget(self._count)
        layout.addWidget(self._hint, 1)
        layout.addStretch(1)
        layout.addWidget(self.search, 3)
        for widget in (self.kinds, self.verdicts, self.follow, self.compare, close):
            layout.addWidget(widget)
        return head

    def _make_table(self) -> QTableView:
        table = QTableView()
        table.setModel(self._filter)
        table.setProperty("bare", True)
        table.setAccessibleName("Exchanges, oldest first")
        settle_rows(table)
        table.setDragDropMode(QAbstractItemView.DragDropMode.DragDrop)
        table.setDefaultDropAction(Qt.DropAction.CopyAction)
        table.setDragDropOverwriteMode(True)
        table.setItemDelegateForColumn(RESULT, VerdictDelegate(VERDICT_ROLE, table, with_text=True))
        head = table.horizontalHeader()
        head.setMinimumSectionSize(48)
        head.setSectionResizeMode(RESULT, QHeaderView.ResizeMode.Stretch)
        table.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        table.customContextMenuRequested.connect(self._show_menu)
        table.activated.connect(lambda index: self.inspect_requested.emit(self._exchange(index)))
        table.selectionModel().selectionChanged.connect(self._take_selection)
        copy = QShortcut(QKeySequence.StandardKey.Copy, table)
        copy.setContext(Qt.ShortcutContext.WidgetShortcut)
        copy.activated.connect(self.copy_lines)
        return table

    def fit_columns(self) -> None:
        """Give the columns the widths that the type of the moment asks for."""
        metrics = self.table.fontMetrics()
        roomy = self.width() > metrics.averageCharWidth() * 96
        self.compare.setText("&Compare two" if roomy else "")
        if self.is_empty:
            self.setMaximumHeight(self._head.sizeHint().height())
        head = self.table.horizontalHeader()
        head.resizeSection(TIME, metrics.horizontalAdvance("00:00:00.000") + 24)
        head.resizeSection(PARTIES, min(metrics.averageCharWidth() * 40, max(self.width() * 26 // 100, 120)))
        head.resizeSection(WHAT, min(metrics.averageCharWidth() * 48, max(self.width() * 24 // 100, 120)))
        head.resizeSection(DURATION, metrics.horizontalAdvance("00,000") + 24)
        self.table.verticalHeader().setDefaultSectionSize(metrics.height() + 8)

    # What comes.

    def _take_added(self, _index: int) -> None:
        self._missing += 1
        if not self._bench.in_turn:
            self._list_missing()

    def _list_missing(self) -> None:
        """List the exchanges that came since."""
        if not self._missing:
            return
        log = self._bench.log
        count, self._missing = min(self._missing, len(log)), 0
        self.model.extend([log[index] for index in range(len(log) - count, len(log))])
        self.model.remove_first(self.model.rowCount() - len(log))
        self._show_count()
        if self.follow.isChecked():
            self.table.scrollToBottom()

    def _take_replaced(self, index: int) -> None:
        # Rows and log end with the same exchange, so both are counted from the end, also after the strip was cleared;
        # what is missing here yet is not replaced.
        log = self._bench.log
        self.model.replace(self.model.rowCount() + self._missing - (len(log) - index), log[index])

    def _filter_by(self, change: Callable[[str], None], value: str) -> None:
        change(value)
        self._show_count()

    def _show_count(self) -> None:
        total, shown = self.model.rowCount(), self._filter.rowCount()
        self._count.setText(f"{shown:,} of {total:,}" if self._filter.is_filtering else f"{total:,}" if total else "")
        self._stack.setCurrentIndex(1 if shown else 0)
        self._show_room(total == 0)

    def _show_room(self, empty: bool) -> None:
        """One line while there is nothing to list; what filters and compares comes with the first exchange."""
        if self.is_empty == empty:
            return
        self.is_empty = empty
        self._hint.setVisible(empty)
        for widget in (self._stack, self.search, self.kinds, self.verdicts, self.follow, self.compare):
            widget.setVisible(not empty)
        self.setMaximumHeight(self._head.sizeHint().height() if empty else _UNBOUNDED)
        if not empty:
            self.filled.emit()

    # What is done with it.

    def _take_selection(self, _new: QItemSelection, _old: QItemSelection) -> None:
        chosen = self.chosen
        self.compare.setEnabled(len(chosen) == 2)
        if self.table.currentIndex().isValid() and chosen:
            self.selected.emit(self._exchange(self.table.currentIndex()) if len(chosen) == 1 else chosen[-1])

    def _ask_compare(self) -> None:
        if len(self.chosen) == 2:
            self.compare_requested.emit(*self.chosen)

    def _show_menu(self, place: QPoint) -> None:
        if self.chosen:
            self.make_menu().exec(self.table.viewport().mapToGlobal(place))

    def make_menu(self) -> QMenu:
        """What can be done with the selected exchanges."""
        from ui.models.document_file import resource_of_exchange
        from workbench.workspace.received_documents import may_hold_documents

        menu = QMenu(self)
        chosen = self.chosen
        one = len(chosen) == 1
        resource = resource_of_exchange(chosen[0]) if one else None
        entries = (
            ("&Inspect", one, lambda: self.inspect_requested.emit(chosen[0])),
            ("&Send again…", one, lambda: self.send_again_requested.emit(chosen[0])),
            ("Chec&k the resource", one and resource is not None, lambda: self.check_requested.emit(*resource or ())),
            (
                "Open the &documents…",
                one and chosen[0].protocol == "mllp" and may_hold_documents(chosen[0].request.body),
                lambda: self.documents_requested.emit(chosen[0].request.body),
            ),
            ("Co&mpare", len(chosen) == 2, self._ask_compare),
            ("&Add to scenario", bool(chosen), lambda: self._add_all(chosen)),
            (None, False, None),
            ("Copy as c&url", one and chosen[0].protocol == "http", lambda: self._copy_curl(chosen[0])),
            ("&Copy line", bool(chosen), self.copy_lines),
            (None, False, None),
            ("C&lear the list", True, self.clear),
        )
        for text, enabled, run in entries:
            if text is None or run is None:
                menu.addSeparator()
            else:
                menu.addAction(text, run).setEnabled(enabled)
        return menu

    def copy_lines(self) -> None:
        """Put the selected rows on the clipboard as the table shows them."""
        rows = [index.row() for index in self.table.selectionModel().selectedRows()]
        lines = ("\t".join(str(self._filter.index(row, col).data()) for col in range(5)) for row in sorted(rows))
        QGuiApplication.clipboard().setText("\n".join(lines))

    def _copy_curl(self, exchange: Exchange) -> None:
        from workbench.narration import to_curl

        QGuiApplication.clipboard().setText(to_curl(exchange))
        self._bench.notice.emit("success", "Copied as curl, with secrets left out.")

    def _add_all(self, exchanges: tuple[Exchange, ...]) -> None:
        for exchange in exchanges:
            self.add_to_scenario_requested.emit(exchange)

    def _exchange(self, index: QModelIndex) -> Exchange:
        return self.model.exchange_at(self._source_row(index))

    def _source_row(self, index: QModelIndex) -> int:
        return self._filter.mapToSource(index).row()


def _make_choice(name: str, choices: tuple[tuple[str, str], ...]) -> QComboBox:
    box = QComboBox()
    box.setAccessibleName(name)
    box.setToolTip(name)
    box.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
    box.setMinimumContentsLength(9)
    for text, value in choices:
        box.addItem(text, value)
    return box
