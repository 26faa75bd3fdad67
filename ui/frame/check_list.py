"""Check list: the checks of a step, each with its verdict, its sentence, and expected beside actual."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtWidgets import QFrame, QGridLayout, QScrollArea, QVBoxLayout, QWidget

from ui.theme.tokens import SPACE_1, SPACE_2, SPACE_3
from ui.widgets.labels import make_label
from ui.widgets.verdict_label import VerdictLabel

if TYPE_CHECKING:
    from workbench.scenario.scenario import CheckResult, StepResult


class CheckList(QScrollArea):
    """Shows the results that judged one step."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWidgetResizable(True)
        self.setAccessibleName("Checks")

    def set_result(self, result: StepResult) -> None:
        page = QWidget()
        layout = QVBoxLayout(page)
        layout.setContentsMargins(SPACE_2, SPACE_2, SPACE_2, SPACE_2)
        layout.setSpacing(SPACE_2)
        for check in result.checks:
            layout.addWidget(_make_card(check))
        if not result.checks:
            layout.addWidget(make_label("This step has no checks.", "quiet"))
        layout.addStretch(1)
        self.setWidget(page)


def _make_card(result: CheckResult) -> QFrame:
    card = QFrame()
    card.setProperty("role", "card")
    layout = QGridLayout(card)
    layout.setContentsMargins(SPACE_3, SPACE_2, SPACE_3, SPACE_2)
    layout.setHorizontalSpacing(SPACE_3)
    layout.setVerticalSpacing(SPACE_1)
    layout.addWidget(VerdictLabel(result.verdict), 0, 0, 1, 2)
    layout.addWidget(make_label(result.sentence, wrap=True, selectable=True), 1, 0, 1, 2)
    if result.verdict != "pass":
        actual = "absent" if result.actual is None else result.actual
        for row, (name, value) in enumerate((("Expected", result.expected), ("Actual", actual)), 2):
            layout.addWidget(make_label(name, "quiet"), row, 0)
            shown = make_label(value[:2000], wrap=True, selectable=True)
            shown.setProperty("mono", True)
            layout.addWidget(shown, row, 1)
    layout.setColumnStretch(1, 1)
    return card
