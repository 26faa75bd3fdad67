"""Launch finding detail: one requirement or risk whole, why it matters, and the evidence in the exchanges."""

from __future__ import annotations

from functools import partial

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QPushButton, QScrollArea, QVBoxLayout, QWidget

from ui.models.launch_finding import OUTCOME_WORDS, PARTY_WORDS, VERDICT_OF, Finding
from ui.theme.tokens import SPACE_1, SPACE_2, SPACE_3
from ui.widgets.labels import make_label
from ui.widgets.verdict_label import VerdictLabel
from workbench.launch_review.review import Evidence

_MOST = 20


class LaunchFindingDetail(QScrollArea):
    """`shown_asked` carries the index of the exchange that a piece of evidence is in."""

    shown_asked = Signal(int)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWidgetResizable(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setAccessibleName("The chosen requirement, whole")
        self.show_finding(None)

    def show_finding(self, finding: Finding | None) -> None:
        page = QWidget()
        page.setProperty("role", "page")
        layout = QVBoxLayout(page)
        layout.setContentsMargins(SPACE_1, SPACE_2, SPACE_3, SPACE_2)
        layout.setSpacing(SPACE_1)
        if finding is None:
            layout.addWidget(
                make_label("Choose a row to see what was asked, what was seen, and why it matters.", "quiet")
            )
        else:
            self._fill(layout, finding)
        layout.addStretch(1)
        self.setWidget(page)

    def _fill(self, layout: QVBoxLayout, finding: Finding) -> None:
        head = QHBoxLayout()
        head.setSpacing(SPACE_2)
        head.addWidget(VerdictLabel(VERDICT_OF[finding.outcome], OUTCOME_WORDS[finding.outcome]))
        who = " · ".join(filter(None, (PARTY_WORDS[finding.party], finding.stage, finding.id)))
        head.addWidget(make_label(who, "quiet", selectable=True), 1)
        layout.addLayout(head)
        layout.addWidget(make_label(finding.text, "heading", selectable=True, wrap=True))
        layout.addWidget(make_label(finding.clause, "quiet", selectable=True, wrap=True))
        for words in filter(None, (finding.why, finding.note)):
            layout.addWidget(make_label(words, selectable=True, wrap=True))
        for evidence in finding.evidence[:_MOST]:
            layout.addLayout(self._make_evidence(evidence))
        if len(finding.evidence) > _MOST:
            layout.addWidget(make_label(f"and {len(finding.evidence) - _MOST} more like these", "quiet"))

    def _make_evidence(self, evidence: Evidence) -> QHBoxLayout:
        row = QHBoxLayout()
        row.setSpacing(SPACE_2)
        show = QPushButton(f"Exchange {evidence.exchange + 1}")
        show.setProperty("role", "link")
        show.setToolTip("Show it in the diagram")
        show.clicked.connect(partial(self.shown_asked.emit, evidence.exchange))
        said = QVBoxLayout()
        said.setSpacing(0)
        # The link has a frame that is not seen, and its words stand on one line with those beside it.
        said.setContentsMargins(0, 3, 0, 0)
        said.addWidget(make_label(evidence.sentence, selectable=True, wrap=True))
        if evidence.place:
            said.addWidget(make_label(f"in {evidence.place}", "quiet", selectable=True, wrap=True))
        row.addWidget(show, alignment=Qt.AlignmentFlag.AlignTop)
        row.addLayout(said, 1)
        return row
