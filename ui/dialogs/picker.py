"""Picker: a field that finds among commands as one types, and does the chosen one."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from PySide6.QtCore import QAbstractListModel, QEvent, QModelIndex, QObject, QPersistentModelIndex, QRect, Qt
from PySide6.QtGui import QKeyEvent, QPainter
from PySide6.QtWidgets import (
    QDialog,
    QListView,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QVBoxLayout,
    QWidget,
)

from ui.command import Command
from ui.theme.icons import paint_icon
from ui.theme.palette import tokens_of
from ui.theme.tokens import SPACE_2
from ui.widgets.fuzzy import score
from ui.widgets.search_box import SearchBox

_Index = QModelIndex | QPersistentModelIndex
_ROOT = QModelIndex()
COMMAND_ROLE = Qt.ItemDataRole.UserRole + 1
_MOST = 1_000


class CommandModel(QAbstractListModel):
    """The commands that answer what is typed, the best first."""

    def __init__(self, commands: Sequence[Command] = (), parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._all = list(commands)
        self._words = ""
        self._found: list[Command] = []
        self._find()

    def add(self, commands: Sequence[Command]) -> None:
        known = {(command.kind, command.title) for command in self._all}
        self._all.extend(command for command in commands if (command.kind, command.title) not in known)
        self.search(self._words)

    def set_commands(self, commands: Sequence[Command]) -> None:
        """List others, by the words that were typed."""
        self._all = list(commands)
        self.search(self._words)

    def search(self, words: str) -> None:
        self.beginResetModel()
        self._words = words
        self._find()
        self.endResetModel()

    def _find(self) -> None:
        scored = []
        for place, command in enumerate(self._all):
            points = score(self._words, f"{command.title} {command.detail} {command.kind}")
            if points is not None:
                # Of two that answer alike, the shorter one is closer to what was typed.
                length = len(command.title) if self._words else 0
                scored.append((-points, length, place, command))
        self._found = [found[-1] for found in sorted(scored, key=lambda each: each[:3])[:_MOST]]

    def rowCount(self, parent: _Index = _ROOT) -> int:
        return 0 if parent.isValid() else len(self._found)

    def data(self, index: _Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if not index.isValid() or index.row() >= len(self._found):
            return None
        command = self._found[index.row()]
        if role == Qt.ItemDataRole.DisplayRole:
            return command.title
        if role == Qt.ItemDataRole.AccessibleTextRole:
            return " ".join(filter(None, (command.kind, command.title, command.detail, command.shortcut)))
        return command if role == COMMAND_ROLE else None


class Picker(QDialog):
    """Opens over the window; Return does the chosen thing, Escape goes back.

    `extra` stands below the field; the thing at `row` is chosen until one types.
    """

    def __init__(
        self,
        title: str,
        prompt: str,
        commands: Sequence[Command],
        parent: QWidget | None = None,
        *,
        extra: QWidget | None = None,
        row: int = 0,
    ) -> None:
        super().__init__(parent, Qt.WindowType.Dialog | Qt.WindowType.FramelessWindowHint)
        self.setWindowTitle(title)
        self.setProperty("role", "palette")
        self.model = CommandModel(commands, self)
        self.search = SearchBox(prompt)
        self.search.textChanged.connect(self._search)
        self.search.installEventFilter(self)
        self.list = QListView()
        self.list.setModel(self.model)
        self.list.setItemDelegate(_Delegate(self.list))
        self.list.setProperty("bare", True)
        self.list.setAccessibleName("Found")
        self.list.setUniformItemSizes(True)
        self.list.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.list.clicked.connect(self._run)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(SPACE_2, SPACE_2, SPACE_2, SPACE_2)
        layout.setSpacing(SPACE_2)
        layout.addWidget(self.search)
        if extra is not None:
            layout.addWidget(extra)
        layout.addWidget(self.list, 1)
        self._search("")
        self._place()
        if 0 < row < self.model.rowCount():
            self.list.setCurrentIndex(self.model.index(row))
        self.search.setFocus()

    def set_commands(self, commands: Sequence[Command]) -> None:
        """List others, by the words that were typed."""
        self.model.set_commands(commands)
        self.list.setCurrentIndex(self.model.index(0))

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if isinstance(event, QKeyEvent) and event.type() == QEvent.Type.KeyPress:
            if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
                self._run(self.list.currentIndex())
                return True
            steps = {Qt.Key.Key_Down: 1, Qt.Key.Key_Up: -1, Qt.Key.Key_PageDown: 8, Qt.Key.Key_PageUp: -8}
            if event.key() in steps:
                row = self.list.currentIndex().row() + steps[Qt.Key(event.key())]
                self.list.setCurrentIndex(self.model.index(max(0, min(row, self.model.rowCount() - 1))))
                return True
        return super().eventFilter(watched, event)

    def _place(self) -> None:
        window = self.parentWidget()
        if window is not None:
            width, height = min(680, window.width() - 80), min(460, window.height() - 120)
            self.resize(width, height)
            corner = window.mapToGlobal(window.rect().topLeft())
            self.move(corner.x() + (window.width() - width) // 2, corner.y() + 64)

    def _search(self, words: str) -> None:
        self.model.search(words)
        self.list.setCurrentIndex(self.model.index(0))

    def _run(self, index: QModelIndex) -> None:
        command = index.data(COMMAND_ROLE)
        if isinstance(command, Command):
            self.accept()
            command.run()


class _Delegate(QStyledItemDelegate):
    """Icon, title, quiet detail, and at the right the kind or the shortcut."""

    def initStyleOption(self, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex) -> None:
        super().initStyleOption(option, index)
        option.text = ""

    def paint(
        self, painter: QPainter, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> None:
        super().paint(painter, option, index)
        command = index.data(COMMAND_ROLE)
        if not isinstance(command, Command):
            return
        tokens, metrics = tokens_of(option.widget.palette()), option.fontMetrics
        area: QRect = option.rect.adjusted(12, 0, -12, 0)
        side = metrics.height()
        paint_icon(
            painter, QRect(area.left(), area.center().y() - side // 2 + 1, side, side), command.icon, tokens.quiet
        )
        painter.save()
        painter.setFont(option.font)
        right = command.shortcut or command.kind
        width = metrics.horizontalAdvance(right)
        painter.setPen(tokens.quiet)
        flags = Qt.AlignmentFlag.AlignVCenter
        painter.drawText(area, flags | Qt.AlignmentFlag.AlignRight, right)
        words = area.adjusted(side + 10, 0, -width - 16, 0)
        painter.setPen(tokens.text)
        title = metrics.elidedText(command.title, Qt.TextElideMode.ElideRight, words.width())
        painter.drawText(words, flags, title)
        used = metrics.horizontalAdvance(title) + 12
        painter.setPen(tokens.quiet)
        detail = metrics.elidedText(command.detail, Qt.TextElideMode.ElideRight, max(0, words.width() - used))
        painter.drawText(words.adjusted(used, 0, 0, 0), flags, detail)
        painter.restore()
