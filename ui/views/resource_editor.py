"""Resource editor: a FHIR resource as text, checked while it is typed against what it claims or what is chosen."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtWidgets import QWidget

from ui.bench import Bench
from ui.views.checked_editor import CheckedEditor
from ui.views.element_tip import ElementTip
from ui.widgets.wire_editor import WireEditor
from workbench.workspace.text_check import TextCheck, check_text

if TYPE_CHECKING:
    from workbench.workspace.check_choices import CheckChoice

_CLAIMED = "what it claims"


def _name_release(key: str) -> str:
    from workbench.definitions.release import find_release

    return find_release(key).name


class ResourceEditor(CheckedEditor):
    """A text that starts with `<` is XML, any other JSON."""

    def __init__(self, bench: Bench, parent: QWidget | None = None) -> None:
        editor = WireEditor("json")
        super().__init__(bench, editor, editor, parent)
        self._choice: CheckChoice | None = None
        self.tip = ElementTip(self.editor, bench, lambda: self.choice)
        self.show_choice("")

    @property
    def choice(self) -> CheckChoice:
        from workbench.workspace.check_choices import CheckChoice

        return self._choice or CheckChoice()

    def set_choice(self, choice: CheckChoice, title: str) -> None:
        """Check against `choice` from now on; `title` names its profile."""
        self._choice = choice
        self.show_choice(title)
        self.check_now()

    def show_choice(self, title: str) -> None:
        key = self._choice.release if self._choice is not None else ""
        words = f"{_name_release(key)}, {title or _CLAIMED}" if key else title or _CLAIMED
        self.chooser.set_words(f"Against {words}")
        self.chooser.setToolTip(f"Against {words}\nChoose the FHIR release and the profile to check against")
        self.chooser.setAccessibleName(f"Checked against {words}")

    def make_work(self) -> Callable[[], TextCheck]:
        self.editor.expect_language("xml" if self._starts_as_xml() else "json")
        return partial(check_text, self.editor.text(), self.choice)

    def _starts_as_xml(self) -> bool:
        block = self.editor.document().firstBlock()
        while block.isValid() and not block.text().strip():
            block = block.next()
        return block.text().lstrip("\ufeff \t").startswith("<")
