"""Sandboxes panel: simulated sites to start and stop, remote ones to connect, and what each offers."""

from __future__ import annotations

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QRect, QSize, Qt
from PySide6.QtGui import QFont, QPainter
from PySide6.QtWidgets import (
    QHBoxLayout,
    QListView,
    QPushButton,
    QScrollArea,
    QSplitter,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QVBoxLayout,
    QWidget,
)

from ui.bench import Bench, SandboxState
from ui.models.sandbox_model import STATE_ROLE, SandboxModel
from ui.panels.panel import Command, Panel
from ui.theme.icons import make_icon, paint_icon
from ui.theme.palette import tokens_of
from ui.theme.tokens import SPACE_2, SPACE_3, SPACE_4
from ui.views.sandbox_view import SandboxView
from ui.views.sandbox_words import STATE_WORDS, sign_of
from ui.widgets.labels import make_label


class SandboxesPanel(Panel):
    """The list at the left, the chosen one at the right."""

    title = "Sandboxes"
    icon_name = "sandboxes"

    def __init__(self, bench: Bench, parent: QWidget | None = None) -> None:
        super().__init__(bench, parent)
        self.model = SandboxModel(self)
        self.list = QListView()
        self.list.setModel(self.model)
        self.list.setItemDelegate(_Delegate(self.list))
        self.list.setProperty("bare", True)
        self.list.setAccessibleName("Sandboxes")
        self.list.setUniformItemSizes(True)
        self.list.setMinimumWidth(200)
        self.view = SandboxView(bench)
        self.view.edit_requested.connect(self.edit_sandbox)
        self.view.remove_requested.connect(self.remove_sandbox)
        scroll = QScrollArea()
        scroll.setWidgetResizable(True)
        scroll.setWidget(self.view)
        scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        scroll.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        splitter = QSplitter()
        splitter.addWidget(self._make_left())
        splitter.addWidget(scroll)
        splitter.setStretchFactor(1, 1)
        splitter.setSizes([280, 720])
        splitter.setChildrenCollapsible(False)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(splitter)
        self.list.selectionModel().currentChanged.connect(lambda now, _: self._show_chosen(now))
        bench.sandboxes_changed.connect(self._show_states)
        bench.current_changed.connect(self._follow_current)
        self._show_states()

    @property
    def chosen(self) -> SandboxState | None:
        state = self.list.currentIndex().data(STATE_ROLE)
        return state if isinstance(state, SandboxState) else None

    def choose(self, sandbox_id: str) -> None:
        self.list.setCurrentIndex(self.model.index(self.model.row_of(sandbox_id)))

    def commands(self) -> tuple[Command, ...]:
        return (Command("Connect a sandbox", self.connect_sandbox, icon="remote"),)

    def receive(self, kind: str, payload: object) -> None:
        if kind == "sandbox" and isinstance(payload, str):
            self.choose(payload)

    def connect_sandbox(self) -> None:
        self.edit_sandbox(None)

    def edit_sandbox(self, state: SandboxState | None) -> None:
        from ui.dialogs.connect_sandbox import ConnectSandboxDialog

        dialog = ConnectSandboxDialog(self.bench, self, state=state)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.saved.connect(self.choose)
        dialog.open()

    def remove_sandbox(self, state: SandboxState) -> None:
        from ui.dialogs.questions import ask_remove

        def remove() -> None:
            self.bench.tasks.start(self.bench.remove_remote(state.id), name=f"Removing {state.name}")

        ask_remove(self, state.name).accepted.connect(remove)

    def _make_left(self) -> QWidget:
        left = QWidget()
        left.setProperty("ground", "raised")
        left.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        connect = QPushButton("&Connect a sandbox…")
        connect.setIcon(make_icon("add"))
        connect.clicked.connect(self.connect_sandbox)
        foot = QHBoxLayout()
        foot.setContentsMargins(SPACE_3, SPACE_2, SPACE_3, SPACE_3)
        foot.addWidget(connect, 1)
        head = make_label("Sandboxes", "title")
        head.setContentsMargins(SPACE_4, SPACE_4, SPACE_4, SPACE_2)
        layout = QVBoxLayout(left)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addWidget(head)
        layout.addWidget(self.list, 1)
        layout.addLayout(foot)
        return left

    def _show_states(self) -> None:
        chosen = self.chosen
        self.model.set_states(self.bench.sandboxes)
        if not self.list.currentIndex().isValid() and self.model.rowCount():
            wanted = chosen.id if chosen is not None else self.bench.current.id if self.bench.current else ""
            self.list.setCurrentIndex(self.model.index(max(0, self.model.row_of(wanted))))
        self._show_chosen(self.list.currentIndex())

    def _show_chosen(self, index: QModelIndex) -> None:
        state = index.data(STATE_ROLE)
        self.view.show_state(state if isinstance(state, SandboxState) else None)

    def _follow_current(self) -> None:
        if self.bench.current is not None:
            self.choose(self.bench.current.id)
        self.list.viewport().update()


class _Delegate(QStyledItemDelegate):
    """Two lines: the name with its sign, and the state with what it speaks."""

    def sizeHint(self, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex) -> QSize:
        return QSize(200, 2 * option.fontMetrics.height() + 20)

    def initStyleOption(self, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex) -> None:
        super().initStyleOption(option, index)
        option.text = ""

    def paint(
        self, painter: QPainter, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> None:
        super().paint(painter, option, index)
        state = index.data(STATE_ROLE)
        tokens = tokens_of(option.widget.palette())
        metrics = option.fontMetrics
        height = metrics.height()
        area: QRect = option.rect.adjusted(SPACE_4, 8, -SPACE_3, -8)
        painter.save()
        sign, token = sign_of(state)
        paint_icon(painter, QRect(area.left(), area.top(), height, height), sign, getattr(tokens, token))
        words = area.adjusted(height + SPACE_2, 0, 0, 0)
        font = QFont(option.font)
        font.setWeight(QFont.Weight.DemiBold)
        painter.setFont(font)
        painter.setPen(tokens.text)
        elide = Qt.TextElideMode.ElideRight
        painter.drawText(words.left(), words.top() + metrics.ascent(), _elided(painter, state.name, words.width()))
        painter.setFont(option.font)
        painter.setPen(tokens.quiet)
        second = f"{STATE_WORDS[state.state]} · {'simulated' if state.kind == 'simulated' else 'remote'}"
        line = metrics.elidedText(second, elide, words.width())
        painter.drawText(words.left(), words.top() + height + 4 + metrics.ascent(), line)
        painter.restore()


def _elided(painter: QPainter, text: str, width: int) -> str:
    return painter.fontMetrics().elidedText(text, Qt.TextElideMode.ElideRight, width)
