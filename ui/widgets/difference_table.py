"""Difference table: left and right of a comparison in one table, so that both sides always scroll together."""

from __future__ import annotations

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QRect, Qt, Signal
from PySide6.QtGui import QColor, QFont, QKeyEvent, QPainter, QPalette
from PySide6.QtWidgets import (
    QAbstractItemView,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QTableView,
    QWidget,
)

from ui.theme.palette import tokens_of
from ui.widgets.row_table import settle_rows

KIND_ROLE = int(Qt.ItemDataRole.UserRole) + 1
"""The role under which a row tells its kind: same, changed, added, removed or masked."""

_MARK, _PLACE, _NAME, _LEFT, _RIGHT = range(5)


class DifferenceDelegate(QStyledItemDelegate):
    """Grounds by kind on the side they concern; what is the same is quiet, an absent side is a dash."""

    def initStyleOption(self, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex) -> None:
        super().initStyleOption(option, index)
        tokens = tokens_of(option.palette)
        kind, column = index.data(KIND_ROLE), index.column()
        quiet = kind in ("same", "masked", "encoding") or column == _NAME or index.data() is None
        colour = QColor(tokens.quiet if quiet else tokens.text)
        if column == _MARK:
            marks = {"added": tokens.passed, "removed": tokens.failed, "changed": tokens.error}
            colour = QColor(marks.get(kind, tokens.quiet))
            option.font.setWeight(QFont.Weight.DemiBold)
        option.palette.setColor(QPalette.ColorRole.Text, colour)
        option.palette.setColor(QPalette.ColorRole.HighlightedText, colour)
        if column == _PLACE:
            # The end of a path tells more than its beginning.
            option.textElideMode = Qt.TextElideMode.ElideLeft
        if column in (_LEFT, _RIGHT) and index.data() is None and kind is not None:
            option.text = "—"

    def paint(
        self, painter: QPainter, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> None:
        ground = self._ground(option, index)
        rect: QRect = option.rect
        selected = bool(option.state & QStyle.StateFlag.State_Selected)
        if ground is not None and not selected:
            painter.fillRect(rect, ground)
        super().paint(painter, option, index)
        if ground is not None and selected and index.column() in (_LEFT, _RIGHT):
            # A selected row keeps its kind in sight as a bar at the side's edge.
            painter.fillRect(QRect(rect.left(), rect.top(), 3, rect.height()), self._edge(option, index))

    def _ground(self, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex) -> QColor | None:
        tokens = tokens_of(option.palette)
        kind, column = index.data(KIND_ROLE), index.column()
        sides = {"added": (_RIGHT,), "removed": (_LEFT,), "changed": (_LEFT, _RIGHT)}.get(kind, ())
        grounds = {"added": tokens.added, "removed": tokens.removed, "changed": tokens.changed}
        return QColor(grounds[kind]) if column in sides else None

    def _edge(self, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex) -> QColor:
        tokens = tokens_of(option.palette)
        edges = {"added": tokens.passed, "removed": tokens.failed, "changed": tokens.error}
        return QColor(edges[index.data(KIND_ROLE)])


class DifferenceTable(QTableView):
    """N and P step through the differences; `step_asked` carries 1 or -1."""

    step_asked = Signal(int)
    row_changed = Signal(int)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAccessibleName("Differences, left and right")
        self.setItemDelegate(DifferenceDelegate(self))
        settle_rows(self)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setTextElideMode(Qt.TextElideMode.ElideRight)
        self.horizontalHeader().setTextElideMode(Qt.TextElideMode.ElideRight)
        self._fit_rows()

    def setModel(self, model: object) -> None:
        super().setModel(model)  # type: ignore[arg-type]  # any item model
        self.selectionModel().currentRowChanged.connect(lambda current, _: self.row_changed.emit(current.row()))

    def show_row(self, row: int) -> None:
        """Select `row` and bring it into sight with its neighbours."""
        self.selectRow(row)
        self.scrollTo(self.model().index(row, 0), QAbstractItemView.ScrollHint.PositionAtCenter)

    def fit_columns(self) -> None:
        """Share the width: the mark as narrow as it is, both sides alike and the larger part."""
        header = self.horizontalHeader()
        header.setMinimumSectionSize(28)
        header.setStretchLastSection(False)
        space = max(300, self.viewport().width() - 28)
        shares = {_PLACE: 0.24, _NAME: 0.2, _LEFT: 0.28, _RIGHT: 0.28}
        self.setColumnWidth(_MARK, 28)
        for column, share in shares.items():
            self.setColumnWidth(column, int(space * share))

    def resizeEvent(self, event: object) -> None:
        super().resizeEvent(event)  # type: ignore[arg-type]
        self.fit_columns()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        steps = {Qt.Key.Key_N: 1, Qt.Key.Key_P: -1}
        if event.modifiers() == Qt.KeyboardModifier.NoModifier and event.key() in steps:
            self.step_asked.emit(steps[Qt.Key(event.key())])
            return
        super().keyPressEvent(event)

    def changeEvent(self, event: object) -> None:
        super().changeEvent(event)  # type: ignore[arg-type]
        self._fit_rows()

    def _fit_rows(self) -> None:
        self.verticalHeader().setDefaultSectionSize(self.fontMetrics().height() + 8)
