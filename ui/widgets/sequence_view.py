"""Sequence view: a list whose rows are the arrows of a sequence diagram, with the heads of its lanes above."""

from __future__ import annotations

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QSize, Qt
from PySide6.QtGui import QFont, QPainter, QPaintEvent, QResizeEvent, QWheelEvent
from PySide6.QtWidgets import (
    QAbstractItemView,
    QListView,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QWidget,
)

from ui.theme.palette import tokens_of
from ui.widgets.sequence_drawing import Arrow, SequenceLayout, make_layout

ARROW_ROLE = int(Qt.ItemDataRole.UserRole) + 40
ZOOMS = (0.7, 0.8, 0.9, 1.0, 1.15, 1.3, 1.5, 1.75, 2.0)


class SequenceView(QListView):
    """Being a list, it is read aloud, gone through by keys and drawn row by row, however long it is.

    Its model gives an Arrow for ARROW_ROLE; Ctrl and the wheel zoom.
    """

    def __init__(self, name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAccessibleName(name)
        self.setProperty("bare", True)
        self.setItemDelegate(_Delegate(self))
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setHorizontalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setResizeMode(QListView.ResizeMode.Adjust)
        self._zoom = 1.0
        self._lanes: tuple[tuple[str, str], ...] = ()
        self._known: SequenceLayout | None = None
        self._wanted = (0, 0.0)
        self._heads = _Heads(self)
        self.horizontalScrollBar().valueChanged.connect(lambda _: self._heads.update())

    @property
    def lanes(self) -> tuple[tuple[str, str], ...]:
        return self._lanes

    def set_lanes(self, lanes: tuple[tuple[str, str], ...]) -> None:
        """Draw these lanes, each by its name in arrows and its words."""
        if lanes != self._lanes:
            self._lanes = lanes
            self._heads.setAccessibleName("Lanes: " + ", ".join(words for _, words in lanes))
            self._lay_anew()

    @property
    def zoom(self) -> float:
        return self._zoom

    def step_zoom(self, step: int) -> None:
        """Draw larger or smaller by one step; 0 goes back to the plain size."""
        at = ZOOMS.index(self._zoom) + step if step else ZOOMS.index(1.0)
        self._zoom = ZOOMS[max(0, min(at, len(ZOOMS) - 1))]
        self._lay_anew()

    @property
    def plan(self) -> SequenceLayout:
        """Where things stand at the width and the zoom of the moment."""
        wanted = self.viewport().width(), self.font().pointSizeF() * self._zoom
        if self._known is None or self._wanted != wanted:
            font = QFont(self.font())
            font.setPointSizeF(wanted[1])
            self._known, self._wanted = make_layout(self._lanes, wanted[0], font), wanted
        return self._known

    def arrows(self) -> tuple[Arrow, ...]:
        """What is drawn, in order."""
        model = self.model()
        found = (model.index(row, 0).data(ARROW_ROLE) for row in range(model.rowCount()))
        return tuple(each for each in found if isinstance(each, Arrow))

    def wheelEvent(self, event: QWheelEvent) -> None:
        if event.modifiers() & Qt.KeyboardModifier.ControlModifier and event.angleDelta().y():
            self.step_zoom(1 if event.angleDelta().y() > 0 else -1)
            event.accept()
            return
        super().wheelEvent(event)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._place_heads()

    def _lay_anew(self) -> None:
        self._known = None
        self._place_heads()
        self.scheduleDelayedItemsLayout()
        self.viewport().update()
        self._heads.update()

    def _place_heads(self) -> None:
        high = self.plan.head_height
        if self.viewportMargins().top() != high:
            self.setViewportMargins(0, high, 0, 0)
        space = self.viewport().geometry()
        self._heads.setGeometry(space.left(), space.top() - high, space.width(), high)


class _Heads(QWidget):
    """The names of the lanes, which stay while the arrows are scrolled."""

    def __init__(self, view: SequenceView) -> None:
        super().__init__(view)
        self._view = view

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        tokens = tokens_of(self.palette())
        painter.fillRect(self.rect(), self.palette().base())
        painter.translate(-self._view.horizontalScrollBar().value(), 0)
        self._view.plan.paint_heads(painter, self.height(), tokens)
        painter.end()


class _Delegate(QStyledItemDelegate):
    """Draws an arrow as a slice of the diagram."""

    def __init__(self, view: SequenceView) -> None:
        super().__init__(view)
        self._view = view

    def sizeHint(self, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex) -> QSize:
        arrow, plan = index.data(ARROW_ROLE), self._view.plan
        return QSize(plan.width, plan.measure(arrow) if isinstance(arrow, Arrow) else plan.line)

    def paint(
        self, painter: QPainter, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> None:
        arrow = index.data(ARROW_ROLE)
        if not isinstance(arrow, Arrow):
            return
        tokens = tokens_of(self._view.palette())
        selected = bool(option.state & QStyle.StateFlag.State_Selected)
        ground = tokens.selected if selected else tokens.raised
        painter.fillRect(option.rect, ground)
        if selected and option.state & QStyle.StateFlag.State_HasFocus:
            painter.fillRect(option.rect.left(), option.rect.top(), 3, option.rect.height(), tokens.accent)
        self._view.plan.paint(painter, option.rect, arrow, tokens, ground)
