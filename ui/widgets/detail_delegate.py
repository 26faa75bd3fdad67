"""Detail delegate: a list row with a name, a quiet word below it, and a verdict's icon at its end."""

from __future__ import annotations

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QRect, QSize, Qt
from PySide6.QtGui import QColor, QPainter
from PySide6.QtWidgets import QStyle, QStyledItemDelegate, QStyleOptionViewItem, QWidget

from ui.theme.palette import tokens_of
from ui.widgets.verdict_label import paint_verdict


class DetailDelegate(QStyledItemDelegate):
    """The two roles are those under which the model gives the quiet word and the verdict."""

    def __init__(self, detail_role: int, verdict_role: int, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._detail_role = detail_role
        self._verdict_role = verdict_role

    def sizeHint(self, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex) -> QSize:
        height: int = option.fontMetrics.height()
        return QSize(120, height * 2 + 14)

    def paint(
        self, painter: QPainter, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> None:
        self.initStyleOption(option, index)
        widget: QWidget = option.widget
        rect: QRect = option.rect
        name: str = option.text
        option.text = ""
        widget.style().drawControl(QStyle.ControlElement.CE_ItemViewItem, option, painter, widget)
        tokens = tokens_of(option.palette)
        metrics = widget.fontMetrics()
        verdict = index.data(self._verdict_role) or ""
        side = metrics.height()
        space = rect.adjusted(8, 5, -8 - (side + 6 if verdict else 0), -5)
        painter.save()
        painter.setFont(widget.font())
        painter.setPen(QColor(tokens.text))
        shown = metrics.elidedText(name, Qt.TextElideMode.ElideRight, space.width())
        painter.drawText(space, Qt.AlignmentFlag.AlignTop | Qt.AlignmentFlag.AlignLeft, shown)
        painter.setPen(QColor(tokens.quiet))
        detail = metrics.elidedText(
            str(index.data(self._detail_role) or ""), Qt.TextElideMode.ElideRight, space.width()
        )
        painter.drawText(space, Qt.AlignmentFlag.AlignBottom | Qt.AlignmentFlag.AlignLeft, detail)
        painter.restore()
        if verdict:
            place = QRect(rect.right() - side - 8, rect.center().y() - side // 2, side + 4, side)
            paint_verdict(painter, place, verdict, "", widget)
