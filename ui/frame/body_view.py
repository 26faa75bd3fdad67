"""Body view: a request's or response's body decoded, as a tree of elements, fields or pairs, or else as text."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QStackedWidget, QVBoxLayout, QWidget

from ui.models.body import Body
from ui.tasks import Tasks, beside
from ui.widgets.json_view import JsonView
from ui.widgets.labels import make_label
from ui.widgets.pair_table import PairTable
from ui.widgets.text_view import TextView
from workbench.errors import WorkbenchError

if TYPE_CHECKING:
    from ui.models.message_reading import MessageReading
    from ui.models.message_tree_model import MessageTreeModel
    from ui.widgets.structure_tree import StructureTree

# A longer message is read beside the window.
_LARGE = 60_000


class BodyView(QWidget):
    """Shows one `Body`; the trees are made when they are first needed."""

    def __init__(self, tasks: Tasks, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._tasks = tasks
        self._problem = make_label("", "quiet", wrap=True, selectable=True)
        self._problem.setContentsMargins(8, 8, 8, 8)
        self._words = make_label("", "quiet", wrap=True, selectable=True)
        self._words.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._words.setContentsMargins(16, 16, 16, 16)
        self._stack = QStackedWidget()
        self._stack.addWidget(self._words)
        self._json: JsonView | None = None
        self._text: TextView | None = None
        self._pairs: PairTable | None = None
        self._message: StructureTree | None = None
        self._message_model: MessageTreeModel | None = None
        self._turn = 0
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addWidget(self._problem)
        layout.addWidget(self._stack, 1)
        self.show_words("")

    def show_words(self, words: str) -> None:
        """Show a sentence where there is no body."""
        self._problem.hide()
        self._words.setText(words)
        self._stack.setCurrentWidget(self._words)

    def show_body(self, body: Body) -> None:
        if body.kind == "empty":
            self.show_words("No body.")
            return
        if body.kind == "json":
            self._show(self._json_view())
            self._json_view().set_value(body.value)
        elif body.kind == "form":
            self._show(self._pair_table())
            self._pair_table().set_pairs(body.value)
        elif body.kind == "hl7v2":
            self._show_message(body)
        else:
            self._show(self._text_view())
            self._text_view().set_text(body.text)
        self._problem.setText(body.problem)
        self._problem.setVisible(bool(body.problem))

    def choose(self, name: str) -> bool:
        """Select a member or field by its name; False where there is none to see."""
        shown = self._stack.currentWidget()
        return shown.choose(name) if isinstance(shown, JsonView | PairTable) else False

    def _show(self, widget: QWidget) -> None:
        if self._stack.indexOf(widget) < 0:
            widget.setProperty("bare", True)
            self._stack.addWidget(widget)
        self._stack.setCurrentWidget(widget)

    def _json_view(self) -> JsonView:
        if self._json is None:
            self._json = JsonView()
        return self._json

    def _text_view(self) -> TextView:
        if self._text is None:
            self._text = TextView()
        return self._text

    def _pair_table(self) -> PairTable:
        if self._pairs is None:
            self._pairs = PairTable("Form fields")
        return self._pairs

    def _show_message(self, body: Body) -> None:
        from ui.models.message_reading import read_message

        text = body.text.lstrip("\x0b")
        tree, model = self._message_tree()
        self._show(tree)
        tree.header().resizeSection(0, max(160, self.width() * 11 // 20))
        self._turn += 1
        turn = self._turn
        if len(text) <= _LARGE:
            self._take_reading(turn, read_message(text))
            return
        model.set_reading(None)
        work = beside(read_message, text)
        self._tasks.start(work, on_done=lambda found: self._take_reading(turn, found), owner=self)

    def _take_reading(self, turn: int, found: MessageReading | WorkbenchError | None) -> None:
        if turn != self._turn or found is None:
            return
        if isinstance(found, WorkbenchError):
            self.show_words(found.message)
            return
        tree, model = self._message_tree()
        model.set_reading(found)
        if found.count <= 4:
            for row in range(1, model.rowCount()):
                tree.expand(model.index(row, 0))

    def _message_tree(self) -> tuple[StructureTree, MessageTreeModel]:
        from ui.models.message_tree_model import MessageTreeModel
        from ui.widgets.structure_tree import StructureTree

        if self._message is None or self._message_model is None:
            self._message_model = MessageTreeModel(self)
            self._message = StructureTree()
            self._message.setEditTriggers(StructureTree.EditTrigger.NoEditTriggers)
            self._message.setModel(self._message_model)
        return self._message, self._message_model
