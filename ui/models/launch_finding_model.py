"""Launch finding model: what a review of a launch found as a table, and a filter by outcome, party and words."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from PySide6.QtCore import QObject, QSortFilterProxyModel, Qt

from ui.models.launch_finding import OUTCOME_WORDS, PARTY_WORDS, VERDICT_OF, Finding, Outcome
from ui.models.step_model import VERDICT_ROLE
from ui.models.table_model import ROOT, Index, TableModel
from ui.widgets.plain_tip import plain_tip

OUTCOME, PARTY, STAGE, REQUIREMENT, CLAUSE = range(5)


class LaunchFindingModel(TableModel):
    """One row a finding, in the order that is given."""

    headings = ("Outcome", "Party", "Stage", "Requirement", "Clause")

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._findings: tuple[Finding, ...] = ()

    @property
    def findings(self) -> tuple[Finding, ...]:
        return self._findings

    def set_findings(self, findings: Sequence[Finding]) -> None:
        self.beginResetModel()
        self._findings = tuple(findings)
        self.endResetModel()

    def finding_at(self, row: int) -> Finding | None:
        return self._findings[row] if 0 <= row < len(self._findings) else None

    # What Qt asks of a table.

    def count_rows(self) -> int:
        return len(self._findings)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        finding = self.finding_at(index.row()) if index.isValid() else None
        if finding is None:
            return None
        column = index.column()
        if role == Qt.ItemDataRole.DisplayRole:
            return _cells(finding)[column]
        if role == VERDICT_ROLE:
            return VERDICT_OF[finding.outcome] if column == OUTCOME else None
        if role == Qt.ItemDataRole.ToolTipRole:
            return plain_tip(_cells(finding)[column])
        if role == Qt.ItemDataRole.AccessibleTextRole:
            return to_line(finding) if column == OUTCOME else _cells(finding)[column]
        return None


class LaunchFindingFilter(QSortFilterProxyModel):
    """Keeps the outcomes, the party and the exchange that are chosen, and the rows that hold the words."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._hidden: frozenset[Outcome] = frozenset()
        self._party = ""
        self._words: tuple[str, ...] = ()
        self._exchange = -1

    def choose(self, *, hidden: frozenset[Outcome], party: str, words: str, exchange: int = -1) -> None:
        """Hide these outcomes; an empty party and an exchange of -1 stand for all."""
        self._hidden, self._party, self._exchange = hidden, party, exchange
        self._words = tuple(words.lower().split())
        self.invalidate()

    def filterAcceptsRow(self, row: int, parent: Index = ROOT) -> bool:
        model = self.sourceModel()
        finding = model.finding_at(row) if isinstance(model, LaunchFindingModel) else None
        if finding is None or finding.outcome in self._hidden or self._party not in ("", finding.party):
            return False
        if self._exchange >= 0 and all(each.exchange != self._exchange for each in finding.evidence):
            return False
        text = _to_text(finding)
        return all(word in text for word in self._words)


def to_line(finding: Finding) -> str:
    """One finding as text for a colleague."""
    seen = finding.deciding
    where = f"Exchange {seen.exchange + 1}, {seen.place}: {seen.sentence}" if seen is not None else finding.note
    who = " · ".join(filter(None, (PARTY_WORDS[finding.party], finding.stage)))
    words = (f"{OUTCOME_WORDS[finding.outcome]} ({who}):", finding.text, f"({finding.clause})", where)
    return " ".join(filter(None, words))


def _cells(finding: Finding) -> tuple[str, str, str, str, str]:
    outcome, party = OUTCOME_WORDS[finding.outcome], PARTY_WORDS[finding.party]
    return outcome, party, finding.stage, finding.text, finding.clause


def _to_text(finding: Finding) -> str:
    seen = (f"{each.place} {each.sentence}" for each in finding.evidence)
    return " ".join((finding.id, *_cells(finding), finding.why, finding.note, *seen)).lower()
