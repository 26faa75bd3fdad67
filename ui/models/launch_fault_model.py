"""Launch fault model: what a site does wrongly on purpose, each with how often it was met and happened."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import QObject, Qt, Signal

from ui.models.table_model import Index, TableModel
from ui.widgets.plain_tip import plain_tip
from workbench.authorization_server.fault_rule import FaultRule
from workbench.authorization_server.launch_faults import describe_fault
from workbench.sandbox.launch_faults import FaultUse

FAULT, MET, USED = range(3)


class LaunchFaultModel(TableModel):
    """A tick turns a fault on or off: `enabled` carries its id and whether it is on."""

    headings = ("Fault", "Met", "Done")

    enabled = Signal(int, bool)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._uses: tuple[FaultUse, ...] = ()

    def set_uses(self, uses: tuple[FaultUse, ...]) -> None:
        """Show these; where only counts changed, the selection stays."""
        if [use.id for use in uses] == [use.id for use in self._uses]:
            self._uses = uses
            if uses:
                self.dataChanged.emit(self.index(0, FAULT), self.index(len(uses) - 1, USED))
            return
        self.beginResetModel()
        self._uses = uses
        self.endResetModel()

    def use_at(self, row: int) -> FaultUse | None:
        return self._uses[row] if 0 <= row < len(self._uses) else None

    # What Qt asks of a table.

    def count_rows(self) -> int:
        return len(self._uses)

    def flags(self, index: Index) -> Qt.ItemFlag:
        flags = super().flags(index)
        if not index.isValid() or index.column() != FAULT:
            return flags
        return flags | Qt.ItemFlag.ItemIsUserCheckable

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        use = self.use_at(index.row()) if index.isValid() else None
        if use is None:
            return None
        if role == Qt.ItemDataRole.CheckStateRole and index.column() == FAULT:
            return Qt.CheckState.Checked if use.enabled else Qt.CheckState.Unchecked
        if role == Qt.ItemDataRole.DisplayRole:
            return (tell_fault(use.rule), f"{use.seen:,}", f"{use.used:,}")[index.column()]
        if role == Qt.ItemDataRole.ToolTipRole:
            return plain_tip(tell_site(use.rule))
        if role == Qt.ItemDataRole.TextAlignmentRole and index.column() != FAULT:
            return Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
        return None

    def setData(self, index: Index, value: Any, role: int = Qt.ItemDataRole.EditRole) -> bool:
        """Nothing is changed here; who listens changes the faults and shows them anew."""
        use = self.use_at(index.row()) if index.isValid() else None
        if use is None or index.column() != FAULT or role != Qt.ItemDataRole.CheckStateRole:
            return False
        self.enabled.emit(use.id, Qt.CheckState(value) == Qt.CheckState.Checked)
        return True


def tell_fault(rule: FaultRule) -> str:
    """A fault in a line, such as `Expired token, once, for vitals-app`."""
    fault = describe_fault(rule.fault)
    parts = [fault.title]
    parts += [f"{rule.amount:g} {fault.unit}"] if fault.unit else []
    parts += [f"at {rule.at}"] if len(fault.places) > 1 else []
    parts += ["always" if rule.times is None else "once" if rule.times == 1 else f"{rule.times} times"]
    parts += [f"after the first {rule.after}"] if rule.after else []
    parts += [f"for {rule.client}"] if rule.client else []
    return ", ".join(parts)


def tell_site(rule: FaultRule) -> str:
    return f"The site {describe_fault(rule.fault).site}."
