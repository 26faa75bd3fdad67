"""Answer rule model: the rules by which a receiver answers otherwise than usual, each with how often it was used."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import QObject, Qt, Signal

from ui.models.table_model import Index, TableModel
from workbench.sandbox.answer_rules import RuleUse
from workbench.site.answer_rule_text import to_text

RULE, MET, USED = range(3)


class AnswerRuleModel(TableModel):
    """A tick turns a rule on or off, and its words can be edited: `enabled` and `edited` carry its id and the value."""

    headings = ("Rule", "Met", "Used")

    enabled = Signal(int, bool)
    edited = Signal(int, str)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._uses: tuple[RuleUse, ...] = ()

    def set_uses(self, uses: tuple[RuleUse, ...]) -> None:
        """Show these; where only counts changed, the selection stays."""
        same = [use.id for use in uses] == [use.id for use in self._uses]
        if same:
            self._uses = uses
            if uses:
                self.dataChanged.emit(self.index(0, RULE), self.index(len(uses) - 1, USED))
            return
        self.beginResetModel()
        self._uses = uses
        self.endResetModel()

    def use_at(self, row: int) -> RuleUse | None:
        return self._uses[row] if 0 <= row < len(self._uses) else None

    # What Qt asks of a table.

    def count_rows(self) -> int:
        return len(self._uses)

    def flags(self, index: Index) -> Qt.ItemFlag:
        flags = super().flags(index)
        if not index.isValid() or index.column() != RULE:
            return flags
        return flags | Qt.ItemFlag.ItemIsUserCheckable | Qt.ItemFlag.ItemIsEditable

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        use = self.use_at(index.row()) if index.isValid() else None
        if use is None:
            return None
        if role == Qt.ItemDataRole.CheckStateRole and index.column() == RULE:
            return Qt.CheckState.Checked if use.enabled else Qt.CheckState.Unchecked
        if role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.EditRole, Qt.ItemDataRole.ToolTipRole):
            cells = (to_text(use.rule), f"{use.seen:,}", f"{use.used:,}")
            return cells[index.column()]
        if role == Qt.ItemDataRole.TextAlignmentRole and index.column() != RULE:
            return Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
        return None

    def setData(self, index: Index, value: Any, role: int = Qt.ItemDataRole.EditRole) -> bool:
        """Nothing is changed here; who listens changes the rules and shows them anew."""
        use = self.use_at(index.row()) if index.isValid() else None
        if use is None or index.column() != RULE:
            return False
        if role == Qt.ItemDataRole.CheckStateRole:
            self.enabled.emit(use.id, Qt.CheckState(value) == Qt.CheckState.Checked)
            return True
        if role == Qt.ItemDataRole.EditRole and str(value).strip() and str(value) != to_text(use.rule):
            self.edited.emit(use.id, str(value))
            return True
        return False
