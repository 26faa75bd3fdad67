"""Element tip: what the definitions say of the element at a place of an editor, asked for beside the window."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QPoint
from PySide6.QtWidgets import QToolTip

from ui.bench import Bench
from ui.newest import Newest
from ui.widgets.plain_tip import plain_tip
from ui.widgets.wire_editor import WireEditor
from workbench.workspace.element_help import explain_element

if TYPE_CHECKING:
    from workbench.workspace.check_choices import CheckChoice
    from workbench.workspace.element_help import ElementHelp

# Reading a longer text for a tip alone would keep the check of it waiting.
_LONGEST = 1_000_000


class ElementTip(QObject):
    """One question at a time; an answer that comes when the text has changed is not shown."""

    def __init__(self, editor: WireEditor, bench: Bench, choice: Callable[[], CheckChoice]) -> None:
        super().__init__(editor)
        self._editor = editor
        self._bench = bench
        self._choice = choice
        self._where = QPoint()
        self._newest = Newest(bench.tasks, self)
        self._newest.answered.connect(self._show)
        editor.help_asked.connect(self.ask)
        editor.textChanged.connect(self._newest.overtake)

    def ask(self, position: int, where: QPoint) -> None:
        """Explain what stands at Qt's `position`, in a tip at `where` on the screen."""
        document = self._editor.document()
        if document.characterCount() > _LONGEST or self._editor.loading:
            return
        self._where = where
        block = document.findBlock(position)
        before = block.text().encode("utf-16-le")[: 2 * (position - block.position())]
        column = len(before.decode("utf-16-le", "replace")) + 1
        work = partial(explain_element, self._editor.text(), block.blockNumber() + 1, column, self._choice())
        self._newest.ask(partial(self._bench.checker.run, work))

    def _show(self, found: ElementHelp | None) -> None:
        from ui.models.element_words import to_tip

        if found is not None and self._editor.isVisible():
            QToolTip.showText(self._where, plain_tip(to_tip(found)), self._editor)
