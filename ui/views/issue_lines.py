"""Issue lines: what a judge has to say as sentences below each other, each with its sign, its place and its rule."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame, QHBoxLayout, QScrollArea, QVBoxLayout, QWidget

from ui.theme.tokens import SPACE_1, SPACE_2
from ui.widgets.labels import IconLabel, make_label
from workbench.issue import Issue

MOST = 40
_SIGNS = {
    "fatal": ("fail", "failed"),
    "error": ("fail", "failed"),
    "warning": ("error", "error"),
    "information": ("notice", "quiet"),
}


class IssueLines(QScrollArea):
    """Shows the gravest first and of many the first ones."""

    def __init__(self, name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAccessibleName(name)
        self.setWidgetResizable(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.issues: tuple[Issue, ...] = ()

    def show_issues(self, issues: tuple[Issue, ...]) -> None:
        self.issues = tuple(sorted(issues, key=lambda issue: issue.rank))
        page = QWidget()
        layout = QVBoxLayout(page)
        layout.setContentsMargins(0, 0, SPACE_2, 0)
        layout.setSpacing(SPACE_2)
        for issue in self.issues[:MOST]:
            layout.addLayout(_make_line(issue))
        if len(issues) > MOST:
            layout.addWidget(make_label(f"and {len(issues) - MOST:,} more", "quiet"))
        layout.addStretch(1)
        self.setWidget(page)


def _make_line(issue: Issue) -> QHBoxLayout:
    icon, token = _SIGNS[issue.severity]
    place = " · ".join(part for part in (issue.path, issue.rule) if part)
    words = QVBoxLayout()
    words.setSpacing(0)
    words.addWidget(make_label(issue.message, selectable=True, wrap=True))
    if place:
        words.addWidget(make_label(place, "quiet", selectable=True, wrap=True))
    line = QHBoxLayout()
    line.setSpacing(SPACE_1)
    sign = IconLabel(icon, token=token)
    sign.setAccessibleName(issue.severity.capitalize())
    line.addWidget(sign, 0, Qt.AlignmentFlag.AlignTop)
    line.addLayout(words, 1)
    return line
