"""Name field: a line that shows what is chosen and takes another by its name, with the known names listed."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from PySide6.QtCore import QAbstractListModel, QModelIndex, QObject, QPersistentModelIndex, QSize, Qt, Signal
from PySide6.QtGui import (
    QColor,
    QFocusEvent,
    QFont,
    QFontMetrics,
    QGuiApplication,
    QKeyEvent,
    QKeySequence,
    QPainter,
    QPaintEvent,
    QPalette,
)
from PySide6.QtWidgets import (
    QCompleter,
    QLineEdit,
    QListView,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionFrame,
    QStyleOptionViewItem,
    QStylePainter,
    QWidget,
)

from ui.theme.palette import tokens_of
from ui.widgets.plain_tip import plain_tip

Index = QModelIndex | QPersistentModelIndex
_ROOT = QModelIndex()
WORDS_ROLE = int(Qt.ItemDataRole.UserRole) + 1
SEARCH_ROLE = int(Qt.ItemDataRole.UserRole) + 2
_GAP = 12
_WIDE = 520


class NameModel(QAbstractListModel):
    """Names with the words that say what each is; both are searched."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._names: tuple[tuple[str, str], ...] = ()

    @property
    def pairs(self) -> tuple[tuple[str, str], ...]:
        return self._names

    def set_names(self, names: Sequence[tuple[str, str]]) -> None:
        self.beginResetModel()
        self._names = tuple(names)
        self.endResetModel()

    def rowCount(self, parent: Index = _ROOT) -> int:
        return 0 if parent.isValid() else len(self._names)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if not index.isValid() or index.row() >= len(self._names):
            return None
        name, words = self._names[index.row()]
        if role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.EditRole):
            return name
        if role in (SEARCH_ROLE, Qt.ItemDataRole.AccessibleTextRole, Qt.ItemDataRole.ToolTipRole):
            return f"{name}  {words}"
        return words if role == WORDS_ROLE else None


class NameField(QLineEdit):
    """`named` comes with what was typed or picked; Escape and leaving bring back what was shown.

    `pasted` tells that the clipboard holds lines or JSON, which is a content and no name.
    """

    named = Signal(str)
    pasted = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._name = self._shown = ""
        self.names = NameModel(self)
        completer = NameCompleter(self.names, self)
        completer.activated.connect(self._take)
        self.setCompleter(completer)
        self.returnPressed.connect(self._take)

    def show_name(self, name: str, text: str = "") -> None:
        """Show what is chosen now: its name to read, and where it has another, the text that names it to edit."""
        self._name, self._shown = name, text or name
        self.setText(self._shown)
        self.setCursorPosition(0)
        self.setToolTip(plain_tip(self._shown))

    def focusInEvent(self, event: QFocusEvent) -> None:
        super().focusInEvent(event)
        if event.reason() != Qt.FocusReason.PopupFocusReason:
            self.selectAll()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        if event.reason() not in (Qt.FocusReason.PopupFocusReason, Qt.FocusReason.ActiveWindowFocusReason):
            self.show_name(self._name, self._shown)

    def paintEvent(self, event: QPaintEvent) -> None:
        """What is chosen reads as a heading, with an ellipsis where it is too long; what is typed as any line."""
        if self.hasFocus() or not self._shown:
            super().paintEvent(event)
            return
        painter = QStylePainter(self)
        option = QStyleOptionFrame()
        self.initStyleOption(option)
        painter.drawPrimitive(QStyle.PrimitiveElement.PE_PanelLineEdit, option)
        font = self.font()
        font.setWeight(QFont.Weight.DemiBold)
        painter.setFont(font)
        space = self.style().subElementRect(QStyle.SubElement.SE_LineEditContents, option, self).adjusted(2, 0, -2, 0)
        shown = QFontMetrics(font).elidedText(self._name, Qt.TextElideMode.ElideMiddle, space.width())
        painter.setPen(self.palette().color(QPalette.ColorRole.Text))
        painter.drawText(space, int(Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft), shown)
        painter.end()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.matches(QKeySequence.StandardKey.Paste) and _is_content(QGuiApplication.clipboard().text()):
            self.pasted.emit()
            return
        if event.key() == Qt.Key.Key_Escape and self.text() != self._shown:
            self.show_name(self._name, self._shown)
            return
        popup = self.completer().popup()
        if event.key() == Qt.Key.Key_Down and popup is not None and not popup.isVisible():
            self.list_names("" if self.text() == self._shown else self.text())
            return
        super().keyPressEvent(event)

    def list_names(self, start: str = "") -> None:
        """Show the known names that hold `start`."""
        self.completer().setCompletionPrefix(start)
        self.completer().complete()

    def _take(self, _: object = None) -> None:
        text = self.text().strip()
        if text and text != self._shown:
            self.named.emit(text)


def _is_content(text: str) -> bool:
    start = text.lstrip()
    return "\n" in start.rstrip() or "\r" in start.rstrip() or start.startswith(("{", "<", "MSH"))


class NameCompleter(QCompleter):
    """Finds the typed words anywhere in a name or its words."""

    def __init__(self, names: NameModel, parent: QWidget) -> None:
        super().__init__(names, parent)
        self.setCompletionRole(SEARCH_ROLE)
        self.setFilterMode(Qt.MatchFlag.MatchContains)
        self.setCaseSensitivity(Qt.CaseSensitivity.CaseInsensitive)
        self.setMaxVisibleItems(12)
        popup = QListView()
        popup.setUniformItemSizes(True)
        popup.setMinimumWidth(_WIDE)
        popup.setAccessibleName("Known names")
        self.setPopup(popup)
        popup.setItemDelegate(NameDelegate(popup))

    def pathFromIndex(self, index: Index) -> str:
        return str(index.data(Qt.ItemDataRole.EditRole) or "")


class NameDelegate(QStyledItemDelegate):
    """The name, and its words after it in quiet letters."""

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        height: int = option.fontMetrics.height()
        return QSize(120, height + 10)

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        self.initStyleOption(option, index)
        name, option.text = option.text, ""
        option.widget.style().drawControl(QStyle.ControlElement.CE_ItemViewItem, option, painter, option.widget)
        tokens, metrics = tokens_of(option.palette), option.fontMetrics
        space = option.rect.adjusted(8, 0, -8, 0)
        painter.save()
        painter.setFont(option.font)
        painter.setPen(QColor(tokens.text))
        shown = metrics.elidedText(name, Qt.TextElideMode.ElideMiddle, int(space.width() * 0.62))
        align = int(Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft)
        painter.drawText(space, align, shown)
        room = space.adjusted(metrics.horizontalAdvance(shown) + _GAP, 0, 0, 0)
        painter.setPen(QColor(tokens.quiet))
        words = metrics.elidedText(str(index.data(WORDS_ROLE)), Qt.TextElideMode.ElideRight, room.width())
        painter.drawText(room, align, words)
        painter.restore()
