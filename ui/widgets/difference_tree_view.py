"""Difference tree view: left and right of a comparison in one tree, so that both sides always scroll together."""

from __future__ import annotations

from PySide6.QtCore import QItemSelectionModel, QModelIndex, QPersistentModelIndex, QRect, Qt, Signal
from PySide6.QtGui import QColor, QFont, QFontMetrics, QKeyEvent, QPainter, QPalette
from PySide6.QtWidgets import (
    QAbstractItemView,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QTreeView,
    QWidget,
)

from ui.theme.palette import tokens_of
from ui.widgets.difference_marks import mark_colour, paint_counts, paint_mark

Index = QModelIndex | QPersistentModelIndex
PLACE, VERDICT, LEFT, RIGHT = range(4)
KIND_ROLE = int(Qt.ItemDataRole.UserRole) + 1
"""A row's kind: same, changed, added, removed or masked; None for a branch."""
GRADE_ROLE = KIND_ROLE + 1
NAME_ROLE = KIND_ROLE + 2
COUNTS_ROLE = KIND_ROLE + 3
"""What a branch holds, as pairs of a grade or kind and a number; None for a row."""
COUNT_WORDS_ROLE = KIND_ROLE + 4
"""The words for what a branch counts."""
_GAP = 8
_BAR = 3
_RISE = 1
"""What is drawn beside a cell's own text stands on its line so."""


class DifferenceTreeDelegate(QStyledItemDelegate):
    """Grounds by kind on the side they concern; what is the same is quiet, an absent side is a dash."""

    def initStyleOption(self, option: QStyleOptionViewItem, index: Index) -> None:
        super().initStyleOption(option, index)
        tokens = tokens_of(option.palette)
        kind, column = index.data(KIND_ROLE), index.column()
        if kind is None:
            option.font.setWeight(QFont.Weight.DemiBold)
        elif column == VERDICT:
            option.text = ""
        elif column in (LEFT, RIGHT) and index.data() is None:
            option.text = "—"
        if column == PLACE:
            option.textElideMode = Qt.TextElideMode.ElideMiddle
        quiet = kind in ("same", "masked", "encoding") or option.text == "—"
        colour = QColor(tokens.quiet if quiet else tokens.text)
        option.palette.setColor(QPalette.ColorRole.Text, colour)
        option.palette.setColor(QPalette.ColorRole.HighlightedText, colour)

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        kind, column = index.data(KIND_ROLE), index.column()
        tokens = tokens_of(option.palette)
        grounds = {"added": tokens.added, "removed": tokens.removed, "changed": tokens.changed}
        sides = {"added": (RIGHT,), "removed": (LEFT,), "changed": (LEFT, RIGHT)}.get(kind, ())
        rect: QRect = option.rect
        if column in sides:
            painter.fillRect(rect, QColor(grounds[kind]))
        super().paint(painter, option, index)
        if column in sides:
            # Its kind stays in sight in a selected row too, whose ground is another.
            painter.fillRect(QRect(rect.left(), rect.top(), _BAR, rect.height()), mark_colour(kind, tokens))
        elif column == VERDICT and kind is not None:
            self._paint_verdict(painter, option, index, kind)
        elif column == PLACE and (name := index.data(NAME_ROLE)):
            self._paint_name(painter, option, index, str(name))

    def _paint_verdict(self, painter: QPainter, option: QStyleOptionViewItem, index: Index, kind: str) -> None:
        painter.save()
        painter.setFont(option.font)
        word = index.data(GRADE_ROLE) or kind
        paint_mark(
            painter, option.rect.adjusted(_GAP, -_RISE, -4, -_RISE), word, str(index.data() or ""), option.widget
        )
        painter.restore()

    def _paint_name(self, painter: QPainter, option: QStyleOptionViewItem, index: Index, name: str) -> None:
        whole = QStyleOptionViewItem(option)
        self.initStyleOption(whole, index)
        space = whole.widget.style().subElementRect(QStyle.SubElement.SE_ItemViewItemText, whole, whole.widget)
        label = QFontMetrics(whole.font).horizontalAdvance(str(index.data()))
        room = space.adjusted(label + _GAP, -_RISE, 0, -_RISE)
        if room.width() < 12:
            return
        painter.save()
        painter.setPen(QColor(tokens_of(option.palette).quiet))
        painter.setFont(option.font)
        text = option.fontMetrics.elidedText(name, Qt.TextElideMode.ElideRight, room.width())
        painter.drawText(room, int(Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft), text)
        painter.restore()


class DifferenceTreeView(QTreeView):
    """N and P step through the differences, B and Shift+B through what breaks.

    `step_asked` carries 1 or -1, and whether only what breaks is meant.
    """

    step_asked = Signal(int, bool)
    current_moved = Signal(QModelIndex)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAccessibleName("Differences, left and right")
        self.setItemDelegate(DifferenceTreeDelegate(self))
        self.setUniformRowHeights(True)
        self.setAllColumnsShowFocus(True)
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setTextElideMode(Qt.TextElideMode.ElideRight)
        self.setTabKeyNavigation(False)
        self.setAutoScroll(False)
        header = self.header()
        header.setDefaultAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        header.setTextElideMode(Qt.TextElideMode.ElideMiddle)
        header.setSectionsMovable(False)
        header.setStretchLastSection(True)
        self._touched = self._fitting = False
        header.sectionResized.connect(self._note_resize)

    def setModel(self, model: object) -> None:
        super().setModel(model)  # type: ignore[arg-type]  # any item model
        self.selectionModel().currentRowChanged.connect(lambda current, _: self.current_moved.emit(current))

    def show_index(self, index: QModelIndex, *, centred: bool = True) -> None:
        """Open the branches above `index`, select it, and bring it into sight with its neighbours."""
        above = index.parent()
        while above.isValid():
            self.expand(above)
            above = above.parent()
        flags = QItemSelectionModel.SelectionFlag.ClearAndSelect | QItemSelectionModel.SelectionFlag.Rows
        self.selectionModel().setCurrentIndex(index, flags)
        hints = QAbstractItemView.ScrollHint
        self.scrollTo(index, hints.PositionAtCenter if centred else hints.EnsureVisible)
        self.horizontalScrollBar().setValue(0)

    def fit_columns(self) -> None:
        """Share the width: the verdict as wide as its words, both sides alike; a column moved by hand stays."""
        header = self.header()
        if self._touched or self.model() is None or header.count() <= RIGHT:
            return
        header.setMinimumSectionSize(40)
        verdict = self.fontMetrics().horizontalAdvance("breaks receiver") + self.fontMetrics().height() + 28
        space = max(300, self.viewport().width() - verdict)
        self._fitting = True
        for column, width in ((PLACE, int(space * 0.36)), (VERDICT, verdict), (LEFT, int(space * 0.32))):
            header.resizeSection(column, width)
        self._fitting = False

    def _note_resize(self) -> None:
        self._touched = self._touched or (self.header().underMouse() and not self._fitting)

    def resizeEvent(self, event: object) -> None:
        super().resizeEvent(event)  # type: ignore[arg-type]
        self.fit_columns()
        if self.currentIndex().isValid():
            self.scrollTo(self.currentIndex(), QAbstractItemView.ScrollHint.EnsureVisible)
            self.horizontalScrollBar().setValue(0)

    def drawRow(self, painter: QPainter, options: QStyleOptionViewItem, index: Index) -> None:
        super().drawRow(painter, options, index)
        counts = index.data(COUNTS_ROLE)
        if counts:
            left = self.columnViewportPosition(VERDICT) + _GAP
            room = QRect(left, options.rect.top() - _RISE, self.viewport().width() - left - _GAP, options.rect.height())
            painter.save()
            painter.setFont(self.font())
            paint_counts(painter, room, counts, index.data(COUNT_WORDS_ROLE) or {}, self)
            painter.restore()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        shift = event.modifiers() == Qt.KeyboardModifier.ShiftModifier
        if event.modifiers() in (Qt.KeyboardModifier.NoModifier, Qt.KeyboardModifier.ShiftModifier):
            if event.key() == Qt.Key.Key_B:
                self.step_asked.emit(-1 if shift else 1, True)
                return
            if event.key() in (Qt.Key.Key_N, Qt.Key.Key_P) and not shift:
                self.step_asked.emit(1 if event.key() == Qt.Key.Key_N else -1, False)
                return
        super().keyPressEvent(event)
