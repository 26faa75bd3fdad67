"""Granted scope model: each scope that was asked for or granted, whether and how it was granted, and what it is for."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from PySide6.QtCore import QObject, Qt

from ui.models.step_model import VERDICT_ROLE
from ui.models.table_model import Index, TableModel
from ui.widgets.plain_tip import plain_tip
from workbench.smart.scope_outcome import Outcome, ScopeOutcome
from workbench.smart.scope_words import describe_scope
from workbench.smart.scopes import parse_scopes

GRANTED, SCOPE, WORDS = range(3)
OUTCOMES: Mapping[Outcome, tuple[str, str]] = {
    "granted": ("pass", "granted"),
    "in other words": ("pass", "granted in other words"),
    "narrower": ("fail", "granted in part"),
    "not granted": ("fail", "not granted"),
    "not asked": ("error", "granted, not asked for"),
}
"""The verdict and the words of each outcome."""


class GrantedScopeModel(TableModel):
    """One row a scope; its words are made when the row is seen."""

    headings = ("Granted", "Scope", "In words")

    def __init__(self, outcomes: tuple[ScopeOutcome, ...], parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._outcomes = outcomes

    # What Qt asks of a table.

    def count_rows(self) -> int:
        return len(self._outcomes)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if not self.has_row(index):
            return None
        each, column = self._outcomes[index.row()], index.column()
        verdict, words = OUTCOMES[each.outcome]
        if role == VERDICT_ROLE:
            return verdict if column == GRANTED else None
        if role == Qt.ItemDataRole.DisplayRole:
            return _describe(each) if column == WORDS else (words, each.scope)[column]
        if role == Qt.ItemDataRole.ToolTipRole:
            return plain_tip(f"{each.scope}: {words}\n{_describe(each)}")
        if role == Qt.ItemDataRole.AccessibleTextRole and column == GRANTED:
            return f"{each.scope} {words}"
        return None


def _describe(each: ScopeOutcome) -> str:
    described = "; ".join(describe_scope(scope) for scope in parse_scopes(each.scope))
    return f"{described}. {each.sentence}" if each.outcome in ("narrower", "in other words") else described
