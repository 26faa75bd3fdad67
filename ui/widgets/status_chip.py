"""Status chip: a verdict in a few words at the edge of an editor, which opens and closes what stands behind it."""

from __future__ import annotations

from PySide6.QtWidgets import QSizePolicy, QWidget

from ui.theme.icons import make_icon
from ui.widgets.elided_button import ElidedButton
from ui.widgets.plain_tip import plain_tip
from ui.widgets.verdict_label import VERDICT_ICONS

_TINTS = {"pass": "passed", "fail": "failed", "error": "error"}


class StatusChip(ElidedButton):
    """`verdict` is one of the verdicts, `running`, or empty for nothing to say."""

    def __init__(self, name: str, tip: str = "", parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._name = name
        self._tip = tip
        self.verdict = ""
        self.setCheckable(True)
        self.setProperty("role", "quiet")
        self.setSizePolicy(QSizePolicy.Policy.Maximum, QSizePolicy.Policy.Fixed)
        self.set_state("", "")

    def set_state(self, verdict: str, words: str, detail: str = "") -> None:
        """Show a verdict and its words; `detail` is the whole story, as the tool tip."""
        self.verdict = verdict
        icon = VERDICT_ICONS.get(verdict)
        self.setIcon(make_icon(icon, _TINTS.get(verdict, "quiet")) if icon else make_icon("notice", "edge"))
        self.set_words(words)
        self.setToolTip(plain_tip("\n".join(filter(None, (detail or words, self._tip)))))
        self.setAccessibleName(f"{self._name}: {words}")
        self.setVisible(bool(words))
